//! The place of a run: whether a folder can be claimed, its lock, and names that are free.

use super::UNFINISHED;
use crate::storage::{Checkpoint, RecordError};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Its presence says nothing; that it is locked does. The lock goes with the process, however that ends.
pub(in crate::storage) const LOCK: &str = "run.lock";

/// Takes the lock `name` of a folder; none where the file system has no locks.
pub(crate) fn lock_folder(path: &Path, name: &str) -> Result<Option<File>, RecordError> {
    let place = path.join(name);
    // Not even its time changes for one who does not get it.
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&place);
    let file = file.map_err(RecordError::io("write", &place))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(RecordError::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(RecordError::io("lock", &place)(error)),
    }
}

/// The name of the checkpoint of a run after so many steps: padded, so that the order of names is that of steps.
pub(in crate::storage) fn name(steps: u64) -> String {
    format!("step-{steps:012}.{}", Checkpoint::EXTENSION)
}

/// Whether a checkpoint is named after its steps, and not by a person.
pub(in crate::storage) fn is_numbered(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let digits = name.strip_prefix("step-");
    digits.is_some_and(|digits| digits.len() >= 12 && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Accepts an existing folder only if it is empty, or holds what is left of a run that was ended before it began.
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

/// The first of `name-1`, `name-2`, ... in `parent` that is free.
pub fn free_folder(parent: &Path, name: &str) -> PathBuf {
    (1_u64..)
        .map(|number| parent.join(format!("{name}-{number}")))
        .find(|path| !path.exists())
        .expect("there are more numbers than folders")
}

/// `name.extension` in `folder` if that is free, else the first of `name-2.extension`, `name-3.extension`, ... that is.
pub fn free_file(folder: &Path, name: &str, extension: &str) -> PathBuf {
    let plain = folder.join(format!("{name}.{extension}"));
    let numbered = (2_u64..).map(|number| folder.join(format!("{name}-{number}.{extension}")));
    std::iter::once(plain).chain(numbered).find(|path| !path.exists()).expect("there are more numbers than files")
}
