//! A run as plain data: all that decides its future besides its settings and its model.

use crate::blackbox::ManualSpans;
use crate::cluster::ClusterSnapshot;
use crate::learning::{LearnerSnapshot, Pilot, Prophet};
use crate::policy::PolicyState;
use crate::settings::{ProphetLabel, Settings};
use crate::simulation::schedule::components::{
    ActionResult, Agent, AgentRng, Decision, Forecast, Guide, LiveCluster, Observations, PendingExperience,
    PilotInputs, ProphetInputs,
};
use crate::simulation::takeover::state::ManualControlState;
use crate::simulation::{
    ActiveLearner, ActiveSettings, ClusterOrder, Episode, FrameHistory, FrameHistoryState, ManualControl, RunStats,
    Scoreboard,
};
use crate::storage::TrainingState;
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};

/// A cluster and its agent between two ticks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulation) struct ClusterAgentSnapshot {
    pub cluster: ClusterSnapshot,
    pub episode: Episode,
    pub frame_history: FrameHistoryState,
    pub observations: Observations,
    pub pilot_inputs: PilotInputs,
    pub guide: Option<PolicyState>,
    pub prophet_inputs: ProphetInputs,
    pub forecast: Forecast,
    pub decision: Decision,
    pub action_result: ActionResult,
    pub memory: PendingExperience,
    pub rng: AgentRng,
}

/// All clusters in the order of their index, the counters and the mind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulation) struct RunSnapshot<'a> {
    pub cluster_agents: Vec<ClusterAgentSnapshot>,
    pub stats: RunStats,
    /// How the comparison stands, where two policies are compared.
    pub board: Option<Scoreboard>,
    pub learner: LearnerSnapshot<'a>,
}

/// What people do by hand: follows the rest since version 4 of checkpoints.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::simulation) struct ManualSnapshot {
    pub manual_control: ManualControlState,
    /// What a person drove of the running episode of each cluster.
    pub manual: Vec<ManualSpans>,
}

/// The first version of checkpoints that tells of it.
const WITH_HANDS: u32 = 4;

/// A run with all that people do to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::simulation) struct FullSnapshot<'a> {
    pub run: RunSnapshot<'a>,
    pub hands: ManualSnapshot,
}

impl<'a> FullSnapshot<'a> {
    /// The run in `world`.
    pub fn of(world: &'a World) -> Self {
        let run = RunSnapshot::of(world);
        let manual_control =
            ManualControlState::of(world.resource::<ManualControl>(), world.resource::<ClusterOrder>());
        let manual = run.cluster_agents.iter().map(|cluster_agent| cluster_agent.frame_history.manual()).collect();
        Self { run, hands: ManualSnapshot { manual_control, manual } }
    }

    /// Reads a state of at most `largest` bytes.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn unpack(state: &TrainingState, largest: u64) -> Result<Self, String> {
        if state.version() >= WITH_HANDS {
            return state.unpack(largest);
        }
        let run: RunSnapshot<'_> = state.unpack(largest)?;
        let manual = vec![ManualSpans::new(); run.cluster_agents.len()];
        Ok(Self { run, hands: ManualSnapshot { manual_control: ManualControlState::default(), manual } })
    }
}

impl<'a> RunSnapshot<'a> {
    /// The run in `world`.
    fn of(world: &'a World) -> Self {
        let cluster_agents = world
            .resource::<ClusterOrder>()
            .0
            .iter()
            .map(|(cluster, agent)| cluster_agent(world, *cluster, *agent))
            .collect();
        let (stats, learner) = (world.resource::<RunStats>().clone(), world.resource::<ActiveLearner>().0.snapshot());
        Self { cluster_agents, stats, board: world.get_resource().cloned(), learner }
    }
}

fn cluster_agent(world: &World, cluster: Entity, agent: Entity) -> ClusterAgentSnapshot {
    fn part<T: Component>(world: &World, entity: Entity) -> &T {
        world.get::<T>(entity).expect("clusters and agents have their components for as long as they live")
    }
    debug_assert_eq!(part::<Agent>(world, agent).cluster, cluster);
    let episode = part::<Episode>(world, cluster);
    let ticks = world.resource::<ActiveSettings>().0.run.black_box_ticks;
    ClusterAgentSnapshot {
        frame_history: part::<FrameHistory>(world, cluster).state(ticks),
        cluster: part::<LiveCluster>(world, cluster).0.snapshot(),
        episode: episode.clone(),
        observations: part::<Observations>(world, agent).clone(),
        pilot_inputs: part::<PilotInputs>(world, agent).clone(),
        guide: part::<Guide>(world, agent).0.as_ref().map(|guide| guide.policy_state()),
        prophet_inputs: part::<ProphetInputs>(world, agent).clone(),
        forecast: *part::<Forecast>(world, agent),
        decision: *part::<Decision>(world, agent),
        action_result: *part::<ActionResult>(world, agent),
        memory: part::<PendingExperience>(world, agent).clone(),
        rng: part::<AgentRng>(world, agent).clone(),
    }
}

/// How many bytes a snapshot of a run of these settings can have at most, rounded up generously.
pub fn largest_state(settings: &Settings) -> u64 {
    let (pilot, prophet) = (&settings.pilot, &settings.prophet);
    let weights = |sizes: Vec<usize>| sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum::<usize>() as u64;
    let waiting = match prophet.label {
        ProphetLabel::Horizon => prophet.horizon,
        ProphetLabel::EpisodeOutcome => settings.cluster.max_steps,
    };
    let (cells, waiting, pending) = (settings.cluster.cells() as u64, waiting as u64, pilot.n_step as u64);
    let action_log = 32 * settings.cluster.max_steps as u64 + 80 * settings.run.black_box_ticks as u64;
    let cluster_agent = 200 * cells + 200 * waiting + 400 * pending + action_log + (64 << 10);
    let networks = 4 * (4 * weights(Pilot::sizes(pilot)) + 3 * weights(Prophet::sizes(prophet)));
    let memories = 660 * pilot.replay_capacity as u64 + 170 * prophet.replay_capacity as u64;
    // A drive holds two minds, each with its own cluster.
    let drive = 2 * (200 * cells + 4 * weights(Pilot::sizes(pilot)) + (64 << 10));
    cluster_agent * settings.run.clusters.max(1) as u64 + networks + memories + drive + (8 << 20)
}
