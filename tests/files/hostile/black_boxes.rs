//! Black boxes that unpack to more than they should, or whose numbers lead astray.

use super::{Workplace, enveloped, refused};
use std::fs::{self, File};
use std::io::{self, Read};

/// The file of a packed body.
fn framed(version: u32, packed: &[u8]) -> Vec<u8> {
    enveloped(b"RESOBBOX", version, &[packed])
}

#[test]
fn black_boxes_that_unpack_without_end_or_promise_too_much_are_refused() {
    let place = Workplace::new();
    let packed = |body: &[u8]| framed(1, &zstd::bulk::compress(body, 1).unwrap());
    // A text of a gibibyte in the place of a short one takes 32 KiB.
    let text = (&b"\x8a\xa7program\xdb\x40\0\0\0"[..]).chain(io::repeat(b'x').take(1 << 30));
    let bomb = zstd::stream::encode_all(text, 1).unwrap();
    // A map of ten fields, the first a list of four billion bytes.
    let promise = [&b"\x8a\xa7program\xc6"[..], &[0xff; 4], &[1; 64]].concat();
    for (name, bytes, part) in [
        ("bomb.rsbb", framed(1, &bomb), "its content is larger than it can be"),
        ("twice.rsbb", packed(&framed(1, &bomb)), "not a usable black box"),
        ("raw.rsbb", framed(1, &[0; 64]), "not a usable black box"),
        ("empty.rsbb", framed(1, &[]), "not a usable black box"),
        ("nothing.rsbb", packed(&[]), "not a usable black box"),
        ("promise.rsbb", packed(&promise), "not a usable black box"),
        ("ones.rsbb", packed(&[1; 1 << 20]), "not a usable black box"),
        ("full.rsbb", packed(&[0xff; 1 << 20]), "not a usable black box"),
        ("newer.rsbb", framed(3, &[]), "format version 3"),
    ] {
        fs::write(place.path(name), bytes).unwrap();
        refused(&place, &["replay", name, "--headless"], part);
        refused(&place, &["inspect", name], part);
    }
    File::options().write(true).open(place.path("raw.rsbb")).unwrap().set_len(1 << 40).unwrap();
    refused(&place, &["replay", "raw.rsbb", "--headless"], "larger than 32 MiB");
}
