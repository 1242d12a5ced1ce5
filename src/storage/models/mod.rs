//! Models in and out: those that ship, safetensors files, and the `.pt` files of the older program.

mod builtin;
pub(in crate::storage) mod legacy;
pub(in crate::storage) mod safetensors;

pub use builtin::{BUILTIN, QTABLE, builtin, qtable};
pub(crate) use legacy::is_legacy;
pub use legacy::{LegacyCheckpoint, LegacyError};
pub(crate) use safetensors::is_safetensors;
