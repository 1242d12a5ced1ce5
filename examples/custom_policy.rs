//! A policy of one's own: it keeps the library's notebook, but cares for critical cells alone, and plays against the
//! built-in policies.
//!
//! ```sh
//! cargo run --release --example custom_policy
//! ```

use resonetics::brain::{Errand, Notebook};
use resonetics::cluster::{Action, Cluster, Observation};
use resonetics::evaluate::{Contest, Contestant, table};
use resonetics::policy::Policy;
use resonetics::settings::load_scenario;
use std::error::Error;

/// Episodes per policy and scenario.
const EPISODES: u64 = 400;
/// Memory above which a cell on the way is cleaned.
const WORTH_CLEANING: f32 = 0.35;

/// Walks to the critical cell that fails first; to any cell while it knows of no critical one.
#[derive(Debug, Default)]
struct Bodyguard {
    notebook: Option<Notebook>,
}

impl Policy for Bodyguard {
    fn begin(&mut self, _seed: u64) {
        self.notebook = None;
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let scenario = cluster.scenario();
        let notebook = self.notebook.get_or_insert_with(|| Notebook::new(scenario.rows, scenario.columns));
        notebook.look(observation, cluster.time());
        if observation.cell(0, 0).mem > WORTH_CLEANING {
            return Action::MemoryClean;
        }
        let errands = notebook.errands::<12>();
        let critical = errands.iter().flatten().find(|errand| errand.note.critical);
        step_towards(critical.or(errands[0].as_ref()))
    }
}

/// The next move of the way there, rows first; a clean-up on the spot.
fn step_towards(errand: Option<&Errand>) -> Action {
    match errand.map(|errand| (errand.down.signum(), errand.right.signum())) {
        Some((-1, _)) => Action::Up,
        Some((1, _)) => Action::Down,
        Some((_, -1)) => Action::Left,
        Some((_, 1)) => Action::Right,
        _ => Action::MemoryClean,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let contestants = [
        Contestant::named("patrol")?,
        Contestant::custom("bodyguard", || Box::new(Bodyguard::default())),
        Contestant::named("notebook")?,
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
