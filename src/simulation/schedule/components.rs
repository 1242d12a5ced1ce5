//! Components of clusters and agents.

use crate::cluster::{Action, Cluster, Effect, Observation, Outcome, RngStream, StepResult};
use crate::features::{FeatureEncoder, PilotInput, ProphetInput, TrendTracker};
use crate::learning::{ActionChoice, LabelBuffer, NStepBuffer, QValues};
use crate::policy::Policy;
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;

/// Place of a cluster among those that run side by side.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterIndex(pub usize);

/// A cluster: the environment with its dense arrays.
#[derive(Component, Debug)]
pub struct LiveCluster(pub Cluster);

/// An agent and the cluster that it walks.
#[derive(Component, Debug, Clone, Copy)]
pub struct Agent {
    /// Entity of its cluster.
    pub cluster: Entity,
}

/// What an agent sees.
#[derive(Component, Debug, Clone, Default)]
pub struct Observations {
    /// Before its action.
    pub now: Observation,
    /// After the step: the last one of an episode is never seen by [`Observations::now`].
    pub next: Observation,
}

/// What an agent's Pilot is given: what it sees, and what it remembers.
#[derive(Component, Debug, Clone)]
pub struct PilotInputs {
    /// Eyes and notebook.
    pub encoder: FeatureEncoder,
    /// Before its action.
    pub now: PilotInput,
    /// After the step.
    pub next: PilotInput,
}

/// What an agent's Prophet is given: the state of its cluster and where it is heading.
#[derive(Component, Debug, Clone)]
pub struct ProphetInputs {
    /// The watch over the cluster.
    pub trends: TrendTracker,
    /// Before its action.
    pub prophet_input: ProphetInput,
}

/// The scripted policy that an exploring agent follows now and then.
#[derive(Component)]
pub struct Guide(pub Option<Box<dyn Policy>>);

/// What the Prophet told an agent.
#[derive(Component, Debug, Clone, Copy, Default)]
pub struct Forecast {
    /// Probability of collapse within the horizon.
    pub risk: f32,
}

/// What an agent decided, and why.
#[derive(Component, Debug, Clone, Copy)]
pub struct Decision {
    /// The Pilot's values.
    pub q_values: QValues,
    /// Epsilon before suppression.
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

/// What an agent's action did and how it was judged.
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

/// What an agent has not finished remembering.
#[derive(Component, Debug, Clone, Default)]
pub struct PendingExperience {
    /// Steps that wait for their n-step return.
    pub n_step: NStepBuffer,
    /// States that wait for their label.
    pub labels: LabelBuffer,
}

/// An agent's own dice, for exploration.
#[derive(Component, Debug, Clone)]
pub struct AgentRng(pub RngStream);

/// All clusters with their agents, in the order of their index: the order of every stage.
#[derive(Resource, Debug, Default)]
pub struct ClusterOrder(pub Vec<(Entity, Entity)>);

/// Those of the roster that a tick is about, in the same order: all of them, but for contenders that wait
/// ([`crate::simulation::ComparedPolicy`]).
#[derive(Resource, Debug, Default)]
pub struct ActiveClusters(pub Vec<(Entity, Entity)>);
