//! Checkpoints of the older Python program, of our own making: what a plain forward pass computes from one, and hostile ones.

use crate::older_program::{LAYERS, archive, pickle, storages};
use crate::support::{Finished, Workplace};
use resonetics::learning::{Prophet, QNetwork, device};
use resonetics::settings::Backend;
use resonetics::storage::{Checkpoint, LegacyCheckpoint};
use std::fs;

/// Number `at` of storage `key`: no two rows of a layer are alike, and about half of the numbers are below 0.
fn number(key: usize, at: usize) -> f32 {
    ((at * 61 + key * 17) % 127) as f32 / 127.0 - 0.5
}

/// A file as that program writes it.
fn old() -> Vec<u8> {
    archive(&pickle(&LAYERS), &storages(&LAYERS, number))
}

/// What PyTorch's `Linear` layers of a network, with rectifiers between them, make of an input.
fn forward(network: &str, input: &[f32]) -> Vec<f32> {
    let layers: Vec<_> = LAYERS.iter().enumerate().filter(|(_, layer)| layer.0 == network).collect();
    layers.iter().enumerate().fold(input.to_vec(), |numbers, (place, (at, (_, _, inputs, outputs)))| {
        assert_eq!(numbers.len(), *inputs);
        let row = |output: usize| (0..*inputs).map(move |input| number(2 * at, output * inputs + input));
        let sum = |output| number(2 * at + 1, output) + row(output).zip(&numbers).map(|(a, b)| a * b).sum::<f32>();
        let last = place + 1 == layers.len();
        (0..*outputs).map(|output| if last { sum(output) } else { sum(output).max(0.0) }).collect()
    })
}

#[test]
fn an_old_file_gives_the_values_and_risks_of_a_plain_forward_pass() {
    let place = Workplace::new();
    let path = place.path("old.pt");
    fs::write(&path, old()).unwrap();
    let legacy = LegacyCheckpoint::from_bytes(&path, &fs::read(&path).unwrap()).unwrap();
    assert_eq!((legacy.epsilon, legacy.episodes, legacy.memories), (0.37, 42, Some(2)));

    let Checkpoint { settings, model } = Checkpoint::load(&path).unwrap();
    let device = device(Backend::Flex);
    let pilot = QNetwork::new(&settings.pilot, &model.pilot, &device);
    let prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
    for seed in 0..16 {
        let observation: Vec<f32> = (0..35).map(|at| ((at * 37 + seed * 11) % 101) as f32 / 101.0).collect();
        let (values, wanted) = (&pilot.q_values(&observation)[0], forward("q_net", &observation));
        let apart = |one: f32, other: f32| (one - other).abs() / (1.0 + other.abs());
        assert!(values.iter().zip(&wanted).all(|(one, other)| apart(*one, *other) < 1e-5), "{values:?} {wanted:?}");
        let log_odds = forward("prophet", &observation[30..])[0];
        assert!(
            apart(prophet.forecast(&observation[30..])[0].risk(), 1.0 / (1.0 + (-log_odds).exp())) < 1e-5,
            "{log_odds}"
        );
    }
}

#[test]
fn an_old_file_is_played_exported_and_inspected() {
    let place = Workplace::new();
    fs::write(place.path("old.pt"), old()).unwrap();
    let line =
        |policy: &str| format!("evaluate --policy pilot:{policy} --scenario classic --episodes 20 --out {policy}.csv");
    place.succeed(&line("old.pt"));
    place.succeed("export old.pt --out new.rsnt");
    place.succeed(&line("new.rsnt"));
    let rows = |file: &str| place.read(file).replace("pilot:old.pt", "").replace("pilot:new.rsnt", "");
    assert_eq!(rows("old.pt.csv"), rows("new.rsnt.csv"));
    let message = place.succeed("inspect old.pt").stdout;
    for part in ["Python program", "intact", "35-64-64-8", "5-32-1", "0.37", "42", "2"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// Files to be refused, and what the sentence about each says.
fn hostile() -> [(&'static str, Vec<u8>, &'static str); 6] {
    let system = b"\x80\x02cposix\nsystem\n(X\x04\0\0\0truetR.";
    let mut bomb = old();
    let directory = bomb.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bomb[directory + 10] = 8;
    bomb[directory + 24..directory + 28].copy_from_slice(&(1_u32 << 28).to_le_bytes());
    let cut = old()[..20_000].to_vec();
    let mut others = LAYERS;
    (others[0].2, others[2].3) = (30, 6);
    let shaped = archive(&pickle(&others), &storages(&others, number));
    let endless = storages(&LAYERS, |key, at| if (key, at) == (4, 3) { f32::NAN } else { number(key, at) });
    [
        ("system.pt", archive(system, &[]), "names posix.system"),
        ("raw.pt", system.to_vec(), "bare pickle"),
        ("bomb.pt", bomb, "says it unpacks to 268435456 bytes"),
        ("cut.pt", cut, "cut off"),
        ("shape.pt", shaped, "its layers are 30x64, 64x64, 64x6, this program needs 35x64, 64x64, 64x8"),
        ("endless.pt", archive(&pickle(&LAYERS), &endless), "not a finite number"),
    ]
}

#[test]
fn hostile_files_are_refused_and_nothing_is_created() {
    for (name, bytes, part) in hostile() {
        let place = Workplace::new();
        fs::write(place.path(name), bytes).unwrap();
        let policy = format!("pilot:{name}");
        for arguments in [
            &["inspect", name][..],
            &["export", name, "--out", "new.rsnt"],
            &["evaluate", "--policy", &policy, "--episodes", "2", "--out", "table.csv"],
        ] {
            let finished = place.run(arguments);
            assert_eq!(finished.code, 2, "{arguments:?}: {finished:?}");
            assert!(finished.stderr.contains(part), "{arguments:?}: {}", finished.stderr);
            assert_eq!(fs::read_dir(place.path(".")).unwrap().count(), 1, "{arguments:?}");
        }
    }
}

/// Runs the program under a limit of address space, and says what it ended with.
#[cfg(target_os = "linux")]
fn within_half_a_gibibyte(file: &std::path::Path) -> Finished {
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
        fs::write(&file, archive(&code, &[])).unwrap();
        let finished = within_half_a_gibibyte(&file);
        assert!(finished.code == 2 && finished.stderr.contains("pickle"), "{name}: {finished:?}");
    }
    let real = place.path("old.pt");
    fs::write(&real, old()).unwrap();
    assert_eq!(within_half_a_gibibyte(&real).code, 0);
    for (name, bytes, part) in hostile() {
        fs::write(place.path(name), bytes).unwrap();
        let finished = within_half_a_gibibyte(&place.path(name));
        assert!(finished.code == 2 && finished.stderr.contains(part), "{name}: {finished:?}");
    }
}
