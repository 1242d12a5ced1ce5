//! A CSV table that grows by whole rows, and loses none.

use super::{Mark, RecordError};
use csv::{Writer, WriterBuilder};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Bytes of rows that wait in memory at most while the system refuses to write them: more than a million rows.
const MOST_WAITING: usize = 128 << 20;
/// Bytes that are copied at once.
const CHUNK: usize = 1 << 16;
/// Bytes that the system copies at once, or a multiple of them. Between two such pages it looks whether the process was
/// killed, and then leaves the rest out.
const PAGE: u64 = 4096;
/// Bytes that are kept free for the next row, more than any row of numbers has. A command that names a long path may have
/// more.
const ROOM: u64 = 512;

/// An append-only CSV file. Rows reach the system whole, so a reader never sees half a row, and none lies across two pages,
/// so a kill at any instant leaves whole rows: a row after which the page has no room for another fills it with zeros
/// behind its decimals, which changes no number. Rows that the system refuses wait in memory, in order, and are offered
/// again with each row that follows.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    file: File,
    /// What is in the file: whole rows.
    written: Mark,
    /// Whether a part of a row may follow it, from a write that was cut short.
    torn: bool,
    /// Rows that are not in the file yet.
    waiting: Vec<u8>,
    header: Vec<u8>,
    row: Writer<Vec<u8>>,
}

impl Mark {
    /// The mark after `bytes` more.
    fn and(self, bytes: &[u8]) -> Self {
        let mut hasher = crc32fast::Hasher::new_with_initial_len(self.checksum, self.bytes);
        hasher.update(bytes);
        Self { bytes: self.bytes + bytes.len() as u64, checksum: hasher.finalize() }
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    options
}

impl Table {
    /// Creates the file with its header. An existing file is refused.
    ///
    /// # Errors
    /// What the system refused.
    pub fn create<'a>(path: &Path, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let file = options().create_new(true).open(path).map_err(RecordError::io("create", path))?;
        let mut table = Self::over(path, file, header)?;
        table.begin()?;
        Ok(table)
    }

    /// Opens the file of an earlier run as it is, or an empty one if there is none. To be followed by [`Table::rewind`].
    ///
    /// # Errors
    /// What the system refused.
    pub fn open<'a>(path: &Path, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let file = options().create(true).open(path).map_err(RecordError::io("open", path))?;
        Self::over(path, file, header)
    }

    fn over<'a>(path: &Path, file: File, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let row = WriterBuilder::new().from_writer(Vec::with_capacity(512));
        let (written, torn, waiting) = (Mark::default(), false, Vec::new());
        let mut table = Self { path: path.to_owned(), file, written, torn, waiting, header: Vec::new(), row };
        table.header = table.filled(|row| header.into_iter().try_for_each(|name| row.write_field(name)))?;
        Ok(table)
    }

    /// The bytes of the row that `fill` writes field by field.
    fn filled(
        &mut self,
        fill: impl FnOnce(&mut Writer<Vec<u8>>) -> Result<(), csv::Error>,
    ) -> Result<Vec<u8>, RecordError> {
        let refused = |problem: io::Error| RecordError::io("write", &self.path)(problem);
        let filled = fill(&mut self.row).and_then(|()| self.row.write_record(None::<&[u8]>));
        filled.map_err(|error| refused(error.into()))?;
        let next = WriterBuilder::new().from_writer(Vec::with_capacity(512));
        let full = std::mem::replace(&mut self.row, next);
        full.into_inner().map_err(|error| refused(error.into_error()))
    }

    /// Appends the row that `fill` writes field by field. A row that cannot be written waits in memory.
    ///
    /// # Errors
    /// What the system refused.
    pub fn push(
        &mut self,
        fill: impl FnOnce(&mut Writer<Vec<u8>>) -> Result<(), csv::Error>,
    ) -> Result<(), RecordError> {
        let row = self.filled(fill)?;
        let end = self.written.bytes + (self.waiting.len() + row.len()) as u64;
        let left = end.next_multiple_of(PAGE) - end;
        self.waiting.extend_from_slice(&row);
        if left < ROOM {
            self.waiting.truncate(self.waiting.len() - row.len());
            self.waiting.extend(stretched(&row, left as usize));
        }
        self.flush()
    }

    /// Whether so many rows wait that no more should be made.
    pub fn is_full(&self) -> bool {
        self.waiting.len() > MOST_WAITING
    }

    /// Writes the rows that wait. A part of a row, left by a write that was cut short, is taken back.
    ///
    /// # Errors
    /// What the system refused.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.come_back()?;
        self.mend()?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        if let Err(problem) = self.file.write_all(&self.waiting) {
            self.torn = true;
            // If this fails too, the next attempt begins with it.
            let _ = self.mend();
            return Err(RecordError::io("write", &self.path)(problem));
        }
        self.written = self.written.and(&self.waiting);
        self.waiting.clear();
        if self.waiting.capacity() > CHUNK {
            self.waiting = Vec::new();
        }
        Ok(())
    }

    fn mend(&mut self) -> Result<(), RecordError> {
        if self.torn {
            self.file.set_len(self.written.bytes).map_err(RecordError::io("write", &self.path))?;
            self.torn = false;
        }
        Ok(())
    }

    /// Makes the file anew where it was removed, with all that was in it: the open file is still there.
    fn come_back(&mut self) -> Result<(), RecordError> {
        let refused = |problem| RecordError::io("write", &self.path)(problem);
        match is_still(&self.path, &self.file) {
            Ok(true) => return Ok(()),
            Ok(false) => {
                let problem = "another file is in its place".to_owned();
                return Err(refused(io::Error::other(problem)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(refused(error)),
        }
        let file = options().create_new(true).open(&self.path).map_err(refused)?;
        let mut copy = &file;
        if let Err(problem) = self.copy_written(&mut copy) {
            let _ = fs::remove_file(&self.path);
            return Err(RecordError::io("write", &self.path)(problem));
        }
        (self.file, self.torn) = (file, false);
        Ok(())
    }

    fn copy_written(&mut self, into: &mut impl Write) -> io::Result<()> {
        self.file.rewind()?;
        let copied = io::copy(&mut (&self.file).take(self.written.bytes), into)?;
        if copied == self.written.bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Writes the whole table, with the rows that wait, into another folder under its own name.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save_into(&mut self, folder: &Path) -> Result<(), RecordError> {
        let path = folder.join(self.path.file_name().unwrap_or_default());
        let refused = |problem| RecordError::io("write", &path)(problem);
        let mut file = File::create_new(&path).map_err(refused)?;
        self.copy_written(&mut file).map_err(refused)?;
        file.write_all(&self.waiting).and_then(|()| file.sync_all()).map_err(refused)
    }

    /// Where the table ends, the rows that wait included.
    pub fn mark(&self) -> Mark {
        self.written.and(&self.waiting)
    }

    /// Whether the file begins with what `mark` tells of.
    ///
    /// # Errors
    /// What the system refused.
    pub fn begins_with(&mut self, mark: Mark) -> Result<bool, RecordError> {
        let refused = |problem| RecordError::io("read", &self.path)(problem);
        self.file.rewind().map_err(refused)?;
        let mut rest = (&self.file).take(mark.bytes);
        let (mut found, mut chunk) = (Mark::default(), vec![0; CHUNK]);
        loop {
            match rest.read(&mut chunk).map_err(refused)? {
                0 => return Ok(found == mark),
                count => found = found.and(&chunk[..count]),
            }
        }
    }

    /// Cuts the table off at `mark`, which it begins with, and goes on from there.
    ///
    /// # Errors
    /// What the system refused.
    pub fn rewind(&mut self, mark: Mark) -> Result<(), RecordError> {
        self.file.set_len(mark.bytes).map_err(RecordError::io("write", &self.path))?;
        (self.written, self.torn) = (mark, false);
        self.waiting.clear();
        Ok(())
    }

    /// Empties the table but for its header.
    ///
    /// # Errors
    /// What the system refused.
    pub fn begin(&mut self) -> Result<(), RecordError> {
        self.rewind(Mark::default())?;
        self.waiting = self.header.clone();
        self.flush()
    }

    /// Makes sure that all rows have reached the disk.
    ///
    /// # Errors
    /// What the system refused.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.flush()?;
        self.file.sync_all().map_err(RecordError::io("write", &self.path))
    }
}

/// The same row with so many zeros more: behind its decimals, in equal parts, or before its first number where it has none.
fn stretched(row: &[u8], by: usize) -> Vec<u8> {
    let is_decimal = |field: &&[u8]| {
        let digits = field.strip_prefix(b"-").unwrap_or(field);
        digits.contains(&b'.') && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    };
    let fields = row.trim_ascii_end().split(|byte| *byte == b',');
    let start = |field: &[u8]| field.as_ptr() as usize - row.as_ptr() as usize;
    let mut places: Vec<_> = fields.filter(is_decimal).map(|field| start(field) + field.len()).collect();
    if places.is_empty() || row.contains(&b'"') {
        places = vec![0];
    }
    let (each, more) = (by / places.len(), by % places.len());
    let mut longer = Vec::with_capacity(row.len() + by);
    let mut from = 0;
    for (at, place) in places.into_iter().enumerate() {
        longer.extend_from_slice(&row[from..place]);
        longer.resize(longer.len() + each + usize::from(at < more), b'0');
        from = place;
    }
    longer.extend_from_slice(&row[from..]);
    longer
}

/// Whether `path` is that of the open file.
#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (there, here) = (fs::metadata(path)?, file.metadata()?);
    Ok((there.dev(), there.ino()) == (here.dev(), here.ino()))
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
fn is_still(path: &Path, _: &File) -> io::Result<bool> {
    fs::metadata(path).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: &mut Table, number: u32) -> Result<(), RecordError> {
        table.push(|row| row.write_field(number.to_string()).and_then(|()| row.write_field("a, b")))
    }

    fn table(path: &Path) -> Table {
        Table::create(path, ["number", "text"]).unwrap()
    }

    #[test]
    fn a_table_is_cut_off_at_a_mark_and_goes_on_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut first = table(&path);
        (0..3).for_each(|number| row(&mut first, number).unwrap());
        let mark = first.mark();
        (3..6).for_each(|number| row(&mut first, number).unwrap());
        drop(first);
        let whole = fs::read_to_string(&path).unwrap();
        assert_eq!(whole.lines().nth(2), Some("1,\"a, b\""));
        fs::write(&path, format!("{whole}6,\"a")).unwrap();

        let mut again = Table::open(&path, ["number", "text"]).unwrap();
        assert!(again.begins_with(mark).unwrap());
        assert!(!again.begins_with(Mark { checksum: mark.checksum ^ 1, ..mark }).unwrap());
        assert!(!again.begins_with(Mark { bytes: 10_000, ..mark }).unwrap());
        again.rewind(mark).unwrap();
        (3..6).for_each(|number| row(&mut again, number).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        assert_eq!(again.mark(), Mark::default().and(whole.as_bytes()));
        again.begin().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "number,text\n");
    }

    #[cfg(unix)]
    #[test]
    fn rows_that_cannot_be_written_wait_and_a_removed_table_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, elsewhere) = (folder.path().join("run"), folder.path().join("elsewhere"));
        fs::create_dir(&inside).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        let path = inside.join("a.csv");
        let mut table = table(&path);
        row(&mut table, 0).unwrap();
        // A file in the place of the folder: nothing can be written below it, whoever asks.
        fs::remove_dir_all(&inside).unwrap();
        fs::write(&inside, "in the way").unwrap();
        for number in 1..4 {
            let problem = row(&mut table, number).unwrap_err().to_string();
            assert!(problem.contains("cannot write") && problem.contains("a.csv"), "{problem}");
        }
        let expected = "number,text\n0,\"a, b\"\n1,\"a, b\"\n2,\"a, b\"\n3,\"a, b\"\n";
        table.save_into(&elsewhere).unwrap();
        assert_eq!(fs::read_to_string(elsewhere.join("a.csv")).unwrap(), expected);
        fs::remove_file(&inside).unwrap();
        fs::create_dir(&inside).unwrap();
        row(&mut table, 4).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{expected}4,\"a, b\"\n"));
        // Somebody else's file is not overwritten.
        fs::remove_file(&path).unwrap();
        fs::write(&path, "mine").unwrap();
        assert!(row(&mut table, 5).unwrap_err().to_string().contains("another file is in its place"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        fs::remove_file(&path).unwrap();
        table.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{expected}4,\"a, b\"\n5,\"a, b\"\n"));
    }

    #[test]
    fn no_row_lies_across_two_pages_and_no_number_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut table = Table::create(&path, ["number", "first", "second", "text"]).unwrap();
        let mut expected = Vec::new();
        for number in 0..2_000_u32 {
            let (first, second) = (f64::from(number) / 8.0, -f64::from(number) * 1.5);
            // Rows of all lengths up to the longest that there is room for, some without a decimal.
            let text = "x".repeat((number as usize * 37) % 450);
            let decimals = if number % 5 == 0 {
                ["".to_owned(), "".to_owned()]
            } else {
                [first, second].map(|it| format!("{it:.3}"))
            };
            table
                .push(|row| {
                    row.write_field(number.to_string())?;
                    decimals.iter().try_for_each(|field| row.write_field(field))?;
                    row.write_field(&text)
                })
                .unwrap();
            expected.push((number, decimals.map(|field| field.parse::<f64>().ok()), text));
        }
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.len() > 100 * 4096);
        for page in bytes.chunks(4096).take(bytes.len() / 4096) {
            assert_eq!(page.last(), Some(&b'\n'));
        }
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let rows = reader.records().map(|row| {
            let row = row.unwrap();
            (row[0].parse().unwrap(), [1, 2].map(|at| row[at].parse().ok()), row[3].to_owned())
        });
        assert!(rows.eq(expected));
    }

    #[test]
    fn zeros_go_behind_decimals_and_before_a_number_without_one() {
        let longer = |row: &str, by| String::from_utf8(stretched(row.as_bytes(), by)).unwrap();
        assert_eq!(longer("7,1.5,a.b,-0.25,\n", 3), "7,1.500,a.b,-0.250,\n");
        assert_eq!(longer("7,1.5\n", 2), "7,1.500\n");
        assert_eq!(longer("7,left\n", 2), "007,left\n");
        assert_eq!(longer("7,\"load 1.5,2.5,\"\n", 2), "007,\"load 1.5,2.5,\"\n");
    }

    #[test]
    fn half_a_row_is_taken_back_before_the_next_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut table = table(&path);
        row(&mut table, 0).unwrap();
        // As a write leaves it that the system cut short.
        table.file.write_all(b"1,\"a").unwrap();
        table.torn = true;
        row(&mut table, 1).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "number,text\n0,\"a, b\"\n1,\"a, b\"\n");
    }
}
