//! Reads a CSV table of this program row by row. No row takes more memory than [`LONGEST_ROW`], however long the file. A last
//! line without a line end is not a row: tables grow while they are read, and a process that is killed may leave part of one.

use crate::bounded;
use crate::trace::counted;
use csv::{ErrorKind, Reader, StringRecord};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use thiserror::Error;

/// The longest row in bytes, with room for the reader's own buffer.
const LONGEST_ROW: u64 = 256 << 10;

/// Reads a table with a header.
pub(crate) struct TableReader<R> {
    reader: Reader<RowLimited<R>>,
    header: StringRecord,
    line: u64,
    is_cut: bool,
}

/// A row that cannot be read.
#[derive(Debug, Error, PartialEq)]
#[error("line {line}: {problem}")]
pub(crate) struct BadRow {
    /// 1-based line on which it begins.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

impl From<BadRow> for String {
    fn from(bad: BadRow) -> Self {
        bad.to_string()
    }
}

/// A reader that fails when a row takes more bytes than it may.
struct RowLimited<R> {
    inner: R,
    /// Bytes that may still be read for the current row.
    left: u64,
    /// Whether the end of the file was reached.
    at_end: bool,
}

impl<R: Read> Read for RowLimited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let problem = format!("it is longer than {} KiB", LONGEST_ROW >> 10);
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        let most = buffer.len().min(self.left as usize);
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        self.at_end = read == 0;
        Ok(read)
    }
}

impl TableReader<File> {
    /// The table in a plain file.
    ///
    /// # Errors
    /// A path that is not a file, or what the system refused.
    pub fn open(path: &Path) -> io::Result<Result<Self, BadRow>> {
        Ok(Self::new(bounded::open(path)?))
    }
}

impl<R: Read> TableReader<R> {
    /// The table in `inner`.
    ///
    /// # Errors
    /// A first line that cannot be read.
    pub fn new(inner: R) -> Result<Self, BadRow> {
        let reader = Reader::from_reader(RowLimited { inner, left: LONGEST_ROW, at_end: false });
        let mut table = Self { reader, header: StringRecord::new(), line: 1, is_cut: false };
        let header = table.reader.headers().cloned();
        if table.reader.get_ref().at_end {
            table.is_cut = !header.is_ok_and(|header| header.is_empty());
        } else {
            table.header = header.map_err(|error| bad(1, &error))?;
        }
        Ok(table)
    }

    /// Names of the columns; empty if the first line has no line end.
    pub fn header(&self) -> &StringRecord {
        &self.header
    }

    /// Line on which the row last read begins, the header's being 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether the reader has reached a last line without a line end.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The next row; false at the end.
    ///
    /// # Errors
    /// A row that cannot be read, with its line.
    pub fn next(&mut self, row: &mut StringRecord) -> Result<bool, BadRow> {
        self.reader.get_mut().left = LONGEST_ROW;
        self.line = self.reader.position().line();
        let read = self.reader.read_record(row);
        // The reader reached the end of the file before a line end: the row is incomplete.
        if self.reader.get_ref().at_end && !matches!(read, Ok(false)) {
            self.is_cut = true;
            return Ok(false);
        }
        read.map_err(|error| bad(self.line, &error))
    }
}

fn bad(line: u64, error: &csv::Error) -> BadRow {
    let problem = match error.kind() {
        ErrorKind::Io(problem) => problem.to_string(),
        ErrorKind::Utf8 { .. } => "it holds bytes that are not UTF-8".to_owned(),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {}, expected {expected_len} as in the header", counted(*len as usize, "field"))
        }
        _ => error.to_string(),
    };
    BadRow { line, problem }
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
    fn rows_are_read_one_by_one_and_an_endless_one_is_refused() {
        assert_eq!(rows(b"a,b\n1,2\n3,\"4\n5\"\n"), Ok(2));
        assert_eq!(rows(b""), Ok(0));
        assert_eq!(rows(b"a,b\n1\n"), Err("line 2: it has 1 field, expected 2 as in the header".to_owned()));
        assert_eq!(rows(b"a,b\n1,\xff\n"), Err("line 2: it holds bytes that are not UTF-8".to_owned()));
        let endless = [b"a,b\n1,\"", &b"x\n".repeat(1 << 20)[..]].concat();
        assert_eq!(rows(&endless), Err("line 2: it is longer than 256 KiB".to_owned()));
        assert_eq!(rows(&b"x".repeat(1 << 20)), Err("line 1: it is longer than 256 KiB".to_owned()));
        let long = [b"a,b\n".to_vec(), b"1,2\n".repeat(1 << 18)].concat();
        assert_eq!(rows(&long), Ok(1 << 18), "the table may be of any length");
    }

    #[test]
    fn a_last_line_without_a_line_end_is_not_a_row_wherever_it_was_cut() {
        let whole = "a,b\n1,2\n3,\"ä\n5\"\n".as_bytes();
        for length in 0..=whole.len() {
            let (mut table, mut row) = (TableReader::new(&whole[..length]).unwrap(), StringRecord::new());
            let mut rows = Vec::new();
            while table.next(&mut row).unwrap() {
                rows.push((table.line(), row[1].to_owned()));
            }
            let ends = [4, 8, whole.len()].into_iter().filter(|end| *end <= length).count();
            assert_eq!(rows, [(2, "2".to_owned()), (3, "ä\n5".to_owned())][..ends.saturating_sub(1)], "{length}");
            assert_eq!(table.header().len(), if ends > 0 { 2 } else { 0 }, "{length}");
            assert_eq!(table.is_cut(), ![0, 4, 8, whole.len()].contains(&length), "{length}");
        }
    }
}
