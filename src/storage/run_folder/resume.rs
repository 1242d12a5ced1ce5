//! Finds the checkpoint from which an interrupted run resumes.

use crate::bounded;
use crate::settings::{Settings, settings_from};
use crate::storage::run_folder::{RunFolder, SETTINGS, checkpoints_in};
use crate::storage::{Checkpoint, RecordError, TablePositions, TrainingState};
use std::path::{Path, PathBuf};

/// Settings files larger than this are refused unread.
const LARGEST_SETTINGS: u64 = 1 << 20;

/// An interrupted or finished run whose folder has been opened and not yet changed.
#[derive(Debug)]
pub struct InterruptedRun {
    /// Its folder.
    pub folder: RunFolder,
    /// The settings with which it began.
    pub settings: Settings,
    /// Where it resumes; none if it ended before its first checkpoint.
    pub found: Option<ResumePoint>,
    /// Checkpoints that were skipped, a sentence each.
    pub warnings: Vec<String>,
}

/// A checkpoint from which a run resumes.
#[derive(Debug)]
pub struct ResumePoint {
    /// Its file.
    pub path: PathBuf,
    /// Settings and model.
    pub checkpoint: Checkpoint,
    /// The rest of the run.
    pub state: TrainingState,
}

impl InterruptedRun {
    /// Opens a run folder and finds its newest intact checkpoint whose rows are still in the tables. `largest` is the largest
    /// size of a run state under given settings, in bytes.
    ///
    /// # Errors
    /// A folder that holds no run, is in use by another process, or has only unusable checkpoints.
    pub fn open(path: &Path, largest: fn(&Settings) -> u64) -> Result<Self, RecordError> {
        let refused = |problem: String| RecordError::NotResumable { folder: path.to_owned(), problem };
        let settings_file = path.join(SETTINGS);
        if !settings_file.is_file() {
            let problem = format!("it has no {SETTINGS}, so it never began; name it with --out to begin");
            return Err(refused(if path.is_dir() { problem } else { "there is no such folder".to_owned() }));
        }
        let text =
            bounded::read_text(&settings_file, LARGEST_SETTINGS).map_err(RecordError::io("read", &settings_file))?;
        let settings = settings_from(&settings_file, &text).map_err(|error| refused(error.to_string()))?;
        let mut folder = RunFolder::open(path, text)?;
        let mut warnings = Vec::new();
        let mut candidates = Vec::new();
        let files = checkpoints_in(path);
        for file in &files {
            match TablePositions::of(file) {
                Ok(Some(positions)) => candidates.push((positions, file)),
                Ok(None) => warnings.push(format!("{} holds only networks", file.display())),
                Err(error) => warnings.push(error.to_string()),
            }
        }
        while let Some((positions, file)) = candidates.pop() {
            if !folder.matches(&positions)? {
                warnings.push(format!("{} belongs to another run, or the rows before it have changed", file.display()));
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
        Err(refused(format!("none of its checkpoints can be resumed from ({})", warnings.join("; "))))
    }

    fn read(path: &Path, begun: &Settings, largest: fn(&Settings) -> u64) -> Result<ResumePoint, RecordError> {
        let checkpoint = Checkpoint::load(path)?;
        let mut sizes = begun.clone();
        sizes.cluster.max_steps = checkpoint.settings.cluster.max_steps;
        let state = TrainingState::load(path, largest(&sizes))?;
        let state = state.ok_or_else(|| RecordError::unusable(path, "it holds only networks"))?;
        Ok(ResumePoint { path: path.to_owned(), checkpoint, state })
    }
}
