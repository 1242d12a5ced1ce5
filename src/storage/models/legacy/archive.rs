//! The zip archive (PKWARE's APPNOTE 6.3) as `torch.save` writes it: every part stored, none compressed or encrypted, and
//! small enough to need no zip64 field. Anything else is refused, so nothing in the file can stand for more bytes than it has.

use super::LegacyError;
use crate::bounded::quoted;
use std::collections::HashMap;

const LOCAL: &[u8; 4] = b"PK\x03\x04";
const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
/// Bytes of the fixed part of each header.
const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
const END_SIZE: usize = 22;
/// The longest comment that may follow the end record.
const LONGEST_COMMENT: usize = u16::MAX as usize;
/// The older program's checkpoints have 16 parts.
const MOST_PARTS: usize = 1024;
const LONGEST_NAME: usize = 256;

/// Whether bytes begin like an archive.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(LOCAL)
}

/// Where a part is.
#[derive(Debug, Clone, Copy)]
struct Part {
    flags: u16,
    method: u16,
    checksum: u32,
    packed: u32,
    size: u32,
    header: u32,
}

/// The parts of an archive by their names.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    parts: HashMap<&'a str, Part>,
}

impl<'a> Archive<'a> {
    /// Reads the directory of the archive.
    pub fn new(bytes: &'a [u8]) -> Result<Self, LegacyError> {
        let end = end(bytes).ok_or_else(|| broken("has no end: it was cut off, or is no archive"))?;
        let record = &bytes[end..];
        let (disk, first_disk) = (short(record, 4), short(record, 6));
        let (here, all) = (short(record, 8), short(record, 10));
        if (disk, first_disk) != (Some(0), Some(0)) || here != all {
            return Err(broken("is spread over several files"));
        }
        let count = all.map_or(0, usize::from);
        if count > MOST_PARTS {
            return Err(broken(format!("has {count} parts, more than {MOST_PARTS}")));
        }
        let cut = || broken("has a damaged directory");
        let mut at = long(record, 16).ok_or_else(cut)? as usize;
        let mut parts = HashMap::with_capacity(count);
        for _ in 0..count {
            let entry = bytes.get(at..end).filter(|entry| entry.starts_with(CENTRAL)).ok_or_else(cut)?;
            let lengths = [28, 30, 32].map(|place| short(entry, place).map_or(usize::MAX, usize::from));
            let name = entry.get(CENTRAL_SIZE..).and_then(|rest| rest.get(..lengths[0])).ok_or_else(cut)?;
            let name = std::str::from_utf8(name).ok().filter(|name| name.len() <= LONGEST_NAME).ok_or_else(cut)?;
            let part = Part {
                flags: short(entry, 8).ok_or_else(cut)?,
                method: short(entry, 10).ok_or_else(cut)?,
                checksum: long(entry, 16).ok_or_else(cut)?,
                packed: long(entry, 20).ok_or_else(cut)?,
                size: long(entry, 24).ok_or_else(cut)?,
                header: long(entry, 42).ok_or_else(cut)?,
            };
            if parts.insert(name, part).is_some() {
                return Err(broken(format!("has two parts named {}", quoted(name))));
            }
            at += CENTRAL_SIZE + lengths.iter().sum::<usize>();
        }
        Ok(Self { bytes, parts })
    }

    /// The names of the parts.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.parts.keys().copied()
    }

    /// The bytes of a part, whose checksum matches; none if there is no such part.
    pub fn part(&self, name: &str) -> Result<Option<&'a [u8]>, LegacyError> {
        let Some(part) = self.parts.get(name) else { return Ok(None) };
        let refused = |problem: String| LegacyError::Part { name: quoted(name), problem };
        if part.flags & 1 != 0 {
            return Err(refused("is encrypted".to_owned()));
        }
        if part.method != 0 || part.packed != part.size {
            let size = part.size;
            let problem =
                format!("is compressed and says it unpacks to {size} bytes, while torch.save compresses nothing");
            return Err(refused(problem));
        }
        let damaged = || refused("is damaged".to_owned());
        let header = self.bytes.get(part.header as usize..).filter(|header| header.starts_with(LOCAL));
        let header = header.ok_or_else(damaged)?;
        let [name_length, extra] = [26, 28].map(|place| short(header, place).map_or(usize::MAX, usize::from));
        let data = header.get(LOCAL_SIZE..).and_then(|rest| rest.get(name_length..));
        let data = data.and_then(|rest| rest.get(extra..)).and_then(|rest| rest.get(..part.size as usize));
        let data = data.ok_or_else(|| refused("is longer than the file".to_owned()))?;
        if crc32fast::hash(data) != part.checksum {
            return Err(refused("does not match its checksum: it is damaged".to_owned()));
        }
        Ok(Some(data))
    }
}

/// Where the end record begins: the last place from which it and its comment fill the file exactly.
fn end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_SIZE)?;
    (last.saturating_sub(LONGEST_COMMENT)..=last).rev().find(|&at| {
        let record = &bytes[at..];
        record.starts_with(END)
            && short(record, 20).is_some_and(|comment| END_SIZE + usize::from(comment) == record.len())
    })
}

fn broken(problem: impl Into<String>) -> LegacyError {
    LegacyError::Archive { problem: problem.into() }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
