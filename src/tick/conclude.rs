//! The end of a run: its last checkpoint and its summary.

use super::{ActiveSettings, Journal, Mind, Tally};
use crate::record::{RecordError, RunFolder, Summary};
use bevy::ecs::world::World;
use std::path::{Path, PathBuf};

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// Its folder, if it had one.
    pub folder: Option<PathBuf>,
    /// What it came to.
    pub summary: Summary,
}

/// Saves the last checkpoint and `summary.json`; `ended` says why the run is over.
///
/// # Errors
/// What could not be written.
pub fn conclude(world: &mut World, ended: &'static str) -> Result<Conclusion, RecordError> {
    let settings = world.resource::<ActiveSettings>().0.clone();
    let model = world.resource::<Mind>().0.model();
    let steps = world.resource::<Mind>().0.steps();
    let mut journal = world.resource_mut::<Journal>();
    let checkpoint = journal.checkpoint(&settings, || model);
    if let Some(trouble) = journal.take_trouble() {
        return Err(trouble);
    }
    let (folder, seconds) = (journal.folder().map(Path::to_owned), journal.seconds());
    let tally = world.resource::<Tally>();
    let inside = |file: PathBuf| match folder.as_ref().map(|folder| file.strip_prefix(folder)) {
        Some(Ok(inside)) => inside.to_owned(),
        _ => file,
    };
    let summary = Summary {
        version: env!("CARGO_PKG_VERSION"),
        scenario: settings.cluster.name,
        seed: settings.run.seed,
        clusters: settings.run.clusters,
        ticks: tally.ticks,
        steps,
        episodes: tally.episodes,
        collapses: tally.collapses,
        recent_survival: tally.recent_survival(),
        recent_collapse_rate: tally.recent_collapse_rate(),
        ended,
        seconds,
        checkpoint: checkpoint.map(inside),
    };
    if let Some(folder) = &folder {
        RunFolder::summary(folder, &summary)?;
    }
    Ok(Conclusion { folder, summary })
}
