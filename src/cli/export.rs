//! `resonetics export`: a small file of what a run learned, for acting and forecasting only: a checkpoint, or safetensors for
//! other programs.

use super::CliError;
use super::stdout::outln;
use crate::storage::{Checkpoint, RecordError};
use clap::Args;
use std::path::PathBuf;

/// Options of an export.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics export runs/first --out first.rsnt
  resonetics export runs/first/checkpoints/step-000000100000.rsnt --out early.rsnt
  resonetics export runs/first --out first.safetensors   for PyTorch and other programs: tensors by name, metadata
  resonetics export resonetics_final.pt --out old.rsnt   from the older Python program; nothing in the file is run

Wherever a policy is asked for, pilot:first.rsnt is it: evaluate --policy pilot:first.rsnt plays it, and
--policy pilot:first.rsnt without a command shows it in the window.")]
pub struct Options {
    /// A run folder, whose newest checkpoint is taken, or a checkpoint
    #[arg(value_name = "RUN|FILE")]
    from: PathBuf,
    /// The file to write, which must not exist yet; one that ends in .safetensors is of that format, others are checkpoints
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the weights that evaluations use, with the settings they were trained under.
///
/// # Errors
/// An unusable checkpoint, a file that exists, or one that could not be written.
pub fn run(options: &Options) -> Result<(), CliError> {
    let checkpoint = Checkpoint::load(&options.from)?.for_acting();
    if options.out.exists() {
        let sentence = format!("{} exists, and nothing is overwritten: name another file", options.out.display());
        return Err(CliError::BadInput(sentence));
    }
    let shared =
        options.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(Checkpoint::SAFETENSORS));
    if shared {
        checkpoint.save_safetensors(&options.out)?
    } else {
        checkpoint.save(&options.out)?
    }
    let size = options.out.metadata().map_err(RecordError::io("read", &options.out))?.len();
    outln!("Written to {} ({size} bytes)", options.out.display());
    Ok(())
}
