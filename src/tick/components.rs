//! Components of clusters and agents.

use crate::brain::{Choice, Eyes, LabelBuffer, NStep, QValues, Sight, Signs, Trends};
use crate::cluster::{Action, Cluster, Effect, Observation, Outcome, Step, Stream};
use crate::policy::Policy;
use bevy::ecs::component::Component;
use bevy::ecs::entity::Entity;
use bevy::ecs::resource::Resource;
use serde::{Deserialize, Serialize};

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
#[derive(Component, Debug, Clone, Default, Serialize, Deserialize)]
pub struct Senses {
    /// Before its action.
    pub now: Observation,
    /// After the step: the last one of an episode is never seen by [`Senses::now`].
    pub next: Observation,
}

/// What an agent's Pilot is given: what it sees, and what it remembers.
#[derive(Component, Debug, Clone, Serialize, Deserialize)]
pub struct Recall {
    /// Eyes and notebook.
    pub eyes: Eyes,
    /// Before its action.
    pub now: Sight,
    /// After the step.
    pub next: Sight,
}

/// What an agent's Prophet is given: the state of its cluster and where it is heading.
#[derive(Component, Debug, Clone, Serialize, Deserialize)]
pub struct Watch {
    /// The watch over the cluster.
    pub trends: Trends,
    /// Before its action.
    pub signs: Signs,
}

/// The scripted policy that an exploring agent follows now and then.
#[derive(Component)]
pub struct Guidance(pub Option<Box<dyn Policy>>);

/// What the Prophet told an agent.
#[derive(Component, Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Forecast {
    /// Probability of collapse within the horizon.
    pub risk: f32,
}

/// What an agent decided, and why.
#[derive(Component, Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Decision {
    /// The Pilot's values.
    pub q_values: QValues,
    /// Epsilon before suppression.
    pub epsilon: f64,
    /// The action chosen.
    pub choice: Choice,
    /// Whether a person chose it ([`super::Wheel`]).
    pub driven: bool,
}

impl Default for Decision {
    fn default() -> Self {
        let choice = Choice { action: Action::Up, explored: false, handed_over: false, effective_epsilon: 0.0 };
        Self { q_values: QValues::default(), epsilon: 0.0, choice, driven: false }
    }
}

/// What an agent's action did and how it was judged.
#[derive(Component, Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Verdict {
    /// What the action did.
    pub effect: Effect,
    /// Its reward and the state of the episode.
    pub step: Step,
}

impl Default for Verdict {
    fn default() -> Self {
        let step = Step { reward: Default::default(), outcome: Outcome::Running };
        Self { effect: Effect::default(), step }
    }
}

/// What an agent has not finished remembering.
#[derive(Component, Debug, Clone, Serialize, Deserialize)]
pub struct Memory {
    /// Steps that wait for their n-step return.
    pub n_step: NStep,
    /// States that wait for their label.
    pub labels: LabelBuffer,
}

/// An agent's own dice, for exploration.
#[derive(Component, Debug, Clone, Serialize, Deserialize)]
pub struct Dice(pub Stream);

/// All clusters with their agents, in the order of their index: the order of every stage.
#[derive(Resource, Debug, Default)]
pub struct Roster(pub Vec<(Entity, Entity)>);

/// Those of the roster that a tick is about, in the same order: all of them, but for contenders that wait
/// ([`super::Contender`]).
#[derive(Resource, Debug, Default)]
pub struct Playing(pub Vec<(Entity, Entity)>);
