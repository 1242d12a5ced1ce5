//! `resonetics train`: the schedule in a loop, at full speed, without a window.

use super::environments;
use super::error::{CliError, Ending};
use super::options::{RunOptions, shell_command};
use super::output::{errln, outln};
use super::progress::Progress;
use super::resume;
use super::stop::{self, RuntimeLimit};
use crate::settings::Settings;
use crate::simulation::{
    self, ActiveLearner, ActiveSettings, CommandScript, ManualControl, RunEnd, RunNotice, RunStats, RunWriter,
    Simulation,
};
use crate::storage::RunFolder;
use crate::trace::counted;
use bevy_app::App;
use bevy_ecs::world::World;
use std::path::Path;
use std::time::Duration;

/// Clusters of a training unless `run.clusters` says otherwise.
pub const CLUSTERS: usize = 16;

/// Examples for the help.
pub const EXAMPLES: &str = "\
Examples:
  resonetics train --steps 300000 --seed 1 --out runs/first
  resonetics train --resume runs/first
  resonetics train --resume runs/first --steps 600000
  resonetics train --scenario cascade --out runs/night --resume-or-start   the same command begins, goes on, and is done
  resonetics train --settings runs/first/settings.ron --commands runs/first/commands.csv
  resonetics train --scenario rush-hour --clusters 32 --max-runtime 30m
  resonetics train --trace load.csv --set trace.steps_per_row=5
  resonetics train --settings v13 --scenario classic
  resonetics train --agent qtable --scenario classic --set qtable.learning_rate=0.05";

/// Trains as the options say.
///
/// # Errors
/// Invalid options, or a run that could not be recorded.
pub fn run(options: &RunOptions) -> Result<Ending, CliError> {
    let (simulation, target) = resume::prepare(options, [&None, &None], CLUSTERS)?;
    let Some(target) = target else {
        let script = options.script(simulation.settings())?;
        stop::listen();
        let folder = options.folder(simulation.settings())?;
        return train(simulation, folder, options.ticks, false, script);
    };
    let (done, last) = (target.ticks(), last_tick(simulation.settings(), options.ticks));
    // Commands to repeat may extend it.
    if done >= last && options.commands.is_none() && target.path().join("summary.json").exists() {
        outln!("{} is finished: {done} ticks are done; --steps extends it", target.path().display());
        return Ok(Ending::Done);
    }
    stop::listen();
    let extended = target.extended;
    let script = target.script(options, simulation.settings())?;
    train(simulation, target.resume()?, options.ticks, extended, script)
}

/// The last tick of the run: the one asked for, or the one that completes its steps.
fn last_tick(settings: &Settings, ticks: Option<u64>) -> u64 {
    ticks.unwrap_or_else(|| settings.run.steps.div_ceil(settings.run.clusters as u64))
}

/// Prints how many commands are repeated, and which are not.
pub fn announce(script: &CommandScript) {
    let path = script.path().display();
    errln!("Repeating {} of {path}", counted(script.left(), "command"));
    if script.outside() > 0 {
        errln!("Of these, {} wrote files elsewhere: they are recorded but not repeated", script.outside());
    }
    if script.is_cut() {
        errln!("The last line of {path} is incomplete and is skipped");
    }
}

/// Runs a prepared simulation to its end in the terminal. If it was extended, `commands.csv` records that.
///
/// # Errors
/// A run that could not be recorded, or a command that could not be repeated.
pub fn train(
    simulation: Simulation,
    folder: RunFolder,
    ticks: Option<u64>,
    extended: bool,
    script: Option<CommandScript>,
) -> Result<Ending, CliError> {
    if let Some(report) = &simulation.report {
        errln!("{report}");
    }
    let settings = simulation.settings().clone();
    let clusters = settings.run.clusters as u64;
    let mut planned = settings.clone();
    planned.run.steps = script.as_ref().and_then(CommandScript::steps).unwrap_or(planned.run.steps);
    errln!(
        "Training on {} with {}, seed {}, into {}",
        settings.cluster.name,
        counted(settings.run.clusters, "cluster"),
        settings.run.seed,
        folder.path().display()
    );
    let limit = RuntimeLimit::new(Duration::from_secs_f64(settings.run.max_runtime));
    let mut app = App::empty();
    simulation::plugin(&mut app);
    let world = app.world_mut();
    simulation.start(world, Some(folder));
    if extended {
        simulation::record_steps(world);
    }
    match script {
        Some(script) => {
            announce(&script);
            world.insert_resource(script);
        }
        None if world.resource::<ManualControl>().drive().is_some() => {
            errln!("A person was driving; without a window the agent drives itself to the end of the episode");
        }
        None => {}
    }
    let mut progress = Progress::new(last_tick(&planned, ticks) * clusters, "steps")
        .after(world.resource::<RunStats>().ticks * clusters);
    let mut refused = None;
    let ended = loop {
        if let Err(problem) = simulation::repeat(world) {
            refused = Some(problem);
            break "refused";
        }
        let done = world.resource::<RunStats>().ticks;
        if done >= last_tick(&world.resource::<ActiveSettings>().0, ticks) {
            break "finished";
        }
        if stop::interrupted() {
            break "interrupted";
        }
        if limit.reached() {
            break "max-runtime";
        }
        // If it cannot be written, a notice says so.
        if stop::save_requested()
            && let Some(checkpoint) = simulation::save_checkpoint(world)
        {
            progress.print(&format!("Saved {}", checkpoint.display()));
        }
        simulation::tick(world);
        let mut run_writer = world.resource_mut::<RunWriter>();
        match run_writer.take_notice() {
            Some(RunNotice::Trouble(problem)) => {
                progress.print(&format!("resonetics: {problem}; training continues, and the rows wait in memory"));
            }
            Some(RunNotice::Recovered) => progress.print("resonetics: all rows that waited are written"),
            Some(RunNotice::Note(message)) => progress.print(&format!("resonetics: {message}")),
            None => {}
        }
        if run_writer.is_full() {
            break "trouble";
        }
        progress.update((done + 1) * clusters, || progress_message(world));
    };
    progress.finish();
    if let Some(script) =
        world.get_resource::<CommandScript>().filter(|script| ended == "finished" && script.left() > 0)
    {
        let (left, path) = (script.left(), script.path().display());
        errln!("The run ended before its commands: {left} of {path} were not executed");
    }
    report(&simulation::shut_down(world, ended)?);
    if let Some(problem) = refused {
        return Err(CliError::BadInput(problem));
    }
    if ended == "trouble" {
        let problem = "too many rows had to wait for the disk; they are written now, and --resume goes on";
        return Err(CliError::Failed(problem.to_owned()));
    }
    Ok(Ending::of(ended == "finished"))
}

/// The figures beside the progress bar.
fn progress_message(world: &World) -> String {
    let stats = world.resource::<RunStats>();
    let settings = &world.resource::<ActiveSettings>().0;
    let survival = stats.recent_survival().unwrap_or(0.0);
    format!(
        "survival {survival:.0}/{}, collapses {:.0}%, risk {:.0}%, epsilon {:.2}",
        settings.cluster.max_steps,
        100.0 * stats.recent_collapse_rate().unwrap_or(0.0),
        100.0 * stats.risk,
        world.resource::<ActiveLearner>().0.exploration(settings).epsilon(),
    )
}

/// Prints how a run ended and where it is.
pub fn report(run_end: &RunEnd) {
    let summary = &run_end.summary;
    let (steps, seconds) = (summary.steps, summary.seconds);
    let reason = match summary.ended {
        "finished" => "Finished",
        "interrupted" => "Interrupted",
        "closed" => "Closed",
        "trouble" => "Ended by trouble",
        "refused" => "Ended by a command that cannot be done",
        _ => "Time is up",
    };
    outln!(
        "{reason} after {steps} steps in {seconds:.1} s ({:.0} steps/s), {} episodes, {} collapses",
        steps as f64 / seconds.max(1e-9),
        summary.episodes,
        summary.collapses
    );
    if let Some(folder) = &run_end.folder {
        if let Some(checkpoint) = &summary.checkpoint {
            outln!("Saved {}", folder.join(checkpoint).display());
        }
        if let Some(command) = comparison(folder, &run_end.settings) {
            outln!("Compare: {command}");
        }
    }
}

/// The command that compares what was trained with a scripted policy, in the world of the run. `None` if the folder has a
/// name that cannot be typed.
fn comparison(folder: &Path, settings: &Settings) -> Option<String> {
    let pilot = format!("pilot:{}", folder.to_str()?);
    let policies = match pilot.contains(',') {
        true => vec!["patrol".to_owned(), "--policy".to_owned(), pilot],
        false => vec![format!("patrol,{pilot}")],
    };
    let world = environments::options_of(settings).ok()?;
    let words = ["evaluate", "--policy"].into_iter().chain(policies.iter().chain(&world).map(String::as_str));
    Some(shell_command(words))
}
