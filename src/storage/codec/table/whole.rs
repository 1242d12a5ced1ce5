//! Writing a complete CSV table at once.

use crate::storage::RecordError;
use crate::storage::codec::atomic::write_with;
use csv::Writer;
use std::io::{self, Write};
use std::path::Path;

/// Writes a table atomically, in the place of what is there; the header is the first of `rows`.
///
/// # Errors
/// What the system refused.
pub fn write_table<R>(path: &Path, rows: impl IntoIterator<Item = R>) -> Result<(), RecordError>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    write_with(path, |file| write_rows(file, rows))
}

/// Writes all rows of a table, the header first.
pub(in crate::storage) fn write_rows<R>(file: impl Write, rows: impl IntoIterator<Item = R>) -> io::Result<()>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut table = Writer::from_writer(file);
    rows.into_iter().try_for_each(|row| table.write_record(row))?;
    table.flush()
}
