//! The run folder and its files.
//!
//! Owns every file the program writes about a run: `settings.ron`, `episodes.csv`, `steps.csv`, `commands.csv`,
//! `checkpoints/`, `blackbox/`, `summary.json`. Nothing is ever overwritten by accident: a taken folder is refused, whole files are
//! written beside their place, synced and renamed, and tables grow by whole rows. Knows settings, models and outcomes;
//! no Bevy.

pub(crate) mod codec;
mod error;
mod models;
mod run_folder;

pub(crate) use codec::{CHECKPOINT, TableReader, checkpoints_in, read_checkpoint};
pub use codec::{
    Checkpoint, TablePosition, TablePositions, TrainingState, UnsavedState, copy_file, write_file, write_table,
};
pub use error::RecordError;
pub use models::{BUILTIN, LegacyCheckpoint, LegacyError, QTABLE, builtin, qtable};
pub(crate) use models::{is_legacy, is_safetensors};
pub use run_folder::{
    EpisodeRow, EpisodeSummary, InterruptedRun, ResumePoint, RunFolder, StepRow, Summary, episodes_from, folder_name,
    free_file, free_folder, read_episodes, run_of, runs_in,
};
pub(crate) use run_folder::{black_boxes_in, is_run, lock_folder, six_decimals, write_black_box};
