//! Components of clusters and agents.

use crate::cluster::{Action, Cluster, Effect, Observation, Outcome, RngStream, StepResult};
use crate::features::{FeatureEncoder, PilotInput, ProphetInput, TrendTracker};
use crate::learning::{ActionChoice, LabelBuffer, NStepBuffer, QValues, RiskCurve};
use crate::policy::Policy;
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;

/// Index of a cluster among those that run side by side, from 0.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterIndex(pub usize);

/// The environment of a cluster.
#[derive(Component, Debug)]
pub struct LiveCluster(pub Cluster);

/// Marks an agent and names the cluster that it walks.
#[derive(Component, Debug, Clone, Copy)]
pub struct Agent {
    /// Entity of its cluster.
    pub cluster: Entity,
}

/// Observations of an agent in this step.
#[derive(Component, Debug, Clone, Default)]
pub struct Observations {
    /// Before its action.
    pub now: Observation,
    /// After the step. That of the last step of an episode never becomes [`Observations::now`].
    pub next: Observation,
}

/// Inputs of the Pilot for an agent in this step.
#[derive(Component, Debug, Clone)]
pub struct PilotInputs {
    /// Makes the inputs from observations and belief.
    pub encoder: FeatureEncoder,
    /// Before its action.
    pub now: PilotInput,
    /// After the step.
    pub next: PilotInput,
}

/// Input of the Prophet for an agent in this step.
#[derive(Component, Debug, Clone)]
pub struct ProphetInputs {
    /// Tracks how the cluster changes.
    pub trends: TrendTracker,
    /// Before its action.
    pub now: ProphetInput,
}

/// The scripted policy that an exploring or afraid agent follows, or the policy that is watched.
#[derive(Component)]
pub struct Guide(pub Option<Box<dyn Policy>>);

/// The forecast of the Prophet for an agent.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast(pub RiskCurve);

impl Forecast {
    /// The risk: the probability of a collapse within the longest horizon, 0 to 1.
    pub fn risk(&self) -> f32 {
        self.0.risk()
    }
}

/// The action that an agent chose, and how.
#[derive(Component, Debug, Clone, Copy)]
pub struct Decision {
    /// The Q-values of the Pilot.
    pub q_values: QValues,
    /// Epsilon before fear.
    pub epsilon: f64,
    /// The action chosen.
    pub choice: ActionChoice,
    /// Whether a person chose it ([`crate::simulation::ManualControl`]).
    pub manual: bool,
}

impl Default for Decision {
    fn default() -> Self {
        let choice = ActionChoice { action: Action::Up, explored: false, handed_over: false, effective_epsilon: 0.0 };
        Self { q_values: QValues::default(), epsilon: 0.0, choice, manual: false }
    }
}

/// Effect, reward and outcome of an agent's action.
#[derive(Component, Debug, Clone, Copy)]
pub struct ActionResult {
    /// What the action did.
    pub effect: Effect,
    /// Its reward and the state of the episode.
    pub step: StepResult,
}

impl Default for ActionResult {
    fn default() -> Self {
        let step = StepResult { reward: Default::default(), outcome: Outcome::Running };
        Self { effect: Effect::default(), step }
    }
}

/// Experience of an agent that is not yet complete enough to be learned from.
#[derive(Component, Debug, Clone, Default)]
pub struct PendingExperience {
    /// Steps that wait for their n-step return.
    pub n_step: NStepBuffer,
    /// States that wait for their label.
    pub labels: LabelBuffer,
}

/// Random stream of an agent, for exploration.
#[derive(Component, Debug, Clone)]
pub struct AgentRng(pub RngStream);

/// All clusters with their agents, ordered by index; every stage uses this order.
#[derive(Resource, Debug, Default)]
pub struct ClusterOrder(pub Vec<(Entity, Entity)>);

/// The clusters and agents that take part in a tick, in the same order: all but compared policies that wait
/// ([`crate::simulation::ComparedPolicy`]).
#[derive(Resource, Debug, Default)]
pub struct ActiveClusters(pub Vec<(Entity, Entity)>);
