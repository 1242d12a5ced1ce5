//! Models from and for elsewhere: the built-in ones, safetensors files, and the `.pt` files of the older program.
//!
//! Owns these formats, and the choice between them and [`super::codec`] by the first bytes of a file. Knows no run folder.

mod builtin;
mod legacy;
mod load;
mod safetensors;

pub use builtin::{BUILTIN, QTABLE, builtin, qtable};
pub(crate) use legacy::is_legacy;
pub use legacy::{LegacyCheckpoint, LegacyError};
pub(crate) use load::read_checkpoint;
pub(crate) use safetensors::is_safetensors;
