//! Finding the place where a run that was ended goes on.

use crate::bounded;
use crate::settings::{Settings, settings_from};
use crate::storage::RecordError;
use crate::storage::codec::checkpoint::{Checkpoint, TablePositions, TrainingState, checkpoints_in};
use crate::storage::run_folder::{RunFolder, SETTINGS};
use std::path::{Path, PathBuf};

/// Settings files larger than this are refused unread.
const LARGEST_SETTINGS: u64 = 1 << 20;

/// A run that was ended, its folder open. Nothing in it has changed yet.
#[derive(Debug)]
pub struct InterruptedRun {
    /// Its folder.
    pub folder: RunFolder,
    /// The settings that it began with.
    pub settings: Settings,
    /// The place where it goes on; none if it was ended before its first checkpoint.
    pub found: Option<ResumePoint>,
    /// What was passed over on the way, a sentence each.
    pub warnings: Vec<String>,
}

/// A checkpoint from which a run goes on.
#[derive(Debug)]
pub struct ResumePoint {
    /// Its file.
    pub path: PathBuf,
    /// Settings and model at that moment.
    pub checkpoint: Checkpoint,
    /// All the rest.
    pub state: TrainingState,
}

impl InterruptedRun {
    /// Opens the folder of a run and finds its newest checkpoint that is whole and whose rows are there. `largest` tells how
    /// many bytes the state of a run of given settings can have.
    ///
    /// # Errors
    /// A folder that is no run, one that another process writes into, or one whose checkpoints cannot be gone on from.
    pub fn open(path: &Path, largest: fn(&Settings) -> u64) -> Result<Self, RecordError> {
        let refused = |problem: String| RecordError::NoRun { folder: path.to_owned(), problem };
        let place = path.join(SETTINGS);
        if !place.is_file() {
            let problem = format!("it has no {SETTINGS}, so nothing of it had begun: name it with --out to begin");
            return Err(refused(if path.is_dir() { problem } else { "there is no such folder".to_owned() }));
        }
        let text = bounded::read_text(&place, LARGEST_SETTINGS).map_err(RecordError::io("read", &place))?;
        let settings = settings_from(&place, &text).map_err(|error| refused(error.to_string()))?;
        let mut folder = RunFolder::open(path, text)?;
        let mut warnings = Vec::new();
        let mut candidates = Vec::new();
        let files = checkpoints_in(path);
        for file in &files {
            match TablePositions::of(file) {
                Ok(Some(positions)) => candidates.push((positions, file)),
                Ok(None) => warnings.push(format!("{} holds networks alone", file.display())),
                Err(error) => warnings.push(error.to_string()),
            }
        }
        while let Some((positions, file)) = candidates.pop() {
            if !folder.is_of(&positions)? {
                let message = format!("{} is of another run, or the rows before it have changed", file.display());
                warnings.push(message);
                continue;
            }
            match Self::read(file, &settings, largest) {
                Ok(found) => return Ok(Self { folder, settings, found: Some(found), warnings }),
                Err(error) => warnings.push(error.to_string()),
            }
        }
        if files.is_empty() {
            return Ok(Self { folder, settings, found: None, warnings });
        }
        Err(refused(format!("none of its checkpoints can be gone on from ({})", warnings.join("; "))))
    }

    fn read(path: &Path, begun: &Settings, largest: fn(&Settings) -> u64) -> Result<ResumePoint, RecordError> {
        let checkpoint = Checkpoint::load(path)?;
        let mut sizes = begun.clone();
        sizes.cluster.max_steps = checkpoint.settings.cluster.max_steps;
        let state = TrainingState::load(path, largest(&sizes))?;
        let state = state.ok_or_else(|| RecordError::unusable(path, "it holds networks alone"))?;
        Ok(ResumePoint { path: path.to_owned(), checkpoint, state })
    }
}
