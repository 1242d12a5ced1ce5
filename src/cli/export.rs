//! `resonetics export`: writes the networks of a run to a small file, as a checkpoint or as safetensors for other programs.

use super::CliError;
use super::force::ForceOption;
use super::output::{errln, outln};
use crate::storage::{Checkpoint, RecordError};
use clap::Args;
use std::path::PathBuf;

/// ExportOptions of an export.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics export runs/first --out first.rsnt
  resonetics export runs/first/checkpoints/step-000000100000.rsnt --out early.rsnt
  resonetics export runs/first --out first.safetensors   for PyTorch and other programs: named tensors, metadata
  resonetics export resonetics_final.pt --out old.rsnt   from the older Python program; no code in it is run

The file is a policy: evaluate --policy pilot:first.rsnt plays it, and --policy pilot:first.rsnt without a command shows
it in the window.")]
pub struct ExportOptions {
    /// A run folder, whose newest checkpoint is taken, or a checkpoint
    #[arg(value_name = "RUN|FILE")]
    from: PathBuf,
    /// The file to write; a name in .safetensors selects that format, any other writes a checkpoint
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceOption,
}

/// Writes the weights that evaluations use, with the settings they were trained under.
///
/// # Errors
/// An unusable checkpoint, or a file that cannot be written or exists.
pub fn run(options: &ExportOptions) -> Result<(), CliError> {
    let file = options.force.file(&options.out)?;
    let (checkpoint, warnings) = Checkpoint::load_intact(&options.from)?;
    warnings.iter().for_each(|warning| errln!("resonetics: {warning}"));
    let checkpoint = checkpoint.for_acting();
    let shared =
        options.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(Checkpoint::SAFETENSORS));
    if shared {
        file.write(&checkpoint.to_safetensors())?
    } else {
        file.write_checkpoint(&checkpoint, None)?
    }
    let size = options.out.metadata().map_err(RecordError::io("read", &options.out))?.len();
    outln!("Written to {} ({size} bytes)", options.out.display());
    Ok(())
}
