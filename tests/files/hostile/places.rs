//! Things that are no files: a pipe that nobody writes to, endless devices, folders, links that lead nowhere or to themselves.

use super::{Workplace, refused};
use std::os::unix::fs::symlink;
use std::process::Command;

/// Every command that takes a file, with `@` in its place.
const COMMANDS: [&str; 11] = [
    "inspect @",
    "replay @ --headless",
    "export @ --out new.rsnt",
    "evaluate --policy pilot:@ --episodes 2 --threads 1 --out table.csv",
    "evaluate --policy idle --scenario @ --episodes 2 --threads 1 --out table.csv",
    "evaluate --policy idle --trace @ --episodes 2 --threads 1 --out table.csv",
    "train --settings @ --steps 16 --out run",
    "train --scenario @ --steps 16 --out run",
    "train --trace @ --steps 16 --out run",
    "study @ --out study",
    "tune --space @ --out search",
];

#[test]
fn no_command_waits_for_a_pipe_or_reads_a_device_a_folder_or_a_link_in_a_circle() {
    let place = Workplace::new();
    assert!(Command::new("mkfifo").arg(place.path("pipe.ron")).status().unwrap().success());
    symlink("/dev/zero", place.path("zero.ron")).unwrap();
    symlink("circle.ron", place.path("circle.ron")).unwrap();
    symlink("nothing.ron", place.path("nowhere.ron")).unwrap();
    std::fs::create_dir(place.path("folder.ron")).unwrap();
    for (file, part) in [
        ("pipe.ron", "a pipe or a device"),
        ("zero.ron", "a pipe or a device"),
        ("/dev/random", "a pipe or a device"),
        ("nowhere.ron", "o such file"),
        ("folder.ron", "folder"),
        ("folder.ron/inside.ron", "o such file"),
    ] {
        for command in COMMANDS {
            let arguments: Vec<_> = command.split(' ').map(|word| word.replace('@', file)).collect();
            refused(&place, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), part);
        }
    }
    // A link in a circle is a failure of the system's, told as such.
    let finished = super::run_within(&place, &["inspect", "circle.ron"]).unwrap();
    assert!((1..=2).contains(&finished.code) && finished.stderr.contains("circle.ron"), "{finished:?}");
}

#[test]
fn a_scenario_s_name_leads_nowhere() {
    let place = Workplace::new();
    std::fs::create_dir(place.path("inside")).unwrap();
    std::fs::write(place.path("inside/away.ron"), "(name: \"../../../away\", rows: 4, columns: 4)").unwrap();
    let mut command = place.command(&["train", "--scenario", "away.ron", "--steps", "16", "--clusters", "1"]);
    let finished: super::Finished = command.current_dir(place.path("inside")).output().unwrap().into();
    assert_eq!(finished.code, 0, "{finished:?}");
    let inside: Vec<_> = super::everything(&place.path(".")).into_keys().collect();
    assert!(inside.iter().all(|path| path.starts_with(place.path("./inside"))), "{inside:?}");
    assert!(place.path("inside/runs/away-1/summary.json").is_file(), "{inside:?}");
}
