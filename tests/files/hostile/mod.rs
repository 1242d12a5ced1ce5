//! Files made to harm: given to the real binary under a limit of memory and of time. Each must end with exit code 2 and a short
//! sentence, and nothing may be created, changed or left behind.

mod black_boxes;
mod checkpoints;
mod places;
mod ron_texts;
mod safetensors;
mod tables;
mod traces;

use crate::support::{Finished, Workplace};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Address space of the process, in KiB: half a gibibyte.
const MEMORY: u64 = 512 << 10;
/// The longest that a refusal may take, on a machine that has other work.
const TIME: Duration = Duration::from_secs(30);

/// Runs the program within a limit of memory; none if it did not end in time.
fn run_within(place: &Workplace, arguments: &[&str]) -> Option<Finished> {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_resonetics")]);
    command.args(arguments).current_dir(place.path(".")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > TIME {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
    Some(child.wait_with_output().unwrap().into())
}

/// Everything in a folder: path, length, time of the last change.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        if about.is_dir() {
            found.extend(everything(&path));
        } else {
            found.insert(path.clone(), (about.len(), about.modified().unwrap()));
        }
        if about.is_dir() {
            found.insert(path, (0, SystemTime::UNIX_EPOCH));
        }
    }
    found
}

/// Expects a command to refuse what it is given, with a sentence that has this part.
fn refused(place: &Workplace, arguments: &[&str], part: &str) {
    let before = everything(&place.path("."));
    let Some(finished) = run_within(place, arguments) else { panic!("{arguments:?} did not end in {TIME:?}") };
    let message = &finished.stderr;
    assert_eq!(finished.code, 2, "{arguments:?}: {message:.3000}");
    assert!(message.contains("resonetics: ") && message.contains(part), "{arguments:?} lacks {part}: {message:.3000}");
    assert!(!message.contains("panicked") && !message.contains("\n\n"), "{arguments:?}: {message:.3000}");
    assert!(message.chars().count() < 3_000 && !message.contains('\u{1b}'), "{arguments:?}: {message:.3000}");
    assert!(!finished.stdout.contains('\u{1b}'), "{arguments:?}: {}", finished.stdout);
    assert_eq!(everything(&place.path(".")), before, "{arguments:?}");
}

/// A file of these parts whose envelope is sound.
fn enveloped(magic: &[u8; 8], version: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut header = [&magic[..], &version.to_le_bytes()].concat();
    for part in parts {
        header.extend_from_slice(&(part.len() as u64).to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(part).to_le_bytes());
    }
    let checksum = crc32fast::hash(&header).to_le_bytes();
    [&header[..], &checksum, &parts.concat()].concat()
}

/// Expects every command that takes a checkpoint to refuse the file `name`.
fn refused_as_checkpoint(place: &Workplace, name: &str, part: &str) {
    let policy = format!("pilot:{name}");
    refused(place, &["inspect", name], part);
    refused(place, &["export", name, "--out", "new.rsnt"], part);
    refused(place, &["evaluate", "--policy", &policy, "--episodes", "2", "--threads", "1", "--out", "table.csv"], part);
}
