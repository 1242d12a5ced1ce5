//! `resonetics inspect`: what a file is, and whether it is intact.

use super::CliError;
use super::output::outln;
use crate::inspect::inspect;
use crate::storage::RecordError;
use clap::Args;
use std::path::PathBuf;

/// InspectOptions of the inspection.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics inspect runs/first                         a run folder: every file in it, and its newest checkpoint
  resonetics inspect first.rsnt                         a checkpoint: networks, steps, scenario, seed
  resonetics inspect resonetics_final.pt                a checkpoint of the older Python program; no code in it is run
  resonetics inspect runs/first/episodes.csv load.csv   tables and traces

Files are recognised by content, not by name: checkpoints, black boxes, settings, scenarios, studies, searches and layouts in
RON, all tables, summaries, reports, pictures with their state, traces; and folders of a run, of runs, of a study or of a
search. The exit code is 0 if all are intact, and 2 if one is not or is unknown.")]
pub struct InspectOptions {
    /// Files, or folders of runs, studies and searches
    #[arg(value_name = "FILE|RUN", required = true)]
    files: Vec<PathBuf>,
}

/// Prints what each file is.
///
/// # Errors
/// The files that are damaged or unknown, each with its problem.
pub fn run(options: &InspectOptions) -> Result<(), CliError> {
    let mut troubles = Vec::new();
    for path in &options.files {
        let findings = inspect(path).map_err(RecordError::io("read", path))?;
        outln!("{}: {findings}", path.display());
        if let Some(trouble) = findings.trouble {
            let named = trouble.contains(&path.display().to_string());
            troubles.push(if named { trouble } else { format!("{}: {trouble}", path.display()) });
        }
    }
    if troubles.is_empty() { Ok(()) } else { Err(CliError::BadInput(troubles.join("\nresonetics: "))) }
}
