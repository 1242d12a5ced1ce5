//! Setting a run up in a world, and taking it down again.

use super::{
    Agent, ClusterIndex, Decision, Dice, Episode, Forecast, Guidance, History, LiveCluster, Memory, Recall, Roster,
    Senses, Tally, Verdict,
};
use crate::brain::{Brain, Eyes, LabelBuffer, Model, NStep, Sight};
use crate::cluster::{Cluster, Load, Purpose, stream};
use crate::policy::guide;
use crate::record::{EpisodeRow, RecordError, RunFolder, StepRow};
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

/// Why a run could not be set up.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// Settings that are out of range or contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A trace that could not be imported.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// A run that is ready to begin: checked settings and the imported trace.
#[derive(Debug)]
pub struct Simulation {
    settings: Settings,
    load: Option<Load>,
    /// What the import of the trace had to say.
    pub report: Option<ImportReport>,
}

impl Simulation {
    /// Checks the settings and imports the trace they name.
    ///
    /// # Errors
    /// Bad settings or a bad trace.
    pub fn prepare(mut settings: Settings, default_clusters: usize) -> Result<Self, SimulationError> {
        if settings.run.clusters == 0 {
            settings.run.clusters = default_clusters;
        }
        settings.check(None)?;
        let (mut load, mut report) = (None, None);
        if !settings.trace.file.is_empty() {
            let imported = import(Path::new(&settings.trace.file))?;
            load = Some(Load::new(Arc::new(imported.table), &settings.trace));
            report = Some(imported.report);
        }
        Ok(Self { settings, load, report })
    }

    /// The checked settings, every number resolved.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Puts the run into `world`, in place of one that is there already.
    pub fn start(self, world: &mut World, folder: Option<RunFolder>) {
        Self::clear(world);
        let settings = self.settings;
        let seed = settings.run.seed;
        let (n_step, gamma) = settings.returns();
        let mut roster = Roster::default();
        for index in 0..settings.run.clusters {
            let episode = Episode::first(seed, index);
            let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), self.load.clone());
            cluster.reset(episode.seed());
            let recall = Recall {
                eyes: Eyes::new(settings.pilot.view, settings.cluster.rows, settings.cluster.columns),
                now: Sight::default(),
                next: Sight::default(),
            };
            let cluster = world.spawn((ClusterIndex(index), LiveCluster(cluster), episode)).id();
            let memory = Memory {
                n_step: NStep::new(n_step, gamma),
                labels: LabelBuffer::new(settings.prophet.label, settings.prophet.horizon),
            };
            let agent = world.spawn((
                Agent { cluster },
                Senses::default(),
                recall,
                Guidance(guide(settings.exploration.guide)),
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
        world.insert_resource(Mind(Brain::new(&settings)));
        world.insert_resource(ActiveSettings(settings));
    }

    fn clear(world: &mut World) {
        if let Some(roster) = world.remove_resource::<Roster>() {
            for (cluster, agent) in roster.0 {
                world.despawn(agent);
                world.despawn(cluster);
            }
        }
    }
}
