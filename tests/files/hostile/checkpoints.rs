//! Checkpoints whose envelope is sound and whose model is not.

use super::{Workplace, enveloped, refused_as_checkpoint};
use resonetics::schema::{self, Bounded, Finite, SavedModel};
use std::fs::{self, File};

/// The file of a model.
fn framed(version: u32, model: &[u8]) -> Vec<u8> {
    enveloped(b"RESOCKPT", version, &[model, &[], &[]])
}

#[test]
fn models_that_promise_more_than_they_hold_or_hold_more_than_they_should_are_refused() {
    let place = Workplace::new();
    // A map of eight fields, the second a list of so many layers.
    let pilot = |layers: u32, inside: &[u8]| {
        [&b"\x88\xa8settings\xa2()\xa5pilot\xdd"[..], &layers.to_be_bytes(), inside].concat()
    };
    // A layer of no inputs and no outputs takes seven bytes of the file and many more of the memory.
    let empty_layers = pilot(10_000_000, &[0x94, 0, 0, 0xc4, 0, 0xc4, 0].repeat(10_000_000));
    let endless_layer = pilot(1, &[&[0x94, 5, 5, 0xc6, 0xff, 0xff, 0xff, 0xff][..], &[0; 64]].concat());
    let sparse = pilot(u32::MAX, &[]);
    // Lists in lists, where a number is wanted.
    let deep = pilot(1, &[0x91; 5_000_000]);
    let whole = |settings: &str, steps: u64, factor: f64| {
        let model = SavedModel {
            settings: settings.to_owned(),
            pilot: Bounded::default(),
            pilot_average: None,
            prophet: Bounded::default(),
            q_table: None,
            steps,
            updates: 0,
            episodes_factor: Finite(factor),
        };
        let mut bytes = Vec::new();
        schema::write(&model, &mut bytes).unwrap();
        framed(1, &bytes)
    };
    let long = format!("(cluster: (name: \"{}\"))", "x".repeat(60 << 20));
    let nested = format!("(pilot: {}", "(".repeat(900_000));
    let wide = format!("(pilot: (hidden: [{}]))", "1,".repeat(500_000));
    for (name, bytes, part) in [
        ("layers", framed(1, &empty_layers), "a list of at most 16"),
        ("layer", framed(1, &endless_layer), ""),
        ("sparse", framed(1, &sparse), ""),
        ("deep", framed(1, &deep), "its model is damaged"),
        ("long", whole(&long, 0, 1.0), "more than 1 MiB"),
        ("nested", whole(&nested, 0, 1.0), "its settings:1:"),
        ("wide", whole(&wide, 0, 1.0), "pilot.hidden"),
        ("endless", whole("()", u64::MAX, 1.0), "more than any run takes"),
        ("nan", whole("()", 0, f64::NAN), "not finite"),
        ("factor", whole("()", 0, 1.5), "factor of epsilon"),
        ("none", whole("()", 0, 1.0), "its layers are"),
        ("escape", whole("(cluster: (name: \"\u{1b}[2J\"))", 0, 1.0), "cluster.name"),
        ("empty", framed(1, &[]), "not a usable checkpoint"),
        ("newer", framed(u32::MAX, &[]), "format version 4294967295"),
        ("header", framed(1, &[])[..20].to_vec(), "it is too short"),
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
        ("large.rsnt", &framed(1, &[])[..], whole),
        ("large.pt", b"PK\x03\x04", "it is larger than"),
        ("large", b"\x10\0\0\0\0\0\0\0{\"a\":1}", "it is larger than"),
    ] {
        fs::write(place.path(name), head).unwrap();
        // A hole: it takes no room on the disk.
        File::options().write(true).open(place.path(name)).unwrap().set_len(1 << 40).unwrap();
        refused_as_checkpoint(&place, name, part);
    }
}
