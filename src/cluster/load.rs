//! Real load: rows of a trace laid over the cells.
//!
//! The rule: cell `j` follows node `j mod n`, nodes in name order. Each environment step moves on by
//! `1 / steps_per_row` rows, linearly interpolated, and wraps around at the end of the trace. The node's CPU takes
//! the place of the synthetic demand (level, wave, wandering and bursts; the demand that failing neighbours spill
//! is still added), so the cell follows it with the same lag and noise. The *change* of the node's memory since
//! the last step is added to the cell's memory drift, next to the leak: a cleaned cell stays cleaned, and fills up
//! as the real machine filled up.

use super::{Purpose, stream};
use crate::settings::{StartRow, TraceSettings};
use crate::trace::LoadTable;
use rand::RngExt;
use std::sync::Arc;

/// A trace and the place in it that an episode has reached.
#[derive(Debug, Clone)]
pub struct Load {
    table: Arc<LoadTable>,
    steps_per_row: usize,
    start: StartRow,
    memory: bool,
    /// CRC-32 of all that the table holds.
    pub(super) fingerprint: u32,
    /// Place in the trace, in steps.
    pub(super) place: usize,
}

impl Load {
    /// Load from `table`, read as `settings` say.
    pub fn new(table: Arc<LoadTable>, settings: &TraceSettings) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        for node in table.nodes() {
            hasher.update(node.name.as_bytes());
            let series = [Some(&node.cpu), node.memory.as_ref()];
            for number in series.into_iter().flatten().flatten() {
                hasher.update(&number.to_le_bytes());
            }
        }
        let fingerprint = hasher.finalize();
        Self {
            table,
            steps_per_row: settings.steps_per_row.max(1),
            start: settings.start,
            memory: settings.memory,
            fingerprint,
            place: 0,
        }
    }

    /// Steps in one pass through the trace.
    pub(super) fn length(&self) -> usize {
        self.table.len() * self.steps_per_row
    }

    /// Chooses the row at which the episode of `seed` begins.
    pub(super) fn begin(&mut self, seed: u64) {
        self.place = match self.start {
            StartRow::First => 0,
            StartRow::Random => stream(seed, 0, Purpose::TraceStart).random_range(0..self.length()),
        };
    }

    /// Moves on by one step.
    pub(super) fn advance(&mut self) {
        self.place = (self.place + 1) % self.length();
    }

    /// Demand of `cell` at this step, and the change of its memory since the last one.
    pub(super) fn at(&self, cell: usize) -> (f32, f32) {
        let nodes = self.table.nodes();
        let node = &nodes[cell % nodes.len()];
        let demand = self.interpolated(&node.cpu, self.place);
        let drift = match (&node.memory, self.place) {
            // The wrap from the last row to the first is no change that any machine saw.
            (Some(memory), 1..) if self.memory => {
                self.interpolated(memory, self.place) - self.interpolated(memory, self.place - 1)
            }
            _ => 0.0,
        };
        (demand, drift)
    }

    fn interpolated(&self, series: &[f32], place: usize) -> f32 {
        let row = place / self.steps_per_row;
        let between = (place % self.steps_per_row) as f32 / self.steps_per_row as f32;
        let next = (row + 1).min(series.len() - 1);
        series[row] + between * (series[next] - series[row])
    }
}
