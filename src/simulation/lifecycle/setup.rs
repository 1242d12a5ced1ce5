//! Prepares a run from settings or a checkpoint, and puts it into a world.

use crate::cluster::{Cluster, RngPurpose, TraceLoad, stream};
use crate::features::{FeatureEncoder, PilotInput, ProphetInput, TrendTracker};
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Learner, Model};
use crate::policy::{Policy, guide, scripted};
use crate::schema::{SavedEnvironment, SavedRun};
use crate::settings::{Settings, SettingsError};
use crate::simulation::lifecycle::saved_agent::{AgentComponents, restore_agent};
use crate::simulation::lifecycle::snapshot::largest_state;
use crate::simulation::takeover::state::RestoredControl;
use crate::simulation::{
    ActionResult, ActiveClusters, Agent, AgentRng, Cause, ChartHistory, ClusterIndex, ClusterOrder, CommandScript,
    ComparedPolicy, Decision, Episode, Forecast, FrameHistory, Guide, LiveCluster, Observations, PendingExperience,
    PilotInputs, ProphetInputs, RunStats, RunWriter, Scoreboard,
};
use crate::storage::{BUILTIN, Checkpoint, QTABLE, RecordError, ResumePoint, RunFolder, builtin, qtable};
use crate::trace::{ImportReport, TraceError, import};
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// The settings of the current run.
#[derive(Resource, Debug, Clone)]
pub struct ActiveSettings(pub Settings);

/// The learner of the current run: networks and memories.
#[derive(Resource)]
pub struct ActiveLearner(pub Learner);

/// Frames kept per cluster without a window and without black boxes.
const UNWATCHED: usize = 2;

/// Why a run cannot be set up.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// Settings that are out of range or contradictory.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A trace that cannot be imported.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// An unusable checkpoint of the policy to watch.
    #[error(transparent)]
    Checkpoint(#[from] RecordError),
}

impl SimulationError {
    /// Whether the input is to blame rather than the system.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Settings(error) => error.is_bad_input(),
            Self::Trace(error) => error.is_bad_input(),
            Self::Checkpoint(error) => error.is_bad_input(),
        }
    }
}

/// The components of a cluster and its agent.
struct ClusterAgent {
    cluster: LiveCluster,
    episode: Episode,
    /// The frames of the running episode, in a resumed run.
    frame_history: Option<FrameHistory>,
    agent: AgentComponents,
}

/// The state with which a run starts: fresh or restored.
struct InitialState {
    cluster_agents: Vec<ClusterAgent>,
    stats: RunStats,
    /// The score, in a comparison.
    board: Option<Scoreboard>,
    /// The drive in progress, and the report of the last one.
    manual_control: RestoredControl,
    learner: Learner,
}

/// A run that is prepared to start or resume: checked settings, imported trace, loaded policies.
pub struct Simulation {
    settings: Settings,
    load: Option<TraceLoad>,
    /// The trained model to watch, if any.
    watched: Option<Model>,
    /// The trained model of the opponent in a comparison, if it has one.
    opponent: Option<Checkpoint>,
    /// The restored state and the run time so far in seconds, if the run resumes.
    resumed: Option<(InitialState, f64)>,
    /// The report of the import of the trace.
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
        let (mut watched, mut opponent) = (None, None);
        if !settings.run.against.is_empty() {
            settings.run.clusters = 2;
            opponent = trained(&settings.run.against, &settings)?;
            // The networks shown in the window are those of the first policy that has any.
            watched = opponent.clone().map(|trained| adopt(&mut settings, trained));
        }
        if let Some(trained) = trained(&settings.run.policy, &settings)? {
            watched = Some(adopt(&mut settings, trained));
        }
        let (mut load, mut report) = (None, None);
        if !settings.trace.file.is_empty() {
            let imported = import(Path::new(&settings.trace.file))?;
            load = Some(TraceLoad::new(Arc::new(imported.table), &settings.trace));
            report = Some(imported.report);
        }
        Ok(Self { settings, load, watched, opponent, resumed: None, report })
    }

    /// The checked settings, every number resolved.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Resumes from a checkpoint instead of starting fresh. Settings that decide the future of the run must be unchanged, so
    /// that it continues exactly.
    ///
    /// # Errors
    /// A damaged state, or one from other settings or another trace.
    pub fn resume(mut self, resume_point: &ResumePoint) -> Result<Self, SimulationError> {
        let refused = |problem: String| RecordError::unusable(&resume_point.path, problem);
        let changed = self.settings.changed_since(&resume_point.checkpoint.settings);
        if let Some(other) = changed.iter().find(|difference| !difference.is_allowed()) {
            let problem = format!("its run has {} {}, and this one has {}", other.path, other.before, other.now);
            return Err(refused(problem).into());
        }
        let saved = resume_point.state.unpack(largest_state(&self.settings)).map_err(refused)?;
        let state = self.restored_state(&resume_point.checkpoint.model, saved).map_err(refused)?;
        self.resumed = Some((state, resume_point.state.positions.seconds));
        Ok(self)
    }

    fn restored_state(&self, model: &Model, saved: SavedRun<'_>) -> Result<InitialState, String> {
        let SavedRun { environments, stats, comparison, takeover, report, learner } = saved;
        let (clusters, environments) = (self.settings.run.clusters, environments.0);
        if environments.len() != clusters {
            return Err(format!("its run has {} clusters, and this one has {clusters}", environments.len()));
        }
        let board = comparison.map(Scoreboard::from_saved);
        let mut state = self.initial_state();
        let same = match (&board, &state.board) {
            (Some(board), Some(fresh)) => board.has_same_sides(fresh),
            (None, None) => true,
            _ => false,
        };
        let stats = RunStats::from_saved(stats).filter(|_| same).ok_or("its counters are damaged")?;
        let most = self.history_length(true, true);
        for (index, (cluster_agent, saved)) in state.cluster_agents.iter_mut().zip(environments).enumerate() {
            let restored = cluster_agent.restore(&self.settings, saved, stats.ticks, most);
            restored.map_err(|problem| format!("cluster {index} cannot go on: {problem}"))?;
        }
        let clusters: Vec<_> = state.cluster_agents.iter().map(|cluster_agent| &cluster_agent.cluster.0).collect();
        state.manual_control = RestoredControl::new((takeover, report), &self.settings, &clusters, || self.guide())?;
        let mut fresh = Learner::new(&self.settings);
        fresh.restore(&self.settings, model, learner).map_err(|problem| problem.to_string())?;
        (state.stats, state.board, state.learner) = (stats, board, fresh);
        Ok(state)
    }

    /// The clusters and agents of a fresh run.
    fn cluster_agents(&self) -> Vec<ClusterAgent> {
        let settings = &self.settings;
        let seed = settings.run.seed;
        let compared = !settings.run.against.is_empty();
        let cluster_agent = |index: usize| {
            // Compared policies play the same episodes.
            let episode = Episode::first(seed, if compared { 0 } else { index });
            let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), self.load.clone());
            cluster.reset(episode.seed());
            let pilot_inputs = PilotInputs {
                encoder: FeatureEncoder::new(settings.pilot.inputs, settings.cluster.rows, settings.cluster.columns),
                now: PilotInput::default(),
                next: PilotInput::default(),
            };
            let trends = TrendTracker::new(settings.prophet.inputs, settings.cluster.cells());
            let prophet_inputs = ProphetInputs { trends, now: ProphetInput::default() };
            let agent = (
                Observations::default(),
                pilot_inputs,
                Guide(if index > 0 && compared { self.opponent_policy() } else { self.guide() }),
                prophet_inputs,
                Forecast::default(),
                Decision::default(),
                ActionResult::default(),
                PendingExperience::default(),
                AgentRng(stream(seed, index as u64, RngPurpose::Exploration)),
            );
            ClusterAgent { cluster: LiveCluster(cluster), episode, frame_history: None, agent }
        };
        (0..settings.run.clusters).map(cluster_agent).collect()
    }

    /// The state of a fresh run.
    fn initial_state(&self) -> InitialState {
        let settings = &self.settings;
        let mut learner = Learner::new(settings);
        if let Some(model) = &self.watched {
            learner.load(settings, model).expect("the model was checked against these very settings when it was read");
        }
        if !settings.run.policy.is_empty() {
            learner.freeze(settings);
        }
        let compared = !settings.run.against.is_empty();
        let names = [&settings.run.policy, &settings.run.against].map(Clone::clone);
        let board = compared.then(|| Scoreboard::new(names));
        InitialState {
            cluster_agents: self.cluster_agents(),
            stats: RunStats::default(),
            board,
            manual_control: RestoredControl::default(),
            learner,
        }
    }

    /// Puts the run into `world` and replaces the run there, if any.
    pub fn start(mut self, world: &mut World, folder: Option<RunFolder>) {
        Self::clear(world);
        let (state, seconds) = self.resumed.take().unwrap_or_else(|| (self.initial_state(), 0.0));
        let mut cluster_order = ClusterOrder::default();
        let watched = world.contains_resource::<ChartHistory>();
        let length = self.history_length(watched, folder.is_some());
        let records_black_boxes = folder.is_some() && self.settings.run.black_box_ticks > 0;
        for (index, ClusterAgent { cluster, episode, frame_history, agent }) in
            state.cluster_agents.into_iter().enumerate()
        {
            let frame_history = match frame_history {
                Some(frame_history) => frame_history.with_capacity(length),
                None => {
                    let mut frame_history = if records_black_boxes {
                        FrameHistory::new(length).with_action_log()
                    } else {
                        FrameHistory::new(length)
                    };
                    frame_history.record(&cluster.0, Cause::Start, |_| {});
                    frame_history
                }
            };
            let frame_history = if watched { frame_history.with_network_inputs() } else { frame_history };
            let cluster = world.spawn((ClusterIndex(index), cluster, episode, frame_history)).id();
            if let Some(side) = state.board.as_ref().and_then(|board| board.sides.get(index)) {
                world.entity_mut(cluster).insert(ComparedPolicy { name: side.name.clone() });
            }
            let agent = world.spawn((Agent { cluster }, agent)).id();
            cluster_order.0.push((cluster, agent));
        }
        if let Some(mut history) = world.get_resource_mut::<ChartHistory>() {
            *history = ChartHistory::default();
        }
        let mut run_writer = RunWriter::new(folder);
        run_writer.resumed_after(seconds);
        world.insert_resource(ActiveClusters(cluster_order.0.clone()));
        world.insert_resource(state.manual_control.into_manual_control(&cluster_order));
        world.insert_resource(cluster_order);
        if let Some(board) = state.board {
            world.insert_resource(board);
        }
        world.insert_resource(state.stats);
        world.insert_resource(run_writer);
        world.insert_resource(ActiveLearner(state.learner));
        world.insert_resource(ActiveSettings(self.settings));
    }

    /// Frames kept per cluster: as many as memory allows if there is a window, else as many as a black box needs.
    fn history_length(&self, watched: bool, recorded: bool) -> usize {
        let Settings { run, cluster, .. } = &self.settings;
        let fitting = FrameHistory::frames_within(run.history_memory / run.clusters as f64, cluster.cells());
        if watched { fitting } else { fitting.min(if recorded { run.black_box_ticks } else { 0 }).max(UNWATCHED) }
    }

    /// Removes the run from `world`, if there is one.
    fn clear(world: &mut World) {
        world.remove_resource::<Scoreboard>();
        // A script of another run, or of ticks that will be repeated.
        world.remove_resource::<CommandScript>();
        if let Some(cluster_order) = world.remove_resource::<ClusterOrder>() {
            for (cluster, agent) in cluster_order.0 {
                world.despawn(agent);
                world.despawn(cluster);
            }
        }
    }
}

/// The checkpoint of a trained policy; none for a scripted one or an empty name.
fn trained(policy: &str, settings: &Settings) -> Result<Option<Checkpoint>, SimulationError> {
    let checkpoint = match policy.strip_prefix("pilot:") {
        Some(BUILTIN) => builtin(&settings.cluster.name)?,
        Some(path) => Checkpoint::load(Path::new(path))?,
        None if policy == QTABLE => qtable()?,
        None if policy.is_empty() => return Ok(None),
        None => {
            scripted(policy)?;
            return Ok(None);
        }
    };
    Ok(Some(checkpoint.for_acting()))
}

/// Takes over the network settings of a trained policy and returns its model.
fn adopt(settings: &mut Settings, Checkpoint { settings: trained, model }: Checkpoint) -> Model {
    settings.run.agent = trained.run.agent;
    (settings.pilot, settings.prophet, settings.qtable) = (trained.pilot, trained.prophet, trained.qtable);
    model
}

impl Simulation {
    /// The policy that may act in place of the networks: the guide of a learning agent, or the watched policy unless it is a
    /// network.
    fn guide(&self) -> Option<Box<dyn Policy>> {
        let settings = &self.settings;
        if settings.run.policy.is_empty() {
            return guide(settings.exploration.guide);
        }
        if let Ok(scripted) = scripted(&settings.run.policy) {
            return Some(scripted);
        }
        let table = self.watched.as_ref()?.table.clone()?;
        Some(Box::new(GreedyQTable::new(table, settings.qtable.random_share)))
    }

    /// The opponent of the watched policy in a comparison.
    fn opponent_policy(&self) -> Option<Box<dyn Policy>> {
        let Some(Checkpoint { settings, model }) = &self.opponent else {
            return scripted(&self.settings.run.against).ok();
        };
        Some(match &model.table {
            Some(table) => Box::new(GreedyQTable::new(table.clone(), settings.qtable.random_share)),
            None => Box::new(GreedyPilot::new(model, settings)),
        })
    }
}

impl ClusterAgent {
    /// Restores the state of this cluster and agent, saved under these settings after `ticks` ticks. At most `most` frames are
    /// kept.
    fn restore(&mut self, settings: &Settings, saved: SavedEnvironment, ticks: u64, most: usize) -> Result<(), String> {
        let SavedEnvironment { cluster, agent, episode, frame_history } = saved;
        let episode = Episode::from_saved(episode);
        if !episode.has_same_root(&self.episode) {
            return Err("it was saved under another seed".to_owned());
        }
        let (rows, columns) = (self.cluster.0.scenario().rows, self.cluster.0.scenario().columns);
        restore_agent(&mut self.agent, settings, agent, (rows, columns))?;
        let mut live = self.cluster.0.clone();
        live.restore(cluster)?;
        // Replaying the episode from its start restores its frames.
        let (fresh, seed, number) = (self.cluster.0.clone(), episode.seed(), episode.number);
        let mut frame_history = FrameHistory::new(most).restore(frame_history, fresh, seed, number, ticks)?;
        if frame_history.latest().is_none() {
            frame_history.push(&live, Cause::Start, |frame| (frame.tick, frame.episode) = (ticks, number));
        }
        (self.cluster.0, self.episode, self.frame_history) = (live, episode, Some(frame_history));
        Ok(())
    }
}
