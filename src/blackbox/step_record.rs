//! A moment as a black box tells it: the visible state, and what the agent saw, was told and decided.

use crate::cluster::{Effect, Observation, Outcome, PATCH, RewardTerms};
use crate::learning::{ActionChoice, QValues};
use serde::{Deserialize, Serialize};

/// A moment in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Ticks of the run that were done.
    pub tick: u64,
    /// Row and column of the agent.
    pub agent: (u32, u32),
    /// Budget left, in units.
    pub budget: f64,
    /// CPU of every cell, 0 to 1.
    pub cpu: Vec<f32>,
    /// Memory drift of every cell, 0 to 1.
    pub mem: Vec<f32>,
    /// Priority of every cell, 0 to 1.
    pub priority: Vec<f32>,
    /// The agent's part in it; none where an episode began or a person intervened.
    pub agent_record: Option<Box<AgentRecord>>,
}

/// What an agent saw, was told, decided and earned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AgentRecord {
    /// What it saw before it acted.
    #[serde(with = "observation")]
    pub observation: Observation,
    /// The Prophet's probability of a collapse within the horizon.
    pub risk: f32,
    /// The Pilot's values.
    pub q_values: QValues,
    /// Epsilon before fear.
    pub epsilon: f64,
    /// What it did, and how that came about.
    pub choice: ActionChoice,
    /// What the action did.
    pub effect: Effect,
    /// The weighted reward, term by term.
    pub reward: RewardTerms,
    /// How the episode stood after it.
    pub outcome: Outcome,
}

/// Observations in two pieces, for serde knows arrays up to 32 numbers.
mod observation {
    use super::{Observation, PATCH};
    use crate::cluster::OBSERVATION;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    const REST: usize = OBSERVATION - PATCH;

    pub fn serialize<S: Serializer>(observation: &Observation, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut patch, mut rest) = ([0.0; PATCH], [0.0; REST]);
        patch.copy_from_slice(&observation.0[..PATCH]);
        rest.copy_from_slice(&observation.0[PATCH..]);
        (patch, rest).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Observation, D::Error> {
        let (patch, rest) = <([f32; PATCH], [f32; REST])>::deserialize(deserializer)?;
        let mut observation = Observation::default();
        observation.0[..PATCH].copy_from_slice(&patch);
        observation.0[PATCH..].copy_from_slice(&rest);
        Ok(observation)
    }
}
