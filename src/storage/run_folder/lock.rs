//! Whether a folder can become a run folder, and the lock that keeps other processes out of it.

use super::UNFINISHED;
use super::names::free_folder;
use crate::storage::RecordError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Only the lock on this file matters, not that it exists. The system releases it when the process ends, however it ends.
pub(in crate::storage) const LOCK: &str = "run.lock";

/// Takes the lock `name` of a folder; none where the file system has no locks.
pub(crate) fn lock_folder(path: &Path, name: &str) -> Result<Option<File>, RecordError> {
    let lock_file = path.join(name);
    // A process that does not get the lock must not even change the file's time.
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&lock_file);
    let file = file.map_err(RecordError::io("write", &lock_file))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(RecordError::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(RecordError::io("lock", &lock_file)(error)),
    }
}

/// Accepts an existing folder only if it is empty, or holds only leftovers of a run that ended before it began.
pub(in crate::storage) fn claim(path: &Path) -> Result<(), RecordError> {
    let leftover = |entry: io::Result<fs::DirEntry>| {
        entry
            .is_ok_and(|entry| entry.file_name() == LOCK || entry.file_name().to_string_lossy().starts_with(UNFINISHED))
    };
    let empty = fs::read_dir(path).is_ok_and(|mut entries| entries.all(leftover));
    if empty {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().map_or("run".into(), |name| name.to_string_lossy().into_owned());
    Err(RecordError::Taken { folder: path.to_owned(), free: free_folder(parent, &name) })
}
