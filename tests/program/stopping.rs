//! Runs that are stopped before their end: the tick is finished, everything is saved, and the exit code is 0.

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

/// Checks the output of a stopped run, and that all its files end at the same tick.
fn check_stopped_run(workplace: &Workplace, finished: &Finished, reason: &str, ended: &str) {
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stdout.starts_with(reason), "{}", finished.stdout);
    let summary: Value = serde_json::from_str(&workplace.read("run/summary.json")).unwrap();
    assert_eq!(summary["ended"], ended);
    let (ticks, steps) = (summary["ticks"].as_u64().unwrap(), summary["steps"].as_u64().unwrap());
    assert!(ticks > 0 && steps == 16 * ticks, "{ticks} ticks, {steps} steps");

    let checkpoint = format!("run/checkpoints/step-{steps:012}.rsnt");
    assert!(finished.stdout.contains(&format!("Saved {checkpoint}")), "{}", finished.stdout);
    assert_eq!(Checkpoint::load(&workplace.path(&checkpoint)).unwrap().model.steps, steps);

    let rows = workplace.read("run/steps.csv");
    assert!(rows.ends_with('\n'), "the last row is complete");
    let last = rows.lines().last().unwrap();
    assert!(last.starts_with(&format!("{ticks},{steps},")), "the last row is {last}");
    assert_eq!(rows.lines().count() as u64, ticks + 1);
    let episodes = workplace.read("run/episodes.csv").lines().count() as u64 - 1;
    assert_eq!(summary["episodes"].as_u64(), Some(episodes));
}

/// Starts an endless run and waits until it has run its first ticks.
fn start(workplace: &Workplace) -> Child {
    let child = workplace.command(&ENDLESS).spawn().unwrap();
    let began = Instant::now();
    while fs::read_to_string(workplace.path("run/steps.csv")).map_or(0, |rows| rows.lines().count()) < 20 {
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
fn ctrl_c_finishes_the_tick_saves_prints_where_and_exits_with_0() {
    let workplace = Workplace::new();
    let child = start(&workplace);
    signal("-INT", &child);
    let finished = Finished::from(child.wait_with_output().unwrap());
    check_stopped_run(&workplace, &finished, "Interrupted after", "interrupted");
    workplace.succeed("evaluate --policy pilot:run --episodes 2");
}

#[test]
fn a_request_to_terminate_saves_as_well() {
    let workplace = Workplace::new();
    let child = start(&workplace);
    signal("-TERM", &child);
    let finished = Finished::from(child.wait_with_output().unwrap());
    check_stopped_run(&workplace, &finished, "Interrupted after", "interrupted");
}

#[test]
fn the_runtime_limit_saves_and_exits_with_0() {
    let workplace = Workplace::new();
    let began = Instant::now();
    let finished = workplace.run(&[&ENDLESS[..], &["--max-runtime", "1s"]].concat());
    assert!(began.elapsed() >= Duration::from_secs(1), "it ended after {:?}", began.elapsed());
    check_stopped_run(&workplace, &finished, "Time is up after", "max-runtime");
    workplace.succeed("evaluate --policy pilot:run --episodes 2");
}

#[test]
fn a_stopped_run_has_the_same_bytes_as_one_of_that_length() {
    let workplace = Workplace::new();
    let child = start(&workplace);
    signal("-INT", &child);
    assert_eq!(Finished::from(child.wait_with_output().unwrap()).code, 0);
    let summary: Value = serde_json::from_str(&workplace.read("run/summary.json")).unwrap();
    let ticks = summary["ticks"].to_string();
    workplace.succeed(&format!("train --settings run/settings.ron --ticks {ticks} --out again"));
    for file in ["episodes.csv", "steps.csv"] {
        assert_eq!(workplace.read(&format!("run/{file}")), workplace.read(&format!("again/{file}")), "{file}");
    }
}
