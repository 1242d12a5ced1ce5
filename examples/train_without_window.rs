//! A custom training loop with its own stopping rule.
//!
//! `resonetics train` does the same with a progress bar. Here the run ends once the agent survives enough of its last
//! hundred episodes, or after a fixed number of steps; then it is saved and compared with `patrol`.
//!
//! ```sh
//! cargo run --release --example train_without_window
//! ```

use bevy_ecs::world::World;
use resonetics::evaluate::{Evaluation, PolicyUnderTest, table};
use resonetics::settings::{Settings, load_scenario};
use resonetics::simulation::{
    ActiveLearner, ActiveSettings, RunStats, RunWriter, Simulation, save_checkpoint, schedule, tick,
};
use resonetics::storage::{RunFolder, free_folder};
use std::error::Error;
use std::path::Path;

/// The run ends when at most this share of the last hundred episodes collapsed.
const GOOD_ENOUGH: f64 = 0.08;

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings { cluster: load_scenario("default")?, ..Settings::default() };
    settings.set("run.steps", "150_000")?;
    settings.set("run.clusters", "8")?;
    settings.set("run.seed", "1")?;

    let simulation = Simulation::prepare(settings, 1)?;
    let settings = simulation.settings().clone();
    let path = free_folder(Path::new("runs"), "example");
    let folder = RunFolder::create(&path, &settings)?;

    let mut world = World::new();
    world.add_schedule(schedule());
    simulation.start(&mut world, Some(folder));

    println!(
        "{:>7}  {:>8}  {:>9}  {:>9}  {:>5}  {:>7}",
        "steps", "episodes", "survival", "collapses", "risk", "epsilon"
    );
    let mut reported = 0;
    loop {
        tick(&mut world);
        // Rows are written inside the tick; a write error is kept for the caller.
        if let Some(trouble) = world.resource_mut::<RunWriter>().take_trouble() {
            return Err(trouble.into());
        }
        let steps = world.resource::<ActiveLearner>().0.steps();
        let stats = world.resource::<RunStats>();
        let collapses = stats.recent_collapse_rate().unwrap_or(1.0);
        let over = steps >= settings.run.steps || (stats.episodes >= 100 && collapses <= GOOD_ENOUGH);
        if over || steps >= reported + 10_000 {
            reported = steps;
            println!(
                "{steps:7}  {:8}  {:5.0}/{}  {:8.0}%  {:4.0}%  {:7.2}",
                stats.episodes,
                stats.recent_survival().unwrap_or(0.0),
                settings.cluster.max_steps,
                100.0 * collapses,
                100.0 * stats.risk,
                world.resource::<ActiveLearner>().0.exploration(&settings).epsilon(),
            );
        }
        if over {
            break;
        }
    }

    let settings = world.resource::<ActiveSettings>().0.clone();
    let checkpoint = save_checkpoint(&mut world).ok_or("the checkpoint could not be saved")?;
    println!("\nSaved {}\n", checkpoint.display());

    let threads = rayon::ThreadPoolBuilder::new().build()?;
    // A run folder stands for its newest checkpoint.
    let pilot = format!("pilot:{}", path.display());
    let mut scores = Vec::new();
    for name in ["idle", "patrol", &pilot] {
        let policy = PolicyUnderTest::named(name)?;
        let evaluation = Evaluation { scenario: &settings.cluster, policy: &policy, seed: 1 };
        scores.push(evaluation.play(400, &threads, |_| {}));
    }
    print!("{}", table(&scores));
    Ok(())
}
