//! Commands: what people ask of a run. They are applied between two ticks, never during one, and recorded in the run folder, so
//! that a run can be repeated.

use crate::cluster::{Action, Intervention};
use crate::settings::Settings;
use crate::simulation::commands::live_settings::set;
use crate::simulation::commands::text::describe;
use crate::simulation::lifecycle::rewind::{checkpoint_of_this_run, go_back};
use crate::simulation::lifecycle::run_writer::checkpoint;
use crate::simulation::schedule::stages::begin_next_episode;
use crate::simulation::{
    ActiveLearner, ActiveSettings, Cause, ClusterOrder, Episode, EventKind, EventLog, FrameHistory, Guide, LiveCluster,
    ManualControl, ManualDrive, PendingExperience, PilotInputs, RunStats, RunWriter, Scoreboard, Simulation,
    save_checkpoint, shut_down, stand_ins,
};
use crate::storage::{Checkpoint, OutputFile, RecordError, RunFolder, folder_name, free_folder};
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A command to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Change a setting that may change during a run (see [`is_live`](crate::simulation::is_live)).
    Set {
        /// Path of the setting, such as `cluster.max_steps`.
        path: String,
        /// The value, written as on the command line.
        value: String,
    },
    /// Save a checkpoint to this file, or into the run folder.
    Save(Option<OutputFile>),
    /// Go back exactly to a checkpoint of this run. From a checkpoint of another run, load the networks only.
    Load(PathBuf),
    /// Copy the episodes written so far to this file.
    ExportEpisodes(OutputFile),
    /// Intervene in the cells of a cluster.
    Intervene {
        /// Index of the cluster.
        cluster: usize,
        /// The intervention.
        intervention: Intervention,
    },
    /// Take over the agent of the cluster with this index until the episode ends.
    TakeOver(usize),
    /// Queue an action for the agent that was taken over: one per tick.
    Drive(Action),
    /// Hand the agent back.
    HandBack,
    /// End this run and begin another in a new run folder.
    Restart(Box<Settings>),
}

impl Command {
    /// The command that sets the setting at `path` to `value`.
    pub fn set(path: &str, value: impl ToString) -> Self {
        Self::Set { path: path.to_owned(), value: value.to_string() }
    }
}

/// Commands that are applied before the next tick.
#[derive(Resource, Debug, Default)]
pub struct CommandQueue(pub VecDeque<Command>);

/// Applies the queued commands in order. Each is done completely or not at all; the event log says which.
pub fn apply_commands(world: &mut World) {
    loop {
        let Some(command) = world.get_resource_mut::<CommandQueue>().and_then(|mut queue| queue.0.pop_front()) else {
            return;
        };
        // A refusal is in the event log.
        let _ = perform(world, command);
    }
}

/// Performs one command, records it and logs the result. The error says why it was refused.
pub(in crate::simulation) fn perform(world: &mut World, command: Command) -> Result<(), String> {
    let text = describe(&command, &world.resource::<ActiveSettings>().0);
    let rewind_to = match &command {
        Command::Load(path) => checkpoint_of_this_run(world, path),
        _ => None,
    };
    let outcome = match (&command, rewind_to) {
        (Command::Save(_), _) => record_and_save(world, command, &text),
        // No row: the run is as if it had never gone past that checkpoint.
        (_, Some(file)) => go_back(world, &file),
        _ => {
            let outcome = apply(world, command);
            if outcome.is_ok() {
                let tick = world.resource::<RunStats>().ticks;
                world.resource_mut::<RunWriter>().command(tick, &text);
            }
            outcome
        }
    };
    let (kind, message) = match &outcome {
        Ok(message) => (EventKind::Note, message),
        Err(problem) => (EventKind::Trouble, problem),
    };
    let tick = world.resource::<RunStats>().ticks;
    // The actions of a person are recorded step by step; a line for each would bury the rest.
    if let Some(mut log) = world.get_resource_mut::<EventLog>().filter(|_| !message.is_empty()) {
        log.add(tick, kind, message.clone());
    }
    outcome.map(drop)
}

/// Records the command, then saves: a run that resumes from the checkpoint must not save again. The row is removed if saving
/// fails.
fn record_and_save(world: &mut World, command: Command, text: &str) -> Result<String, String> {
    let tick = world.resource::<RunStats>().ticks;
    let positions = world.resource::<RunWriter>().positions(world.resource::<RunStats>());
    world.resource_mut::<RunWriter>().command(tick, text);
    let outcome = apply(world, command);
    if let (Err(_), Some(positions)) = (&outcome, positions) {
        world.resource_mut::<RunWriter>().forget_commands(&positions);
    }
    outcome
}

fn apply(world: &mut World, command: Command) -> Result<String, String> {
    match command {
        Command::Set { path, value } => set(world, &path, &value),
        Command::Save(file) => save(world, file),
        Command::Load(path) => load(world, &path),
        Command::ExportEpisodes(file) => export(world, &file),
        Command::Intervene { cluster, intervention } => intervene(world, cluster, intervention),
        Command::TakeOver(cluster) => take_over(world, cluster),
        Command::Drive(action) => drive(world, action),
        Command::HandBack => hand_back(world),
        Command::Restart(settings) => restart(world, *settings),
    }
}

fn save(world: &mut World, file: Option<OutputFile>) -> Result<String, String> {
    let message = |error: RecordError| error.to_string();
    let saved = match file {
        Some(file) => {
            let saved = world.resource_scope(|world, mut run_writer: Mut<'_, RunWriter>| {
                // The rows that the state refers to must reach the disk first.
                run_writer.files().map_or(Ok(()), RunFolder::sync)?;
                let (checkpoint, state) = checkpoint(world, &run_writer);
                file.write_checkpoint(&checkpoint, state.as_ref())
            });
            saved.map_err(message)?;
            file.path().to_owned()
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
    // Steps of the old networks must not be completed with values of the new ones.
    let mut pending = world.query::<&mut PendingExperience>();
    pending.iter_mut(world).for_each(|mut experience| {
        experience.n_step.clear();
        experience.labels.clear();
    });
    let (path, steps) = (path.display(), checkpoint.model.steps);
    Ok(format!(
        "loaded the networks of {path}, trained for {steps} steps; it is not from this run, so memories start empty"
    ))
}

fn export(world: &mut World, file: &OutputFile) -> Result<String, String> {
    let run_writer = world.resource::<RunWriter>();
    let folder = run_writer.folder().ok_or("this run has no folder, so it has no episodes.csv")?;
    let table = folder.join("episodes.csv");
    let opened = File::open(&table).map_err(RecordError::io("read", &table));
    opened.and_then(|table| file.copy(&table)).map_err(|error| error.to_string())?;
    Ok(format!("episodes exported to {}", file.path().display()))
}

/// Cluster and agent of this index.
fn cluster_and_agent(world: &World, cluster: usize) -> Result<(Entity, Entity), String> {
    let cluster_and_agent = world.resource::<ClusterOrder>().0.get(cluster).copied();
    cluster_and_agent.ok_or_else(|| format!("there is no cluster {cluster}"))
}

/// Most lasting effects of interventions on single cells at the same time.
const MAX_ACTIVE_EFFECTS: usize = 1 << 20;

/// Intervenes in the cluster; in a comparison in both, so that it stays fair.
fn intervene(world: &mut World, cluster: usize, intervention: Intervention) -> Result<String, String> {
    let columns = world.resource::<ActiveSettings>().0.cluster.columns;
    let message = intervention.describe(columns);
    let target = cluster_and_agent(world, cluster)?.0;
    let mut affected = vec![target];
    if world.contains_resource::<Scoreboard>() {
        affected = world.resource::<ClusterOrder>().0.iter().map(|(cluster, _)| *cluster).collect();
    }
    let ticks = world.resource::<RunStats>().ticks;
    let mut clusters = world.query::<(&mut LiveCluster, &Episode, &mut FrameHistory)>();
    let live = &clusters.get(world, target).map_err(|error| error.to_string())?.0.0;
    if live.outcome().is_over() {
        return Err("this episode is over: intervene in the next one".to_owned());
    }
    if live.active_effects() >= MAX_ACTIVE_EFFECTS {
        return Err(format!("{message} is one too many: {MAX_ACTIVE_EFFECTS} effects are still active"));
    }
    if !intervention.fits(live.cells().cpu.len()) {
        return Err(format!("{message} is not possible here"));
    }
    for cluster in affected {
        let (mut live, episode, mut frame_history) =
            clusters.get_mut(world, cluster).map_err(|error| error.to_string())?;
        if !live.0.outcome().is_over() {
            live.0.intervene(&intervention);
            let cause = Cause::Intervention(intervention);
            frame_history.record(&live.0, cause, |frame| (frame.tick, frame.episode) = (ticks, episode.number));
        }
    }
    world.resource_mut::<ManualControl>().intervene(target, &intervention);
    Ok(message)
}

/// Begins the next episode if this one is over, so that it can be driven from its first step.
fn take_over(world: &mut World, cluster: usize) -> Result<String, String> {
    let cluster_and_agent = cluster_and_agent(world, cluster)?;
    if world.contains_resource::<Scoreboard>() {
        return Err("two policies are compared here: take over in a run with one policy".to_owned());
    }
    if world.resource::<ManualControl>().drive().is_some() {
        return Err("you are driving already: hand back first".to_owned());
    }
    let ticks = world.resource::<RunStats>().ticks;
    let mut clusters = world.query::<(&mut LiveCluster, &mut Episode, &mut FrameHistory)>();
    let (mut live, mut episode, mut frame_history) =
        clusters.get_mut(world, cluster_and_agent.0).map_err(|error| error.to_string())?;
    if live.0.outcome().is_over() {
        begin_next_episode(&mut live.0, &mut episode, &mut frame_history, ticks);
    }
    let live = live.0.clone();
    let mut agents = world.query::<(&PilotInputs, &Guide)>();
    let agent = agents.get(world, cluster_and_agent.1).map_err(|error| error.to_string())?;
    let stand_ins =
        stand_ins(&world.resource::<ActiveSettings>().0, &world.resource::<ActiveLearner>().0, &live, agent);
    let drive = ManualDrive::new(cluster_and_agent, &live, stand_ins);
    world.resource_mut::<ManualControl>().begin(drive);
    Ok(format!("you drive in cluster {cluster} from step {}", live.time()))
}

fn drive(world: &mut World, action: Action) -> Result<String, String> {
    world.resource_mut::<ManualControl>().queue(action).map(|()| String::new())
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
    let location = folder.as_ref().map_or(String::new(), |folder| format!(" in {}", folder.path().display()));
    simulation.start(world, folder);
    Ok(format!("a new run of {name} begins{location}"))
}
