//! Setting a run up in a world, and taking it down again.

use super::{
    Agent, Cause, ClusterIndex, Decision, Dice, Episode, Forecast, Guidance, History, LiveCluster, Memory, Recall,
    Roster, Senses, Tally, Tape, Verdict, Watch,
};
use crate::brain::{Brain, Eyes, LabelBuffer, Model, NStep, Sight, Signs, Trends};
use crate::cluster::{Cluster, Load, Purpose, stream};
use crate::policy::{Policy, Tabular, guide, scripted};
use crate::record::{BUILTIN, Checkpoint, EpisodeRow, QTABLE, RecordError, RunFolder, StepRow, builtin, qtable};
use crate::settings::{Settings, SettingsError};
use crate::trace::{ImportReport, TraceError, import};
use bevy::ecs::resource::Resource;
use bevy::ecs::world::World;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use thiserror::Error;

/// The settings of the run in progress.
#[derive(Resource, Debug, Clone)]
pub struct ActiveSettings(pub Settings);

/// The networks and memories.
#[derive(Resource)]
pub struct Mind(pub Brain);

/// Where a run's rows and checkpoints go: a run folder, or nowhere. The first thing that goes wrong is kept, so that
/// the driver can stop and tell.
#[derive(Resource, Debug)]
pub struct Journal {
    folder: Option<RunFolder>,
    trouble: Option<RecordError>,
    started: Instant,
}

impl Journal {
    /// A journal that writes into `folder`.
    pub fn new(folder: Option<RunFolder>) -> Self {
        Self { folder, trouble: None, started: Instant::now() }
    }

    /// The run folder, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(RunFolder::path)
    }

    /// Wall-clock seconds since the run began.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// The first thing that went wrong since the last call.
    pub fn take_trouble(&mut self) -> Option<RecordError> {
        self.trouble.take()
    }

    pub(super) fn episode(&mut self, row: &EpisodeRow) {
        self.attempt(|folder| folder.episode(row));
    }

    pub(super) fn step(&mut self, row: &StepRow) {
        self.attempt(|folder| folder.step(row));
    }

    pub(super) fn command(&mut self, tick: u64, command: &str) {
        self.attempt(|folder| folder.command(tick, command));
    }

    pub(super) fn black_box(&mut self, episode: u64, bytes: &[u8], keep: usize) {
        self.attempt(|folder| folder.black_box(episode, bytes, keep));
    }

    /// Saves a checkpoint into the run folder; answers where.
    pub fn checkpoint(&mut self, settings: &Settings, model: impl FnOnce() -> Model) -> Option<PathBuf> {
        self.attempt(|folder| folder.checkpoint(settings, &model()))
    }

    fn attempt<T>(&mut self, action: impl FnOnce(&mut RunFolder) -> Result<T, RecordError>) -> Option<T> {
        match action(self.folder.as_mut()?) {
            Ok(done) => Some(done),
            Err(error) => {
                self.trouble.get_or_insert(error);
                None
            }
        }
    }
}

/// Frames that a cluster keeps where nobody looks at them and no black box is wanted.
const UNWATCHED: usize = 2;

/// Why a run could not be set up.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// Settings that are out of range or contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A trace that could not be imported.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A checkpoint of the policy to watch that cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] RecordError),
}

/// A run that is ready to begin: checked settings and the imported trace.
#[derive(Debug)]
pub struct Simulation {
    settings: Settings,
    load: Option<Load>,
    /// The trained networks to watch, if that is what is wanted.
    watched: Option<Model>,
    /// What the import of the trace had to say.
    pub report: Option<ImportReport>,
}

impl Simulation {
    /// Checks the settings, imports the trace and loads the policy to watch that they name.
    ///
    /// # Errors
    /// Bad settings, a bad trace, or a bad checkpoint.
    pub fn prepare(mut settings: Settings, default_clusters: usize) -> Result<Self, SimulationError> {
        if settings.run.clusters == 0 {
            settings.run.clusters = default_clusters;
        }
        settings.check(None)?;
        let watched = watch(&mut settings)?;
        let (mut load, mut report) = (None, None);
        if !settings.trace.file.is_empty() {
            let imported = import(Path::new(&settings.trace.file))?;
            load = Some(Load::new(Arc::new(imported.table), &settings.trace));
            report = Some(imported.report);
        }
        Ok(Self { settings, load, watched, report })
    }

    /// The checked settings, every number resolved.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Puts the run into `world`, in place of one that is there already.
    pub fn start(self, world: &mut World, folder: Option<RunFolder>) {
        Self::clear(world);
        let settings = self.settings.clone();
        let seed = settings.run.seed;
        let (n_step, gamma) = settings.returns();
        let mut roster = Roster::default();
        let length = self.tape_length(world.contains_resource::<History>(), folder.is_some());
        for index in 0..settings.run.clusters {
            let episode = Episode::first(seed, index);
            let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), self.load.clone());
            cluster.reset(episode.seed());
            let recall = Recall {
                eyes: Eyes::new(settings.pilot.view, settings.cluster.rows, settings.cluster.columns),
                now: Sight::default(),
                next: Sight::default(),
            };
            let trends = Trends::new(settings.prophet.inputs, settings.cluster.cells());
            let watch = Watch { trends, signs: Signs::default() };
            let mut tape = Tape::new(length);
            if folder.is_some() && settings.run.black_box_ticks > 0 {
                tape = tape.with_course();
            }
            tape.record(&cluster, Cause::Start, |_| {});
            let cluster = world.spawn((ClusterIndex(index), LiveCluster(cluster), episode, tape)).id();
            let memory = Memory {
                n_step: NStep::new(n_step, gamma),
                labels: LabelBuffer::new(settings.prophet.label, settings.prophet.horizon),
            };
            let agent = world.spawn((
                Agent { cluster },
                Senses::default(),
                recall,
                Guidance(self.guidance()),
                watch,
                Forecast::default(),
                Decision::default(),
                Verdict::default(),
                memory,
                Dice(stream(seed, index as u64, Purpose::Exploration)),
            ));
            roster.0.push((cluster, agent.id()));
        }
        if let Some(mut history) = world.get_resource_mut::<History>() {
            *history = History::default();
        }
        world.insert_resource(roster);
        world.insert_resource(Tally::default());
        world.insert_resource(Journal::new(folder));
        let mut brain = Brain::new(&settings);
        if let Some(model) = &self.watched {
            brain.load(model).expect("the model was checked against these very settings when it was read");
        }
        if !settings.run.policy.is_empty() {
            brain.freeze();
        }
        world.insert_resource(Mind(brain));
        world.insert_resource(ActiveSettings(settings));
    }

    /// Frames that each cluster keeps: as many as memory allows where somebody looks at them, and those of a black box
    /// where one can be written.
    fn tape_length(&self, watched: bool, recorded: bool) -> usize {
        let Settings { run, cluster, .. } = &self.settings;
        let fitting = Tape::fitting(run.tape_memory / run.clusters as f64, cluster.cells());
        if watched { fitting } else { fitting.min(if recorded { run.black_box_ticks } else { 0 }).max(UNWATCHED) }
    }

    /// Takes the run away that is in `world`, if there is one.
    fn clear(world: &mut World) {
        if let Some(roster) = world.remove_resource::<Roster>() {
            for (cluster, agent) in roster.0 {
                world.despawn(agent);
                world.despawn(cluster);
            }
        }
    }
}

/// Makes the settings those of the policy to watch, if one is named; answers its trained networks, if it has any.
fn watch(settings: &mut Settings) -> Result<Option<Model>, SimulationError> {
    let policy = settings.run.policy.as_str();
    if policy.is_empty() {
        return Ok(None);
    }
    let checkpoint = match policy.strip_prefix("pilot:") {
        Some(BUILTIN) => builtin(&settings.cluster.name)?,
        Some(path) => Checkpoint::load(Path::new(path))?,
        None if policy == QTABLE => qtable()?,
        None => {
            scripted(policy)?;
            return Ok(None);
        }
    };
    let Checkpoint { settings: trained, model } = checkpoint.for_acting();
    settings.run.agent = trained.run.agent;
    (settings.pilot, settings.prophet, settings.qtable) = (trained.pilot, trained.prophet, trained.qtable);
    Ok(Some(model))
}

impl Simulation {
    /// Who acts in the place of what the brain values most: a guide now and then while it learns, always what is watched,
    /// unless that is a network.
    fn guidance(&self) -> Option<Box<dyn Policy>> {
        let settings = &self.settings;
        match self.watched.as_ref().map(|model| &model.table) {
            Some(Some(table)) => Some(Box::new(Tabular::new(table.clone(), settings.qtable.random_share))),
            Some(None) => None,
            None if settings.run.policy.is_empty() => guide(settings.exploration.guide),
            None => scripted(&settings.run.policy).ok(),
        }
    }
}
