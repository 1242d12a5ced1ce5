//! The end of a run: its last checkpoint and its summary.

use crate::settings::Settings;
use crate::simulation::lifecycle::run_writer::{RunWriter, checkpoint};
use crate::simulation::{ActiveLearner, ActiveSettings, RunStats, save_checkpoint};
use crate::storage::{RecordError, Summary, folder_name};
use bevy_ecs::world::{Mut, World};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// Its folder, if it had one.
    pub folder: Option<PathBuf>,
    /// Its settings at the end.
    pub settings: Settings,
    /// Its summary.
    pub summary: Summary,
}

/// Saves the last checkpoint and `summary.json`; `ended` says why the run ends. If the run folder cannot be written, the whole
/// run is saved elsewhere, so that it can be resumed from there.
///
/// # Errors
/// What could not be written, and where the run is saved instead.
pub fn shut_down(world: &mut World, ended: &'static str) -> Result<RunEnd, RecordError> {
    let checkpoint = save_checkpoint(world);
    let mut run_writer = world.resource_mut::<RunWriter>();
    // Earlier errors may be resolved by now.
    let before = run_writer.take_trouble();
    run_writer.flush();
    let folder = run_writer.folder().map(Path::to_owned);
    let trouble = run_writer.take_trouble();
    let settings = world.resource::<ActiveSettings>().0.clone();
    if let Some(folder) = &folder {
        if checkpoint.is_none() || trouble.is_some() {
            let refused = || RecordError::io("write into", folder)(std::io::Error::other("the system gives no reason"));
            let problem = trouble.or(before).unwrap_or_else(refused);
            return Err(rescue(world, ended, problem));
        }
        let summary = summary(world, ended, checkpoint.map(|file| relative_to(folder, file)));
        if let Err(problem) = summary.write(folder) {
            return Err(rescue(world, ended, problem));
        }
        return Ok(RunEnd { folder: Some(folder.clone()), settings, summary });
    }
    Ok(RunEnd { folder: None, settings, summary: summary(world, ended, None) })
}

fn relative_to(folder: &Path, file: PathBuf) -> PathBuf {
    file.strip_prefix(folder).map_or(file.clone(), Path::to_owned)
}

fn summary(world: &World, ended: &'static str, checkpoint: Option<PathBuf>) -> Summary {
    let settings = &world.resource::<ActiveSettings>().0;
    let stats = world.resource::<RunStats>();
    Summary {
        version: env!("CARGO_PKG_VERSION"),
        scenario: settings.cluster.name.clone(),
        seed: settings.run.seed,
        clusters: settings.run.clusters,
        ticks: stats.ticks,
        steps: world.resource::<ActiveLearner>().0.steps(),
        episodes: stats.episodes,
        collapses: stats.collapses,
        recent_survival: stats.recent_survival(),
        recent_collapse_rate: stats.recent_collapse_rate(),
        ended,
        seconds: world.resource::<RunWriter>().seconds(),
        checkpoint,
    }
}

/// Saves the whole run into a new folder in the temporary or, failing that, the current folder. The error says where. The name
/// of the folder cannot be guessed, so nobody can have put something in its place.
fn rescue(world: &mut World, ended: &'static str, problem: RecordError) -> RecordError {
    if matches!(problem, RecordError::Diverged { .. }) {
        // It would be refused elsewhere, too. The tables are written.
        return problem;
    }
    let problem = Box::new(problem);
    let name = format!("resonetics-rescue-{}-", folder_name(&world.resource::<ActiveSettings>().0.cluster.name));
    let mut refusal = None;
    for parent in [std::env::temp_dir(), PathBuf::from(".")] {
        let folder = tempfile::Builder::new().prefix(&name).rand_bytes(12).tempdir_in(&parent);
        let folder = folder.map(TempDir::keep).map_err(RecordError::io("create a folder in", &parent));
        // What was saved before a failure stays: it may be all that is left.
        match folder.and_then(|folder| save_into(world, ended, &folder).map(|()| folder)) {
            Ok(folder) => return RecordError::Rescued { problem, folder },
            Err(error) => drop(refusal.get_or_insert(error)),
        }
    }
    match refusal {
        Some(rescue) => RecordError::Lost { problem, rescue: Box::new(rescue) },
        None => *problem,
    }
}

fn save_into(world: &mut World, ended: &'static str, folder: &Path) -> Result<(), RecordError> {
    let saved = world.resource_scope(|world, mut run_writer: Mut<'_, RunWriter>| {
        let (checkpoint, state) = checkpoint(world, &run_writer);
        let steps = world.resource::<ActiveLearner>().0.steps();
        run_writer.files().map(|files| files.save_into(folder, steps, &checkpoint, state.as_ref())).transpose()
    })?;
    let summary = summary(world, ended, saved);
    world.resource::<RunWriter>().save_black_boxes_into(folder)?;
    summary.write(folder)
}
