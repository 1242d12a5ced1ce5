//! `omniscient`: reads every cell and every hidden leak. Not a fair baseline, but an upper bound.

use super::{Policy, clean, first_move};
use crate::cluster::torus::shortest_way;
use crate::cluster::{Action, Cluster, Observation};

/// Memory at which a cell counts as failed, a little below the real limit.
const FAILED: f64 = 0.985;
/// Memory above which the agent's cell is cleaned on the way.
const WORTH_CLEANING: f32 = 0.45;
/// Cells below this memory are visited last.
const FRESH: f32 = 0.25;
/// Steps that a cell may wait longer if its failure alone is not a collapse.
const ALLOWANCE: f64 = 5.0;

/// Walks to the cell that will fail first.
#[derive(Debug, Clone, Default)]
pub struct Omniscient;

impl Policy for Omniscient {
    fn begin(&mut self, _: u64) {}

    fn act(&mut self, cluster: &Cluster, _: &Observation) -> Action {
        let scenario = cluster.scenario();
        let cells = cluster.cells();
        let (row, column) = cluster.agent();
        let here = cluster.index(row, column);
        let (mut late, mut late_critical, mut hotspots) = (0, 0, 0);
        let mut best = (f64::INFINITY, (0, 0));
        for target_row in 0..scenario.rows {
            for target_column in 0..scenario.columns {
                let index = cluster.index(target_row, target_column);
                let down = shortest_way(row, target_row, scenario.rows);
                let offset = (down, shortest_way(column, target_column, scenario.columns));
                let distance = (offset.0.abs() + offset.1.abs()) as f64;
                let left = FAILED - f64::from(cells.mem[index]);
                let slack = left / cluster.leak_now(index).max(1e-9) - distance;
                hotspots += usize::from(cluster.is_hotspot(index));
                if slack < 0.0 {
                    late += 1;
                    late_critical += usize::from(cluster.is_critical(index));
                }
                let allowance = if cluster.is_critical(index) { 0.0 } else { ALLOWANCE };
                let last = if cells.mem[index] < FRESH { 1e6 } else { 0.0 };
                let cost = slack + allowance + 2.0 * distance + last;
                if cost < best.0 {
                    best = (cost, offset);
                }
            }
        }
        let can_scale = hotspots > 0 && cluster.budget() >= scenario.scale_cost;
        if (late_critical > 0 || late > 1) && can_scale {
            return Action::Scale;
        }
        let (_, offset) = best;
        if cells.mem[here] > WORTH_CLEANING || offset == (0, 0) {
            return clean(cluster, cells.cpu[here]);
        }
        first_move(offset)
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }
}
