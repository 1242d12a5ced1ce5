//! A CSV table that grows by whole rows, and loses none.

#[cfg(test)]
mod tests;
mod whole;

pub use whole::write_table;

use crate::storage::{RecordError, TablePosition};
use csv::{Writer, WriterBuilder};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Bytes of rows that wait in memory at most while the system refuses to write them: more than a million rows.
const MOST_WAITING: usize = 128 << 20;
/// Bytes that are copied at once.
const CHUNK: usize = 1 << 16;
/// An append-only CSV file. Each row reaches the system in one write. A kill within it may leave a part of the row, which
/// has no line end and therefore is no row: readers skip it, and going on cuts it off. Rows that the system refuses wait in
/// memory, in order, and are offered again with each row that follows.
#[derive(Debug)]
pub struct CsvTable {
    path: PathBuf,
    file: File,
    /// What is in the file: whole rows.
    written: TablePosition,
    /// Whether a part of a row may follow it, from a write that was cut short.
    torn: bool,
    /// Rows that are not in the file yet.
    waiting: Vec<u8>,
    header: Vec<u8>,
    row: Writer<Vec<u8>>,
}

impl TablePosition {
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

impl CsvTable {
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

    /// Opens the file of an earlier run as it is, or an empty one if there is none. To be followed by [`CsvTable::rewind`].
    ///
    /// # Errors
    /// What the system refused.
    pub fn open<'a>(path: &Path, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let file = options().create(true).open(path).map_err(RecordError::io("open", path))?;
        Self::over(path, file, header)
    }

    fn over<'a>(path: &Path, file: File, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let row = WriterBuilder::new().from_writer(Vec::with_capacity(512));
        let (written, torn, waiting) = (TablePosition::default(), false, Vec::new());
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
        self.waiting.extend_from_slice(&row);
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
    pub fn mark(&self) -> TablePosition {
        self.written.and(&self.waiting)
    }

    /// Whether the file begins with what `mark` tells of.
    ///
    /// # Errors
    /// What the system refused.
    pub fn begins_with(&mut self, mark: TablePosition) -> Result<bool, RecordError> {
        let refused = |problem| RecordError::io("read", &self.path)(problem);
        self.file.rewind().map_err(refused)?;
        let mut rest = (&self.file).take(mark.bytes);
        let (mut found, mut chunk) = (TablePosition::default(), vec![0; CHUNK]);
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
    pub fn rewind(&mut self, mark: TablePosition) -> Result<(), RecordError> {
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
        self.rewind(TablePosition::default())?;
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
