//! The state of a run between two ticks.

use super::{
    Bounded, Finite, Packed, SavedAgent, SavedCluster, SavedEpisodeLog, SavedLearner, SavedNetwork, SavedOutcome,
    SavedPolicyState, SavedReward,
};
use serde::{Deserialize, Serialize};

/// A sum, a maximum and a count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSum {
    /// Sum of the numbers.
    pub sum: Finite<f64>,
    /// The largest of them.
    pub max: Finite<f64>,
    /// How many there are.
    pub count: u32,
}

/// Sums over the running episode of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedEpisode {
    /// Seed from which the seeds of all episodes of this cluster derive.
    pub root_seed: u64,
    /// Episodes of the cluster before this one.
    pub number: u64,
    /// Steps so far.
    pub steps: u32,
    /// Sums of the terms of the reward.
    pub reward: SavedReward,
    /// Mean load, 0 to 1.
    pub load: SavedSum,
    /// Risk, 0 to 1.
    pub risk: SavedSum,
    /// Epsilon after fear.
    pub effective_epsilon: SavedSum,
    /// Steps in which the guide acted in the Pilot's place.
    pub guided: u32,
    /// Steps that a person drove.
    pub manual: u32,
    /// Budget spent, in units.
    pub spent: Finite<f64>,
}

/// A cluster with its agent and its episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedEnvironment {
    /// The cluster.
    pub cluster: SavedCluster,
    /// The agent that walks it.
    pub agent: SavedAgent,
    /// Sums of the episode.
    pub episode: SavedEpisode,
    /// What the black box of the episode needs, if black boxes are written.
    pub frame_history: Option<SavedEpisodeLog>,
}

/// How good the latest forecasts were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSkill {
    /// How many were scored.
    pub forecasts: u64,
    /// Share of them that came true.
    pub base_rate: Finite<f64>,
    /// Brier skill score.
    pub brier_skill: Finite<f64>,
    /// Area under the ROC curve.
    pub auroc: Finite<f64>,
    /// Expected calibration error.
    pub calibration: Finite<f64>,
}

/// Counters of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRunStats {
    /// Ticks run.
    pub ticks: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Episodes that ended in a collapse.
    pub collapses: u64,
    /// Steps survived in each of the last 100 episodes, the oldest first.
    pub recent_steps: Packed<u32>,
    /// 1 where the episode collapsed, else 0.
    pub recent_collapsed: Packed<u8>,
    /// Mean risk over the clusters at the last tick.
    pub risk: Finite<f64>,
    /// Mean epsilon after fear at the last tick.
    pub effective_epsilon: Finite<f64>,
    /// Skill of the forecasts when the last episode ended, if there was one.
    pub skill: Option<SavedSkill>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedComparisonSide {
    /// The policy.
    pub name: String,
    /// Episodes ended.
    pub episodes: u64,
    /// Those that ended in a collapse.
    pub collapses: u64,
    /// Steps survived in all of them.
    pub survived: u64,
    /// Episodes that it survived longer than the other.
    pub wins: u64,
    /// Steps survived in an episode that the other still plays.
    pub waiting_at: Option<u64>,
}

/// Two policies compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedComparison {
    /// The two sides.
    pub sides: Bounded<SavedComparisonSide, 2>,
    /// Episodes that both survived equally long.
    pub ties: u64,
}

/// What a rival of a person acts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SavedRivalPolicy {
    /// A Pilot of these weights.
    Pilot(SavedNetwork),
    /// A Q-table: 125 rows of 8 values.
    QTable(Packed<f32>),
    /// The guide or the watched policy, which the settings determine.
    Guide,
}

/// A policy that continues the episode on its own cluster after a person has taken over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRival {
    /// What it acts with.
    pub weights: SavedRivalPolicy,
    /// Its memory of the episode.
    pub memory: SavedPolicyState,
    /// Its cluster.
    pub cluster: SavedCluster,
}

/// A manual drive in progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedManualDrive {
    /// Index of the cluster.
    pub cluster: u64,
    /// Queued actions, by their indices.
    pub actions: Packed<u8>,
    /// Step of the episode at which the person took over.
    pub since: u64,
    /// The policies that play the same episode.
    pub rivals: Bounded<SavedRival, 2>,
}

/// How far a person or a rival came in an episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedEpisodeProgress {
    /// Name of the rival, or `you`.
    pub name: String,
    /// Steps survived.
    pub survived: u64,
    /// Outcome of the episode so far.
    pub outcome: SavedOutcome,
}

/// The report of a manual drive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedDriveReport {
    /// Step of the episode at which the person took over.
    pub since: u64,
    /// The person.
    pub person: SavedEpisodeProgress,
    /// The rivals.
    pub rivals: Bounded<SavedEpisodeProgress, 2>,
}

/// The state of a run: everything that decides its future except settings and model.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = ""))]
pub struct SavedRun<'a> {
    /// Clusters and agents in the order of their index.
    pub environments: Bounded<SavedEnvironment, 1024>,
    /// Counters.
    pub stats: SavedRunStats,
    /// The score, in a comparison of two policies.
    pub comparison: Option<SavedComparison>,
    /// The manual drive in progress, if any.
    pub takeover: Option<SavedManualDrive>,
    /// The report of the last drive, if there was one.
    pub report: Option<SavedDriveReport>,
    /// The learner.
    pub learner: SavedLearner<'a>,
}

/// A prefix of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTablePosition {
    /// Its length in bytes; it ends with a complete row.
    pub bytes: u64,
    /// Its CRC-32.
    pub checksum: u32,
}

/// Which run a checkpoint belongs to, and how far its tables had come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedTablePositions {
    /// CRC-32 of the run's `settings.ron`.
    pub origin: u32,
    /// Ticks run.
    pub ticks: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Run time so far, in wall-clock seconds.
    pub seconds: Finite<f64>,
    /// `episodes.csv`.
    pub episodes_table: SavedTablePosition,
    /// `steps.csv`.
    pub steps_table: SavedTablePosition,
    /// `commands.csv`.
    pub commands_table: SavedTablePosition,
}
