//! Commands: what people ask of a run. They are applied between two ticks, never inside one, and written into the run
//! folder, so that a run can be told again.

use crate::cluster::{Action, Intervention};
use crate::settings::Settings;
use crate::simulation::commands::live_settings::set;
use crate::simulation::commands::text::describe;
use crate::simulation::lifecycle::rewind::{go_back, place_in_this_run};
use crate::simulation::lifecycle::run_writer::checkpoint;
use crate::simulation::schedule::stages::begin_anew;
use crate::simulation::{
    ActiveLearner, ActiveSettings, Cause, ClusterOrder, Episode, EventKind, EventLog, FrameHistory, Guide, LiveCluster,
    ManualControl, ManualDrive, PendingExperience, PilotInputs, RunStats, RunWriter, Scoreboard, Simulation,
    save_checkpoint, shut_down, stand_ins,
};
use crate::storage::{Checkpoint, RecordError, RunFolder, copy_file, folder_name, free_folder};
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Something asked of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Change a setting that may change while a run goes on (see [`is_live`](crate::simulation::is_live)).
    Set {
        /// Path of the setting, such as `cluster.max_steps`.
        path: String,
        /// The value as it is written on the command line.
        value: String,
    },
    /// Save a checkpoint to this file, or into the run folder.
    Save(Option<PathBuf>),
    /// Go back to a checkpoint of this run, exactly; of another run take over the networks, and memories begin afresh.
    Load(PathBuf),
    /// Copy the episodes written so far to this file.
    ExportEpisodes(PathBuf),
    /// Do something to the cells of the cluster with this index.
    Intervene {
        /// Index of the cluster.
        cluster: usize,
        /// What is done.
        intervention: Intervention,
    },
    /// Take over the agent of the cluster with this index, from now to the end of the episode.
    TakeOver(usize),
    /// Let the agent that was taken over do this in the next tick that nothing was asked for yet.
    Drive(Action),
    /// Let the agent drive itself again.
    HandBack,
    /// End this run and begin another, in a run folder of its own.
    Restart(Box<Settings>),
}

impl Command {
    /// Changes the setting at `path` to what `value` is written as.
    pub fn set(path: &str, value: impl ToString) -> Self {
        Self::Set { path: path.to_owned(), value: value.to_string() }
    }
}

/// Commands that wait for the next moment between two ticks.
#[derive(Resource, Debug, Default)]
pub struct CommandQueue(pub VecDeque<Command>);

/// Applies the waiting commands in their order. Each is done as a whole or not at all; what happened is told in the
/// event log.
pub fn apply_commands(world: &mut World) {
    loop {
        let Some(command) = world.get_resource_mut::<CommandQueue>().and_then(|mut queue| queue.0.pop_front()) else {
            return;
        };
        // What was refused is in the log.
        let _ = perform(world, command);
    }
}

/// Does one command, records it and tells what happened; answers why it was not done.
pub(in crate::simulation) fn perform(world: &mut World, command: Command) -> Result<(), String> {
    let said = describe(&command, &world.resource::<ActiveSettings>().0);
    let back = match &command {
        Command::Load(path) => place_in_this_run(world, path),
        _ => None,
    };
    let outcome = match (&command, back) {
        (Command::Save(_), _) => record_and_save(world, command, &said),
        // No row: the run is as if it had never gone beyond that checkpoint.
        (_, Some(file)) => go_back(world, &file),
        _ => {
            let outcome = apply(world, command);
            if outcome.is_ok() {
                let tick = world.resource::<RunStats>().ticks;
                world.resource_mut::<RunWriter>().command(tick, &said);
            }
            outcome
        }
    };
    let (kind, message) = match &outcome {
        Ok(message) => (EventKind::Note, message),
        Err(problem) => (EventKind::Trouble, problem),
    };
    let tick = world.resource::<RunStats>().ticks;
    // What a person drives is recorded step by step; a line for each would bury the rest.
    if let Some(mut log) = world.get_resource_mut::<EventLog>().filter(|_| !message.is_empty()) {
        log.add(tick, kind, message.clone());
    }
    outcome.map(drop)
}

/// Saves, its row first: a run that goes on from the checkpoint will not be asked again. The row is taken back where
/// nothing was saved.
fn record_and_save(world: &mut World, command: Command, said: &str) -> Result<String, String> {
    let tick = world.resource::<RunStats>().ticks;
    let before = world.resource::<RunWriter>().positions(world.resource::<RunStats>());
    world.resource_mut::<RunWriter>().command(tick, said);
    let outcome = apply(world, command);
    if let (Err(_), Some(before)) = (&outcome, before) {
        world.resource_mut::<RunWriter>().forget_commands(&before);
    }
    outcome
}

fn apply(world: &mut World, command: Command) -> Result<String, String> {
    match command {
        Command::Set { path, value } => set(world, &path, &value),
        Command::Save(path) => save(world, path),
        Command::Load(path) => load(world, &path),
        Command::ExportEpisodes(path) => export(world, &path),
        Command::Intervene { cluster, intervention } => intervene(world, cluster, intervention),
        Command::TakeOver(cluster) => take_over(world, cluster),
        Command::Drive(action) => drive(world, action),
        Command::HandBack => hand_back(world),
        Command::Restart(settings) => restart(world, *settings),
    }
}

fn save(world: &mut World, path: Option<PathBuf>) -> Result<String, String> {
    let message = |error: RecordError| error.to_string();
    let saved = match path {
        Some(path) => {
            let saved = world.resource_scope(|world, mut run_writer: Mut<'_, RunWriter>| {
                // The rows that the state refers to reach the disk before it does.
                run_writer.files().map_or(Ok(()), RunFolder::sync)?;
                let (checkpoint, state) = checkpoint(world, &run_writer);
                checkpoint.save_with(&path, state.as_ref())
            });
            saved.map_err(message)?;
            path
        }
        None => {
            let saved = save_checkpoint(world);
            let mut run_writer = world.resource_mut::<RunWriter>();
            match (saved, run_writer.take_trouble()) {
                (Some(path), _) => path,
                (None, Some(error)) => return Err(error.to_string()),
                (None, None) => return Err("this run has no folder: name a file to save to".to_owned()),
            }
        }
    };
    Ok(format!("saved {}", saved.display()))
}

fn load(world: &mut World, path: &Path) -> Result<String, String> {
    let checkpoint = Checkpoint::load(path).map_err(|error| error.to_string())?;
    let loaded = world.resource_scope(|world, mut learner: Mut<'_, ActiveLearner>| {
        learner.0.load(&world.resource::<ActiveSettings>().0, &checkpoint.model)
    });
    loaded.map_err(|error| format!("{}: {error}", path.display()))?;
    // Steps of the old mind must not be finished by the new one.
    let mut memories = world.query::<&mut PendingExperience>();
    memories.iter_mut(world).for_each(|mut memory| {
        memory.n_step.clear();
        memory.labels.clear();
    });
    let (path, steps) = (path.display(), checkpoint.model.steps);
    Ok(format!(
        "loaded the networks of {path}, trained for {steps} steps; it is no checkpoint of this run, so memories begin afresh"
    ))
}

fn export(world: &mut World, path: &Path) -> Result<String, String> {
    let run_writer = world.resource::<RunWriter>();
    let folder = run_writer.folder().ok_or("this run has no folder, so it has no episodes.csv")?;
    copy_file(&folder.join("episodes.csv"), path).map_err(|error| error.to_string())?;
    Ok(format!("episodes exported to {}", path.display()))
}

/// Cluster and agent of this index.
fn pair(world: &World, cluster: usize) -> Result<(Entity, Entity), String> {
    let pair = world.resource::<ClusterOrder>().0.get(cluster).copied();
    pair.ok_or_else(|| format!("there is no cluster {cluster}"))
}

/// Effects of interventions on single cells that may go on at the same time.
const MOST_AFFLICTIONS: usize = 1 << 20;

/// Does it to the cluster; where two policies are compared, to both, or the comparison would not be fair.
fn intervene(world: &mut World, cluster: usize, intervention: Intervention) -> Result<String, String> {
    let columns = world.resource::<ActiveSettings>().0.cluster.columns;
    let message = intervention.describe(columns);
    let asked = pair(world, cluster)?.0;
    let mut hit = vec![asked];
    if world.contains_resource::<Scoreboard>() {
        hit = world.resource::<ClusterOrder>().0.iter().map(|(cluster, _)| *cluster).collect();
    }
    let ticks = world.resource::<RunStats>().ticks;
    let mut clusters = world.query::<(&mut LiveCluster, &Episode, &mut FrameHistory)>();
    let live = &clusters.get(world, asked).map_err(|error| error.to_string())?.0.0;
    if live.outcome().is_over() {
        return Err("this episode is over: intervene in the next one".to_owned());
    }
    if live.active_effects() >= MOST_AFFLICTIONS {
        return Err(format!("{message} is one too many: {MOST_AFFLICTIONS} effects of others still go on"));
    }
    if !intervention.fits(live.cells().cpu.len()) {
        return Err(format!("{message} is not possible here"));
    }
    for cluster in hit {
        let (mut live, episode, mut frame_history) =
            clusters.get_mut(world, cluster).map_err(|error| error.to_string())?;
        if !live.0.outcome().is_over() {
            live.0.intervene(&intervention);
            let cause = Cause::Intervention(intervention);
            frame_history.record(&live.0, cause, |frame| (frame.tick, frame.episode) = (ticks, episode.number));
        }
    }
    world.resource_mut::<ManualControl>().intervene(asked, &intervention);
    Ok(message)
}

/// Where the episode is over, the next one begins, so that it can be driven from its first step.
fn take_over(world: &mut World, cluster: usize) -> Result<String, String> {
    let pair = pair(world, cluster)?;
    if world.contains_resource::<Scoreboard>() {
        return Err("two policies are compared here: take over in a run of one".to_owned());
    }
    if world.resource::<ManualControl>().drive().is_some() {
        return Err("you are driving already: hand back first".to_owned());
    }
    let ticks = world.resource::<RunStats>().ticks;
    let mut clusters = world.query::<(&mut LiveCluster, &mut Episode, &mut FrameHistory)>();
    let (mut live, mut episode, mut frame_history) =
        clusters.get_mut(world, pair.0).map_err(|error| error.to_string())?;
    if live.0.outcome().is_over() {
        begin_anew(&mut live.0, &mut episode, &mut frame_history, ticks);
    }
    let live = live.0.clone();
    let mut agents = world.query::<(&PilotInputs, &Guide)>();
    let agent = agents.get(world, pair.1).map_err(|error| error.to_string())?;
    let stand_ins =
        stand_ins(&world.resource::<ActiveSettings>().0, &world.resource::<ActiveLearner>().0, &live, agent);
    let drive = ManualDrive::new(pair, &live, stand_ins);
    world.resource_mut::<ManualControl>().begin(drive);
    Ok(format!("you drive in cluster {cluster} from step {}", live.time()))
}

fn drive(world: &mut World, action: Action) -> Result<String, String> {
    world.resource_mut::<ManualControl>().ask(action).map(|()| String::new())
}

fn hand_back(world: &mut World) -> Result<String, String> {
    let nobody = || "nobody has taken over: the agent drives itself".to_owned();
    let cluster = world.resource::<ManualControl>().drive().ok_or_else(nobody)?.cluster();
    let live = world.get::<LiveCluster>(cluster).ok_or_else(nobody)?.0.clone();
    world.resource_mut::<ManualControl>().end(&live).ok_or_else(nobody)
}

fn restart(world: &mut World, settings: Settings) -> Result<String, String> {
    let simulation = Simulation::prepare(settings, 1).map_err(|error| error.to_string())?;
    let old = world.resource::<RunWriter>().folder().map(Path::to_owned);
    let folder = match old {
        None => None,
        Some(old) => {
            let parent = old.parent().unwrap_or(Path::new("."));
            let path = free_folder(parent, &folder_name(&simulation.settings().cluster.name));
            Some(RunFolder::create(&path, simulation.settings()).map_err(|error| error.to_string())?)
        }
    };
    shut_down(world, "restarted").map_err(|error| error.to_string())?;
    let name = simulation.settings().cluster.name.clone();
    let place = folder.as_ref().map_or(String::new(), |folder| format!(" in {}", folder.path().display()));
    simulation.start(world, folder);
    Ok(format!("a new run of {name} begins{place}"))
}
