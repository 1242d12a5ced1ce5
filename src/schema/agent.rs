//! An agent between two steps: what it was given, what it remembers, and what it has not finished.

use super::{Bounded, Finite, Packed, SavedEffect, SavedOutcome, SavedReward, SavedRng};
use serde::{Deserialize, Serialize};

/// What is believed of the cells of a torus, row by row: lists of one value per cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedBelief {
    /// Memory when the cell was last seen, 0 to 1.
    pub memory: Packed<f32>,
    /// CPU when it was last seen, 0 to 1.
    pub cpu: Packed<f32>,
    /// 1 where it is critical, else 0.
    pub critical: Packed<u8>,
    /// The step at which it was last seen, and 1; 0 if it never was.
    pub seen: Packed<u64>,
    /// Sum of the increments of memory seen, discounted.
    pub growth_sum: Packed<f32>,
    /// Steps over which they were seen, discounted.
    pub growth_steps: Packed<f32>,
    /// Step of the last look.
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
    /// Its random numbers to come.
    Rng(SavedRng),
    /// What it believes of the cells.
    Belief(SavedBelief),
}

/// The watch over a cluster that the Prophet's input is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTrends {
    /// Memory of each cell at the last look.
    pub memory: Packed<f32>,
    /// Sum of its increments, which forgets.
    pub growth_sum: Packed<f32>,
    /// Sum of their weights.
    pub growth_weight: Packed<f32>,
    /// The 5 statistics of each of the last 21 steps; those of step t are at t modulo 21.
    pub statistics: Packed<f32>,
    /// Step of the last look.
    pub now: u64,
}

/// Actions and how they came about: lists of one value per action, but 8 values for `q_values`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedDecisions {
    /// The Prophet's probability of a collapse.
    pub risk: Packed<f32>,
    /// The Pilot's values.
    pub q_values: Packed<f32>,
    /// Epsilon before fear.
    pub epsilon: Packed<f64>,
    /// The action, by its index.
    pub action: Packed<u8>,
    /// 1 where it was tried rather than judged best, else 0.
    pub explored: Packed<u8>,
    /// 1 where the guide acted in the Pilot's place, else 0.
    pub guided: Packed<u8>,
    /// Epsilon after fear.
    pub effective_epsilon: Packed<f64>,
}

/// A step that waits for the rest of its n-step return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPendingReturn {
    /// What the Pilot was given: 77 numbers.
    pub pilot_input: Packed<f32>,
    /// The action, by its index.
    pub action: u8,
    /// Discounted rewards so far.
    pub reward: Finite<f32>,
    /// Discount of the next reward.
    pub discount: Finite<f32>,
}

/// States that wait for their label, oldest first: one value per state, but 38 values for `prophet_input`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPendingLabels {
    /// What the Prophet was given.
    pub prophet_input: Packed<f32>,
    /// What it foretold.
    pub risk: Packed<f32>,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedAgent {
    /// What it saw before its action: 35 numbers.
    pub observation: Packed<f32>,
    /// What it saw after the step.
    pub next_observation: Packed<f32>,
    /// What the Pilot was given before the action: 77 numbers.
    pub pilot_input: Packed<f32>,
    /// The same after the step.
    pub next_pilot_input: Packed<f32>,
    /// What it believes of the cells, where its view has that.
    pub belief: Option<SavedBelief>,
    /// What its guide, or the policy that acts for it, remembers, where there is one.
    pub guide: Option<SavedPolicyState>,
    /// What the Prophet was given before the action: 38 numbers.
    pub prophet_input: Packed<f32>,
    /// What its next input is made of.
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
    /// Its random numbers to come, for exploration.
    pub exploration_rng: SavedRng,
}
