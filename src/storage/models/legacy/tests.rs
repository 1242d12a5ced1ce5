//! Small files of our own making, whole, broken and hostile.

use super::machine::{MOST_OPERATIONS, MOST_VALUES};
use super::*;
use crate::cluster::{RngPurpose, stream};
use crate::learning::{Pilot, Prophet, Weights};
use crate::settings::load_settings;
use crate::storage::Checkpoint;
use proptest::prelude::*;

/// A zip archive of stored parts.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in parts {
        let header = file.len() as u32;
        let checksum = crc32fast::hash(data).to_le_bytes();
        let [name_length, size] = [name.len() as u32, data.len() as u32].map(u32::to_le_bytes);
        let common = [&[0; 8][..], &checksum, &size, &size, &name_length[..2], &[0; 2]].concat();
        file.extend([b"PK\x03\x04\x14\0", &common[..], name.as_bytes(), data].concat());
        let place = header.to_le_bytes();
        directory.extend([b"PK\x01\x02\0\0\x14\0", &common[..], &[0; 10], &place, name.as_bytes()].concat());
    }
    let (count, start) = ((parts.len() as u16).to_le_bytes(), (file.len() as u32).to_le_bytes());
    let length = (directory.len() as u32).to_le_bytes();
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &length, &start, &[0; 2]].concat()
}

fn text(text: &str) -> Vec<u8> {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

fn whole(number: usize) -> Vec<u8> {
    [b"J", &(number as i32).to_le_bytes()[..]].concat()
}

fn real(number: f64) -> Vec<u8> {
    [b"G", &number.to_be_bytes()[..]].concat()
}

/// A tensor in storage `key`.
fn tensor(key: usize, shape: &[usize], strides: &[usize], kind: &str) -> Vec<u8> {
    let numbers = |numbers: &[usize]| {
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| whole(*number)).collect();
        [b"(", &numbers[..], b"t"].concat()
    };
    let mut code = b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec();
    code.extend([&text("storage")[..], format!("ctorch\n{kind}\n").as_bytes(), &text(&key.to_string())].concat());
    code.extend([&text("cpu")[..], &whole(shape.iter().product()), b"tQ", &whole(0)].concat());
    code.extend([&numbers(shape)[..], &numbers(strides), b"\x89ccollections\nOrderedDict\n)RtR"].concat());
    code
}

/// What the older program would have written: pickle and storages.
struct Sample {
    networks: [Weights; 2],
    epsilon: f64,
    episodes: usize,
}

impl Sample {
    fn new() -> Self {
        let settings = load_settings("v13").unwrap();
        let mut rng = stream(3, 0, RngPurpose::PilotWeights);
        let sizes = [Pilot::sizes(&settings.pilot), Prophet::sizes(&settings.prophet)];
        Self { networks: sizes.map(|sizes| Weights::draw(&sizes, &mut rng)), epsilon: 0.37, episodes: 42 }
    }

    fn file(&self) -> Vec<u8> {
        self.file_with(|code| code)
    }

    /// The file with its pickle changed.
    fn file_with(&self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let mut storages = Vec::new();
        let mut code = b"\x80\x02}q\x00(".to_vec();
        for ((network, prefix), weights) in [("q_net", ""), ("prophet", "net.")].into_iter().zip(&self.networks) {
            code.extend([&text(network)[..], b"ccollections\nOrderedDict\n)R("].concat());
            for (at, layer) in weights.0.iter().enumerate() {
                let (inputs, outputs) = (layer.inputs, layer.outputs);
                let turned = (0..outputs).flat_map(|output| layer.weight.iter().skip(output).step_by(outputs));
                for (part, shape, strides, numbers) in [
                    ("weight", vec![outputs, inputs], vec![inputs, 1], turned.collect::<Vec<_>>()),
                    ("bias", vec![outputs], vec![1], layer.bias.iter().collect()),
                ] {
                    code.extend(text(&format!("{prefix}{}.{part}", 2 * at)));
                    code.extend(tensor(storages.len(), &shape, &strides, "FloatStorage"));
                    storages.push(numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
                }
            }
            code.push(b'u');
        }
        code.extend([&text("epsilon")[..], &real(self.epsilon), &text("ep_count"), &whole(self.episodes)].concat());
        code.extend([&text("memory")[..], b"](NK\x01\x86K\x02eu."].concat());
        let names: Vec<_> = (0..storages.len()).map(|key| format!("old/data/{key}")).collect();
        let code = change(code);
        let mut parts = vec![("old/data.pkl", &code[..]), ("old/byteorder", b"little")];
        parts.extend(names.iter().map(String::as_str).zip(storages.iter().map(Vec::as_slice)));
        archive(&parts)
    }
}

fn read(bytes: &[u8]) -> Result<LegacyCheckpoint, RecordError> {
    LegacyCheckpoint::from_bytes(Path::new("old.pt"), bytes)
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

/// A file whose pickle is this.
fn pickled(code: &[u8]) -> Vec<u8> {
    archive(&[("old/data.pkl", code)])
}

#[test]
fn a_checkpoint_of_the_older_program_becomes_one_of_the_profile_v13() {
    let sample = Sample::new();
    let legacy = read(&sample.file()).unwrap();
    assert_eq!((legacy.epsilon, legacy.episodes, legacy.memories), (0.37, 42, Some(2)));
    let Checkpoint { settings, model } = &legacy.checkpoint;
    assert_eq!([&model.pilot, &model.prophet], [&sample.networks[0], &sample.networks[1]]);
    assert_eq!((model.steps, model.updates, model.episodes_factor), (0, 420, 0.37));
    assert_eq!(crate::learning::Exploration::new(settings, 0, 1.0).epsilon(), 1.0);
    assert_eq!(settings.exploration.epsilon_start * model.episodes_factor, 0.37);
    assert_eq!(settings.pilot, load_settings("v13").unwrap().pilot);
}

#[test]
fn a_checkpoint_loads_the_older_file_by_its_content_and_keeps_it_as_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = ["old.rsnt", "new.rsnt"].map(|name| folder.path().join(name));
    std::fs::write(&old, Sample::new().file()).unwrap();
    let checkpoint = Checkpoint::load(&old).unwrap();
    assert_eq!(checkpoint.model.pilot, Sample::new().networks[0]);
    checkpoint.save(&new).unwrap();
    assert_eq!(Checkpoint::load(&new).unwrap(), checkpoint);
}

#[test]
fn an_epsilon_below_the_floor_is_kept_and_one_that_is_no_share_refused() {
    let low = read(&Sample { epsilon: 0.01, ..Sample::new() }.file()).unwrap().checkpoint;
    assert_eq!((low.settings.exploration.epsilon_end, low.model.episodes_factor), (0.01, 0.01));
    for epsilon in [-0.1, 1.5, f64::NAN] {
        let problem = refusal(&Sample { epsilon, ..Sample::new() }.file());
        assert!(problem.contains("epsilon is no number from 0 to 1"), "{problem}");
    }
}

#[test]
fn a_pickle_that_would_run_something_is_refused_by_the_name_of_it() {
    for (module, name) in [("os", "system"), ("posix", "system"), ("builtins", "eval"), ("torch", "load")] {
        let code = format!("c{module}\n{name}\n");
        let code = [b"\x80\x02", code.as_bytes(), &text("touch PWNED"), b"\x85R."].concat();
        let problem = refusal(&pickled(&code));
        let named = format!("its pickle names {module}.{name}, which no checkpoint");
        assert!(problem.contains(&named) && problem.contains("nothing of it was run"), "{problem}");
    }
    let problem = refusal(b"\x80\x04\x95cos\nsystem\n.");
    assert!(problem.contains("bare pickle"), "{problem}");
    // A name that is known is not for calling unless it is one that checkpoints call, and is nothing to give a state to.
    for code in [&b"\x80\x02ctorch\nFloatStorage\n)R."[..], b"\x80\x02ccollections\nOrderedDict\nNb.", b"\x80\x02N)R."]
    {
        assert!(matches!(machine::read(code), Err(LegacyError::Pickle { .. })), "{code:?}");
    }
}

#[test]
fn a_pickle_cannot_take_more_than_its_share() {
    for (code, what) in [
        ([&b"\x80\x02"[..], &vec![b'}'; MOST_VALUES + 1]].concat(), "values"),
        ([&b"\x80\x02"[..], &vec![b'('; MOST_OPERATIONS]].concat(), "operations"),
        (b"\x80\x02Nr\xff\xff\xff\xff.".to_vec(), "remembered values"),
    ] {
        let problem = refusal(&pickled(&code));
        assert!(problem.contains(what) && problem.contains("more than any checkpoint"), "{problem}");
    }
    // A million lists in each other, and a list in itself.
    let deep = [&b"\x80\x02"[..], &vec![b']'; 1_000_000], &vec![b'a'; 999_999], b"."].concat();
    for code in [&deep[..], b"\x80\x02]q\x00h\x00a."] {
        let problem = refusal(&pickled(code));
        assert!(problem.contains("is no dictionary"), "{problem}");
    }
    for code in [&b"\x80\x02X\xff\xff\xff\xffabc."[..], b"\x80\x02\x8a\xff\x01.", b"\x80\x02\x8a\x09123456789."] {
        let problem = refusal(&pickled(code));
        assert!(problem.contains("byte 2 of its pickle"), "{problem}");
    }
    assert!(matches!(
        Checkpoint::from_bytes(Path::new("b"), &pickled(b"\x80\x04.")),
        Err(RecordError::Checkpoint { .. })
    ));
    let large = [b"PK\x03\x04", &vec![0; LARGEST as usize][..]].concat();
    assert!(refusal(&large).contains("larger than 64 MiB"));
}

#[test]
fn a_compressed_part_is_refused_whatever_it_says_of_its_size() {
    let mut file = pickled(b"\x80\x02}.");
    let directory = file.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    file[directory + 10] = 8;
    file[directory + 24..directory + 28].copy_from_slice(&(1_u32 << 28).to_le_bytes());
    let problem = refusal(&file);
    assert!(problem.contains("data.pkl") && problem.contains("268435456 bytes"), "{problem}");
    file[directory + 10] = 0;
    assert!(refusal(&file).contains("compressed"));
}

#[test]
fn tensors_of_another_kind_shape_or_layout_are_refused() {
    let spoiled = |from: Vec<u8>, to: Vec<u8>| {
        refusal(&Sample::new().file_with(|code| {
            let at = code.windows(from.len()).position(|part| part == from).unwrap();
            [&code[..at], &to, &code[at + from.len()..]].concat()
        }))
    };
    let first = |shape: &[usize], strides: &[usize], kind: &str| tensor(0, shape, strides, kind);
    let good = || first(&[64, 35], &[35, 1], "FloatStorage");
    for (changed, part) in [
        (first(&[64, 35], &[35, 1], "DoubleStorage"), "32-bit"),
        (first(&[64, 35], &[1, 64], "FloatStorage"), "row by row"),
        (first(&[2, 64, 35], &[2240, 35, 1], "FloatStorage"), "a shape that no layer has"),
        (first(&[0, 35], &[35, 1], "FloatStorage"), "a shape that no layer has"),
        (first(&[64, 36], &[36, 1], "FloatStorage"), "a storage of another length"),
        (b"N".to_vec(), "is no tensor"),
    ] {
        let problem = spoiled(good(), changed);
        assert!(problem.contains("q_net, 0.weight") && problem.contains(part), "{problem}");
    }
    let problem = spoiled(text("2.bias"), text("2.bios"));
    assert!(problem.contains("q_net, 2.bias, is missing"), "{problem}");
    let problem = spoiled(text("prophet"), text("profit"));
    assert!(problem.contains("has no prophet"), "{problem}");

    let mut other = Sample::new();
    other.networks[0] = Weights::draw(&[30, 64, 64, 6], &mut stream(1, 0, RngPurpose::PilotWeights));
    let problem = refusal(&other.file());
    assert!(problem.contains("q_net") && problem.contains("30x64, 64x64, 64x6"), "{problem}");
    let mut broken = Sample::new();
    broken.networks[1].0[1].bias[0] = f32::NAN;
    let problem = refusal(&broken.file());
    assert!(problem.contains("prophet") && problem.contains("layer 2"), "{problem}");
}

#[test]
fn every_cut_is_noticed() {
    let whole = Sample::new().file();
    for at in (0..whole.len()).step_by(97) {
        assert!(Checkpoint::from_bytes(Path::new("cut"), &whole[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_flipped_bit_of_a_network_or_of_the_pickle_is_noticed() {
    let sample = Sample::new();
    let whole = sample.file();
    let mut noticed = 0;
    for at in (0..whole.len()).step_by(89) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x20;
        // What is left unread, such as dates, may change; what is read may not.
        match read(&flipped) {
            Ok(legacy) => assert_eq!(legacy, read(&whole).unwrap(), "byte {at}"),
            Err(_) => noticed += 1,
        }
    }
    assert!(noticed > whole.len() / 89 * 9 / 10, "{noticed}");
}

/// One change to a file.
#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Cut(usize),
    Remove(usize, usize),
    Repeat(usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = 0..60_000_usize;
    let change = prop_oneof![
        4 => (place.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => place.clone().prop_map(Change::Cut),
        1 => (place.clone(), 1..64_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        1 => (place, 1..64_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ];
    prop::collection::vec(change, 1..6)
}

fn change(bytes: &mut Vec<u8>, changes: &[Change]) {
    for change in changes.iter().filter(|_| !bytes.is_empty()).cloned().collect::<Vec<_>>() {
        let length = bytes.len();
        let span = |at: usize, wide: usize| at % length..(at % length + wide).min(length);
        match change {
            Change::Set(at, byte) => bytes[at % length] = byte,
            Change::Cut(at) => bytes.truncate(at % length),
            Change::Remove(at, wide) => drop(bytes.drain(span(at, wide))),
            Change::Repeat(at, wide) => {
                let copy = bytes[span(at, wide)].to_vec();
                bytes.splice(at % length..at % length, copy);
            }
        }
        if bytes.is_empty() {
            return;
        }
    }
}

proptest! {
    // Of each, a thousand cases unless PROPTEST_CASES says otherwise.
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_file_with_changed_bytes_is_read_or_refused(changes in changes()) {
        let mut bytes = Sample::new().file();
        change(&mut bytes, &changes);
        if let Ok(checkpoint) = Checkpoint::from_bytes(Path::new("changed"), &bytes) {
            prop_assert!(checkpoint.check().is_ok());
        }
    }

    #[test]
    fn a_file_with_a_changed_pickle_and_true_checksums_is_read_or_refused(changes in changes()) {
        let bytes = Sample::new().file_with(|mut code| {
            change(&mut code, &changes);
            code
        });
        if let Ok(checkpoint) = Checkpoint::from_bytes(Path::new("changed"), &bytes) {
            prop_assert!(checkpoint.check().is_ok());
        }
    }

    #[test]
    fn opcodes_in_any_order_are_read_or_refused(
        picks in prop::collection::vec((0..40_usize, any::<[u8; 4]>()), 0..200)
    ) {
        const OPCODES: &[u8] = b"(NJKMGX)t]}aesuqrhjcRbQ.\x80\x85\x86\x87\x88\x89\x8a";
        let mut code = b"\x80\x02".to_vec();
        for (pick, bytes) in picks {
            match OPCODES.get(pick) {
                Some(b'c') => code.extend(b"ccollections\nOrderedDict\n"),
                Some(b'X') => code.extend(text("0.weight")),
                Some(b'q' | b'h') => code.extend([OPCODES[pick], bytes[0] % 4]),
                Some(opcode) => code.push(*opcode),
                None => code.extend(bytes),
            }
        }
        prop_assert!(read(&pickled(&code)).is_err());
    }

    #[test]
    fn bytes_of_any_kind_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000), zip in any::<bool>()) {
        let bytes = if zip { [&b"PK\x03\x04"[..], &bytes].concat() } else { bytes };
        prop_assert!(Checkpoint::from_bytes(Path::new("any"), &bytes).is_err());
        prop_assert!(read(&pickled(&bytes)).is_err());
    }
}
