//! Going back to a checkpoint of the current run.

use crate::simulation::{ActiveSettings, RunWriter, Simulation, largest_state};
use crate::storage::{Checkpoint, RecordError, ResumePoint, TablePositions, TrainingState};
use bevy_ecs::world::World;
use std::path::{Path, PathBuf};

/// The checkpoint file that `path` names, if it belongs to the current run: same settings, and the tables still begin with
/// the same rows.
pub(in crate::simulation) fn checkpoint_of_this_run(world: &mut World, path: &Path) -> Option<PathBuf> {
    let file = Checkpoint::file(path).ok()?;
    let positions = TablePositions::of(&file).ok()??;
    // Waiting rows are not yet in the files that are compared.
    let mut run_writer = world.resource_mut::<RunWriter>();
    run_writer.flush();
    let folder = run_writer.files()?;
    folder.matches(&positions).unwrap_or(false).then_some(file)
}

/// Goes back to the checkpoint at `path`, which must belong to the current run: everything is as it was then. Later rows are
/// removed, since they will be written again. On an error before that, nothing changes.
pub(in crate::simulation) fn go_back(world: &mut World, path: &Path) -> Result<String, String> {
    let text = |error: RecordError| error.to_string();
    let checkpoint = Checkpoint::load(path).map_err(text)?;
    let mut sizes = world.resource::<ActiveSettings>().0.clone();
    sizes.cluster.max_steps = checkpoint.settings.cluster.max_steps;
    let state = TrainingState::load(path, largest_state(&sizes)).map_err(text)?.ok_or("it holds only networks")?;
    let resume_point = ResumePoint { path: path.to_owned(), checkpoint, state };
    let clusters = resume_point.checkpoint.settings.run.clusters;
    let simulation = Simulation::prepare(resume_point.checkpoint.settings.clone(), clusters);
    let simulation =
        simulation.and_then(|simulation| simulation.resume(&resume_point)).map_err(|error| error.to_string())?;
    let mut run_writer = world.resource_mut::<RunWriter>();
    let folder = run_writer.files().ok_or("this run has no folder")?;
    let left = folder.rewind(Some(&resume_point.state.positions)).map_err(text)?;
    let folder = run_writer.take_folder();
    simulation.start(world, folder);
    let later = match left {
        0 => String::new(),
        1 => "; the later checkpoint is in checkpoints/left".to_owned(),
        _ => format!("; the {left} later checkpoints are in checkpoints/left"),
    };
    let (steps, path) = (resume_point.checkpoint.model.steps, path.display());
    Ok(format!(
        "back at step {steps} of this run, with everything it remembered ({path}): later rows are removed{later}"
    ))
}
