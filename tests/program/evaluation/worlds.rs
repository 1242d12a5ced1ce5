//! The world of a run: the command that training prints evaluates in it, and `evaluate` says when a policy plays in another.

use super::{rows, train};
use crate::support::{Finished, Workplace};
use std::fs;

const TRACE: &str = "time_s,node,cpu\n0,a,0.9\n60,a,0.2\n120,a,0.6\n180,a,0.4\n";

/// Runs the command that a training printed at its end, as a shell would, with a few options more.
fn pasted(workplace: &Workplace, training: &Finished, more: &[&str]) -> Finished {
    let line = training.stdout.lines().find_map(|line| line.strip_prefix("Compare: ")).expect("a command is printed");
    let words = shlex::split(line).unwrap();
    assert_eq!(words[0], "resonetics");
    let words: Vec<_> = words[1..].iter().map(String::as_str).chain(more.iter().copied()).collect();
    let finished = workplace.run(&words);
    assert_eq!(finished.code, 0, "{line}: {finished:?}");
    finished
}

#[test]
fn the_printed_command_evaluates_in_the_world_of_the_run() {
    let workplace = Workplace::new();
    fs::write(workplace.path("it's a load.csv"), TRACE).unwrap();
    fs::write(workplace.path("own.ron"), "(name: \"my own\", leak_median: 0.004, storm_length: 12)").unwrap();
    let few = ["--episodes", "4", "--out", "scores.csv", "--force"];
    let sized = ["--set", "cluster.rows=4", "--set", "cluster.max_steps=40"];
    let traced = ["--trace", "it's a load.csv", "--set", "trace.steps_per_row=3"];
    for (folder, options, scenario) in [
        ("plain", &["--scenario", "cascade"][..], "cascade"),
        ("my run, $HOME", &[&["--scenario", "cascade"], &sized[..], &traced].concat(), "cascade 4x6 max_steps=40 with"),
        ("own", &["--scenario", "own.ron"], "default leak_median=0.004 storm_length=12"),
    ] {
        let arguments = ["train", "--steps", "1600", "--set", "pilot.warmup=800", "--out", folder];
        let training = workplace.run(&[&arguments[..], options].concat());
        assert_eq!(training.code, 0, "{training:?}");
        let finished = pasted(&workplace, &training, &few);
        assert!(!finished.stderr.contains("another world"), "{}", finished.stderr);
        let rows = rows(&workplace, "scores.csv");
        let names: Vec<_> = rows.iter().map(|row| row("policy")).collect();
        assert_eq!(names, ["patrol", &format!("pilot:{folder}")]);
        assert!(rows[1]("scenario").starts_with(scenario), "{}", rows[1]("scenario"));
    }
}

#[test]
fn a_policy_in_another_world_is_told_once_on_the_terminal_and_in_the_report() {
    let workplace = Workplace::new();
    fs::write(workplace.path("load.csv"), TRACE).unwrap();
    train(&workplace, "run", "1", &["--scenario", "calm"]);
    for (at, (options, expected)) in [
        ("--scenario calm", ""),
        (
            "--scenario calm --set cluster.rows=9",
            "pilot:run plays on calm 9x6 in another world than it was trained in, \
            on calm: cluster.rows was 6 and is 9",
        ),
        ("--scenario calm --trace load.csv", "trace.file was empty and is load.csv"),
        ("--scenario cascade", "pilot:run plays on cascade in another world than it was trained in, on calm: "),
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!("evaluate --policy patrol,pilot:run --episodes 2 --report {at}.html {options}");
        let finished = workplace.succeed(&line);
        let report = workplace.read(&format!("{at}.html"));
        let told = usize::from(!expected.is_empty());
        assert_eq!(finished.stderr.matches("another world").count(), told, "{options}: {}", finished.stderr);
        assert_eq!(report.matches("another world").count(), told, "{options}");
        assert!(finished.stderr.contains(expected) && report.contains(expected), "{expected}: {}", finished.stderr);
    }
}
