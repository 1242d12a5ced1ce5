//! The checkpoints of a run folder, and which of them is the newest.

use crate::storage::{Checkpoint, RecordError, TablePositions};
use std::fs;
use std::path::{Path, PathBuf};

impl Checkpoint {
    /// The file that `path` names: itself, or the newest checkpoint of a run folder.
    ///
    /// # Errors
    /// A folder without a checkpoint.
    pub fn file(path: &Path) -> Result<PathBuf, RecordError> {
        if path.is_dir() { newest(path) } else { Ok(path.to_owned()) }
    }

    /// Reads a checkpoint of this program or of the older one ([`LegacyCheckpoint`](crate::storage::LegacyCheckpoint)), or a
    /// safetensors file, whatever its name; for a run folder, the newest checkpoint in it.
    ///
    /// # Errors
    /// A path without a checkpoint, a damaged file, or networks that do not match the settings stored with them. For a run
    /// folder, any damaged checkpoint that may be the newest.
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        if !path.is_dir() {
            return Self::load_file(path);
        }
        let (checkpoint, _, damaged) = newest_intact(path)?;
        damaged.into_iter().next().map_or(Ok(checkpoint), Err)
    }

    /// As [`Checkpoint::load`], but passes over the damaged checkpoints of a run folder, with a sentence about each.
    ///
    /// # Errors
    /// As [`Checkpoint::load`], for a run folder only if none of its checkpoints is intact.
    pub fn load_intact(path: &Path) -> Result<(Self, Vec<String>), RecordError> {
        if !path.is_dir() {
            return Ok((Self::load_file(path)?, Vec::new()));
        }
        let (checkpoint, file, damaged) = newest_intact(path)?;
        let sentence = |error: &RecordError| format!("{error}; {} is used instead", file.display());
        Ok((checkpoint, damaged.iter().map(sentence).collect()))
    }
}

/// The newest intact checkpoint of a run folder, its file, and what is wrong with those that may be newer.
fn newest_intact(folder: &Path) -> Result<(Checkpoint, PathBuf, Vec<RecordError>), RecordError> {
    let mut damaged = Vec::new();
    let newest = newest(folder)?;
    let mut files = checkpoints_in(folder).into_iter().rev();
    for file in files.by_ref() {
        match Checkpoint::load_file(&file) {
            Ok(checkpoint) => {
                // Where even the bookmark is damaged, nothing says how new a checkpoint was.
                damaged.extend(files.filter_map(|file| TablePositions::of(&file).err()));
                return Ok((checkpoint, file, damaged));
            }
            Err(error) => damaged.push(error),
        }
    }
    Err(damaged.into_iter().next().unwrap_or_else(|| RecordError::unusable(&newest, "it has been removed")))
}

fn newest(folder: &Path) -> Result<PathBuf, RecordError> {
    let inside = folder.join("checkpoints");
    if !inside.is_dir() {
        return Err(RecordError::unusable(folder, "it is a folder without checkpoints/"));
    }
    checkpoints_in(folder).pop().ok_or_else(|| RecordError::unusable(&inside, "it holds no checkpoint"))
}

/// The checkpoints of a run folder, the newest last. They are sorted by the tick at which they were saved, not by the steps
/// in their names: networks with fewer steps may have been loaded in between. Files without a run state come first, by name.
pub(crate) fn checkpoints_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("checkpoints")).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|extension| extension == Checkpoint::EXTENSION);
    let mut files: Vec<_> = files.filter(is_checkpoint).collect();
    files.sort_by_cached_key(|path| {
        (TablePositions::of(path).ok().flatten().map(|positions| positions.ticks), path.clone())
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Learner;
    use crate::settings::Settings;
    use crate::storage::{TablePosition, UnsavedState};

    #[test]
    fn the_newest_checkpoint_is_the_one_of_the_latest_tick_whatever_its_name() {
        let settings = Settings::default();
        let checkpoint = Checkpoint { model: Learner::new(&settings).model(), settings };
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("checkpoints");
        let save = |name: &str, ticks: Option<u64>| {
            let positions = |ticks| TablePositions {
                origin: 0,
                ticks,
                episodes: 0,
                seconds: 0.0,
                tables: [TablePosition::default(); 3],
            };
            let state = ticks.map(|ticks| UnsavedState::new(positions(ticks), 0_u8));
            checkpoint.save_with(&inside.join(name), state.as_ref()).unwrap();
        };
        save("step-000000000900.rsnt", Some(900));
        save("step-000000000200.rsnt", Some(1_100));
        save("zebra.rsnt", None);
        let names: Vec<_> =
            checkpoints_in(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["zebra.rsnt", "step-000000000900.rsnt", "step-000000000200.rsnt"]);
        assert_eq!(Checkpoint::file(folder.path()).unwrap(), inside.join("step-000000000200.rsnt"));
    }
}
