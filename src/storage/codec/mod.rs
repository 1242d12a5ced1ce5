//! How bytes become values and back: whole files written atomically, CSV tables, and the binary formats.
//!
//! Owns formats and nothing of a run's layout: which file lies where is known to [`super::run_folder`].

pub(in crate::storage) mod atomic;
pub(in crate::storage) mod checkpoint;
pub(crate) mod envelope;
mod reader;
pub(in crate::storage) mod table;

pub use atomic::{copy_file, write_file};
pub(crate) use checkpoint::{CHECKPOINT, checkpoints_in, read as read_checkpoint};
pub use checkpoint::{Checkpoint, TablePosition, TablePositions, TrainingState, UnsavedState};
pub(crate) use reader::TableReader;
pub use table::write_table;
