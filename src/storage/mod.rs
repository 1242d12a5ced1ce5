//! The run folder and its files.
//!
//! Three sub-rooms, each of which knows only those before it: `codec` (formats of this program), `models` (formats of a
//! model from elsewhere) and `run_folder` (the layout of a run); then `output_file`, the rule for files that people name. Owns every file the program writes about a run: `settings.ron`, `episodes.csv`, `steps.csv`, `commands.csv`,
//! `checkpoints/`, `blackbox/`, `summary.json`. Nothing is ever overwritten by accident: a taken folder is
//! refused, files are written atomically, and tables grow by complete rows. Knows settings, models and outcomes;
//! no Bevy.

pub(crate) mod codec;
mod error;
mod models;
mod output_file;
mod run_folder;

pub(crate) use codec::{CHECKPOINT, TableReader};
pub use codec::{Checkpoint, TablePosition, TablePositions, TrainingState, UnsavedState, write_file, write_table};
pub use error::RecordError;
pub use models::{BUILTIN, LegacyCheckpoint, LegacyError, QTABLE, builtin, qtable};
pub(crate) use models::{is_legacy, is_safetensors, read_checkpoint};
pub use output_file::OutputFile;
pub use run_folder::{
    EpisodeRow, EpisodeSummary, InterruptedRun, ResumePoint, RunFolder, StepRow, Summary, episodes_from, folder_name,
    free_file, free_folder, read_episodes, run_of, runs_in,
};
pub(crate) use run_folder::{black_boxes_in, checkpoints_in, is_run, lock_folder, six_decimals, write_black_box};
