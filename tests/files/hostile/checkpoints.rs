//! Checkpoints whose frame is sound and whose body is not.

use super::{Workplace, refused_as_checkpoint};
use std::fs::{self, File};

/// The file of a body.
fn framed(version: u32, body: &[u8]) -> Vec<u8> {
    let (length, checksum) = ((body.len() as u64).to_le_bytes(), crc32fast::hash(body).to_le_bytes());
    [b"RSNTCKPT", &version.to_le_bytes()[..], &length, &checksum, body].concat()
}

/// The number as postcard writes it.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A text as postcard writes it.
fn text(text: &str) -> Vec<u8> {
    [varint(text.len() as u64), text.as_bytes().to_vec()].concat()
}

#[test]
fn bodies_that_promise_more_than_they_hold_or_hold_more_than_they_should_are_refused() {
    let place = Workplace::new();
    let settings = text("()");
    let layers = |count: usize| [varint(count as u64), vec![0; 4 * count]].concat();
    // A layer of no inputs and no outputs takes four bytes of the file and sixty-four of the memory.
    let empty_layers = [&settings[..], &layers(20_000_000)].concat();
    let endless_layer = [&settings[..], &[1, 5, 5], &varint(u64::MAX), &[0; 64]].concat();
    let sparse = [&settings[..], &varint(1 << 60)].concat();
    let whole = |settings: &str, steps: u64, factor: f64| {
        let none = [&layers(0)[..], &[0], &layers(0)].concat();
        [text(settings), none, varint(steps), varint(0), factor.to_le_bytes().to_vec(), vec![0]].concat()
    };
    let long = format!("(cluster: (name: \"{}\"))", "x".repeat(60 << 20));
    let nested = format!("(pilot: {}", "(".repeat(900_000));
    let wide = format!("(pilot: (hidden: [{}]))", "1,".repeat(500_000));
    for (name, bytes, part) in [
        ("layers", framed(2, &empty_layers), "no checkpoint that can be used"),
        ("layer", framed(2, &endless_layer), ""),
        ("sparse", framed(2, &sparse), ""),
        ("long", framed(2, &whole(&long, 0, 1.0)), "more than 1 MiB"),
        ("nested", framed(2, &whole(&nested, 0, 1.0)), "its settings:1:"),
        ("wide", framed(2, &whole(&wide, 0, 1.0)), "pilot.hidden"),
        ("endless", framed(2, &whole("()", u64::MAX, 1.0)), "more than any run takes"),
        ("nan", framed(2, &whole("()", 0, f64::NAN)), "factor of epsilon"),
        ("none", framed(2, &whole("()", 0, 1.0)), "its layers are"),
        ("escape", framed(2, &whole("(cluster: (name: \"\u{1b}[2J\"))", 0, 1.0)), "cluster.name"),
        ("empty", framed(2, &[]), "no checkpoint"),
        ("newer", framed(u32::MAX, &[]), "format version 4294967295"),
        ("header", framed(2, &[])[..20].to_vec(), "it is too short"),
    ] {
        fs::write(place.path(name), bytes).unwrap();
        refused_as_checkpoint(&place, name, part);
    }
}

#[test]
fn a_file_that_is_larger_than_any_checkpoint_is_refused_unread() {
    let place = Workplace::new();
    let whole = "it was cut off or added to";
    for (name, head, part) in [
        ("large.rsnt", &framed(2, &[])[..], whole),
        ("large.pt", b"PK\x03\x04", "it is larger than"),
        ("large", b"\x10\0\0\0\0\0\0\0{\"a\":1}", "it is larger than"),
    ] {
        fs::write(place.path(name), head).unwrap();
        // A hole: it takes no room on the disk.
        File::options().write(true).open(place.path(name)).unwrap().set_len(1 << 40).unwrap();
        refused_as_checkpoint(&place, name, part);
    }
}
