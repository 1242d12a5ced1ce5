//! A CSV table that grows by whole rows.

use super::RecordError;
use csv::{Writer, WriterBuilder};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// An append-only CSV file. Each row reaches the system in one write, so a reader never sees half a row.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    file: File,
    row: Writer<Vec<u8>>,
}

impl Table {
    /// Creates the file with its header. An existing file is refused.
    ///
    /// # Errors
    /// What the system refused.
    pub fn create<'a>(path: &Path, header: impl IntoIterator<Item = &'a str>) -> Result<Self, RecordError> {
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        let file = file.map_err(RecordError::io("create", path))?;
        let row = WriterBuilder::new().from_writer(Vec::with_capacity(512));
        let mut table = Self { path: path.to_owned(), file, row };
        table.push(|row| header.into_iter().try_for_each(|name| row.write_field(name)))?;
        Ok(table)
    }

    /// Appends the row that `fill` writes field by field.
    ///
    /// # Errors
    /// What the system refused.
    pub fn push(
        &mut self,
        fill: impl FnOnce(&mut Writer<Vec<u8>>) -> Result<(), csv::Error>,
    ) -> Result<(), RecordError> {
        let refused = |problem: std::io::Error| RecordError::io("write", &self.path)(problem);
        let filled = fill(&mut self.row).and_then(|()| self.row.write_record(None::<&[u8]>));
        filled.map_err(|error| refused(error.into()))?;
        let next = WriterBuilder::new().from_writer(Vec::with_capacity(512));
        let full = std::mem::replace(&mut self.row, next);
        let bytes = full.into_inner().map_err(|error| refused(error.into_error()))?;
        self.file.write_all(&bytes).map_err(refused)
    }

    /// Makes sure that all rows have reached the disk.
    ///
    /// # Errors
    /// What the system refused.
    pub fn sync(&self) -> Result<(), RecordError> {
        self.file.sync_all().map_err(RecordError::io("write", &self.path))
    }
}
