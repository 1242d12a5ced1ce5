//! Encoding and decoding: atomic files, CSV tables and the binary formats.
//!
//! Owns formats, not the layout of a run: [`super::models`] knows the other formats of a model, [`super::run_folder`] where
//! each file lies.

pub(in crate::storage) mod atomic;
pub(in crate::storage) mod checkpoint;
pub(crate) mod envelope;
mod reader;
pub(in crate::storage) mod table;

pub use atomic::write_file;
pub(crate) use checkpoint::CHECKPOINT;
pub use checkpoint::{Checkpoint, TablePosition, TablePositions, TrainingState, UnsavedState};
pub(crate) use reader::TableReader;
pub use table::write_table;
