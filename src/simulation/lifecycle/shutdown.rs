//! The end of a run: its last checkpoint and its summary.

use crate::simulation::lifecycle::run_writer::{RunWriter, checkpoint};
use crate::simulation::{ActiveLearner, ActiveSettings, RunStats, save_checkpoint};
use crate::storage::{RecordError, Summary, free_folder};
use bevy_ecs::world::{Mut, World};
use std::path::{Path, PathBuf};

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// Its folder, if it had one.
    pub folder: Option<PathBuf>,
    /// What it came to.
    pub summary: Summary,
}

/// Saves the last checkpoint and `summary.json`; `ended` says why the run is over. What cannot be written into the run
/// folder is saved elsewhere: the whole run, so that it can be gone on with from there.
///
/// # Errors
/// What could not be written, and where it is instead.
pub fn shut_down(world: &mut World, ended: &'static str) -> Result<RunEnd, RecordError> {
    let checkpoint = save_checkpoint(world);
    let mut run_writer = world.resource_mut::<RunWriter>();
    // What went wrong before may be mended by now.
    let before = run_writer.take_trouble();
    run_writer.flush();
    let folder = run_writer.folder().map(Path::to_owned);
    let trouble = run_writer.take_trouble();
    if let Some(folder) = &folder {
        if checkpoint.is_none() || trouble.is_some() {
            let refused = || RecordError::io("write into", folder)(std::io::Error::other("the system gives no reason"));
            let problem = trouble.or(before).unwrap_or_else(refused);
            return Err(rescue(world, ended, problem));
        }
        let summary = summary(world, ended, checkpoint.map(|file| inside(folder, file)));
        if let Err(problem) = summary.write(folder) {
            return Err(rescue(world, ended, problem));
        }
        return Ok(RunEnd { folder: Some(folder.clone()), summary });
    }
    Ok(RunEnd { folder: None, summary: summary(world, ended, None) })
}

fn inside(folder: &Path, file: PathBuf) -> PathBuf {
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

/// Saves the whole run in a new folder for temporary files or, failing that, in the current one; tells where.
fn rescue(world: &mut World, ended: &'static str, problem: RecordError) -> RecordError {
    let problem = Box::new(problem);
    let name = format!("resonetics-rescue-{}", world.resource::<ActiveSettings>().0.cluster.name);
    let mut refusal = None;
    for place in [std::env::temp_dir(), PathBuf::from(".")] {
        match save_into(world, ended, &free_folder(&place, &name)) {
            Ok(folder) => return RecordError::Rescued { problem, folder },
            Err(error) => drop(refusal.get_or_insert(error)),
        }
    }
    match refusal {
        Some(rescue) => RecordError::Lost { problem, rescue: Box::new(rescue) },
        None => *problem,
    }
}

fn save_into(world: &mut World, ended: &'static str, folder: &Path) -> Result<PathBuf, RecordError> {
    let saved = world.resource_scope(|world, mut run_writer: Mut<'_, RunWriter>| {
        let (checkpoint, state) = checkpoint(world, &run_writer);
        let steps = world.resource::<ActiveLearner>().0.steps();
        run_writer.files().map(|files| files.save_into(folder, steps, &checkpoint, state.as_ref())).transpose()
    })?;
    let summary = summary(world, ended, saved);
    world.resource::<RunWriter>().save_black_boxes_into(folder)?;
    summary.write(folder)?;
    Ok(folder.to_owned())
}
