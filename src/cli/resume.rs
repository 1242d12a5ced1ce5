//! `--resume RUN`: continues a run exactly, in its folder.

use super::CliError;
use super::options::RunOptions;
use crate::bounded;
use crate::settings::{MAY_CHANGE, Settings};
use crate::simulation::{CommandScript, Simulation, largest_state};
use crate::storage::{InterruptedRun, RecordError, RunFolder};
use std::path::Path;

/// The largest recorded table of commands, in bytes, that is compared with the commands to repeat.
const LARGEST_COMMANDS: u64 = 32 << 20;

/// A run to continue, its folder not changed yet.
pub struct ResumeTarget {
    interrupted: InterruptedRun,
    keep: usize,
    /// Whether `run.steps` was changed.
    pub extended: bool,
}

/// Opens the run in folder `path` and applies what the options change. Nothing in the folder changes.
///
/// # Errors
/// A folder that is not a run or is in use, a checkpoint that cannot be resumed, a setting that may not change.
pub fn open(
    path: &Path,
    options: &RunOptions,
    [policy, against]: &[&Option<String>; 2],
) -> Result<(Simulation, ResumeTarget), CliError> {
    let interrupted = InterruptedRun::open(path, largest_state)?;
    let before = interrupted.found.as_ref().map_or(&interrupted.settings, |found| &found.checkpoint.settings);
    let mut settings = before.clone();
    options.apply(&mut settings)?;
    for (named, setting) in [(policy, &mut settings.run.policy), (against, &mut settings.run.against)] {
        named.iter().for_each(|name| name.clone_into(setting));
    }
    settings.check(None)?;
    check(path, before, &settings)?;
    let extended = settings.run.steps != before.run.steps;
    for warning in &interrupted.warnings {
        eprintln!("resonetics: skipped: {warning}");
    }
    let (clusters, keep) = (settings.run.clusters, settings.run.keep_checkpoints);
    let mut simulation = Simulation::prepare(settings, clusters)?;
    if let Some(found) = &interrupted.found {
        simulation = simulation.resume(found)?;
    }
    Ok((simulation, ResumeTarget { interrupted, keep, extended }))
}

fn check(path: &Path, before: &Settings, now: &Settings) -> Result<(), CliError> {
    let changed = now.changed_since(before);
    let Some(refused) = changed.iter().find(|difference| !difference.is_allowed()) else { return Ok(()) };
    Err(CliError::BadInput(format!(
        "{} is \"{}\" in {} and cannot become \"{}\": that would be another run. A resumed run may change {}",
        refused.path,
        refused.before,
        path.display(),
        refused.now,
        MAY_CHANGE.join(", ")
    )))
}

impl ResumeTarget {
    /// Ticks done so far.
    pub fn ticks(&self) -> u64 {
        self.interrupted.found.as_ref().map_or(0, |found| found.state.positions.ticks)
    }

    /// The commands to repeat, if any are named, without those that the run has recorded already.
    ///
    /// # Errors
    /// A table that cannot be repeated, or that differs from what the run has repeated so far.
    pub fn script(&self, options: &RunOptions, settings: &Settings) -> Result<Option<CommandScript>, CliError> {
        let Some(path) = &options.commands else { return Ok(None) };
        if self.extended {
            let problem = "--steps cannot be combined with --commands, which sets the length of the run";
            return Err(CliError::BadInput(problem.to_owned()));
        }
        let Some(found) = &self.interrupted.found else { return options.script(settings) };
        let table = self.interrupted.folder.path().join("commands.csv");
        let mut recorded = bounded::read(&table, LARGEST_COMMANDS).map_err(RecordError::io("read", &table))?;
        let [_, _, commands] = found.state.positions.tables;
        recorded.truncate(usize::try_from(commands.bytes).unwrap_or(usize::MAX));
        Ok(Some(CommandScript::load_after(path, settings, &recorded, self.ticks())?))
    }

    /// Removes what was recorded after the checkpoint and prints where the run continues.
    ///
    /// # Errors
    /// An I/O error.
    pub fn resume(self) -> Result<RunFolder, CliError> {
        let InterruptedRun { mut folder, found, .. } = self.interrupted;
        folder.keep(self.keep);
        let path = folder.path().display().to_string();
        match &found {
            Some(found) => {
                folder.rewind(Some(&found.state.positions))?;
                let file = found.path.file_name().unwrap_or_default().to_string_lossy();
                eprintln!("Resuming {path} from {file}, {} steps", found.checkpoint.model.steps);
            }
            None => {
                folder.rewind(None)?;
                eprintln!("{path} ended before its first checkpoint: starting again");
            }
        }
        Ok(folder)
    }
}
