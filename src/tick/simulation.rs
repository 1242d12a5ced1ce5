//! Setting a run up in a world, and taking it down again.

use super::snapshot::{RunSnapshot, SeatSnapshot, largest_state};
use super::tape::Keepsake;
use super::{
    Agent, Cause, ClusterIndex, Decision, Dice, Episode, Forecast, Guidance, History, Journal, LiveCluster, Memory,
    Recall, Roster, Senses, Tally, Tape, Verdict, Watch,
};
use crate::brain::{Brain, Eyes, LabelBuffer, Model, NStep, Sight, Signs, Trends};
use crate::cluster::{Cluster, Load, Purpose, stream};
use crate::policy::{Policy, Tabular, guide, scripted};
use crate::record::{BUILTIN, Checkpoint, Found, QTABLE, RecordError, RunFolder, builtin, qtable};
use crate::settings::{Settings, SettingsError};
use crate::trace::{ImportReport, TraceError, import};
use bevy::ecs::resource::Resource;
use bevy::ecs::world::World;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// The settings of the run in progress.
#[derive(Resource, Debug, Clone)]
pub struct ActiveSettings(pub Settings);

/// The networks and memories.
#[derive(Resource)]
pub struct Mind(pub Brain);

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

/// A cluster and its agent.
struct Seat {
    cluster: LiveCluster,
    episode: Episode,
    /// What is left of the past, where the run goes on.
    past: Option<Keepsake>,
    agent: (Senses, Recall, Guidance, Watch, Forecast, Decision, Verdict, Memory, Dice),
}

/// All that a run changes.
struct Ready {
    seats: Vec<Seat>,
    tally: Tally,
    brain: Brain,
}

/// A run that is ready to begin or to go on: checked settings and the imported trace.
pub struct Simulation {
    settings: Settings,
    load: Option<Load>,
    /// The trained networks to watch, if that is what is wanted.
    watched: Option<Model>,
    /// The run as it was when it was ended, and the seconds it had taken, if it goes on.
    resumed: Option<(Ready, f64)>,
    /// What the import of the trace had to say.
    pub report: Option<ImportReport>,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resumed = self.resumed.is_some();
        formatter
            .debug_struct("Simulation")
            .field("settings", &self.settings)
            .field("resumed", &resumed)
            .finish_non_exhaustive()
    }
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
        Ok(Self { settings, load, watched, resumed: None, report })
    }

    /// The checked settings, every number resolved.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes on from a checkpoint of a run of these settings, in place of the beginning: exactly, if nothing that its future
    /// depends on has changed.
    ///
    /// # Errors
    /// A state that is damaged, or was made under other settings or another trace.
    pub fn resume(mut self, found: &Found) -> Result<Self, SimulationError> {
        let refused = |problem: String| RecordError::unusable(&found.path, problem);
        let snapshot: RunSnapshot<'_> = found.state.unpack(largest_state(&self.settings)).map_err(refused)?;
        let ready = self.going_on(&found.checkpoint.model, snapshot).map_err(refused)?;
        self.resumed = Some((ready, found.state.bookmark.seconds));
        Ok(self)
    }

    fn going_on(&self, model: &Model, snapshot: RunSnapshot<'_>) -> Result<Ready, String> {
        let RunSnapshot { seats, tally, brain } = snapshot;
        let mut ready = Ready { seats: self.seats(), tally, brain: Brain::new(&self.settings) };
        let clusters = ready.seats.len();
        if seats.len() != clusters {
            return Err(format!("it is of a run with {} clusters, and this one has {clusters}", seats.len()));
        }
        if !ready.tally.is_sound() {
            return Err("its counters are damaged".to_owned());
        }
        for (index, (seat, state)) in ready.seats.iter_mut().zip(seats).enumerate() {
            seat.restore(state).map_err(|problem| format!("cluster {index} cannot go on: {problem}"))?;
        }
        ready.brain.restore(model, brain).map_err(|problem| problem.to_string())?;
        Ok(ready)
    }

    /// The clusters and agents at the beginning of the run.
    fn seats(&self) -> Vec<Seat> {
        let settings = &self.settings;
        let seed = settings.run.seed;
        let (n_step, gamma) = settings.returns();
        let seat = |index: usize| {
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
            let memory = Memory {
                n_step: NStep::new(n_step, gamma),
                labels: LabelBuffer::new(settings.prophet.label, settings.prophet.horizon),
            };
            let agent = (
                Senses::default(),
                recall,
                Guidance(self.guidance()),
                watch,
                Forecast::default(),
                Decision::default(),
                Verdict::default(),
                memory,
                Dice(stream(seed, index as u64, Purpose::Exploration)),
            );
            Seat { cluster: LiveCluster(cluster), episode, past: None, agent }
        };
        (0..settings.run.clusters).map(seat).collect()
    }

    /// The beginning of the run.
    fn beginning(&self) -> Ready {
        let settings = &self.settings;
        let mut brain = Brain::new(settings);
        if let Some(model) = &self.watched {
            brain.load(model).expect("the model was checked against these very settings when it was read");
        }
        if !settings.run.policy.is_empty() {
            brain.freeze();
        }
        Ready { seats: self.seats(), tally: Tally::default(), brain }
    }

    /// Puts the run into `world`, in place of one that is there already.
    pub fn start(mut self, world: &mut World, folder: Option<RunFolder>) {
        Self::clear(world);
        let (ready, seconds) = self.resumed.take().unwrap_or_else(|| (self.beginning(), 0.0));
        let mut roster = Roster::default();
        let length = self.tape_length(world.contains_resource::<History>(), folder.is_some());
        let boxed = folder.is_some() && self.settings.run.black_box_ticks > 0;
        for (index, Seat { cluster, episode, past, agent }) in ready.seats.into_iter().enumerate() {
            let tape = if boxed { Tape::new(length).with_course() } else { Tape::new(length) };
            let mut tape = match past {
                Some(past) => tape.going_on(past),
                None => tape,
            };
            if tape.latest().is_none() {
                tape.record(&cluster.0, Cause::Start, |_| {});
            }
            let cluster = world.spawn((ClusterIndex(index), cluster, episode, tape)).id();
            let agent = world.spawn((Agent { cluster }, agent)).id();
            roster.0.push((cluster, agent));
        }
        if let Some(mut history) = world.get_resource_mut::<History>() {
            *history = History::default();
        }
        let mut journal = Journal::new(folder);
        journal.went_on_after(seconds);
        world.insert_resource(roster);
        world.insert_resource(ready.tally);
        world.insert_resource(journal);
        world.insert_resource(Mind(ready.brain));
        world.insert_resource(ActiveSettings(self.settings));
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

impl Seat {
    /// Goes on from a state of the same seat.
    fn restore(&mut self, state: SeatSnapshot) -> Result<(), &'static str> {
        let (senses, recall, guidance, watch, forecast, decision, verdict, memory, dice) = &mut self.agent;
        let scenario = self.cluster.0.scenario();
        let (rows, columns) = (scenario.rows, scenario.columns);
        if !state.episode.is_of(&self.episode) {
            return Err("it was made under another seed");
        }
        let fits = state.recall.eyes.fit(&recall.eyes)
            && state.watch.trends.fits(&watch.trends)
            && state.memory.n_step.fits(&memory.n_step)
            && state.memory.labels.fits(&memory.labels);
        if !fits {
            return Err("what its agent remembers was made under other settings");
        }
        match (&mut guidance.0, state.guidance) {
            (None, None) => {}
            (Some(guide), Some(recollection)) if recollection.fits(rows, columns) => {
                if !guide.recall(recollection) {
                    return Err("its guide is another");
                }
            }
            _ => return Err("its guide is another"),
        }
        if !state.past.fits(rows, columns) {
            return Err("its past is that of a cluster of another size");
        }
        self.cluster.0.restore(state.cluster)?;
        self.past = Some(state.past);
        self.episode = state.episode;
        (*senses, *recall, *watch, *memory, *dice) =
            (state.senses, state.recall, state.watch, state.memory, state.dice);
        (*forecast, *decision, *verdict) = (state.forecast, state.decision, state.verdict);
        Ok(())
    }
}
