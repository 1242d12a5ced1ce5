//! Runs that are stopped before their end, and runs that nobody listens to: the tick is finished and everything is saved.

use crate::running::{Running, until};
use crate::support::{Finished, Workplace};
use resonetics::storage::Checkpoint;
use serde_json::Value;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A run that would take days.
const ENDLESS: [&str; 9] =
    ["train", "--steps", "1000000000", "--set", "run.steps_csv_every=1", "--set", "pilot.warmup=200", "--out", "run"];

/// Exit code of what was ended before it was done, and can go on.
const UNFINISHED: i32 = 75;

/// Checks the output of a stopped run, and that all its files end at the same tick.
fn check_stopped_run(workplace: &Workplace, finished: &Finished, reason: &str, ended: &str) {
    assert_eq!(finished.code, UNFINISHED, "{finished:?}");
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

fn rows(workplace: &Workplace) -> usize {
    fs::read_to_string(workplace.path("run/steps.csv")).map_or(0, |rows| rows.lines().count())
}

/// Starts an endless run and waits until it has run its first ticks.
fn start(workplace: &Workplace) -> Running {
    start_with(workplace, &mut workplace.command(&ENDLESS))
}

fn start_with(workplace: &Workplace, command: &mut Command) -> Running {
    let running = Running::start(command);
    until("the run has begun", || rows(workplace) >= 20);
    running
}

/// An endless run that hears a hang-up even if these tests run under `nohup`, whose wish it would respect.
fn hearing_every_signal(workplace: &Workplace) -> Command {
    if !cfg!(target_os = "linux") {
        return workplace.command(&ENDLESS);
    }
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_resonetics")]).args(ENDLESS);
    command.current_dir(workplace.path(".")).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn signals_to_end_finish_the_tick_save_and_print_where() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let workplace = Workplace::new();
        let mut running = start_with(&workplace, &mut hearing_every_signal(&workplace));
        running.signal(signal);
        check_stopped_run(&workplace, &running.finish(), "Interrupted after", "interrupted");
        workplace.succeed("evaluate --policy pilot:run --episodes 2");
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_saves_as_well() {
    // As `timeout` does, which signals the program and then its group.
    for signal in ["-INT", "-TERM"] {
        let workplace = Workplace::new();
        let mut running = start(&workplace);
        running.signal(signal);
        running.signal(signal);
        check_stopped_run(&workplace, &running.finish(), "Interrupted after", "interrupted");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn under_nohup_a_run_outlives_its_terminal() {
    let workplace = Workplace::new();
    let program = env!("CARGO_BIN_EXE_resonetics");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' HUP; exec {program} {}", ENDLESS.join(" "))]);
    shell.current_dir(workplace.path(".")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = start_with(&workplace, &mut shell);
    running.signal("-HUP");
    let before = rows(&workplace);
    until("the run goes on", || rows(&workplace) > before + 20);
    running.signal("-TERM");
    check_stopped_run(&workplace, &running.finish(), "Interrupted after", "interrupted");
}

#[test]
fn a_run_that_is_asked_to_save_saves_and_goes_on() {
    let workplace = Workplace::new();
    let mut running = start(&workplace);
    running.signal("-USR1");
    until("there is a checkpoint", || {
        fs::read_dir(workplace.path("run/checkpoints"))
            .is_ok_and(|mut files| files.any(|file| file.unwrap().path().extension().is_some_and(|end| end == "rsnt")))
    });
    let before = rows(&workplace);
    until("the run goes on", || rows(&workplace) > before + 20);
    running.signal("-TERM");
    let finished = running.finish();
    assert!(finished.stderr.contains("Saved run/checkpoints/step-"), "{}", finished.stderr);
    check_stopped_run(&workplace, &finished, "Interrupted after", "interrupted");
    assert_eq!(workplace.read("run/commands.csv"), "tick,command\n", "it is no command of a person");
}

#[test]
fn the_runtime_limit_saves_and_says_that_the_run_is_not_done() {
    let workplace = Workplace::new();
    let began = Instant::now();
    let finished = workplace.run(&[&ENDLESS[..], &["--max-runtime", "1s"]].concat());
    assert!(began.elapsed() >= Duration::from_secs(1), "it ended after {:?}", began.elapsed());
    check_stopped_run(&workplace, &finished, "Time is up after", "max-runtime");
    workplace.succeed("evaluate --policy pilot:run --episodes 2");

    // A study and a search end in the same way.
    fs::write(workplace.path("long.ron"), "(scenarios: [\"calm\"], seeds: [1], variants: [(name: \"a\")])").unwrap();
    for line in [
        "study long.ron --out study --max-runtime 500ms",
        "tune --agent qtable --scenario classic --trials 100000 --out search --max-runtime 500ms",
    ] {
        let finished = workplace.run(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(finished.code, UNFINISHED, "{line}: {finished:?}");
        assert!(finished.stdout.to_lowercase().contains("epeat the command to continue"), "{finished:?}");
    }
}

#[test]
fn a_stopped_run_has_the_same_bytes_as_one_of_that_length() {
    let workplace = Workplace::new();
    let mut running = start(&workplace);
    running.signal("-USR1");
    running.signal("-INT");
    assert_eq!(running.finish().code, UNFINISHED);
    let summary: Value = serde_json::from_str(&workplace.read("run/summary.json")).unwrap();
    let ticks = summary["ticks"].to_string();
    workplace.succeed(&format!("train --settings run/settings.ron --ticks {ticks} --out again"));
    for file in ["episodes.csv", "steps.csv"] {
        assert_eq!(workplace.read(&format!("run/{file}")), workplace.read(&format!("again/{file}")), "{file}");
    }
}

/// What every command leaves behind, and whether what it prints is all that it is for.
const COMMANDS: [(&str, &str, bool); 6] = [
    ("train --steps 3200 --set pilot.warmup=200 --out run", "run/summary.json", false),
    ("train --resume run --steps 6400", "run/checkpoints/step-000000006400.rsnt", false),
    ("study tiny.ron --out study", "study/summary.md", false),
    (
        "tune --agent qtable --scenario classic --steps 1600 --trials 1 --episodes 4 --out search",
        "search/best.ron",
        false,
    ),
    ("evaluate --policy patrol,pilot:run --episodes 4 --out scores.csv", "scores.csv", true),
    ("replay --headless run", "run/blackbox", true),
];

/// A place where the commands can be given in their order.
fn place() -> Workplace {
    let place = Workplace::new();
    let study = "(scenarios: [\"calm\"], seeds: [1], set: {\"run.steps\": \"1600\"}, variants: [(name: \"a\")], \
                 evaluation: (episodes: 4))";
    fs::write(place.path("tiny.ron"), study).unwrap();
    place
}

#[test]
fn a_reader_that_leaves_ends_no_command() {
    let place = place();
    for (line, file, _) in COMMANDS {
        let mut command = place.command(&line.split_whitespace().collect::<Vec<_>>());
        let mut running = Running::start(&mut command);
        drop((running.child().stdout.take(), running.child().stderr.take()));
        assert_eq!(running.finish().code, 0, "{line}");
        assert!(place.path(file).exists(), "{line} leaves {file}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_on_a_full_disk_ends_no_run_and_lost_results_are_a_failure() {
    let place = place();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for (line, file, printed) in COMMANDS {
        let mut command = place.command(&line.split_whitespace().collect::<Vec<_>>());
        let code = Running::start(command.stdout(full()).stderr(full())).finish().code;
        assert_eq!(code, i32::from(printed), "{line}");
        assert!(place.path(file).exists(), "{line} leaves {file}");
    }
    let finished = Running::start(place.command(&["settings"]).stdout(full())).finish();
    assert!(finished.code == 1 && finished.stderr.contains("could not be written in full"), "{finished:?}");
}

#[test]
fn one_command_begins_a_run_goes_on_with_it_and_leaves_it_when_it_is_done() {
    let place = Workplace::new();
    let line = "train --scenario classic --steps 6400 --seed 3 --set pilot.warmup=200 --set run.steps_csv_every=1 \
                --out run --resume-or-start";
    let words = |more: &str| format!("{line} {more}");
    let run = |more: &str| place.run(&words(more).split_whitespace().collect::<Vec<_>>());
    place.succeed(&words("--ticks 150"));
    let finished = place.succeed(line);
    assert!(finished.stderr.contains("Resuming run from step-000000002400"), "{}", finished.stderr);
    assert!(finished.stdout.contains("Finished after 6400 steps"), "{}", finished.stdout);
    let done = place.succeed(line);
    assert!(done.stdout.contains("run is finished: 400 ticks are done"), "{}", done.stdout);

    // The same bytes as without a break; and other settings are another run.
    place.succeed(&line.replace("--out run --resume-or-start", "--out whole"));
    assert_eq!(place.read("run/steps.csv"), place.read("whole/steps.csv"));
    for (more, part) in [
        ("--set pilot.gamma=0.9", "pilot.gamma is \"0.97\" in run and cannot become \"0.9\""),
        ("--clusters 8", "run.clusters is \"16\" in run and cannot become \"8\""),
    ] {
        let refused = run(more);
        assert!(refused.code == 2 && refused.stderr.contains(part), "{more}: {refused:?}");
    }
    // What may change on the way may change here: the length.
    let longer = place.succeed(&line.replace("--steps 6400", "--steps 8000"));
    assert!(longer.stdout.contains("Finished after 8000 steps"), "{}", longer.stdout);
    // Once longer, the run is not made shorter by the first command.
    let shorter = run("");
    assert!(shorter.code == 0 && shorter.stdout.contains("500 ticks are done"), "{shorter:?}");

    fs::create_dir(place.path("other")).unwrap();
    fs::write(place.path("other/notes"), "mine").unwrap();
    let taken = place.run(&["train", "--steps", "320", "--out", "other", "--resume-or-start"]);
    assert!(taken.code == 2 && taken.stderr.contains("other exists"), "{taken:?}");
    assert_eq!(place.run(&["train", "--resume-or-start"]).code, 2, "it needs a folder");
}
