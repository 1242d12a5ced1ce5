//! Setting a run up in a world, and taking it down again.

use crate::cluster::{Cluster, RngPurpose, TraceLoad, stream};
use crate::features::{FeatureEncoder, PilotInput, ProphetInput, TrendTracker};
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Learner, Model};
use crate::policy::{Policy, guide, scripted};
use crate::schema::{SavedEnvironment, SavedRun};
use crate::settings::{Settings, SettingsError};
use crate::simulation::lifecycle::saved_agent::{Parts, restore_agent};
use crate::simulation::lifecycle::snapshot::largest_state;
use crate::simulation::takeover::state::Resumed;
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

/// The settings of the run in progress.
#[derive(Resource, Debug, Clone)]
pub struct ActiveSettings(pub Settings);

/// The networks and memories.
#[derive(Resource)]
pub struct ActiveLearner(pub Learner);

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
struct ClusterAgent {
    cluster: LiveCluster,
    episode: Episode,
    /// The tape of the running episode, where the run goes on.
    frame_history: Option<FrameHistory>,
    agent: Parts,
}

/// All that a run changes.
struct PreparedRun {
    cluster_agents: Vec<ClusterAgent>,
    stats: RunStats,
    /// How the comparison stands, where two policies are compared.
    board: Option<Scoreboard>,
    /// The drive in progress, and how the last one went.
    manual_control: Resumed,
    learner: Learner,
}

/// A run that is ready to begin or to go on: checked settings and the imported trace.
pub struct Simulation {
    settings: Settings,
    load: Option<TraceLoad>,
    /// The trained networks to prophet_inputs, if that is what is wanted.
    watched: Option<Model>,
    /// What the policy that it is compared with acts with, if it is trained and there is one.
    opponent: Option<Checkpoint>,
    /// The run as it was when it was ended, and the seconds it had taken, if it goes on.
    resumed: Option<(PreparedRun, f64)>,
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
        let (mut watched, mut opponent) = (None, None);
        if !settings.run.against.is_empty() {
            settings.run.clusters = 2;
            opponent = trained(&settings.run.against, &settings)?;
            // The networks that are shown at work are those of the first contender that has any.
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

    /// Goes on from a checkpoint of a run of these settings, in place of the beginning: exactly, if nothing that its future
    /// depends on has changed.
    ///
    /// # Errors
    /// A state that is damaged, or was made under other settings or another trace.
    pub fn resume(mut self, found: &ResumePoint) -> Result<Self, SimulationError> {
        let refused = |problem: String| RecordError::unusable(&found.path, problem);
        let changed = self.settings.changed_since(&found.checkpoint.settings);
        if let Some(other) = changed.iter().find(|difference| !difference.is_allowed()) {
            let problem = format!("its run has {} {}, and this one {}", other.path, other.before, other.now);
            return Err(refused(problem).into());
        }
        let saved = found.state.unpack(largest_state(&self.settings)).map_err(refused)?;
        let ready = self.going_on(&found.checkpoint.model, saved).map_err(refused)?;
        self.resumed = Some((ready, found.state.positions.seconds));
        Ok(self)
    }

    fn going_on(&self, model: &Model, saved: SavedRun<'_>) -> Result<PreparedRun, String> {
        let SavedRun { environments, stats, comparison, takeover, report, learner } = saved;
        let (clusters, environments) = (self.settings.run.clusters, environments.0);
        if environments.len() != clusters {
            return Err(format!("it is of a run with {} clusters, and this one has {clusters}", environments.len()));
        }
        let board = comparison.map(Scoreboard::from_saved);
        let mut ready = self.beginning();
        let same = match (&board, &ready.board) {
            (Some(board), Some(fresh)) => board.is_of(fresh),
            (None, None) => true,
            _ => false,
        };
        let stats = RunStats::from_saved(stats).filter(|_| same).ok_or("its counters are damaged")?;
        let most = self.history_length(true, true);
        for (index, (cluster_agent, saved)) in ready.cluster_agents.iter_mut().zip(environments).enumerate() {
            let restored = cluster_agent.restore(&self.settings, saved, stats.ticks, most);
            restored.map_err(|problem| format!("cluster {index} cannot go on: {problem}"))?;
        }
        let lives: Vec<_> = ready.cluster_agents.iter().map(|cluster_agent| &cluster_agent.cluster.0).collect();
        ready.manual_control = Resumed::new((takeover, report), &self.settings, &lives, || self.guide())?;
        let mut fresh = Learner::new(&self.settings);
        fresh.restore(&self.settings, model, learner).map_err(|problem| problem.to_string())?;
        (ready.stats, ready.board, ready.learner) = (stats, board, fresh);
        Ok(ready)
    }

    /// The clusters and agents at the beginning of the run.
    fn cluster_agents(&self) -> Vec<ClusterAgent> {
        let settings = &self.settings;
        let seed = settings.run.seed;
        let compared = !settings.run.against.is_empty();
        let cluster_agent = |index: usize| {
            // Contenders play the same episodes.
            let episode = Episode::first(seed, if compared { 0 } else { index });
            let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), self.load.clone());
            cluster.reset(episode.seed());
            let pilot_inputs = PilotInputs {
                encoder: FeatureEncoder::new(settings.pilot.inputs, settings.cluster.rows, settings.cluster.columns),
                now: PilotInput::default(),
                next: PilotInput::default(),
            };
            let trends = TrendTracker::new(settings.prophet.inputs, settings.cluster.cells());
            let prophet_inputs = ProphetInputs { trends, prophet_input: ProphetInput::default() };
            let agent = (
                Observations::default(),
                pilot_inputs,
                Guide(if index > 0 && compared { self.opposition() } else { self.guide() }),
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

    /// The beginning of the run.
    fn beginning(&self) -> PreparedRun {
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
        PreparedRun {
            cluster_agents: self.cluster_agents(),
            stats: RunStats::default(),
            board,
            manual_control: Resumed::default(),
            learner,
        }
    }

    /// Puts the run into `world`, in place of one that is there already.
    pub fn start(mut self, world: &mut World, folder: Option<RunFolder>) {
        Self::clear(world);
        let (ready, seconds) = self.resumed.take().unwrap_or_else(|| (self.beginning(), 0.0));
        let mut cluster_order = ClusterOrder::default();
        let watched = world.contains_resource::<ChartHistory>();
        let length = self.history_length(watched, folder.is_some());
        let boxed = folder.is_some() && self.settings.run.black_box_ticks > 0;
        for (index, ClusterAgent { cluster, episode, frame_history, agent }) in
            ready.cluster_agents.into_iter().enumerate()
        {
            let frame_history = match frame_history {
                Some(frame_history) => frame_history.holding(length),
                None => {
                    let mut frame_history =
                        if boxed { FrameHistory::new(length).with_action_log() } else { FrameHistory::new(length) };
                    frame_history.record(&cluster.0, Cause::Start, |_| {});
                    frame_history
                }
            };
            let frame_history = if watched { frame_history.with_network_inputs() } else { frame_history };
            let cluster = world.spawn((ClusterIndex(index), cluster, episode, frame_history)).id();
            if let Some(side) = ready.board.as_ref().and_then(|board| board.sides.get(index)) {
                world.entity_mut(cluster).insert(ComparedPolicy { name: side.name.clone() });
            }
            let agent = world.spawn((Agent { cluster }, agent)).id();
            cluster_order.0.push((cluster, agent));
        }
        if let Some(mut history) = world.get_resource_mut::<ChartHistory>() {
            *history = ChartHistory::default();
        }
        let mut run_writer = RunWriter::new(folder);
        run_writer.went_on_after(seconds);
        world.insert_resource(ActiveClusters(cluster_order.0.clone()));
        world.insert_resource(ready.manual_control.cluster_agent(&cluster_order));
        world.insert_resource(cluster_order);
        if let Some(board) = ready.board {
            world.insert_resource(board);
        }
        world.insert_resource(ready.stats);
        world.insert_resource(run_writer);
        world.insert_resource(ActiveLearner(ready.learner));
        world.insert_resource(ActiveSettings(self.settings));
    }

    /// Frames that each cluster keeps: as many as memory allows where somebody looks at them, and those of a black box
    /// where one can be written.
    fn history_length(&self, watched: bool, recorded: bool) -> usize {
        let Settings { run, cluster, .. } = &self.settings;
        let fitting = FrameHistory::fitting(run.history_memory / run.clusters as f64, cluster.cells());
        if watched { fitting } else { fitting.min(if recorded { run.black_box_ticks } else { 0 }).max(UNWATCHED) }
    }

    /// Takes the run away that is in `world`, if there is one.
    fn clear(world: &mut World) {
        world.remove_resource::<Scoreboard>();
        // Commands of another run, or of a time that comes again.
        world.remove_resource::<CommandScript>();
        if let Some(cluster_order) = world.remove_resource::<ClusterOrder>() {
            for (cluster, agent) in cluster_order.0 {
                world.despawn(agent);
                world.despawn(cluster);
            }
        }
    }
}

/// The trained policy of this name; none of a scripted one, or of nobody.
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

/// Makes the settings those of a trained policy; answers what it acts with.
fn adopt(settings: &mut Settings, Checkpoint { settings: trained, model }: Checkpoint) -> Model {
    settings.run.agent = trained.run.agent;
    (settings.pilot, settings.prophet, settings.qtable) = (trained.pilot, trained.prophet, trained.qtable);
    model
}

impl Simulation {
    /// Who acts in the place of what the brain values most: a guide now and then while it learns, always what is watched,
    /// unless that is a network.
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

    /// The policy that is compared with what is watched.
    fn opposition(&self) -> Option<Box<dyn Policy>> {
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
    /// Goes on from a state of the same seat, made under these settings.
    /// `ticks` of the run were done, and at most `most` frames of the past are of use.
    fn restore(&mut self, settings: &Settings, saved: SavedEnvironment, ticks: u64, most: usize) -> Result<(), String> {
        let SavedEnvironment { cluster, agent, episode, frame_history } = saved;
        let episode = Episode::from_saved(episode);
        if !episode.is_of(&self.episode) {
            return Err("it was made under another seed".to_owned());
        }
        let (rows, columns) = (self.cluster.0.scenario().rows, self.cluster.0.scenario().columns);
        restore_agent(&mut self.agent, settings, agent, (rows, columns))?;
        let mut live = self.cluster.0.clone();
        live.restore(cluster)?;
        // The episode is played again from its beginning, which brings back what was seen of it.
        let (fresh, seed, number) = (self.cluster.0.clone(), episode.seed(), episode.number);
        let mut frame_history = FrameHistory::new(most).restore(frame_history, fresh, seed, number, ticks)?;
        if frame_history.latest().is_none() {
            frame_history.push(&live, Cause::Start, |frame| (frame.tick, frame.episode) = (ticks, number));
        }
        (self.cluster.0, self.episode, self.frame_history) = (live, episode, Some(frame_history));
        Ok(())
    }
}
