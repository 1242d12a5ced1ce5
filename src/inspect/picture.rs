//! Pictures and films: their size, and whether they end as they should.

use super::{Findings, tail};
use std::io;
use std::path::Path;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
/// The last chunk of a PNG, with its length and checksum.
const PNG_END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";
const GIF: &[u8] = b"GIF89a";
const GIF_END: &[u8] = b";";

/// A picture or film; none if the file begins like neither.
pub(super) fn inspect(path: &Path, head: &[u8]) -> Option<io::Result<Findings>> {
    let (kind, size, end) = if let Some([a, b, c, d, e, f, g, h, ..]) = head.strip_prefix(PNG) {
        let [width, height] = [[*a, *b, *c, *d], [*e, *f, *g, *h]].map(u32::from_be_bytes);
        ("picture (PNG)", [width, height], PNG_END)
    } else if let Some([a, b, c, d, ..]) = head.strip_prefix(GIF) {
        let size = [[*a, *b], [*c, *d]].map(|side| u32::from(u16::from_le_bytes(side)));
        ("film (GIF)", size, GIF_END)
    } else {
        return None;
    };
    let [width, height] = size;
    Some(tail(path, end.len()).map(|tail| match tail == end {
        true => Findings::of(kind).with("size", format!("{width} x {height} pixels")),
        false => Findings::broken(kind, "it was cut off: its end is missing"),
    }))
}
