//! Reading a checkpoint from any file that holds one, whatever its name: the first bytes decide how.

use super::legacy::{self, LegacyCheckpoint};
use super::safetensors;
use crate::bounded;
use crate::storage::codec::checkpoint::LARGEST_MODEL;
use crate::storage::codec::envelope::FileFormat;
use crate::storage::{Checkpoint, RecordError};
use std::io::{ErrorKind, Read};
use std::path::Path;

impl Checkpoint {
    /// Reads a file: a checkpoint of this program, one of the older program ([`LegacyCheckpoint`]), or a safetensors file.
    pub(in crate::storage) fn load_file(path: &Path) -> Result<Self, RecordError> {
        let head = first_bytes(path)?;
        if legacy::is_legacy(&head) || safetensors::is_safetensors(&head) {
            return Self::from_bytes(path, &read_checkpoint(path)?);
        }
        Self::load_native(path)
    }

    /// Reads a checkpoint from the bytes of a file of any of these kinds; `path` is what errors call it.
    ///
    /// # Errors
    /// Damaged bytes, or networks that do not match the settings stored with them.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        if legacy::is_legacy(bytes) {
            return Ok(LegacyCheckpoint::from_bytes(path, bytes)?.checkpoint);
        }
        if safetensors::is_safetensors(bytes) {
            return safetensors::from_bytes(path, bytes);
        }
        Self::native_from_bytes(path, bytes)
    }
}

/// The first bytes of a file, enough to recognise its kind.
fn first_bytes(path: &Path) -> Result<Vec<u8>, RecordError> {
    let mut head = Vec::new();
    let read = bounded::open(path).and_then(|file| file.take(FileFormat::<3>::HEADER as u64).read_to_end(&mut head));
    read.map_err(RecordError::io("read", path))?;
    Ok(head)
}

/// The bytes of a file that may be a checkpoint. One that is larger than its kind allows is refused unread.
pub(crate) fn read_checkpoint(path: &Path) -> Result<Vec<u8>, RecordError> {
    let largest = match &first_bytes(path)?[..] {
        head if legacy::is_legacy(head) => legacy::LARGEST,
        head if safetensors::is_safetensors(head) => safetensors::LARGEST,
        _ => LARGEST_MODEL,
    };
    bounded::read(path, largest).map_err(|problem| match problem.kind() {
        ErrorKind::FileTooLarge => RecordError::unusable(path, problem),
        _ => RecordError::io("read", path)(problem),
    })
}
