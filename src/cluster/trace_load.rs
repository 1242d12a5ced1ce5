//! Real load: a trace drives the cells.
//!
//! Cell `j` follows node `j mod n`, nodes in name order. Each environment step advances by `1 / steps_per_row` rows,
//! linearly interpolated, and wraps around at the end of the trace. The node's CPU replaces the synthetic demand (level,
//! wave, wandering and bursts; the demand that failing neighbours spill is still added), and the cell follows it with the
//! same lag and noise. The *change* of the node's memory since the last step is added to the cell's memory, next to the
//! leak: a cleaned cell stays clean, and fills up as the real machine did.

use super::{RngPurpose, stream};
use crate::settings::{StartRow, TraceSettings};
use crate::trace::LoadTable;
use rand::RngExt;
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::Xxh3;

/// A trace that drives a cluster, and the position in it that the episode has reached.
#[derive(Debug, Clone)]
pub struct TraceLoad {
    table: Arc<LoadTable>,
    /// Rows of the full trace. The table may be a slice of it, which begins with row `first`.
    rows: usize,
    first: usize,
    /// Hash of the table, computed on first use.
    fingerprint: Arc<OnceLock<u64>>,
    steps_per_row: usize,
    start: StartRow,
    memory: bool,
    /// Position in the trace, in steps.
    pub(super) position: usize,
}

impl TraceLoad {
    /// Load from the whole of `table`, under these settings.
    pub fn new(table: Arc<LoadTable>, settings: &TraceSettings) -> Self {
        let rows = table.len();
        Self::from_slice(table, settings, rows, 0)
    }

    /// Load from a slice, beginning with row `first`, of a trace of `rows` rows.
    pub(super) fn from_slice(table: Arc<LoadTable>, settings: &TraceSettings, rows: usize, first: usize) -> Self {
        Self {
            table,
            rows,
            first,
            fingerprint: Arc::default(),
            steps_per_row: settings.steps_per_row.max(1),
            start: settings.start,
            memory: settings.memory,
            position: 0,
        }
    }

    pub(super) fn table(&self) -> &LoadTable {
        &self.table
    }

    pub(super) fn steps_per_row(&self) -> usize {
        self.steps_per_row
    }

    /// Position in the trace, in steps.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Hash of the table: the same for the same numbers of the same nodes.
    pub fn fingerprint(&self) -> u64 {
        *self.fingerprint.get_or_init(|| {
            let mut hash = Xxh3::new();
            hash.update(&self.table.step_s().to_le_bytes());
            for node in self.table.nodes() {
                hash.update(node.name.as_bytes());
                let series = node.cpu.iter().chain(node.memory.iter().flatten());
                series.for_each(|number| hash.update(&number.to_le_bytes()));
            }
            hash.digest()
        })
    }

    /// Steps in one pass through the trace.
    pub(super) fn length(&self) -> usize {
        self.rows * self.steps_per_row
    }

    /// Moves to the row at which the episode of `seed` begins.
    pub(super) fn begin(&mut self, seed: u64) {
        self.position = match self.start {
            StartRow::First => 0,
            StartRow::Random => stream(seed, 0, RngPurpose::TraceStart).random_range(0..self.length()),
        };
    }

    /// Advances by one step.
    pub(super) fn advance(&mut self) {
        self.position = (self.position + 1) % self.length();
    }

    /// Demand of `cell` at this step, and the change of its memory since the last one.
    pub(super) fn at(&self, cell: usize) -> (f32, f32) {
        let nodes = self.table.nodes();
        let node = &nodes[cell % nodes.len()];
        let demand = self.interpolated(&node.cpu, self.position);
        let drift = match (&node.memory, self.position) {
            // The jump from the last row to the first did not happen on any machine.
            (Some(memory), 1..) if self.memory => {
                self.interpolated(memory, self.position) - self.interpolated(memory, self.position - 1)
            }
            _ => 0.0,
        };
        (demand, drift)
    }

    fn interpolated(&self, series: &[f32], position: usize) -> f32 {
        let row = position / self.steps_per_row;
        let between = (position % self.steps_per_row) as f32 / self.steps_per_row as f32;
        let next = (row + 1).min(self.rows - 1);
        let at = |row: usize| series[((row + self.rows - self.first) % self.rows).min(series.len() - 1)];
        at(row) + between * (at(next) - at(row))
    }
}
