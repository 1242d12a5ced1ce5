//! A CSV table that grows by complete rows and loses none.

#[cfg(test)]
mod tests;
mod whole;

pub(in crate::storage) use whole::write_rows;
pub use whole::write_table;

use crate::storage::{RecordError, TablePosition};
use csv::{Writer, WriterBuilder};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Most bytes of rows that wait in memory while the system refuses to write them: more than a million rows.
const MOST_WAITING: usize = 128 << 20;
/// Bytes copied at a time.
const CHUNK: usize = 1 << 16;

/// An append-only CSV file. Each row is one write. A kill during it may leave part of a row without a line end: readers
/// skip it, and resuming cuts it off. Rows that the system refuses wait in memory, in order, and are retried with each
/// following row.
#[derive(Debug)]
pub struct CsvTable {
    path: PathBuf,
    file: File,
    /// The complete rows in the file.
    written: TablePosition,
    /// Whether part of a row may follow them, from a write that was cut short.
    torn: bool,
    /// Rows not yet in the file.
    waiting: Vec<u8>,
    header: Vec<u8>,
    row: Writer<Vec<u8>>,
}

impl TablePosition {
    /// The position after `bytes` more.
    fn advanced_by(self, bytes: &[u8]) -> Self {
        let mut hasher = crc32fast::Hasher::new_with_initial_len(self.checksum, self.bytes);
        hasher.update(bytes);
        Self { bytes: self.bytes + bytes.len() as u64, checksum: hasher.finalize() }
    }
}

fn append_options() -> OpenOptions {
    let mut append_options = OpenOptions::new();
    append_options.read(true).append(true);
    append_options
}

impl CsvTable {
    /// Creates the file and writes its header. An existing file is refused.
    ///
    /// # Errors
    /// What the system refused.
    pub fn create<'a>(path: &Path, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let file = append_options().create_new(true).open(path).map_err(RecordError::io("create", path))?;
        let mut table = Self::with_file(path, file, header)?;
        table.clear()?;
        Ok(table)
    }

    /// Opens the file of an earlier run unchanged, or creates an empty one. Must be followed by [`CsvTable::rewind`].
    ///
    /// # Errors
    /// What the system refused.
    pub fn open<'a>(path: &Path, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let file = append_options().create(true).open(path).map_err(RecordError::io("open", path))?;
        Self::with_file(path, file, header)
    }

    fn with_file<'a>(path: &Path, file: File, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let row = WriterBuilder::new().from_writer(Vec::with_capacity(512));
        let (written, torn, waiting) = (TablePosition::default(), false, Vec::new());
        let mut table = Self { path: path.to_owned(), file, written, torn, waiting, header: Vec::new(), row };
        table.header = table.encode_row(|row| header.into_iter().try_for_each(|name| row.write_field(name)))?;
        Ok(table)
    }

    /// Encodes the row that `fill` writes field by field.
    fn encode_row(
        &mut self,
        fill: impl FnOnce(&mut Writer<Vec<u8>>) -> Result<(), csv::Error>,
    ) -> Result<Vec<u8>, RecordError> {
        let refused = |problem: io::Error| RecordError::io("write", &self.path)(problem);
        let encode_row = fill(&mut self.row).and_then(|()| self.row.write_record(None::<&[u8]>));
        encode_row.map_err(|error| refused(error.into()))?;
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
        let row = self.encode_row(fill)?;
        self.waiting.extend_from_slice(&row);
        self.flush()
    }

    /// Whether so many rows wait that the run should end.
    pub fn is_full(&self) -> bool {
        self.waiting.len() > MOST_WAITING
    }

    /// Writes the waiting rows. Part of a row, left by a write that was cut short, is removed first.
    ///
    /// # Errors
    /// What the system refused.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.recreate_if_removed()?;
        self.cut_torn_row()?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        if let Err(problem) = self.file.write_all(&self.waiting) {
            self.torn = true;
            // If this fails too, the next flush tries it again.
            let _ = self.cut_torn_row();
            return Err(RecordError::io("write", &self.path)(problem));
        }
        self.written = self.written.advanced_by(&self.waiting);
        self.waiting.clear();
        if self.waiting.capacity() > CHUNK {
            self.waiting = Vec::new();
        }
        Ok(())
    }

    fn cut_torn_row(&mut self) -> Result<(), RecordError> {
        if self.torn {
            self.file.set_len(self.written.bytes).map_err(RecordError::io("write", &self.path))?;
            self.torn = false;
        }
        Ok(())
    }

    /// Creates the file again if it was removed, with its content: the open file still has it.
    fn recreate_if_removed(&mut self) -> Result<(), RecordError> {
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
        let file = append_options().create_new(true).open(&self.path).map_err(refused)?;
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

    /// Writes the complete table, waiting rows included, into another folder under its own name.
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

    /// The end of the table, waiting rows included.
    pub fn position(&self) -> TablePosition {
        self.written.advanced_by(&self.waiting)
    }

    /// Whether the prefix of the file up to `position` is unchanged.
    ///
    /// # Errors
    /// What the system refused.
    pub fn begins_with(&mut self, position: TablePosition) -> Result<bool, RecordError> {
        let refused = |problem| RecordError::io("read", &self.path)(problem);
        self.file.rewind().map_err(refused)?;
        let mut rest = (&self.file).take(position.bytes);
        let (mut found, mut chunk) = (TablePosition::default(), vec![0; CHUNK]);
        loop {
            match rest.read(&mut chunk).map_err(refused)? {
                0 => return Ok(found == position),
                count => found = found.advanced_by(&chunk[..count]),
            }
        }
    }

    /// Truncates the table to `position`, which must be a prefix of it.
    ///
    /// # Errors
    /// What the system refused.
    pub fn rewind(&mut self, position: TablePosition) -> Result<(), RecordError> {
        self.file.set_len(position.bytes).map_err(RecordError::io("write", &self.path))?;
        (self.written, self.torn) = (position, false);
        self.waiting.clear();
        Ok(())
    }

    /// Removes all rows but the header.
    ///
    /// # Errors
    /// What the system refused.
    pub fn clear(&mut self) -> Result<(), RecordError> {
        self.rewind(TablePosition::default())?;
        self.waiting = self.header.clone();
        self.flush()
    }

    /// Writes the waiting rows and syncs the file to disk.
    ///
    /// # Errors
    /// What the system refused.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.flush()?;
        self.file.sync_all().map_err(RecordError::io("write", &self.path))
    }
}

/// Whether `path` still names the open file.
#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (there, here) = (fs::metadata(path)?, file.metadata()?);
    Ok((there.dev(), there.ino()) == (here.dev(), here.ino()))
}

/// On other systems an open file cannot be replaced.
#[cfg(not(unix))]
fn is_still(path: &Path, _: &File) -> io::Result<bool> {
    fs::metadata(path).map(|_| true)
}
