//! Action logs and black boxes.

use super::{Bounded, Finite, Packed, SavedDecisions, SavedEffect, SavedIntervention, SavedOutcome, SavedReward};
use serde::{Deserialize, Serialize};

/// An event in a cluster other than the actions of its agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SavedExternalEvent {
    /// A person intervened: a moment of its own.
    Intervention(SavedIntervention),
    /// The step limit of episodes changed to this number.
    MaxSteps(u64),
}

/// Everything that was done in an episode since it began. Moments are counted from 0, the beginning; each action and each
/// intervention makes one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedActionLog {
    /// Step limit when the episode began.
    pub max_steps: u64,
    /// The agent's actions, by their indices.
    pub actions: Packed<u8>,
    /// External events, each with the number of moments before it.
    pub outside: Bounded<(u64, SavedExternalEvent), 100_000>,
    /// A hash per moment: XXH3 of 64 bits of the complete state of the cluster, seeded with the hash before.
    pub hashes: Packed<u64>,
    /// Whether the log is incomplete because the episode exceeded the limit of a black box.
    pub cut: bool,
    /// First step of each span that a person drove, from 0.
    pub driven_from: Packed<u64>,
    /// Number of steps of each span.
    pub driven_steps: Packed<u64>,
}

/// What a resumed run needs to write the black box of a running episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedEpisodeLog {
    /// Everything that was done.
    pub log: SavedActionLog,
    /// The decisions of its last steps, oldest first.
    pub decisions: SavedDecisions,
}

/// The rows of a trace that an episode used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTraceSlice {
    /// Name of the trace's file.
    pub name: String,
    /// Hash of the trace.
    pub fingerprint: u64,
    /// Rows of the whole trace.
    pub rows: u64,
    /// The row of it with which the slice begins.
    pub first: u64,
    /// Seconds between two rows.
    pub step_s: Finite<f64>,
    /// 1 per node whose memory was measured, else 0.
    pub measured: Packed<u8>,
    /// CPU, node after node.
    pub cpu: Packed<f32>,
    /// Memory, node after node, of those where it was measured.
    pub memory: Packed<f32>,
}

/// The last moments of an episode in full: one value per moment, oldest first, or per cell and moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStepRecords {
    /// Ticks of the run that were done.
    pub tick: Packed<u64>,
    /// Row of the agent, from 0.
    pub agent_row: Packed<u32>,
    /// Column of the agent, from 0.
    pub agent_column: Packed<u32>,
    /// Budget left, in units.
    pub budget: Packed<f64>,
    /// CPU of every cell, 0 to 1.
    pub cpu: Packed<f32>,
    /// Memory drift of every cell, 0 to 1.
    pub memory: Packed<f32>,
    /// Priority of every cell, 0 to 1.
    pub priority: Packed<f32>,
    /// 1 if the agent acted, 0 if an episode began or a person intervened. The lists below cover the former only.
    pub acted: Packed<u8>,
    /// What the agent saw before it acted: 35 numbers each.
    pub observation: Packed<f32>,
    /// Forecasts and decisions.
    pub decisions: SavedDecisions,
    /// What the action did.
    pub effects: Bounded<SavedEffect, 200_000>,
    /// The weighted reward, term by term.
    pub rewards: Bounded<SavedReward, 200_000>,
    /// The outcome after it.
    pub outcomes: Bounded<SavedOutcome, 200_000>,
}

/// A black box: all it takes to replay an episode, and its last moments in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedBlackBox {
    /// Version of the program that wrote it.
    pub program: String,
    /// Settings of the run, as RON text.
    pub settings: String,
    /// Index of the cluster.
    pub cluster: u64,
    /// Number of the episode in the run, as in `episodes.csv`.
    pub episode: u64,
    /// Number of the cluster's own episode.
    pub number: u64,
    /// Seed of the episode.
    pub seed: u64,
    /// Ticks of the run that were done at the end.
    pub tick: u64,
    /// The part of its trace; none under synthetic load.
    pub trace: Option<SavedTraceSlice>,
    /// Everything that was done.
    pub log: SavedActionLog,
    /// The last moments.
    pub moments: SavedStepRecords,
}
