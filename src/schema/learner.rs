//! The state of the learner besides its model.

use super::{Bounded, Finite, Packed, Pieces, SavedNetwork, SavedRng};
use serde::{Deserialize, Serialize};

/// The state of Adam for one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTensorMoments {
    /// Steps taken.
    pub time: u64,
    /// Mean of the gradients.
    pub first: Packed<f32>,
    /// Mean of their squares.
    pub second: Packed<f32>,
}

/// A piece of the replay buffer: one value per transition, but 77 for the inputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTransitions {
    /// Inputs of the Pilot.
    pub pilot_input: Packed<f32>,
    /// The action, by its index.
    pub action: Packed<u8>,
    /// Discounted sum of the rewards of the next n steps.
    pub reward: Packed<f32>,
    /// Inputs of the Pilot n steps later, or at the end of the episode.
    pub next_pilot_input: Packed<f32>,
    /// Discount of the value there.
    pub discount: Packed<f32>,
}

/// Priorities of the transitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPriorities {
    /// One per transition, in the order of the memory.
    pub priority: Packed<f32>,
    /// The largest so far.
    pub largest: Finite<f32>,
}

/// The replay buffer, slot by slot.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = ""))]
pub struct SavedReplay<'a> {
    /// Slot of the oldest transition once the buffer is full, else 0.
    pub oldest: u64,
    /// The transitions.
    pub transitions: Pieces<'a, SavedTransitions>,
    /// Their priorities, if sampling is prioritised.
    pub priorities: Option<SavedPriorities>,
}

/// A piece of the Prophet's memory: one value per state, but 37 for the inputs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedLabelledStates {
    /// Inputs of the Prophet.
    pub prophet_input: Packed<f32>,
    /// Steps until the collapse, or for as long as was seen.
    pub steps: Packed<u32>,
    /// 1 where the cluster collapsed then, else 0.
    pub collapsed: Packed<u8>,
}

/// The Prophet's memory, slot by slot.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = ""))]
pub struct SavedProphetMemory<'a> {
    /// Slot of the oldest state, once the memory is full; else 0.
    pub oldest: u64,
    /// The labelled states.
    pub states: Pieces<'a, SavedLabelledStates>,
}

/// The latest forecasts whose outcome is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedForecasts {
    /// The forecast risks, oldest first.
    pub risk: Packed<f32>,
    /// 1 where it came true, else 0.
    pub collapsed: Packed<u8>,
    /// Sum of the risks in each of 2,048 classes, with its rounding.
    pub class_sum: Packed<f64>,
    /// Sum of the squared errors, with its rounding.
    pub squares: Finite<f64>,
}

/// The state of the learner, without its model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = ""))]
pub struct SavedLearner<'a> {
    /// The Pilot's target network, where it has one.
    pub target: Option<SavedNetwork>,
    /// The Pilot's optimizer: matrix and bias of each layer. Empty before its first step.
    pub pilot_optimizer: Bounded<SavedTensorMoments, 32>,
    /// The Prophet's optimizer.
    pub prophet_optimizer: Bounded<SavedTensorMoments, 32>,
    /// The Pilot's replay buffer.
    pub replay: SavedReplay<'a>,
    /// The Prophet's memory.
    pub prophet_memory: SavedProphetMemory<'a>,
    /// Forecasts that are scored.
    pub forecasts: SavedForecasts,
    /// Random stream for sampling the replay buffer.
    pub replay_rng: SavedRng,
    /// Random stream for sampling the Prophet's memory.
    pub prophet_rng: SavedRng,
    /// Environment steps learned from, if learning is frozen.
    pub frozen: Option<u64>,
    /// Environment steps so far.
    pub steps: u64,
    /// Steps or episodes up to which the updates have been made.
    pub updates_done_at: u64,
    /// Episodes ended so far.
    pub episodes: u64,
    /// The Pilot's loss, smoothed; none before the first update.
    pub pilot_loss: Option<Finite<f32>>,
    /// The Prophet's.
    pub prophet_loss: Option<Finite<f32>>,
}
