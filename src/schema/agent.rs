//! An agent between two steps: its inputs, its memory, and its unfinished experience.

use super::{Bounded, Finite, Packed, SavedEffect, SavedOutcome, SavedReward, SavedRng};
use serde::{Deserialize, Serialize};

/// The belief about the cells of a torus: lists of one value per cell, row by row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedBelief {
    /// Memory when the cell was last seen, 0 to 1.
    pub memory: Packed<f32>,
    /// CPU when it was last seen, 0 to 1.
    pub cpu: Packed<f32>,
    /// 1 where it is critical, else 0.
    pub critical: Packed<u8>,
    /// The step at which it was last seen plus 1; 0 if it has never been seen.
    pub seen: Packed<u64>,
    /// Discounted sum of the observed increments of memory.
    pub growth_sum: Packed<f32>,
    /// Discounted number of steps over which they were observed.
    pub growth_steps: Packed<f32>,
    /// Step of the last observation.
    pub now: u64,
    /// Row of the agent then, from 0.
    pub row: u64,
    /// Column of the agent then, from 0.
    pub column: u64,
}

/// What a policy remembers in the middle of an episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SavedPolicyState {
    /// Nothing: the next action depends on the present alone.
    Nothing,
    /// Its random stream.
    Rng(SavedRng),
    /// Its belief about the cells.
    Belief(SavedBelief),
}

/// The tracked trends of a cluster, from which the Prophet's input is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTrends {
    /// Memory of each cell at the last observation.
    pub memory: Packed<f32>,
    /// Discounted sum of its increments.
    pub growth_sum: Packed<f32>,
    /// Sum of their weights.
    pub growth_weight: Packed<f32>,
    /// The 5 statistics of each of the last 21 steps; those of step t are at t modulo 21.
    pub statistics: Packed<f32>,
    /// Step of the last observation.
    pub now: u64,
}

/// Decisions: lists of one value per action, but 8 values for `q_values` and one per horizon for `collapse_within`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedDecisions {
    /// The Prophet's probabilities of a collapse within each of its horizons.
    pub collapse_within: Packed<f32>,
    /// The Pilot's values.
    pub q_values: Packed<f32>,
    /// Epsilon before fear.
    pub epsilon: Packed<f64>,
    /// The action, by its index.
    pub action: Packed<u8>,
    /// 1 if it was exploratory, else 0.
    pub explored: Packed<u8>,
    /// 1 if the guide acted in the Pilot's place, else 0.
    pub guided: Packed<u8>,
    /// Epsilon after fear.
    pub effective_epsilon: Packed<f64>,
}

/// A step that waits for the rest of its n-step return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPendingReturn {
    /// Input of the Pilot: 77 numbers.
    pub pilot_input: Packed<f32>,
    /// The action, by its index.
    pub action: u8,
    /// Discounted rewards so far.
    pub reward: Finite<f32>,
    /// Discount of the next reward.
    pub discount: Finite<f32>,
}

/// States that wait for their label, oldest first: one value per state, but 37 values for `prophet_input`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPendingLabels {
    /// Inputs of the Prophet.
    pub prophet_input: Packed<f32>,
    /// The forecast risks.
    pub risk: Packed<f32>,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedAgent {
    /// Observation before its action: 35 numbers.
    pub observation: Packed<f32>,
    /// Observation after the step.
    pub next_observation: Packed<f32>,
    /// Input of the Pilot before the action: 77 numbers.
    pub pilot_input: Packed<f32>,
    /// The same after the step.
    pub next_pilot_input: Packed<f32>,
    /// Its belief, if the Pilot's input uses one.
    pub belief: Option<SavedBelief>,
    /// State of its guide or of the watched policy, if there is one.
    pub guide: Option<SavedPolicyState>,
    /// Input of the Prophet before the action: 37 numbers.
    pub prophet_input: Packed<f32>,
    /// The tracked trends for its next input.
    pub trends: SavedTrends,
    /// The decision of the last step: lists of one.
    pub decision: SavedDecisions,
    /// Whether a person made it.
    pub manual: bool,
    /// What the action did.
    pub effect: SavedEffect,
    /// Its reward.
    pub reward: SavedReward,
    /// How the episode stood after the step.
    pub outcome: SavedOutcome,
    /// Steps that wait for their return, oldest first.
    pub pending_returns: Bounded<SavedPendingReturn, 1024>,
    /// States that wait for their label.
    pub pending_labels: SavedPendingLabels,
    /// Its random stream for exploration.
    pub exploration_rng: SavedRng,
}
