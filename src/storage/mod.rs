//! The run folder and its files.
//!
//! Owns every file the program writes about a run: `settings.ron`, `episodes.csv`, `steps.csv`, `commands.csv`,
//! `checkpoints/`, `blackbox/`, `summary.json`. Nothing is ever overwritten by accident: a taken folder is refused, whole files are
//! written beside their place, synced and renamed, and tables grow by whole rows. Knows settings, models and outcomes;
//! no Bevy.

mod atomic;
mod black_boxes;
mod builtin;
mod checkpoint;
pub(crate) mod envelope;
mod error;
mod folder;
mod legacy;
mod names;
mod reader;
mod resume;
mod rows;
mod safetensors;
mod study;
mod table;

pub use atomic::{copy_file, write_file};
pub(crate) use black_boxes::{black_boxes_in, write_black_box};
pub use builtin::{BUILTIN, QTABLE, builtin, qtable};
pub(crate) use checkpoint::{CHECKPOINT, checkpoints_in, read as read_checkpoint};
pub use checkpoint::{Checkpoint, TablePosition, TablePositions, TrainingState, UnsavedState};
pub use error::RecordError;
pub use folder::{RunFolder, Summary, free_file, free_folder};
pub(crate) use legacy::is_legacy;
pub use legacy::{LegacyCheckpoint, LegacyError};
pub use names::folder_name;
pub(crate) use reader::TableReader;
pub use resume::{InterruptedRun, ResumePoint};
pub use rows::{EpisodeRow, StepRow};
pub(crate) use safetensors::is_safetensors;
pub(crate) use study::is_run;
pub use study::{EpisodeSummary, episodes_from, read_episodes, run_of, runs_in};
