//! Trained networks.

use super::{Bounded, Finite, Packed};
use serde::{Deserialize, Serialize};

/// A linear layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedLayer {
    /// Number of inputs.
    pub inputs: u64,
    /// Number of outputs.
    pub outputs: u64,
    /// The matrix row by row, a row per input.
    pub weight: Packed<f32>,
    /// One number per output.
    pub bias: Packed<f32>,
}

/// The layers of a network, from input to output.
pub type SavedNetwork = Bounded<SavedLayer, 16>;

/// A model: the networks (or Q-table) that act and forecast, and their counters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedModel {
    /// The settings of its run, as RON text.
    pub settings: String,
    /// The Pilot; no layers if a Q-table acts.
    pub pilot: SavedNetwork,
    /// The average of the Pilot's weights, if one is kept.
    pub pilot_average: Option<SavedNetwork>,
    /// The Prophet.
    pub prophet: SavedNetwork,
    /// The Q-table, if one acts: 125 rows of 8 values.
    pub q_table: Option<Packed<f32>>,
    /// Environment steps learned from.
    pub steps: u64,
    /// Gradient steps of the Pilot, or updates of the Q-table.
    pub updates: u64,
    /// Product of the per-episode factors of epsilon.
    pub episodes_factor: Finite<f64>,
}
