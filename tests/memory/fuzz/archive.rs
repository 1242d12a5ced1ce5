//! Archives of the older program, and their checksums.

use crate::older_program::{self, LAYERS};
use std::sync::OnceLock;

/// The pickle of a checkpoint.
pub fn pickle() -> Vec<u8> {
    older_program::pickle(&LAYERS)
}

/// The archive that holds a pickle and storages.
pub fn archive(pickle: &[u8]) -> Vec<u8> {
    static STORAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let storages = STORAGES.get_or_init(|| older_program::storages(&LAYERS, |_, at| (at % 7) as f32 / 70.0));
    older_program::archive(pickle, storages)
}

/// Makes the checksums of an archive those of its parts.
pub fn repair(bytes: &mut [u8]) {
    let number = |bytes: &[u8], at: usize, width: usize| {
        let found = bytes.get(at..at + width)?;
        Some(found.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let Some(end) = bytes.windows(4).rposition(|word| word == b"PK\x05\x06") else { return };
    let Some(mut at) = number(bytes, end + 16, 4) else { return };
    while bytes.get(at..at + 4) == Some(b"PK\x01\x02") {
        let field = |from: usize, width| number(bytes, at + from, width).unwrap_or(usize::MAX >> 8);
        let (size, name, rest, header) = (field(24, 4), field(28, 2), field(30, 2) + field(32, 2), field(42, 4));
        let [local, extra] = [26, 28].map(|from| number(bytes, header.saturating_add(from), 2).unwrap_or(0));
        let from = header.saturating_add(30 + local + extra);
        let checksum = bytes.get(from..from.saturating_add(size)).map(crc32fast::hash);
        if let (Some(checksum), Some(place)) = (checksum, bytes.get_mut(at + 16..at + 20)) {
            place.copy_from_slice(&checksum.to_le_bytes());
        }
        at = at.saturating_add(46 + name + rest);
    }
}
