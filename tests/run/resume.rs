//! A run that is ended and goes on has the bytes of one that was never ended, whatever it learns with.

use crate::support::{Finished, Workplace};
use resonetics::blackbox::BlackBox;
use resonetics::storage::{Checkpoint, TablePositions, TrainingState};
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// Long enough that both networks, their memories, the target network and the average have their part in the rows.
const TRAIN: &str = "train --steps 6400 --scenario classic --set pilot.warmup=300 --set run.steps_csv_every=3 \
                     --set pilot.target_every=70 --set run.checkpoint_every=1000 --set prophet.horizons=5,20";

const TABLES: [&str; 3] = ["episodes.csv", "steps.csv", "commands.csv"];

/// The checkpoints of a run, the oldest first.
fn checkpoints(place: &Workplace, run: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(place.path(run).join("checkpoints")).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn refused(place: &Workplace, line: &str, code: i32, parts: &[&str]) -> Finished {
    let finished = place.run(&line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(finished.code, code, "{line}: {finished:?}");
    assert!(parts.iter().all(|part| finished.stderr.contains(part)), "{line}: {}", finished.stderr);
    finished
}

/// Runs once to the end and once in three parts, each with its own number of threads, and compares every byte that the
/// simulation decides: rows, networks, and all that the last state holds.
fn same_in_parts(place: &Workplace, options: &str) {
    let (whole, parts) = (place.path("whole"), place.path("parts"));
    [&whole, &parts].into_iter().filter(|run| run.exists()).for_each(|run| fs::remove_dir_all(run).unwrap());
    place.succeed(&format!("{TRAIN} {options} --out whole"));
    let clusters = Checkpoint::load(&whole).unwrap().settings.run.clusters as u64;
    let ticks = 6400 / clusters;
    let (first, second) = (ticks * 9 / 20 + 1, ticks * 14 / 20 + 3);
    place.succeed(&format!("{TRAIN} {options} --out parts --ticks {first} --threads 1"));
    let message = place.succeed(&format!("train --resume parts --ticks {second} --threads 2"));
    assert!(message.stderr.contains("Resuming parts from step-"), "{}", message.stderr);
    place.succeed("train --resume parts --threads 1");

    for table in TABLES {
        assert!(place.read(&format!("whole/{table}")) == place.read(&format!("parts/{table}")), "{options}: {table}");
    }
    // A black box tells the settings, the number of threads among them, and nothing else that may differ.
    let boxes = |run: &str| {
        let files = fs::read_dir(place.path(run).join("blackbox")).into_iter().flatten();
        let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |path: PathBuf| {
            let mut it = BlackBox::load(&path).unwrap();
            it.settings.run.threads = 1;
            (path.file_name().unwrap().to_owned(), it)
        };
        files.into_iter().map(read).collect::<Vec<_>>()
    };
    assert!(boxes("whole") == boxes("parts"), "{options}: black boxes");
    let rows = place.read("whole/episodes.csv").lines().count();
    assert!(rows > 8, "{options}: {rows} rows");
    let (one, other) = (Checkpoint::load(&whole).unwrap(), Checkpoint::load(&parts).unwrap());
    assert!(one.model == other.model, "{options}: networks");
    let state = |run| TrainingState::load(checkpoints(place, run).last().unwrap(), u64::MAX).unwrap().unwrap();
    let (one, other) = (state("whole"), state("parts"));
    assert_eq!(one.positions.tables, other.positions.tables, "{options}");
    assert!(one.content() == other.content(), "{options}: state");
}

#[test]
fn the_default_goes_on_exactly() {
    let place = Workplace::new();
    same_in_parts(&place, "");
    same_in_parts(&place, "--clusters 1 --seed 4");
}

#[test]
fn a_run_with_every_option_goes_on_exactly() {
    let place = Workplace::new();
    let options = "--clusters 3 --set pilot.priority=0.6 --set pilot.head=quantile --set pilot.quantiles=7 \
                   --set pilot.layer_norm=true --set pilot.inputs=observation --set pilot.n_step=5 --set exploration.guide=patrol \
                   --set exploration.hand_over_share=0.1 --set prophet.inputs=statistics --set pilot.replay_capacity=900 \
                   --set prophet.replay_capacity=800 --set cluster.storm_probability=0.02 --backend ndarray";
    same_in_parts(&place, options);
    same_in_parts(&place, "--set pilot.priority=1 --set pilot.head=dueling --set cluster.spill_memory=0.02");
}

#[test]
fn the_older_programs_go_on_exactly() {
    let place = Workplace::new();
    same_in_parts(&place, "--settings v13");
    same_in_parts(&place, "--agent qtable");
    same_in_parts(&place, "--agent qtable --clusters 1 --set run.policy=qtable");
    same_in_parts(&place, "--clusters 2 --set run.policy=heuristic");
}

#[test]
fn a_run_under_a_trace_goes_on_under_the_same_trace_alone() {
    let place = Workplace::new();
    let rows = |shift: f64| {
        let row = |at: usize| {
            let load = |phase: f64| 0.4 + 0.3 * (at as f64 / 7.0 + phase + shift).sin();
            format!("{},a,{:.4},{:.4}\n{0},b,{:.4},{:.4}\n", 60 * at, load(0.0), load(1.0), load(2.0), load(3.0))
        };
        "time_s,node,cpu,memory\n".to_owned() + &(0..90).map(row).collect::<String>()
    };
    fs::write(place.path("load.csv"), rows(0.0)).unwrap();
    same_in_parts(&place, "--trace load.csv --clusters 4");
    // Moved, it is the same trace; another one is refused.
    place.succeed(&format!("{TRAIN} --trace load.csv --out moved --ticks 100"));
    fs::rename(place.path("load.csv"), place.path("elsewhere.csv")).unwrap();
    refused(&place, "train --resume moved", 2, &["cannot read load.csv", "name its place with --trace PATH"]);
    fs::write(place.path("load.csv"), rows(0.5)).unwrap();
    refused(
        &place,
        "train --resume moved",
        2,
        &["driven by another trace: name the same one, unchanged, with --trace"],
    );
    place.succeed("train --resume moved --trace elsewhere.csv --ticks 200");
}

#[test]
fn what_would_make_it_another_run_is_refused_and_changes_nothing() {
    let place = Workplace::new();
    place.succeed(&format!("{TRAIN} --out run --ticks 150 --seed 3"));
    let before = place.read("run/steps.csv");
    for (options, parts) in [
        ("--seed 4", &["run.seed is \"3\" in run and cannot become \"4\"", "run.steps, run.max_runtime"][..]),
        ("--clusters 2", &["run.clusters"]),
        ("--scenario calm", &["cluster."]),
        ("--set pilot.gamma=0.5", &["pilot.gamma"]),
        ("--agent qtable", &["run.agent"]),
        ("--set pilot.gamma=x", &["pilot.gamma"]),
        ("--out other", &["cannot be used with"]),
    ] {
        refused(&place, &format!("train --resume run {options}"), 2, parts);
    }
    refused(&place, "train --resume absent", 2, &["absent holds no run", "no such folder"]);
    fs::create_dir(place.path("empty")).unwrap();
    refused(&place, "train --resume empty", 2, &["empty holds no run", "settings.ron"]);
    assert_eq!(place.read("run/steps.csv"), before);
    let options = "--threads 1 --max-runtime 1h --set run.checkpoint_every=500 --set view.speed=2 --seed 3";
    place.succeed(&format!("train --resume run --ticks 160 {options}"));
    assert_eq!(place.read("run/commands.csv"), "tick,command\n", "nothing that decides the run has changed");
}

#[test]
fn a_finished_run_says_so_and_a_longer_one_goes_on() {
    let place = Workplace::new();
    place.succeed(&format!("{TRAIN} --out run"));
    let before = place.read("run/steps.csv");
    let message = place.succeed("train --resume run");
    assert!(message.stdout.contains("run is finished: 400 ticks"), "{message:?}");
    assert_eq!(place.read("run/steps.csv"), before);
    place.succeed("train --resume run --steps 8000 --ticks 450");
    assert_eq!(place.read("run/commands.csv"), "tick,command\n400,set run.steps 8000\n");
    // Once longer, it stays so.
    let message = place.succeed("train --resume run");
    assert!(message.stdout.contains("Finished after 8000 steps"), "{message:?}");
    assert_eq!(place.read("run/commands.csv"), "tick,command\n400,set run.steps 8000\n");
    assert!(place.read("run/steps.csv").starts_with(&before));
    let settings = Checkpoint::load(&place.path("run")).unwrap().settings;
    assert_eq!(settings.run.steps, 8000);
}

#[test]
fn a_run_without_a_checkpoint_begins_anew_in_its_folder() {
    let place = Workplace::new();
    place.succeed(&format!("{TRAIN} --out run --ticks 120"));
    place.succeed(&format!("{TRAIN} --out whole"));
    fs::remove_dir_all(place.path("run/checkpoints")).unwrap();
    fs::write(place.path("run/.tmpABC123"), "half a file").unwrap();
    let message = place.succeed("train --resume run");
    assert!(message.stderr.contains("starting again"), "{}", message.stderr);
    assert!(!place.path("run/.tmpABC123").exists(), "what was never finished is removed");
    for table in TABLES {
        assert_eq!(place.read(&format!("run/{table}")), place.read(&format!("whole/{table}")), "{table}");
    }
}

#[test]
fn a_damaged_checkpoint_is_passed_over_and_nothing_is_lost() {
    let place = Workplace::new();
    place.succeed(&format!("{TRAIN} --out whole"));
    place.succeed(&format!("{TRAIN} --out run --ticks 300"));
    let newest = checkpoints(&place, "run").pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let message = place.succeed("train --resume run");
    assert!(message.stderr.contains("skipped: ") && message.stderr.contains("is damaged"), "{}", message.stderr);
    assert!(message.stderr.contains("from step-000000004000.rsnt"), "{}", message.stderr);
    for table in TABLES {
        assert_eq!(place.read(&format!("run/{table}")), place.read(&format!("whole/{table}")), "{table}");
    }
    // Rows that were changed by hand are not the run's: no checkpoint fits them.
    let rows = place.read("run/episodes.csv");
    fs::write(place.path("run/episodes.csv"), rows.replacen("truncated", "TRUNCATED", 1).replacen("oom", "OOM", 1))
        .unwrap();
    refused(&place, "train --resume run --steps 7000", 2, &["can be resumed from", "rows before it have changed"]);
}

#[test]
fn only_the_newest_checkpoints_are_kept_and_those_with_a_name_stay() {
    let place = Workplace::new();
    place.succeed(&format!("{TRAIN} --out run --ticks 200 --set run.keep_checkpoints=2"));
    let names = || {
        let names = checkpoints(&place, "run").into_iter().map(|path| path.file_name().unwrap().to_owned());
        names.map(|name| name.into_string().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["step-000000003008.rsnt", "step-000000003200.rsnt"]);
    let kept = place.path("run/checkpoints/best.rsnt");
    fs::copy(place.path("run/checkpoints/step-000000003008.rsnt"), kept).unwrap();
    place.succeed("train --resume run");
    assert_eq!(names(), ["best.rsnt", "step-000000006000.rsnt", "step-000000006400.rsnt"]);
    place.succeed(&format!("{TRAIN} --out all --set run.keep_checkpoints=0"));
    assert_eq!(checkpoints(&place, "all").len(), 7);
    let ticks = TablePositions::of(&checkpoints(&place, "all")[0]).unwrap().unwrap().ticks;
    assert_eq!(ticks, 63, "1008 steps of 16 clusters");
}

#[test]
fn the_times_of_files_do_not_matter() {
    let place = Workplace::new();
    place.succeed(&format!("{TRAIN} --out whole --set run.keep_checkpoints=3"));
    place.succeed(&format!("{TRAIN} --out run --ticks 300 --set run.keep_checkpoints=3"));
    // The oldest is of the far future, the newest of long ago, as after a clock that jumped, or a copy.
    let mut time = SystemTime::UNIX_EPOCH + Duration::from_secs(40 * 365 * 86_400) * 2;
    let mut files = checkpoints(&place, "run");
    assert_eq!(files.len(), 3);
    files.extend(["settings.ron", "episodes.csv", "steps.csv", "run.lock"].map(|name| place.path("run").join(name)));
    for file in files {
        File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
        time -= Duration::from_secs(10 * 365 * 86_400);
    }
    let message = place.succeed("train --resume run");
    assert!(message.stderr.contains("from step-000000004800.rsnt"), "{}", message.stderr);
    for table in TABLES {
        assert!(place.read(&format!("run/{table}")) == place.read(&format!("whole/{table}")), "{table}");
    }
    let names =
        |run| checkpoints(&place, run).iter().map(|path| path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names("run"), names("whole"), "the oldest give way, whatever their times");
}
