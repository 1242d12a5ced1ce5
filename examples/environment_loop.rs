//! A minimal environment loop: one episode of the scenario `default`, played by three simple rules.
//!
//! ```sh
//! cargo run --release --example environment_loop
//! ```

use resonetics::cluster::{Action, Cluster, Observation};
use resonetics::settings::{RewardSettings, load_scenario};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut cluster = Cluster::new(load_scenario("default")?, RewardSettings::default(), None);
    // The seed fixes the cells and all random events of the episode, whatever the agent does.
    cluster.reset(1);

    let mut observation = Observation::default();
    let mut total = 0.0;
    loop {
        cluster.observe(&mut observation);
        let action = choose(&observation, cluster.time());
        let step = cluster.step(action);
        total += step.reward.total();

        if cluster.time().is_multiple_of(20) || step.outcome.is_over() {
            println!(
                "step {:3}: agent at {:?}, budget {:5.1}, mean load {:.2}, fullest memory {:.2}, return {total:6.2}",
                cluster.time(),
                cluster.agent(),
                cluster.budget(),
                cluster.mean_load(),
                cluster.cells().mem.iter().copied().fold(0.0, f32::max),
            );
        }
        if step.outcome.is_over() {
            println!("The episode is over after {} steps: {}", cluster.time(), step.outcome.name());
            return Ok(());
        }
    }
}

/// Cleans a cell with much memory drift, else moves to a neighbour that has it, else sweeps the torus in a spiral.
fn choose(observation: &Observation, time: usize) -> Action {
    if observation.cell(0, 0).mem > 0.5 {
        return Action::MemoryClean;
    }
    let moves = [Action::Up, Action::Down, Action::Left, Action::Right];
    let drifted = moves.into_iter().find(|action| {
        let (down, right) = action.direction();
        observation.cell(down, right).mem > 0.5
    });
    drifted.unwrap_or(if time % 6 == 5 { Action::Down } else { Action::Right })
}
