//! Which files a run keeps for itself: nobody may write another file in their place.

use super::lock::LOCK;
use super::names::is_numbered;
use super::{SETTINGS, black_boxes};
use crate::storage::codec::atomic::folder_of;
use std::path::Path;

/// The files in the folder itself.
const FILES: [&str; 6] = [SETTINGS, "episodes.csv", "steps.csv", "commands.csv", "summary.json", LOCK];

/// Whether `path` is the place of a file that a run writes by itself, now or later: in a folder that has the lock of a run.
pub(in crate::storage) fn is_kept_by_a_run(path: &Path) -> bool {
    let Ok(folder) = folder_of(path).canonicalize() else { return false };
    let is_run = |folder: &Path| folder.join(LOCK).is_file();
    let inside = |name: &str| folder.ends_with(name) && folder.parent().is_some_and(is_run);
    FILES.iter().any(|name| path.file_name().is_some_and(|file| file == *name)) && is_run(&folder)
        || is_numbered(path) && inside("checkpoints")
        || black_boxes::episode_of(path).is_some() && inside(black_boxes::FOLDER)
}
