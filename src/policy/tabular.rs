//! The greedy Q-table: a trained table that takes the action it values most.

use super::Policy;
use crate::brain::QTable;
use crate::cluster::{Action, Cluster, Observation};
use std::sync::Arc;

/// A trained Q-table without exploration. Copies share their table.
#[derive(Debug, Clone)]
pub struct Tabular(Arc<QTable>);

impl Tabular {
    /// The policy of a checked table.
    pub fn new(table: QTable) -> Self {
        Self(Arc::new(table))
    }
}

impl Policy for Tabular {
    fn begin(&mut self, _: u64) {}

    fn act(&mut self, _: &Cluster, observation: &Observation) -> Action {
        self.0.greedy(&observation.0)
    }
}
