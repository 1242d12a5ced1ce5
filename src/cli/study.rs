//! `resonetics study`: many trainings and their evaluations as one command that can be interrupted and repeated.

use super::error::{CliError, Ending};
use super::options::{duration, shell_command};
use super::output::{errln, out, outln};
use super::progress::Progress;
use super::{stop, train};
use crate::study::{Plan, StudyFolder, run_study, summary};
use clap::Args;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

/// StudyOptions of a study.
#[derive(Debug, Args)]
pub struct StudyOptions {
    /// A built-in study (pilot, fear, models) or a RON file: about, scenarios, seeds, settings, set, variants, policies, evaluation
    #[arg(value_name = "NAME|FILE")]
    study: String,
    /// Folder of the study; a folder of the same study is continued [default: runs/study-NAME]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Trainings in parallel, each on one thread; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// End after this time, such as 30m or 2h, with exit code 75 if the study was not done by then
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_runtime: Option<Duration>,
}

/// Examples for the help.
pub const EXAMPLES: &str = "\
Examples:
  resonetics study pilot --out runs/pilot-study
  resonetics study mine.ron --threads 8

A study file:
  (
      about: \"Does a longer look ahead pay?\",
      scenarios: [\"default\", \"cascade\"],     // built-in names, RON files, or \"all\"
      seeds: [101, 102, 103],                  // of the trainings
      settings: \"v13\",                         // what all start from: a profile or a file (optional)
      set: { \"run.steps\": \"300000\" },          // common to all variants, as with --set (optional)
      variants: [                              // differences are relative to the first
          (name: \"gamma 0.97\"),
          (name: \"gamma 0.99\", set: { \"pilot.gamma\": \"0.99\" }),
      ],
      policies: [\"patrol\"],                    // scripted policies beside them (optional)
      evaluation: (episodes: 1000, seed: 5000000),
  )

The folder gets an ordinary run folder per scenario, variant and seed, results.csv with a row for each, and summary.md.
Ctrl-C and --max-runtime end the study after the tick in progress; the same command continues it. A training that was cut
off begins again, so a limit must be longer than a training.";

/// Runs the study and prints its summary.
///
/// # Errors
/// An invalid study file or folder, or files that could not be written.
pub fn run(options: &StudyOptions) -> Result<Ending, CliError> {
    let plan = Plan::load(&options.study, train::CLUSTERS)?;
    let traces = plan.import_traces()?;
    stop::listen();
    let limit = stop::RuntimeLimit::new(options.max_runtime.unwrap_or_default());
    let folder = StudyFolder::open(&folder_path(options), &plan.study)?;
    let threads = options.threads.map_or_else(|| available_parallelism().map_or(1, usize::from), |n| n as usize);
    let trainings = plan.jobs.iter().filter(|job| job.settings().is_some()).count();
    errln!("Study of {trainings} trainings, {threads} in parallel, in {}", folder.path().display());
    let mut progress = None;
    let outcome = run_study(
        &plan,
        &traces,
        &folder,
        threads,
        || stop::interrupted() || limit.reached(),
        |rows, done, total| {
            let progress = progress.get_or_insert_with(|| Progress::new(total, "steps"));
            progress.update(done, || format!("{rows} of {} rows of results.csv", plan.jobs.len()));
        },
    )?;
    if let Some(progress) = progress {
        progress.finish();
    }
    let mut collapsed = HashMap::new();
    for job in plan.jobs.iter().filter(|job| outcome.rows.contains_key(&job.key)) {
        if let Some(episodes) = folder.collapsed(job, plan.study.evaluation.episodes)? {
            collapsed.insert(job.key.clone(), episodes);
        }
    }
    // Folder and threads are left out of the command: the results do not depend on them.
    let text = summary(&shell_command(["study", &options.study]), &plan, &outcome.rows, &collapsed);
    let path = folder.write_summary(&text)?;
    out!("{text}");
    outln!("\nWritten to {} and {}", path.display(), path.with_file_name("results.csv").display());
    if !outcome.complete {
        outln!("Interrupted: repeat the command to continue.");
    }
    Ok(Ending::of(outcome.complete))
}

/// The folder of the study: the one named, or one below `runs/` named after the file.
fn folder_path(options: &StudyOptions) -> PathBuf {
    options.out.clone().unwrap_or_else(|| {
        let name = Path::new(&options.study).file_stem().unwrap_or_default().to_string_lossy();
        Path::new("runs").join(format!("study-{name}"))
    })
}
