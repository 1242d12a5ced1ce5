//! Models for other programs: safetensors files (the format of Hugging Face: the length of a header, the header in JSON, raw
//! numbers), written from a checkpoint and read back as one.
//!
//! Owns the layout: names, shapes and metadata. A file runs nothing and is read from bytes alone: its structure, the types and
//! shapes of all its tensors and the finiteness of every number are checked against the settings that it carries before
//! anything is made of it. Memory is bounded by [`LARGEST`]: nothing in a file expands to more bytes than it has.
//!
//! | tensor | shape | content |
//! |---|---|---|
//! | `pilot.layers.N.weight`, `pilot.layers.N.bias` | `[outputs, inputs]`, `[outputs]` | the Pilot as it acts in evaluations |
//! | `prophet.layers.N.weight`, `prophet.layers.N.bias` | likewise | the Prophet |
//! | `qtable.values` | `[125, 8]` | the Q-table, in the Pilot's place where one acts |
//!
//! All tensors are of 32-bit floating-point numbers. Matrices lie as PyTorch's `Linear` keeps them, a row per output.

mod read;
mod write;

use crate::storage::{Checkpoint, RecordError};
use std::path::Path;

/// Larger files are refused unread: twice the size of the widest networks.
pub(crate) const LARGEST: u64 = 64 << 20;
/// Bytes of the header length at the start of a file.
const LENGTH: usize = 8;
/// The longest header, in bytes, that the format allows.
const LONGEST_HEADER: u64 = 100_000_000;
/// The longest header of a model, in bytes: settings take a few thousand.
const LONGEST_MODEL_HEADER: u64 = 1 << 20;

/// Metadata that marks our files, and their format version.
const PROGRAM: &str = "resonetics";
const FORMAT: &str = "1";

/// The Q-table's tensor.
const TABLE: &str = "qtable.values";

/// Names of the tensors of a network's layer.
fn layer_names(network: &str, layer: usize) -> [String; 2] {
    ["weight", "bias"].map(|part| format!("{network}.layers.{layer}.{part}"))
}

/// Whether bytes begin like a safetensors file.
pub(crate) fn is_safetensors(bytes: &[u8]) -> bool {
    header_length(bytes).is_some_and(|length| length <= LONGEST_HEADER) && bytes.get(LENGTH) == Some(&b'{')
}

fn header_length(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|length| u64::from_le_bytes(*length))
}

impl Checkpoint {
    /// Extension of the files that [`Checkpoint::to_safetensors`] makes the content of.
    pub const SAFETENSORS: &str = "safetensors";

    /// The weights that act and forecast, as the bytes of a safetensors file.
    pub fn to_safetensors(&self) -> Vec<u8> {
        write::bytes(self)
    }
}

/// Reads a safetensors file from its bytes; `path` is what errors call it.
///
/// # Errors
/// A file of another program, a damaged one, or networks that do not match the settings stored with them.
pub(in crate::storage) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Checkpoint, RecordError> {
    let checkpoint = read::checkpoint(bytes).map_err(|problem| RecordError::unusable(path, problem))?;
    checkpoint.check().map_err(|problem| RecordError::Model { path: path.to_owned(), problem })?;
    Ok(checkpoint)
}

#[cfg(test)]
mod tests;
