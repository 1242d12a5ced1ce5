//! The summary of a finished run.

use crate::storage::{RecordError, write_file};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The result of a run, written as `summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Version of the program.
    pub version: &'static str,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// Clusters side by side.
    pub clusters: usize,
    /// Ticks run.
    pub ticks: u64,
    /// Environment steps over all clusters.
    pub steps: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Episodes that ended in a collapse.
    pub collapses: u64,
    /// Mean steps survived over the last 100 episodes.
    pub recent_survival: Option<f64>,
    /// Share of the last 100 episodes that collapsed.
    pub recent_collapse_rate: Option<f64>,
    /// Why the run ended: finished, interrupted, max-runtime, closed, restarted, trouble.
    pub ended: &'static str,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The last checkpoint, relative to the run folder.
    pub checkpoint: Option<PathBuf>,
}

impl Summary {
    /// Writes `summary.json` into the folder of a run.
    ///
    /// # Errors
    /// What the system refused.
    pub fn write(&self, folder: &Path) -> Result<(), RecordError> {
        let path = folder.join("summary.json");
        let text = serde_json::to_vec_pretty(self).map_err(|error| RecordError::io("write", &path)(error.into()))?;
        write_file(&path, &text)
    }
}
