//! The frame of a checkpoint file: what it is, how long its parts are, and whether they are whole.
//!
//! Versions 3 and 4: magic, version, length and CRC-32 of the model, length and CRC-32 of the state, CRC-32 of all that,
//! the model, the state; the state of version 4 holds more. Versions 1 and 2: magic, version, length and CRC-32 of the
//! model, the model.

use std::io::{self, Seek, Write};
use std::ops::Range;

const MAGIC: &[u8; 8] = b"RSNTCKPT";
/// The format written. Version 1, which had no Q-table, version 2, which had no state, and version 3, whose states tell
/// nothing of drives, are read as well.
pub(super) const VERSION: u32 = 4;
/// Magic, version, length and checksum of the model; since version 3 those of the state and a checksum of the header follow.
const SHORT: usize = 8 + 4 + 8 + 4;
/// Length of the header of the version written.
pub(super) const HEADER: usize = SHORT + 8 + 4 + 4;
/// Longer models are refused unread.
pub(super) const LARGEST: u64 = 256 << 20;

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    length: u64,
    checksum: u32,
}

/// A writer that notes what passes through it as a part.
struct Measured<'a, W> {
    into: &'a mut W,
    length: u64,
    hasher: crc32fast::Hasher,
}

impl<W: Write> Write for Measured<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.into.write(bytes)?;
        self.length += count as u64;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

impl Part {
    fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, checksum: crc32fast::hash(bytes) }
    }

    /// Writes what `fill` writes.
    fn written<W: Write>(into: &mut W, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let mut measured = Measured { into, length: 0, hasher: crc32fast::Hasher::new() };
        fill(&mut measured)?;
        Ok(Self { length: measured.length, checksum: measured.hasher.finalize() })
    }

    fn check(self, bytes: &[u8], name: &str) -> Result<(), String> {
        if Self::of(bytes) == self {
            Ok(())
        } else {
            Err(format!("the checksum of its {name} does not match: it is damaged"))
        }
    }
}

/// A header that is intact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub version: u32,
    model: Part,
    state: Part,
}

impl Frame {
    /// Writes a file of this model and of the state that `state` writes: the header last, when all it tells is known.
    pub fn write(
        file: &mut (impl Write + Seek),
        model: &[u8],
        state: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        file.write_all(&[0; HEADER])?;
        file.write_all(model)?;
        let state = Part::written(file, state)?;
        file.rewind()?;
        file.write_all(&Self { version: VERSION, model: Part::of(model), state }.header())
    }

    fn header(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.version.to_le_bytes());
        for Part { length, checksum } in [self.model, self.state] {
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&checksum.to_le_bytes());
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the header at the start of `head`, which holds the whole file or at least [`HEADER`] bytes of it.
    pub fn read(head: &[u8]) -> Result<Self, String> {
        if head.len() < SHORT {
            return Err("it is too short".to_owned());
        }
        let version = version(head).ok_or("it does not begin like one")?;
        if !(1..=VERSION).contains(&version) {
            return Err(format!("it has format version {version}, this program reads versions 1 to {VERSION}"));
        }
        let part = |from: usize| {
            let length = head.get(from..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))?;
            let checksum = head.get(from + 8..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))?;
            Some(Part { length, checksum })
        };
        let model = part(12).ok_or("it is too short")?;
        if version < 3 {
            return Ok(Self { version, model, state: Part::of(&[]) });
        }
        let state = part(SHORT).ok_or("it is too short")?;
        let checksum = head.get(HEADER - 4..HEADER).ok_or("it is too short")?;
        if crc32fast::hash(&head[..HEADER - 4]).to_le_bytes() != checksum {
            return Err("the checksum of its header does not match: it is damaged".to_owned());
        }
        Ok(Self { version, model, state })
    }

    fn header_length(&self) -> u64 {
        if self.version < 3 { SHORT as u64 } else { HEADER as u64 }
    }

    /// Where the model lies, in a file of `length` bytes that has the length its header tells.
    pub fn model(&self, length: u64) -> Result<Range<u64>, String> {
        let total =
            self.model.length.checked_add(self.state.length).and_then(|sum| sum.checked_add(self.header_length()));
        if total != Some(length) {
            let wanted = total.map_or("far too many".to_owned(), |total| total.to_string());
            return Err(format!("it should hold {wanted} bytes and holds {length}: it was cut off or added to"));
        }
        if self.model.length > LARGEST {
            return Err(format!("its model is larger than {} MiB", LARGEST >> 20));
        }
        Ok(self.header_length()..self.header_length() + self.model.length)
    }

    /// Length of the state; 0 for a file without one.
    pub fn state_length(&self) -> u64 {
        self.state.length
    }

    pub fn check_model(&self, bytes: &[u8]) -> Result<(), String> {
        self.model.check(bytes, "model")
    }

    pub fn check_state(&self, bytes: &[u8]) -> Result<(), String> {
        self.state.check(bytes, "state")
    }
}

/// Whether bytes begin like a checkpoint of this program; answers its format version if they go on so far.
pub(crate) fn version(bytes: &[u8]) -> Option<u32> {
    bytes.strip_prefix(MAGIC)?.first_chunk().map(|version| u32::from_le_bytes(*version))
}
