//! `--resume RUN`: a run that was ended goes on in its folder, exactly.

use super::CliError;
use super::options::RunOptions;
use crate::bounded;
use crate::settings::{MAY_CHANGE, Settings};
use crate::simulation::{CommandScript, Simulation, largest_state};
use crate::storage::{InterruptedRun, RecordError, RunFolder};
use std::path::Path;

/// Larger tables of commands are not compared with those to repeat.
const LARGEST_COMMANDS: u64 = 32 << 20;

/// The place where a run goes on: its folder, still as it was found.
pub struct ResumeTarget {
    interrupted: InterruptedRun,
    keep: usize,
    /// Whether `run.steps` is another than it was.
    pub extended: bool,
}

/// Opens the run in folder `path` and applies what the options change. Nothing in the folder changes.
///
/// # Errors
/// A folder that is no run or in use, a checkpoint that cannot be gone on from, a setting that may not change.
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
        eprintln!("resonetics: passed over: {warning}");
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
        "{} is \"{}\" in {} and cannot become \"{}\": it would be another run. What may change when a run goes on: {}",
        refused.path,
        refused.before,
        path.display(),
        refused.now,
        MAY_CHANGE.join(", ")
    )))
}

impl ResumeTarget {
    /// Ticks that the run has done.
    pub fn ticks(&self) -> u64 {
        self.interrupted.found.as_ref().map_or(0, |found| found.state.positions.ticks)
    }

    /// What is left of the commands to repeat, if any are named: those that the run has recorded are done.
    ///
    /// # Errors
    /// A table that cannot be repeated, or another one than the run has repeated so far.
    pub fn script(&self, options: &RunOptions, settings: &Settings) -> Result<Option<CommandScript>, CliError> {
        let Some(path) = &options.commands else { return Ok(None) };
        if self.extended {
            let problem = "--steps makes this another run than that of --commands, which tells its own length";
            return Err(CliError::BadInput(problem.to_owned()));
        }
        let Some(found) = &self.interrupted.found else { return options.script(settings) };
        let place = self.interrupted.folder.path().join("commands.csv");
        let mut recorded = bounded::read(&place, LARGEST_COMMANDS).map_err(RecordError::io("read", &place))?;
        let [_, _, commands] = found.state.positions.tables;
        recorded.truncate(usize::try_from(commands.bytes).unwrap_or(usize::MAX));
        Ok(Some(CommandScript::load_after(path, settings, &recorded, self.ticks())?))
    }

    /// Cuts off the rows that will be written again, and says where the run goes on.
    ///
    /// # Errors
    /// What the system refused.
    pub fn go_on(self) -> Result<RunFolder, CliError> {
        let InterruptedRun { mut folder, found, .. } = self.interrupted;
        folder.keep(self.keep);
        let path = folder.path().display().to_string();
        match &found {
            Some(found) => {
                folder.rewind(Some(&found.state.positions))?;
                let file = found.path.file_name().unwrap_or_default().to_string_lossy();
                eprintln!("Going on with {path} from {file}, {} steps", found.checkpoint.model.steps);
            }
            None => {
                folder.rewind(None)?;
                eprintln!("{path} was ended before its first checkpoint: it begins anew");
            }
        }
        Ok(folder)
    }
}
