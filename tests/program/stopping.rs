//! Runs that are stopped before their end: the tick is finished, everything saved, and the exit code is 0.

use crate::support::{Finished, Workplace};
use resonetics::storage::Checkpoint;
use serde_json::Value;
use std::fs;
use std::process::{Child, Command};
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// A run that would take days.
const ENDLESS: [&str; 9] =
    ["train", "--steps", "1000000000", "--set", "run.steps_csv_every=1", "--set", "pilot.warmup=200", "--out", "run"];

/// Checks a run that was stopped: what it said, and that all its files tell of the same last tick.
fn stopped_well(place: &Workplace, finished: &Finished, reason: &str, ended: &str) {
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stdout.starts_with(reason), "{}", finished.stdout);
    let message: Value = serde_json::from_str(&place.read("run/summary.json")).unwrap();
    assert_eq!(message["ended"], ended);
    let (ticks, steps) = (message["ticks"].as_u64().unwrap(), message["steps"].as_u64().unwrap());
    assert!(ticks > 0 && steps == 16 * ticks, "{ticks} ticks, {steps} steps");

    let checkpoint = format!("run/checkpoints/step-{steps:012}.rsnt");
    assert!(finished.stdout.contains(&format!("Saved {checkpoint}")), "{}", finished.stdout);
    assert_eq!(Checkpoint::load(&place.path(&checkpoint)).unwrap().model.steps, steps);

    let rows = place.read("run/steps.csv");
    assert!(rows.ends_with('\n'), "the last row is whole");
    let last = rows.lines().last().unwrap();
    assert!(last.starts_with(&format!("{ticks},{steps},")), "the last row is {last}");
    assert_eq!(rows.lines().count() as u64, ticks + 1);
    let episodes = place.read("run/episodes.csv").lines().count() as u64 - 1;
    assert_eq!(message["episodes"].as_u64(), Some(episodes));
}

/// Starts an endless run and waits until it has run its first ticks.
fn start(place: &Workplace) -> Child {
    let child = place.command(&ENDLESS).spawn().unwrap();
    let began = Instant::now();
    while fs::read_to_string(place.path("run/steps.csv")).map_or(0, |rows| rows.lines().count()) < 20 {
        assert!(began.elapsed() < Duration::from_secs(60), "the run does not begin");
        yield_now();
    }
    child
}

fn signal(name: &str, child: &Child) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success(), "kill {name}");
}

#[test]
fn ctrl_c_finishes_the_tick_saves_says_where_and_exits_with_0() {
    let place = Workplace::new();
    let child = start(&place);
    signal("-INT", &child);
    let finished = Finished::from(child.wait_with_output().unwrap());
    stopped_well(&place, &finished, "Interrupted after", "interrupted");
    place.succeed("evaluate --policy pilot:run --episodes 2");
}

#[test]
fn a_request_to_terminate_saves_as_well() {
    let place = Workplace::new();
    let child = start(&place);
    signal("-TERM", &child);
    let finished = Finished::from(child.wait_with_output().unwrap());
    stopped_well(&place, &finished, "Interrupted after", "interrupted");
}

#[test]
fn the_runtime_limit_saves_and_exits_with_0() {
    let place = Workplace::new();
    let began = Instant::now();
    let finished = place.run(&[&ENDLESS[..], &["--max-runtime", "1s"]].concat());
    assert!(began.elapsed() >= Duration::from_secs(1), "it ended after {:?}", began.elapsed());
    stopped_well(&place, &finished, "Time is up after", "max-runtime");
    place.succeed("evaluate --policy pilot:run --episodes 2");
}

#[test]
fn a_run_that_is_stopped_has_the_bytes_of_a_longer_one_up_to_there() {
    let place = Workplace::new();
    let child = start(&place);
    signal("-INT", &child);
    assert_eq!(Finished::from(child.wait_with_output().unwrap()).code, 0);
    let message: Value = serde_json::from_str(&place.read("run/summary.json")).unwrap();
    let ticks = message["ticks"].to_string();
    place.succeed(&format!("train --settings run/settings.ron --ticks {ticks} --out again"));
    for file in ["episodes.csv", "steps.csv"] {
        assert_eq!(place.read(&format!("run/{file}")), place.read(&format!("again/{file}")), "{file}");
    }
}
