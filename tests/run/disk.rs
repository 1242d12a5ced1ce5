//! Folders that are in use, removed, blocked or full: rows wait in memory and training goes on; nothing is lost without a
//! sentence that says so.

use crate::running::{Running, until};
use crate::support::{Finished, Workplace};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A run that would take days, with a row of steps.csv per tick.
const ENDLESS: &str = "train --scenario classic --steps 1000000000 --set run.steps_csv_every=1 --set pilot.warmup=100 \
                       --set pilot.replay_capacity=2000 --set prophet.replay_capacity=2000 --threads 1 --clusters 4 --out run";

/// What it says when it cannot write.
const WAITING: &str = "training continues, and the rows wait in memory";

const TABLES: [&str; 3] = ["episodes.csv", "steps.csv", "commands.csv"];

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn rows(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Starts an endless run, its temporary files in a folder of the workplace and what it complains about in a file, and waits
/// until it has so many rows.
fn start(place: &Workplace, line: &str, least: usize) -> Running {
    fs::create_dir_all(place.path("temporary")).unwrap();
    let mut command = place.command(&words(line));
    let message = File::create(place.path("told")).unwrap();
    let running = Running::start(command.env("TMPDIR", place.path("temporary")).stderr(message));
    until("the run has begun", || rows(&place.path("run/steps.csv")) > least);
    running
}

/// Takes the run folder away and puts a file in its place, while the run is stopped: nothing can be written below a
/// file, even by root.
fn block(place: &Workplace, running: &mut Running) {
    running.signal("-STOP");
    fs::rename(place.path("run"), place.path("aside")).unwrap();
    fs::write(place.path("run"), "in the way").unwrap();
    running.signal("-CONT");
    until("the run has noticed", || place.read("told").contains(WAITING));
}

fn end(place: &Workplace, mut running: Running) -> Finished {
    running.signal("-TERM");
    let finished = running.finish();
    Finished { stderr: place.read("told"), ..finished }
}

/// Checks that the tables in `folder` are those of a run of as many ticks that nothing happened to.
fn undisturbed(place: &Workplace, folder: &Path) {
    let steps = fs::read_to_string(folder.join("steps.csv")).unwrap();
    let ticks = steps.lines().count() - 1;
    let straight = ENDLESS.replace("--out run", "--out straight");
    place.succeed(&format!("{straight} --ticks {ticks}"));
    for table in TABLES {
        let found = fs::read_to_string(folder.join(table)).unwrap();
        assert!(found == place.read(&format!("straight/{table}")), "{table}");
    }
}

#[test]
fn a_second_process_on_a_run_is_refused_and_the_lock_goes_with_the_first() {
    let place = Workplace::new();
    let line = format!("{ENDLESS} --set run.checkpoint_every=200");
    let running = start(&place, &line, 20);
    let second = place.run(&words("train --resume run"));
    assert_eq!(second.code, 2, "{second:?}");
    assert!(second.stderr.contains("run is in use: another process writes into it"), "{}", second.stderr);
    until("there is a checkpoint", || fs::read_dir(place.path("run/checkpoints")).is_ok_and(|it| it.count() > 1));
    drop(running);
    let ticks = rows(&place.path("run/steps.csv")) + 50;
    place.succeed(&format!("train --resume run --ticks {ticks}"));
    undisturbed(&place, &place.path("run"));
}

#[test]
fn a_removed_folder_comes_back_with_every_row() {
    let place = Workplace::new();
    let running = start(&place, ENDLESS, 40);
    fs::rename(place.path("run"), place.path("aside")).unwrap();
    fs::remove_dir_all(place.path("aside")).unwrap();
    until("the folder is back", || rows(&place.path("run/steps.csv")) > 60);
    let finished = end(&place, running);
    assert_eq!(finished.code, 75, "{finished:?}");
    assert!(finished.stdout.contains("Saved run/checkpoints/step-"), "{}", finished.stdout);
    undisturbed(&place, &place.path("run"));
    assert!(place.path("run/settings.ron").exists() && place.path("run/summary.json").exists());
    place.succeed("inspect run");
}

#[test]
fn rows_that_cannot_be_written_wait_and_are_written_when_they_can() {
    let place = Workplace::new();
    let mut running = start(&place, ENDLESS, 40);
    block(&place, &mut running);
    fs::remove_file(place.path("run")).unwrap();
    let before = rows(&place.path("aside/steps.csv"));
    until("the folder is back", || rows(&place.path("run/steps.csv")) > before + 20);
    let finished = end(&place, running);
    assert_eq!(finished.code, 75, "{finished:?}");
    assert_eq!(finished.stderr.matches(WAITING).count(), 1, "{}", finished.stderr);
    assert_eq!(finished.stderr.matches("all rows that waited are written").count(), 1, "{}", finished.stderr);
    undisturbed(&place, &place.path("run"));
}

#[test]
fn what_can_never_be_written_is_saved_elsewhere_and_goes_on_from_there() {
    let place = Workplace::new();
    let mut running = start(&place, ENDLESS, 40);
    block(&place, &mut running);
    let finished = end(&place, running);
    assert_eq!(finished.code, 1, "{finished:?}");
    assert!(finished.stderr.contains("everything that was in memory is saved in"), "{}", finished.stderr);
    assert_eq!(place.read("run"), "in the way");
    let saved: Vec<PathBuf> = fs::read_dir(place.path("temporary")).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(saved.len(), 1, "{saved:?}");
    let name = saved[0].file_name().unwrap().to_string_lossy();
    let end = name.strip_prefix("resonetics-rescue-classic-").expect("the name says what it is");
    assert!(end.len() == 12 && end.chars().all(char::is_alphanumeric), "and cannot be guessed: {name}");
    assert!(finished.stderr.contains(&*saved[0].to_string_lossy()), "{}", finished.stderr);
    undisturbed(&place, &saved[0]);
    let more = rows(&saved[0].join("steps.csv")) + 30;
    place.succeed(&format!("train --resume {} --ticks {more}", saved[0].display()));
    fs::remove_dir_all(place.path("straight")).unwrap();
    undisturbed(&place, &saved[0]);
}

#[test]
fn a_full_disk_leaves_whole_rows_and_a_sentence() {
    let place = Workplace::new();
    fs::create_dir(place.path("temporary")).unwrap();
    // No file may grow beyond a few kilobytes: writes are cut short in the middle of a row, as on a full disk.
    let program = env!("CARGO_BIN_EXE_resonetics");
    let script = format!("trap '' XFSZ; ulimit -f 20; exec {program} {ENDLESS} --ticks 600");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(place.path("")).env("TMPDIR", place.path("temporary"));
    let finished = Finished::from(command.output().unwrap());
    assert_eq!(finished.code, 1, "{finished:?}");
    assert_eq!(finished.stderr.matches(WAITING).count(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("could not be saved elsewhere"), "{}", finished.stderr);
    place.succeed(&format!("{} --ticks 600", ENDLESS.replace("--out run", "--out straight")));
    let (found, whole) = (place.read("run/steps.csv"), place.read("straight/steps.csv"));
    assert!(found.len() > 8_000 && found.ends_with('\n') && found.len() < whole.len(), "{} bytes", found.len());
    assert!(whole.starts_with(&found), "what is written is the beginning of what should be");
}

#[test]
fn a_folder_that_cannot_be_made_is_refused_at_the_start() {
    let place = Workplace::new();
    fs::write(place.path("file"), "in the way").unwrap();
    let finished = place.run(&words(&ENDLESS.replace("--out run", "--out file/run")));
    assert!(finished.code != 0 && finished.stderr.contains("cannot create"), "{finished:?}");
}
