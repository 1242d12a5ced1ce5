//! The environment: a cluster between two steps, and what is done to it.

use super::{Finite, Packed};
use serde::{Deserialize, Serialize};

/// A stream of random numbers: ChaCha with 8 rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRng {
    /// The key, 32 bytes; the stream number is 0.
    pub key: Packed<u8>,
    /// Number of 32-bit words drawn so far.
    pub position: u64,
}

/// The cells, row by row: lists of one number per cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedCells {
    /// CPU use, 0 to 1.
    pub cpu: Packed<f32>,
    /// Memory drift, 0 to 1.
    pub memory: Packed<f32>,
    /// Priority, 0 to 1; above 0.8 a cell is critical.
    pub priority: Packed<f32>,
    /// Memory lost per step, before all factors.
    pub leak: Packed<f32>,
    /// Level of the demand.
    pub demand_base: Packed<f32>,
    /// Deviation of the demand from its level.
    pub demand_wander: Packed<f32>,
    /// Sine of the phase of the daily wave.
    pub phase_sine: Packed<f32>,
    /// Cosine of that phase.
    pub phase_cosine: Packed<f32>,
    /// Steps left of a burst.
    pub burst_left: Packed<u32>,
    /// Height of the burst.
    pub burst_height: Packed<f32>,
    /// 1 where the running storm hits, else 0.
    pub in_storm: Packed<u8>,
}

/// Lasting effects of interventions: lists of one number per effect, in the order of the cells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedActiveEffects {
    /// Index of the cell.
    pub cell: Packed<u32>,
    /// Added to its demand for CPU.
    pub demand: Packed<f32>,
    /// Added to its memory per step.
    pub leak: Packed<f32>,
    /// Steps left.
    pub steps_left: Packed<u32>,
}

/// A position in a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTracePosition {
    /// Steps from its beginning.
    pub step: u64,
    /// Hash of the trace.
    pub fingerprint: u64,
}

/// A cluster between two steps. The constants of its scenario are in the settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedCluster {
    /// The cells.
    pub cells: SavedCells,
    /// Row of the agent, from 0.
    pub agent_row: u64,
    /// Column of the agent, from 0.
    pub agent_column: u64,
    /// Budget left, in units.
    pub budget: Finite<f64>,
    /// Steps since the episode began.
    pub time: u64,
    /// Steps left of a storm.
    pub storm_left: u64,
    /// Lasting effects of interventions.
    pub active_effects: SavedActiveEffects,
    /// Outcome of the episode so far.
    pub outcome: SavedOutcome,
    /// Seed of the episode.
    pub episode_seed: u64,
    /// Random stream of the disturbances.
    pub weather_rng: SavedRng,
    /// Position in its trace, if it has one.
    pub trace: Option<SavedTracePosition>,
}

/// Outcome of an episode so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SavedOutcome {
    /// Still running.
    Running,
    /// The step limit was reached alive.
    Truncated,
    /// A critical cell ran out of memory.
    CriticalOom,
    /// Too many cells ran out of memory.
    OomLimit,
    /// The mean load was too high.
    Overload,
}

/// What an action did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedEffect {
    /// Budget spent, in units.
    pub spent: Finite<f64>,
    /// CPU and memory taken off the agent's cell, if it was cleaned or throttled.
    pub cleaned: Option<Finite<f64>>,
    /// Priority of that cell.
    pub priority: Finite<f64>,
    /// Hotspots when the action was chosen.
    pub hotspots: u64,
    /// Hotspots relieved.
    pub scaled: u64,
    /// Size of the penalty for an action that did nothing.
    pub refused: Finite<f64>,
}

/// The weighted terms of a reward, or their sums over an episode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedReward {
    /// Every step.
    pub step: Finite<f64>,
    /// A clean-up.
    pub clean: Finite<f64>,
    /// A scale action.
    pub scale: Finite<f64>,
    /// An action that did nothing.
    pub refused: Finite<f64>,
    /// Cells out of memory.
    pub oom: Finite<f64>,
    /// Critical cells out of memory.
    pub critical_oom: Finite<f64>,
    /// Fall of the mean load.
    pub load: Finite<f64>,
    /// Collapse.
    pub collapse: Finite<f64>,
    /// Budget spent.
    pub spend: Finite<f64>,
    /// Potential shaping.
    pub potential: Finite<f64>,
}

/// Something that a person did to a cluster between two steps. Cells are named by their index.
#[expect(missing_docs, reason = "the names of the fields say it")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SavedIntervention {
    /// The demand for a cell's CPU rises.
    Spike { cell: u32, steps: u32 },
    /// A cell leaks so much more.
    Leak { cell: u32, per_step: Finite<f32> },
    /// A cell is out of memory.
    Kill { cell: u32 },
    /// A cell is idle and clean.
    Heal { cell: u32 },
    /// A cell has another priority.
    Prioritise { cell: u32, priority: Finite<f32> },
    /// A square of cells is down; it reaches `radius` cells from its middle.
    Outage { middle: u32, radius: u32, steps: u32 },
    /// A leak storm over a square of cells.
    Storm { middle: u32, radius: u32, steps: u32 },
}
