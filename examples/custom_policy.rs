//! A custom policy: it uses the library's belief but serves critical cells only, and is compared with the built-in
//! policies.
//!
//! ```sh
//! cargo run --release --example custom_policy
//! ```

use resonetics::cluster::{Action, Cluster, Observation};
use resonetics::evaluate::{Evaluation, PolicyUnderTest, table};
use resonetics::features::{Belief, Target};
use resonetics::policy::Policy;
use resonetics::settings::load_scenario;
use std::error::Error;

/// Episodes per policy and scenario.
const EPISODES: u64 = 400;
/// Memory (0 to 1) above which the agent cleans the cell it stands on.
const CLEANING_THRESHOLD: f32 = 0.35;

/// Walks to the critical cell that fails first, or to any urgent cell while no critical one is known.
#[derive(Debug, Default)]
struct Bodyguard {
    belief: Option<Belief>,
}

impl Policy for Bodyguard {
    fn begin(&mut self, _seed: u64) {
        self.belief = None;
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let scenario = cluster.scenario();
        let belief = self.belief.get_or_insert_with(|| Belief::new(scenario.rows, scenario.columns));
        belief.observe(observation, cluster.time());
        if observation.cell(0, 0).mem > CLEANING_THRESHOLD {
            return Action::MemoryClean;
        }
        let targets = belief.targets::<12>();
        let critical = targets.iter().flatten().find(|target| target.cell.critical);
        step_towards(critical.or(targets[0].as_ref()))
    }
}

/// The next move towards the target, rows first; cleans on arrival.
fn step_towards(target: Option<&Target>) -> Action {
    match target.map(|target| (target.down.signum(), target.right.signum())) {
        Some((-1, _)) => Action::Up,
        Some((1, _)) => Action::Down,
        Some((_, -1)) => Action::Left,
        Some((_, 1)) => Action::Right,
        _ => Action::MemoryClean,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let policies = [
        PolicyUnderTest::named("patrol")?,
        PolicyUnderTest::custom("bodyguard", || Box::new(Bodyguard::default())),
        PolicyUnderTest::named("notebook")?,
    ];
    let threads = rayon::ThreadPoolBuilder::new().build()?;
    let mut scores = Vec::new();
    for name in ["default", "leak-storm", "cascade"] {
        let scenario = load_scenario(name)?;
        for policy in &policies {
            let evaluation = Evaluation { scenario: &scenario, policy, seed: 1 };
            scores.push(evaluation.play(EPISODES, &threads, |_| {}));
        }
    }
    print!("{}", table(&scores));
    Ok(())
}
