//! A CSV table from a stranger, row by row: no row takes more memory than [`LONGEST_ROW`], however long the file.

use crate::bounded;
use csv::{ErrorKind, Reader, StringRecord};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

/// The longest row, in bytes and with room for the reader's own buffer.
const LONGEST_ROW: u64 = 256 << 10;

/// Reads a table with a header.
pub(crate) struct TableReader<R> {
    reader: Reader<Rationed<R>>,
    /// Bytes that may be read before the row has to be whole.
    left: Rc<Cell<u64>>,
    header: StringRecord,
    line: u64,
}

/// A reader that stops with an error when its ration is eaten up.
struct Rationed<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            let problem = format!("it is longer than {} KiB", LONGEST_ROW >> 10);
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        let most = buffer.len().min(left as usize);
        let read = self.inner.read(&mut buffer[..most])?;
        self.left.set(left - read as u64);
        Ok(read)
    }
}

impl TableReader<File> {
    /// The table in a plain file.
    ///
    /// # Errors
    /// Anything but a file, or what the system refused.
    pub fn open(path: &Path) -> io::Result<Result<Self, String>> {
        Ok(Self::new(bounded::open(path)?))
    }
}

impl<R: Read> TableReader<R> {
    /// The table in `inner`.
    ///
    /// # Errors
    /// A first line that cannot be read.
    pub fn new(inner: R) -> Result<Self, String> {
        let left = Rc::new(Cell::new(LONGEST_ROW));
        let mut reader = Reader::from_reader(Rationed { inner, left: Rc::clone(&left) });
        let header = reader.headers().map_err(|error| message(1, &error))?.clone();
        Ok(Self { reader, left, header, line: 1 })
    }

    /// Names of the columns.
    pub fn header(&self) -> &StringRecord {
        &self.header
    }

    /// Number of the row last read, the header being 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next row; false at the end.
    ///
    /// # Errors
    /// A row that cannot be read, with its line.
    pub fn next(&mut self, row: &mut StringRecord) -> Result<bool, String> {
        self.left.set(LONGEST_ROW);
        self.line += 1;
        self.reader.read_record(row).map_err(|error| message(self.line, &error))
    }
}

fn message(line: u64, error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::Io(problem) => format!("line {line}: {problem}"),
        ErrorKind::Utf8 { .. } => format!("line {line}: it holds bytes that are not UTF-8"),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line} has {len} fields, expected {expected_len} as in the header")
        }
        _ => format!("line {line}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<usize, String> {
        let (mut table, mut row) = (TableReader::new(bytes)?, StringRecord::new());
        let mut count = 0;
        while table.next(&mut row)? {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn rows_are_read_one_by_one_and_one_that_never_ends_is_refused() {
        assert_eq!(rows(b"a,b\n1,2\n3,\"4\n5\"\n"), Ok(2));
        assert_eq!(rows(b""), Ok(0));
        assert_eq!(rows(b"a,b\n1\n"), Err("line 2 has 1 fields, expected 2 as in the header".to_owned()));
        assert_eq!(rows(b"a,b\n1,\xff\n"), Err("line 2: it holds bytes that are not UTF-8".to_owned()));
        let endless = [b"a,b\n1,\"", &b"x\n".repeat(1 << 20)[..]].concat();
        assert_eq!(rows(&endless), Err("line 2: it is longer than 256 KiB".to_owned()));
        assert_eq!(rows(&b"x".repeat(1 << 20)), Err("line 1: it is longer than 256 KiB".to_owned()));
        let long = [b"a,b\n".to_vec(), b"1,2\n".repeat(1 << 18)].concat();
        assert_eq!(rows(&long), Ok(1 << 18), "the table may be as long as it likes");
    }
}
