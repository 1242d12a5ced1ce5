//! Checkpoints of the older Python program: `../shared/legacy` has a real one, what PyTorch computes from it, and hostile
//! ones. Skipped where that folder is absent.

mod program;

use program::Workplace;
use resonetics::learning::{Prophet, QNetwork, device};
use resonetics::settings::Backend;
use resonetics::storage::{Checkpoint, LegacyCheckpoint};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The file to be refused, and what its sentence says.
const HOSTILE: [(&str, &str); 6] = [
    ("hostile_pickle.pt", "names posix.system"),
    ("hostile_raw_pickle.pt", "bare pickle"),
    ("zip_bomb.pt", "says it unpacks to 268435456 bytes"),
    ("truncated.pt", "cut off"),
    ("wrong_shape.pt", "its layers are 30x64, 64x64, 64x6, this program needs 35x64, 64x64, 64x8"),
    ("nan_weights.pt", "not a finite number"),
];

/// A file of the shared folder, or nothing where that is not here.
fn shared(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/legacy");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    println!("skipped: ../shared/legacy is not here");
    None
}

fn row(values: &Value) -> Vec<f32> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

#[test]
fn the_real_file_gives_the_values_and_risks_of_pytorch() {
    let Some(path) = shared("resonetics_final.pt") else { return };
    let message = fs::read_to_string(path.with_file_name("resonetics_final.expected.json")).unwrap();
    let message: Value = serde_json::from_str(&message).unwrap();
    let legacy = LegacyCheckpoint::from_bytes(&path, &fs::read(&path).unwrap()).unwrap();
    assert_eq!(Some(legacy.epsilon), message["epsilon"].as_f64());
    assert_eq!(Some(legacy.episodes), message["ep_count"].as_u64());
    assert_eq!(legacy.memories.map(|count| count as u64), message["memory_len"].as_u64());

    let Checkpoint { settings, model } = Checkpoint::load(&path).unwrap();
    let device = device(Backend::Flex);
    let pilot = QNetwork::new(&settings.pilot, &model.pilot, &device);
    let prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
    let (mut furthest, mut furthest_risk) = (0_f32, 0_f32);
    let observations = message["observations"].as_array().unwrap();
    for (at, observation) in observations.iter().enumerate() {
        let observation = row(observation);
        let values = pilot.q_values(&observation)[0];
        for (value, wanted) in values.iter().zip(row(&message["q_values"][at])) {
            furthest = furthest.max((value - wanted).abs());
        }
        let risk = prophet.risks(&observation[30..])[0];
        furthest_risk = furthest_risk.max((risk - message["risk"][at].as_f64().unwrap() as f32).abs());
    }
    println!("{} observations: values within {furthest:e}, risks within {furthest_risk:e}", observations.len());
    assert!(observations.len() == 16 && furthest < 1e-5 && furthest_risk < 1e-5, "{furthest} {furthest_risk}");
}

#[test]
fn the_real_file_is_played_exported_and_inspected() {
    let Some(path) = shared("resonetics_final.pt") else { return };
    let place = Workplace::new();
    fs::copy(&path, place.path("old.pt")).unwrap();
    let line =
        |policy: &str| format!("evaluate --policy pilot:{policy} --scenario classic --episodes 20 --out {policy}.csv");
    place.succeed(&line("old.pt"));
    place.succeed("export old.pt --out new.rsnt");
    place.succeed(&line("new.rsnt"));
    let rows = |file: &str| place.read(file).replace("pilot:old.pt", "").replace("pilot:new.rsnt", "");
    assert_eq!(rows("old.pt.csv"), rows("new.rsnt.csv"));
    let message = place.succeed("inspect old.pt").stdout;
    for part in ["Python program", "intact", "35-64-64-8", "5-32-1", "0.37", "42", "200"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn hostile_files_are_refused_and_nothing_is_created() {
    if shared("").is_none() {
        return;
    }
    for (name, part) in HOSTILE {
        let place = Workplace::new();
        let file = shared(name).unwrap().display().to_string();
        let policy = format!("pilot:{file}");
        for arguments in [
            &["inspect", &file][..],
            &["export", &file, "--out", "new.rsnt"],
            &["evaluate", "--policy", &policy, "--episodes", "2", "--out", "table.csv"],
        ] {
            let finished = place.run(arguments);
            assert_eq!(finished.code, 2, "{arguments:?}: {finished:?}");
            assert!(finished.stderr.contains(part), "{arguments:?}: {}", finished.stderr);
            assert_eq!(fs::read_dir(place.path(".")).unwrap().count(), 0, "{arguments:?}");
        }
    }
}

/// Runs the program under a limit of address space, and says what it ended with.
#[cfg(target_os = "linux")]
fn within_half_a_gibibyte(file: &Path) -> program::Finished {
    let place = Workplace::new();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -v 524288; exec \"$0\" inspect \"$1\""]);
    command.arg(env!("CARGO_BIN_EXE_resonetics")).arg(file).current_dir(place.path("."));
    command.output().unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn half_a_gibibyte_of_memory_is_enough_for_any_file() {
    let place = Workplace::new();
    // The most that a pickle may ask for, and a file of the largest size.
    let dictionaries = [&b"\x80\x02"[..], &vec![b'}'; 4_000_000]].concat();
    let lists = [&b"\x80\x02"[..], &b"]Na".repeat(1_600_000)].concat();
    let memo = [&b"\x80\x02"[..], &b"N\x72\xbf\xc6\x2d\x00".repeat(2_900_000)].concat();
    let large = vec![b'('; (64 << 20) - 300];
    for (name, code) in [("dictionaries", dictionaries), ("lists", lists), ("memo", memo), ("large", large)] {
        let file = place.path(name);
        fs::write(&file, archive(&code)).unwrap();
        let finished = within_half_a_gibibyte(&file);
        assert!(finished.code == 2 && finished.stderr.contains("pickle"), "{name}: {finished:?}");
    }
    let Some(real) = shared("resonetics_final.pt") else { return };
    assert_eq!(within_half_a_gibibyte(&real).code, 0);
    for (name, part) in HOSTILE {
        let finished = within_half_a_gibibyte(&shared(name).unwrap());
        assert!(finished.code == 2 && finished.stderr.contains(part), "{name}: {finished:?}");
    }
}

/// A zip archive whose one part is a pickle.
#[cfg(target_os = "linux")]
fn archive(code: &[u8]) -> Vec<u8> {
    let (name, checksum) = (b"old/data.pkl", crc32fast::hash(code).to_le_bytes());
    let size = (code.len() as u32).to_le_bytes();
    let common = [&[0; 8][..], &checksum, &size, &size, &[name.len() as u8, 0, 0, 0]].concat();
    let first = [b"PK\x03\x04\x14\0", &common[..], name, code].concat();
    let second = [b"PK\x01\x02\0\0\x14\0", &common[..], &[0; 14], name].concat();
    let [length, start] = [second.len(), first.len()].map(|number| (number as u32).to_le_bytes());
    [&first[..], &second, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length, &start, &[0; 2]].concat()
}
