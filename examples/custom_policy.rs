//! A policy of one's own: it keeps a notebook of every cell it has seen, and plays against the built-in `patrol`.
//!
//! Patrol decides from what it sees at this moment. The notebook remembers how full each cell was when it was last
//! seen and how fast it filled, and goes where the first failure is due.
//!
//! ```sh
//! cargo run --release --example custom_policy
//! ```

use resonetics::cluster::{Action, Cluster, OOM, Observation};
use resonetics::evaluate::{Contest, Contestant, table};
use resonetics::policy::Policy;
use resonetics::settings::load_scenario;
use std::error::Error;

/// Episodes per policy and scenario.
const EPISODES: u64 = 400;
/// Growth of memory per step that is assumed of a cell until enough looks at it tell better.
const ASSUMED_GROWTH: f32 = 0.015;
/// Steps between two looks after which what they tell counts as much as what was known before.
const TRUSTED_AFTER: f32 = 10.0;
/// Memory above which a cell on the way is cleaned.
const WORTH_CLEANING: f32 = 0.4;

/// What is known of one cell.
#[derive(Debug, Clone, Copy)]
struct Note {
    /// Memory when it was last seen.
    mem: f32,
    /// The step at which that was.
    seen: usize,
    /// Memory it gains per step.
    growth: f32,
    critical: bool,
}

impl Note {
    const UNSEEN: Self = Self { mem: 0.05, seen: 0, growth: ASSUMED_GROWTH, critical: false };

    /// Takes down what is seen now. A fall is somebody's clean-up and says nothing about growth.
    fn update(&mut self, mem: f32, critical: bool, now: usize) {
        let steps = now.saturating_sub(self.seen) as f32;
        if steps > 0.0 && mem > self.mem {
            let growth = (mem - self.mem) / steps;
            let trust = steps / (steps + TRUSTED_AFTER);
            self.growth += trust * (growth - self.growth);
        }
        *self = Self { mem, seen: now, critical, ..*self };
    }

    /// Steps until the cell is expected to be out of memory.
    fn time_left(&self, now: usize) -> f32 {
        let mem = self.mem + self.growth * (now - self.seen) as f32;
        (OOM - mem) / self.growth.max(1e-4)
    }
}

/// The policy: one note per cell.
#[derive(Debug, Default)]
struct Notebook {
    notes: Vec<Note>,
}

impl Policy for Notebook {
    fn begin(&mut self, _seed: u64) {
        self.notes.clear();
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let scenario = cluster.scenario();
        let (row, column) = cluster.agent();
        let now = cluster.time();
        self.notes.resize(scenario.cells(), Note::UNSEEN);

        for down in -1..=1 {
            for right in -1..=1 {
                let seen = observation.cell(down, right);
                let place = cluster.index(around(row, down, scenario.rows), around(column, right, scenario.columns));
                self.notes[place].update(seen.mem, seen.is_critical(), now);
            }
        }

        // A critical cell out of sight is about to fail: relieve all hotspots from here.
        let alarm = observation.highest_critical();
        let in_sight = |note: &Note| note.critical && note.seen == now && note.mem >= alarm;
        let can_scale = observation.hotspot_share() > 0.0 && cluster.budget() >= scenario.scale_cost;
        if alarm > 0.9 && can_scale && !self.notes.iter().any(in_sight) {
            return Action::Scale;
        }

        // Else go where the least time is to spare after the walk. One ordinary cell may fail alone, so it can wait a
        // little longer than a critical one.
        let mut best = (f32::INFINITY, (0, 0));
        for target_row in 0..scenario.rows {
            for target_column in 0..scenario.columns {
                let note = self.notes[cluster.index(target_row, target_column)];
                let way = way((row, column), (target_row, target_column), (scenario.rows, scenario.columns));
                let distance = (way.0.abs() + way.1.abs()) as f32;
                let patience = if note.critical { 0.0 } else { 5.0 };
                let spare = note.time_left(now) + patience + distance;
                if spare < best.0 {
                    best = (spare, way);
                }
            }
        }
        let (down, right) = best.1;
        if observation.cell(0, 0).mem > WORTH_CLEANING || (down, right) == (0, 0) {
            return Action::MemoryClean;
        }
        match (down.signum(), right.signum()) {
            (-1, _) => Action::Up,
            (1, _) => Action::Down,
            (_, -1) => Action::Left,
            _ => Action::Right,
        }
    }
}

/// `at` moved by `by` around a ring of `length`.
fn around(at: usize, by: isize, length: usize) -> usize {
    (at as isize + by).rem_euclid(length as isize) as usize
}

/// The shortest signed way around the torus, rows down and columns right.
fn way(from: (usize, usize), to: (usize, usize), size: (usize, usize)) -> (isize, isize) {
    let shortest = |from: usize, to: usize, length: usize| {
        let ahead = (to as isize - from as isize).rem_euclid(length as isize);
        if 2 * ahead > length as isize { ahead - length as isize } else { ahead }
    };
    (shortest(from.0, to.0, size.0), shortest(from.1, to.1, size.1))
}

fn main() -> Result<(), Box<dyn Error>> {
    let contestants = [
        Contestant::named("patrol")?,
        Contestant::custom("notebook", || Box::new(Notebook::default())),
        Contestant::named("omniscient")?,
    ];
    let threads = rayon::ThreadPoolBuilder::new().build()?;
    let mut scores = Vec::new();
    for name in ["default", "leak-storm", "cascade"] {
        let scenario = load_scenario(name)?;
        for contestant in &contestants {
            let contest = Contest { scenario: &scenario, contestant, seed: 1 };
            scores.push(contest.play(EPISODES, &threads, |_| {}));
        }
    }
    print!("{}", table(&scores));
    Ok(())
}
