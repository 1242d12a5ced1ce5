//! A trainer that is killed at random moments loses nothing: after each kill all files are intact, and once the run has been
//! resumed to its end, every byte of its tables equals that of a run that was never killed.
//!
//! `RESONETICS_KILLS` says how many kills (6 where it does not), `RESONETICS_KILL_SEED` the seed of the random moments. The figures
//! are printed with `--nocapture`.

use crate::running::Running;
use crate::support::Workplace;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use resonetics::storage::{Checkpoint, TablePositions, TrainingState, read_episodes};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

const TABLES: [&str; 3] = ["episodes.csv", "steps.csv", "commands.csv"];

/// Kinds of runs, in turn: their checkpoints contain different parts.
const KINDS: [&str; 3] = [
    "--scenario classic",
    "--clusters 1 --set pilot.priority=0.6 --set pilot.head=quantile --set pilot.quantiles=5",
    "--agent qtable --scenario cascade",
];

/// Checkpoints are frequent, so that many kills meet one being written.
fn arguments(kind: &str) -> String {
    let steps = if kind.contains("qtable") { 60_000 } else { 12_000 };
    format!(
        "train --steps {steps} --set pilot.warmup=300 --set run.steps_csv_every=1 --set run.checkpoint_every={} --threads 1 {kind}",
        steps / 40
    )
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What the kills met.
#[derive(Debug, Default)]
struct Figures {
    kills: u64,
    /// Kills before the folder had settings.
    unborn: u64,
    /// Kills before the first checkpoint.
    young: u64,
    /// Kills that left a file unfinished.
    writing: u64,
    /// Kills that left a part of a row.
    cut: u64,
    /// Kills after which rows were written again.
    repeated: u64,
    runs: u64,
}

/// Checks every file that the kill left: tables of whole rows up to their last line end, checkpoints that can be read in full.
fn check(place: &Workplace, figures: &mut Figures) {
    if !place.path("run/settings.ron").exists() {
        figures.unborn += 1;
        return;
    }
    resonetics::settings::load_settings(place.path("run/settings.ron").to_str().unwrap()).unwrap();
    let lengths = TABLES.map(|table| {
        let path = place.path(&format!("run/{table}"));
        let Ok(text) = fs::read_to_string(&path) else { return 0 };
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        figures.cut += u64::from(end < text.len());
        // Few kills meet a row: after all others, but for those that met a finished run, it is as if they had.
        if !place.path("run/summary.json").exists() {
            fs::write(&path, format!("{}17,0", &text[..end])).unwrap();
        }
        let mut rows = csv::Reader::from_reader(&text.as_bytes()[..end]);
        assert!(rows.records().all(|row| row.is_ok()), "{table} has rows of different lengths");
        end as u64
    });
    if lengths[0] > 0 {
        let rows = place.read("run/episodes.csv").matches('\n').count() - 1;
        assert_eq!(read_episodes(&place.path("run")).unwrap().len(), rows, "every whole row is read, and nothing else");
    }
    let mut newest = [0; 3];
    let mut whole = 0;
    for entry in fs::read_dir(place.path("run/checkpoints")).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != Checkpoint::EXTENSION) {
            figures.writing += 1;
            continue;
        }
        Checkpoint::load(&path).unwrap();
        TrainingState::load(&path, u64::MAX).unwrap().unwrap();
        let positions = TablePositions::of(&path).unwrap().unwrap();
        let rows = positions.tables.map(|mark| mark.bytes);
        assert!(rows.iter().zip(lengths).all(|(mark, length)| *mark <= length), "rows of a checkpoint are missing");
        newest = std::array::from_fn(|at| rows[at].max(newest[at]));
        whole += 1;
    }
    figures.young += u64::from(whole == 0);
    figures.repeated += u64::from((0..3).any(|at| lengths[at] > newest[at]));
}

/// Waits for the child at most so long; none if it still runs.
fn wait(running: &mut Running, longest: Duration) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < longest {
        if let Some(status) = running.child().try_wait().unwrap() {
            return Some(status.code().unwrap_or(-1));
        }
        sleep(Duration::from_millis(1));
    }
    None
}

#[test]
fn a_trainer_that_is_killed_at_random_instants_loses_nothing() {
    let (kills, seed) = (number("RESONETICS_KILLS", 6), number("RESONETICS_KILL_SEED", 1));
    let mut rng = StdRng::seed_from_u64(seed);
    let mut figures = Figures::default();
    let began = Instant::now();
    let mut at = 0;
    while figures.kills < kills {
        let kind = KINDS[at % KINDS.len()];
        at += 1;
        let place = Workplace::new();
        let whole = Instant::now();
        place.succeed(&format!("{} --out whole", arguments(kind)));
        let whole = whole.elapsed();
        loop {
            let line = match place.path("run/settings.ron").exists() {
                true => "train --resume run --threads 1".to_owned(),
                false => format!("{} --out run", arguments(kind)),
            };
            let mut running = Running::start(&mut place.command(&line.split(' ').collect::<Vec<_>>()));
            // The last kill is followed by the rest of the run. Some kills come while the program begins.
            let patience = match figures.kills < kills {
                true if rng.random_bool(0.25) => Duration::from_micros(rng.random_range(0..30_000)),
                true => whole.mul_f64(rng.random_range(0.01..0.45)),
                false => 20 * whole + Duration::from_secs(10),
            };
            match wait(&mut running, patience) {
                None if figures.kills < kills => {
                    running.child().kill().unwrap();
                    let killed = running.finish();
                    let (code, said, message) = (killed.code, killed.stdout, killed.stderr);
                    assert!(code == -1 || code == 0, "{line}: it failed by itself: {said}{message}");
                    figures.kills += 1;
                    check(&place, &mut figures);
                }
                ended => {
                    let finished = running.finish();
                    assert_eq!(ended, Some(0), "{line}: {finished:?}");
                    break;
                }
            }
        }
        for table in TABLES {
            let (killed, whole) = (place.read(&format!("run/{table}")), place.read(&format!("whole/{table}")));
            assert!(killed == whole, "kind {kind}, after {figures:?}: {table} differs");
        }
        let model = |run: &str| Checkpoint::load(&place.path(run)).unwrap().model;
        assert!(model("run") == model("whole"), "kind {kind}: other networks");
        figures.runs += 1;
    }
    println!("{figures:?} in {:.1} s, seed {seed}", began.elapsed().as_secs_f64());
    assert!(figures.kills >= kills && figures.runs > 0);
}
