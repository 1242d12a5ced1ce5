//! Files made to hurt: they are refused with a sentence, or are as harmless as any other.

use super::{boxes, load, meddled, settings, world};
use resonetics::blackbox::{BlackBox, report};
use std::fs;
use std::path::Path;

/// Bytes of the header.
const HEADER: usize = 28;

/// The envelope around a body that may be anything.
fn framed(body: &[u8]) -> Vec<u8> {
    let (length, checksum) = ((body.len() as u64).to_le_bytes(), crc32fast::hash(body).to_le_bytes());
    let header = [&b"RESOBBOX"[..], &1_u32.to_le_bytes(), &length, &checksum].concat();
    [&header[..], &crc32fast::hash(&header).to_le_bytes(), body].concat()
}

fn read(bytes: &[u8]) -> Result<BlackBox, String> {
    BlackBox::from_bytes(Path::new("hostile.rsbb"), bytes).map_err(|error| error.to_string())
}

fn sample() -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let mut world = world(&place, "run", settings());
    meddled(&mut world, 300);
    let files = boxes(&place.path().join("run"));
    let meddled =
        files.iter().find(|file| load(file).action_log.external_events().len() > 1).expect("somebody meddled");
    fs::read(meddled).unwrap()
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let good = sample();
    assert!(read(&good).is_ok());
    for at in (0..good.len()).step_by(61).chain(0..HEADER) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        assert!(read(&bad).is_err(), "byte {at}");
        assert!(read(&good[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn whatever_the_body_says_nothing_breaks() {
    let body = zstd::decode_all(&sample()[HEADER..]).unwrap();
    let sealed = |body: &[u8]| framed(&zstd::encode_all(body, 1).unwrap());
    assert!(read(&sealed(&body)).is_ok());
    let mut message = 0;
    for at in 0..body.len().min(20_000) {
        // Dense where the lengths and names are, sparse among the numbers.
        if at > 6_000 && at % 13 != 0 {
            continue;
        }
        for value in [body[at] ^ 1, body[at] ^ 0x80, 0xff] {
            let mut bad = body.clone();
            bad[at] = value;
            if let Ok(it) = read(&sealed(&bad)) {
                message += 1;
                if message % 40 == 0 {
                    assert!(it.verify().is_ok() && report(&it).is_ok());
                }
            }
        }
    }
    assert!(message > 1_000, "{message}");
    for cut in (0..body.len()).step_by(97) {
        assert!(read(&sealed(&body[..cut])).is_err(), "cut at {cut}");
    }
    assert!(
        read(&sealed(&[&body[..], &[0]].concat())).unwrap_err().contains("its content is followed by something else")
    );
}

#[test]
fn a_small_file_cannot_become_a_large_one() {
    // A text of 200 MiB in the place of a short one.
    let mut text = b"\x8a\xa7program\xdb\x0c\x80\0\0".to_vec();
    text.resize(200 << 20, b'x');
    let bomb = zstd::encode_all(&text[..], 1).unwrap();
    assert!(bomb.len() < 100_000);
    assert!(read(&framed(&bomb)).unwrap_err().contains("its content is larger than it can be"));
    assert!(read(&framed(b"not packed")).unwrap_err().contains("its content is damaged"));
    assert!(read(&framed(&[])).is_err());
}
