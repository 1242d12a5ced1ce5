//! Writing a complete CSV table at once.

use crate::storage::RecordError;
use crate::storage::codec::atomic::write_with;
use csv::Writer;
use std::path::Path;

/// Writes a table atomically; the header is the first of `rows`.
///
/// # Errors
/// What the system refused.
pub fn write_table<R>(path: &Path, rows: impl IntoIterator<Item = R>) -> Result<(), RecordError>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    write_with(path, |file| {
        let mut table = Writer::from_writer(file);
        rows.into_iter().try_for_each(|row| table.write_record(row))?;
        table.flush()
    })
}
