//! `resonetics train`: the schedule in a loop, at full speed, without a window.

use super::Failure;
use super::options::RunOptions;
use super::out::outln;
use super::progress::Progress;
use super::stop::{self, RuntimeLimit};
use crate::record::RunFolder;
use crate::settings::SCENARIOS;
use crate::tick::{self, ActiveSettings, Conclusion, Journal, Mind, Simulation, Tally};
use bevy::app::App;
use bevy::ecs::world::World;

/// Clusters side by side where nothing else is said.
pub const CLUSTERS: usize = 16;

/// Examples for the help.
pub const EXAMPLES: &str = "\
Examples:
  resonetics train --steps 300000 --seed 1 --out runs/first
  resonetics train --scenario rush-hour --clusters 32 --max-runtime 30m
  resonetics train --trace load.csv --set trace.steps_per_row=5
  resonetics train --settings v13 --scenario classic
  resonetics train --agent qtable --scenario classic --set qtable.learning_rate=0.05";

/// Trains as the options say.
///
/// # Errors
/// Bad options, or a run that could not be recorded.
pub fn run(options: &RunOptions) -> Result<(), Failure> {
    let simulation = Simulation::prepare(options.settings()?, CLUSTERS)?;
    stop::listen();
    let folder = options.folder(simulation.settings())?;
    train(simulation, folder, options.ticks)
}

/// Runs a prepared simulation to its end in the terminal.
///
/// # Errors
/// A run that could not be recorded.
pub fn train(simulation: Simulation, folder: RunFolder, ticks: Option<u64>) -> Result<(), Failure> {
    if let Some(report) = &simulation.report {
        eprintln!("{report}");
    }
    let settings = simulation.settings().clone();
    let clusters = settings.run.clusters as u64;
    let last = ticks.unwrap_or_else(|| settings.run.steps.div_ceil(clusters));
    eprintln!(
        "Training on {} with {clusters} cluster{}, seed {}, into {}",
        settings.cluster.name,
        if clusters == 1 { "" } else { "s" },
        settings.run.seed,
        folder.path().display()
    );
    let limit = RuntimeLimit::new(settings.run.max_runtime);
    let mut app = App::empty();
    tick::plugin(&mut app);
    let world = app.world_mut();
    simulation.start(world, Some(folder));
    let mut progress = Progress::new(last * clusters, "steps");
    let ended = loop {
        let done = world.resource::<Tally>().ticks;
        if done >= last {
            break "finished";
        }
        if stop::interrupted() {
            break "interrupted";
        }
        if limit.reached() {
            break "max-runtime";
        }
        tick::tick(world);
        if let Some(trouble) = world.resource_mut::<Journal>().take_trouble() {
            progress.finish();
            return Err(trouble.into());
        }
        progress.update((done + 1) * clusters, || figures(world));
    };
    progress.finish();
    report(&tick::conclude(world, ended)?);
    Ok(())
}

/// The figures beside the progress bar.
fn figures(world: &World) -> String {
    let tally = world.resource::<Tally>();
    let settings = &world.resource::<ActiveSettings>().0;
    let survival = tally.recent_survival().unwrap_or(0.0);
    format!(
        "survival {survival:.0}/{}, collapses {:.0}%, risk {:.0}%, epsilon {:.2}",
        settings.cluster.max_steps,
        100.0 * tally.recent_collapse_rate().unwrap_or(0.0),
        100.0 * tally.risk,
        world.resource::<Mind>().0.epsilon(),
    )
}

/// Says how a run ended and where it is.
pub fn report(conclusion: &Conclusion) {
    let summary = &conclusion.summary;
    let (steps, seconds) = (summary.steps, summary.seconds);
    let reason = match summary.ended {
        "finished" => "Finished",
        "interrupted" => "Interrupted",
        "closed" => "Closed",
        _ => "Time is up",
    };
    outln!(
        "{reason} after {steps} steps in {seconds:.1} s ({:.0} steps/s), {} episodes, {} collapses",
        steps as f64 / seconds.max(1e-9),
        summary.episodes,
        summary.collapses
    );
    if let Some(folder) = &conclusion.folder {
        if let Some(checkpoint) = &summary.checkpoint {
            outln!("Saved {}", folder.join(checkpoint).display());
        }
        let built_in = SCENARIOS.iter().any(|(name, _)| *name == summary.scenario);
        let scenario = if built_in { summary.scenario.as_str() } else { "FILE" };
        outln!("Compare: resonetics evaluate --policy patrol,pilot:{} --scenario {scenario}", folder.display());
    }
}
