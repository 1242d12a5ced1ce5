//! Going back to a checkpoint of the run in progress.

use crate::simulation::{ActiveSettings, RunWriter, Simulation, largest_state};
use crate::storage::{Checkpoint, RecordError, ResumePoint, TablePositions, TrainingState};
use bevy_ecs::world::World;
use std::path::{Path, PathBuf};

/// The file of the checkpoint that `path` names, if it is one of the run in progress: made under its settings, when its
/// tables held what they begin with now.
pub(in crate::simulation) fn place_in_this_run(world: &mut World, path: &Path) -> Option<PathBuf> {
    let file = Checkpoint::file(path).ok()?;
    let positions = TablePositions::of(&file).ok()??;
    // Rows that wait are not in the files that are compared.
    let mut run_writer = world.resource_mut::<RunWriter>();
    run_writer.flush();
    let folder = run_writer.files()?;
    folder.matches(&positions).unwrap_or(false).then_some(file)
}

/// Goes back to the checkpoint at `path`, which is one of the run in progress: everything is as it was then. The rows after
/// it are cut off, for they will be written again. Nothing changes on an error before the files are touched.
pub(in crate::simulation) fn go_back(world: &mut World, path: &Path) -> Result<String, String> {
    let message = |error: RecordError| error.to_string();
    let checkpoint = Checkpoint::load(path).map_err(message)?;
    let mut sizes = world.resource::<ActiveSettings>().0.clone();
    sizes.cluster.max_steps = checkpoint.settings.cluster.max_steps;
    let state = TrainingState::load(path, largest_state(&sizes)).map_err(message)?.ok_or("it holds only networks")?;
    let found = ResumePoint { path: path.to_owned(), checkpoint, state };
    let clusters = found.checkpoint.settings.run.clusters;
    let simulation = Simulation::prepare(found.checkpoint.settings.clone(), clusters);
    let simulation = simulation.and_then(|simulation| simulation.resume(&found)).map_err(|error| error.to_string())?;
    let mut run_writer = world.resource_mut::<RunWriter>();
    let folder = run_writer.files().ok_or("this run has no folder")?;
    let left = folder.rewind(Some(&found.state.positions)).map_err(message)?;
    let folder = run_writer.take_folder();
    simulation.start(world, folder);
    let later = match left {
        0 => String::new(),
        1 => "; the checkpoint made later is in checkpoints/left".to_owned(),
        _ => format!("; the {left} checkpoints made later are in checkpoints/left"),
    };
    let (steps, path) = (found.checkpoint.model.steps, path.display());
    Ok(format!("back at step {steps} of this run, with all it remembered ({path}): rows after it are cut off{later}"))
}
