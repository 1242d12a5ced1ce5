//! Atomic file writes: a temporary file in the same folder, synced, then renamed.

use crate::storage::RecordError;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes `bytes` to `path` atomically: after a crash at any moment the path holds the old file or the new one.
///
/// # Errors
/// What the system refused.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    write_with(path, |file| file.write_all(bytes))
}

/// Writes the content that `fill` produces atomically, without holding all of it in memory.
///
/// # Errors
/// What the system refused.
pub(in crate::storage) fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), RecordError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
    let file = NamedTempFile::new_in(folder).map_err(RecordError::io("write into", folder))?;
    let mut writer = BufWriter::new(file.as_file());
    fill(&mut writer).and_then(|()| writer.flush()).map_err(RecordError::io("write", path))?;
    drop(writer);
    file.as_file().sync_all().map_err(RecordError::io("write", path))?;
    readable_by_all(file.as_file()).map_err(RecordError::io("write", path))?;
    file.persist(path).map_err(|error| RecordError::io("write", path)(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// Copies a file atomically.
///
/// # Errors
/// What the system refused.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), RecordError> {
    let bytes = fs::read(from).map_err(RecordError::io("read", from))?;
    write_file(to, &bytes)
}

/// Temporary files are private to their owner; files that stay get the usual permissions.
#[cfg(unix)]
pub(in crate::storage) fn readable_by_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(in crate::storage) fn readable_by_all(_: &File) -> io::Result<()> {
    Ok(())
}

/// Makes the rename itself durable. Some systems cannot sync a folder; the file is complete either way.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
