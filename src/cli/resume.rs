//! `--resume RUN` continues a run exactly, in its folder; `--resume-or-start` does if there is one.

use super::CliError;
use super::options::RunOptions;
use super::output::errln;
use crate::bounded;
use crate::settings::{MAY_CHANGE, Settings};
use crate::simulation::{CommandScript, Simulation, SimulationError, largest_state};
use crate::storage::{InterruptedRun, RecordError, RunFolder};
use crate::trace::TraceError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The largest recorded table of commands, in bytes, that is compared with the commands to repeat.
const LARGEST_COMMANDS: u64 = 32 << 20;

/// A run to continue, its folder not changed yet.
pub struct ResumeTarget {
    interrupted: InterruptedRun,
    keep: usize,
    /// Whether `run.steps` was changed.
    pub extended: bool,
}

/// Prepares the run that the options describe, and finds the folder in which it goes on, if it does. `policies` are the policy
/// to watch and its opponent. Nothing in the folder changes.
///
/// # Errors
/// Invalid options; a folder that is not a run or is in use, a checkpoint that cannot be resumed, a setting that may not
/// change.
pub fn prepare(
    options: &RunOptions,
    [policy, against]: [&Option<String>; 2],
    default_clusters: usize,
) -> Result<(Simulation, Option<ResumeTarget>), CliError> {
    let name_policies = |settings: &mut Settings| {
        for (named, setting) in [(policy, &mut settings.run.policy), (against, &mut settings.run.against)] {
            named.iter().for_each(|name| name.clone_into(setting));
        }
    };
    if let Some(path) = &options.resume {
        let (simulation, target) = open(path, |settings, _| {
            let before = settings.clone();
            options.apply(settings)?;
            name_policies(settings);
            check(path, &before, settings)
        })?;
        return Ok((simulation, Some(target)));
    }
    let mut settings = options.settings()?;
    name_policies(&mut settings);
    let simulation = Simulation::prepare(settings, default_clusters)?;
    let begun = |path: &&PathBuf| options.resume_or_start && path.join("settings.ron").is_file();
    let Some(path) = options.out.as_ref().filter(begun) else { return Ok((simulation, None)) };
    let given = simulation.settings();
    let (simulation, target) = open(path, |settings, begun| {
        check(path, begun, given)?;
        // What was changed while the run went on stays, unless these options change it anew.
        let mut changed = given.changed_since(begun).into_iter();
        Ok(changed.try_for_each(|difference| settings.assign(&difference.path, &difference.now))?)
    })?;
    Ok((simulation, Some(target)))
}

/// Opens the run in folder `path`. `change` is given the settings of its checkpoint to change, and those with which it began.
fn open(
    path: &Path,
    change: impl FnOnce(&mut Settings, &Settings) -> Result<(), CliError>,
) -> Result<(Simulation, ResumeTarget), CliError> {
    let interrupted = InterruptedRun::open(path, largest_state)?;
    let before = interrupted.found.as_ref().map_or(&interrupted.settings, |found| &found.checkpoint.settings);
    let mut settings = before.clone();
    change(&mut settings, &interrupted.settings)?;
    settings.check(None)?;
    let extended = settings.run.steps != before.run.steps;
    for warning in &interrupted.warnings {
        errln!("resonetics: skipped: {warning}");
    }
    let (clusters, keep) = (settings.run.clusters, settings.run.keep_checkpoints);
    let moved = settings.trace.file == before.trace.file;
    let mut simulation = Simulation::prepare(settings, clusters).map_err(|error| match error {
        SimulationError::Trace(TraceError::Unreadable { kind: ErrorKind::NotFound, .. }) if moved => {
            CliError::BadInput(format!(
                "{error}; if the trace of this run lies elsewhere now, name its place with --trace PATH"
            ))
        }
        error => error.into(),
    })?;
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
    /// The folder of the run.
    pub fn path(&self) -> &Path {
        self.interrupted.folder.path()
    }

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
                errln!("Resuming {path} from {file}, {} steps", found.checkpoint.model.steps);
            }
            None => {
                folder.rewind(None)?;
                errln!("{path} ended before its first checkpoint: starting again");
            }
        }
        Ok(folder)
    }
}
