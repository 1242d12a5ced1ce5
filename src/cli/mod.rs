//! The command line: one file per command.
//!
//! Owns the arguments, the progress displays and the exit codes; the other rooms do the work.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "visual")]
mod display_loss;
mod environments;
mod error;
mod evaluate;
mod export;
mod force;
mod forecast;
mod inspect;
mod options;
mod output;
#[cfg(test)]
mod pictures;
#[cfg(feature = "visual")]
mod probe;
mod progress;
mod replay;
#[cfg(feature = "visual")]
mod replay_window;
mod resume;
mod settings;
mod stop;
mod study;
mod train;
mod tune;
#[cfg(feature = "visual")]
mod window;

pub use error::CliError;

use crate::bounded::printable;
use clap::{Args, Parser, Subcommand};
use error::Ending;
use force::ForceOption;
use options::RunOptions;
use output::errln;
use std::path::PathBuf;
use std::process::ExitCode;

/// A living cluster that an AI learns to keep alive, in front of your eyes.
///
/// Without a command it opens the window and starts learning at once. On a machine without a display it runs the same
/// training in the terminal.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Cli {
    #[command(subcommand)]
    command: Option<CliCommand>,
    #[command(flatten)]
    window: WindowOptions,
}

const EXAMPLES: &str = "\
Examples:
  resonetics                                             watch an agent learn on the scenario `default`
  resonetics --scenario rush-hour --speed max            another scenario, as fast as the machine allows
  resonetics --trace load.csv                            the same under your own load
  resonetics --policy pilot:builtin                      watch a trained agent; nothing is learned
  resonetics train --steps 300000 --out runs/first       train without a window
  resonetics --policy pilot:builtin --against heuristic  two policies side by side on the same episodes
  resonetics evaluate --policy patrol,pilot:runs/first   compare what it learned with a scripted policy
  resonetics settings                                    every setting with its range and default";

/// The exit codes, for the help.
const EXIT_CODES: &str = "\
Exit codes:
  0    done; closing the window is an ordinary end
  1    failed: the system refused, or an episode that was replayed is another one
  2    wrong input; nothing is half done
  75   saved and ended before it was done, by a signal or --max-runtime: it can go on from there
  130  ended at once by a second Ctrl-C

Ctrl-C, SIGTERM and SIGHUP (unless nohup ignores it) save a run and end it. SIGUSR1 saves a checkpoint, and the run goes on.";

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Train without a window, at full speed.
    #[command(after_help = train::EXAMPLES)]
    Train(RunOptions),
    /// Play episodes with policies and compare them.
    Evaluate(evaluate::EvaluateOptions),
    /// Write what a run learned to a small file of its own.
    Export(export::ExportOptions),
    /// Show what a file is, what is in it and whether it is intact.
    Inspect(inspect::InspectOptions),
    /// Replay the black box of a collapse: watch it in the window, verify it, or write a report.
    Replay(replay::ReplayOptions),
    /// Train many variants over several seeds and compare them.
    #[command(after_help = study::EXAMPLES)]
    Study(study::StudyOptions),
    /// Search for the settings that an agent learns best with.
    Tune(tune::TuneOptions),
    /// List every setting with its default, range and unit.
    Settings(settings::SettingsOptions),
    /// Report by the exit code whether a window can be opened here.
    #[cfg(feature = "visual")]
    #[command(hide = true, name = probe::ARGUMENT)]
    ProbeDisplay,
}

/// Options of the window.
#[derive(Debug, Clone, Args)]
struct WindowOptions {
    #[command(flatten)]
    run: RunOptions,
    /// Watch a policy without learning: pilot:builtin (the model that ships for the scenario), pilot:PATH, or a scripted one
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// Compare it with another policy: both play the same episodes side by side, in step
    #[arg(long, value_name = "NAME", requires = "policy")]
    against: Option<String>,
    /// Speed at the start: a multiple of 10 ticks per second, or `max`
    #[arg(long, value_name = "X", value_parser = options::speed)]
    speed: Option<f64>,
    /// Colours at the start: combined, cpu, drift, priority or time-left
    #[arg(long, value_name = "NAME")]
    mode: Option<String>,
    /// Camera at the start: orbit, top, follow or fly
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// The cluster in focus at the start, counted from 0
    #[arg(long, value_name = "K")]
    focus: Option<usize>,
    /// Width and height of the window at the start, in logical pixels [default: 1280x720]
    #[arg(long, value_name = "WxH", value_parser = options::size)]
    size: Option<(u32, u32)>,
    /// Save a picture of the window to this PNG file and exit; the state of the cells goes into FILE.json
    #[arg(long, value_name = "FILE", requires = "at_tick", conflicts_with = "film")]
    screenshot: Option<PathBuf>,
    /// Save an animated GIF of the window to this file and exit
    #[arg(long, value_name = "FILE", requires = "at_tick")]
    film: Option<PathBuf>,
    /// Length of the film in ticks
    #[arg(long, value_name = "N", default_value_t = 40, requires = "film", value_parser = clap::value_parser!(u32).range(1..=1000))]
    film_ticks: u32,
    #[command(flatten)]
    force: ForceOption,
    /// The tick after which the picture is taken or the film begins
    #[arg(long, value_name = "N")]
    at_tick: Option<u64>,
}

/// Parses the arguments, runs the command, prints errors, and returns the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // What these commands are for is what they print, so it must arrive; the others leave files behind.
    let printed = |outcome: Result<(), CliError>| match output::refusal() {
        Some(refusal) => outcome.and(Err(CliError::Failed(refusal))),
        None => outcome.map(|()| Ending::Done),
    };
    let outcome = match cli.command {
        Some(CliCommand::Train(options)) => train::run(&options),
        Some(CliCommand::Evaluate(options)) => printed(evaluate::run(&options)),
        Some(CliCommand::Export(options)) => export::run(&options).map(|()| Ending::Done),
        Some(CliCommand::Inspect(options)) => printed(inspect::run(&options)),
        Some(CliCommand::Replay(options)) => printed(replay::run(&options)),
        Some(CliCommand::Study(options)) => study::run(&options),
        Some(CliCommand::Tune(options)) => tune::run(&options),
        Some(CliCommand::Settings(options)) => printed(settings::run(&options)),
        #[cfg(feature = "visual")]
        Some(CliCommand::ProbeDisplay) => return probe::run(),
        None => watch(cli.window),
    };
    match outcome {
        Ok(ending) => ending.into(),
        Err(failure) => {
            errln!("resonetics: {}", printable(&failure.to_string(), 20_000));
            failure.exit_code()
        }
    }
}

#[cfg(feature = "visual")]
fn watch(options: WindowOptions) -> Result<Ending, CliError> {
    window::run(options)
}

#[cfg(not(feature = "visual"))]
fn watch(options: WindowOptions) -> Result<Ending, CliError> {
    if let Some(policy) = options.policy {
        let policy = [policy].into_iter().chain(options.against).collect::<Vec<_>>().join(",");
        let sentence =
            format!("this build has no window: `resonetics evaluate --policy {policy}` plays it in the terminal");
        return Err(CliError::BadInput(sentence));
    }
    if options.screenshot.is_some() || options.film.is_some() {
        return Err(CliError::BadInput("this build has no window for pictures (feature `visual` is off)".to_owned()));
    }
    errln!("This build has no window (feature `visual` is off): training in the terminal instead.");
    train::run(&options.run)
}
