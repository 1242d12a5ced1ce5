//! Checkpoints of the older Python program (v13.2): the `.pt` files that `torch.save` writes.
//!
//! Such a file is a zip archive of a pickle and the raw numbers of its tensors. A pickle is a program for a small stack
//! machine that may call anything, so Python's own reader must never meet a file from a stranger. The reader here knows the
//! few opcodes that such a checkpoint needs and calls nothing: a name is only compared with a short list, and what Python
//! would call becomes a note of what it would have called. Owns the archive, the pickle and what becomes of them; touches no
//! file and reads bytes only.
//!
//! Memory is bounded: 64 MiB of file, which nothing in it can make larger since parts must be stored uncompressed;
//! 3 million values, 8 million operations; text and tensors are looked at where they lie. Time is linear in the size of the
//! file.

mod archive;
mod error;
mod import;
mod machine;
mod pickle;
#[cfg(test)]
mod tests;

pub use error::LegacyError;
pub use import::LegacyCheckpoint;

use crate::storage::RecordError;
use std::path::Path;

/// Larger files are refused unread: a replay memory of 100,000 transitions fits.
pub const LARGEST: u64 = 64 << 20;

/// Whether bytes begin as a zip archive, or as a pickle without one.
pub fn is_legacy(bytes: &[u8]) -> bool {
    archive::is_archive(bytes) || pickle::is_pickle(bytes)
}

impl LegacyCheckpoint {
    /// Reads a checkpoint of the older program from the bytes of a file; `path` is what errors call it.
    ///
    /// # Errors
    /// Anything but such a checkpoint, a damaged one, or networks of other sizes than that program had.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        import::read(bytes).map_err(|error| RecordError::unusable(path, error))
    }
}
