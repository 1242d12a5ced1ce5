//! `omniscient`: sees every cell and every hidden leak. No fair opponent, but a bound on what can be reached.

use super::{Policy, first_step};
use crate::cluster::{Action, Cluster, Observation};

/// Memory at which a cell counts as lost, a little below the real limit.
const LOST: f64 = 0.985;
/// Memory above which a cell on the way is cleaned.
const CLEAN_ON_THE_WAY: f32 = 0.45;
/// Cells below this memory are visited last.
const FRESH: f32 = 0.25;
/// Slack added to cells whose failure alone is no collapse.
const RELAXED: f64 = 5.0;

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
                let way = (shortest(row, target_row, scenario.rows), shortest(column, target_column, scenario.columns));
                let distance = (way.0.abs() + way.1.abs()) as f64;
                let left = LOST - f64::from(cells.mem[index]);
                let slack = left / cluster.leak_now(index).max(1e-9) - distance;
                hotspots += usize::from(cluster.is_hotspot(index));
                if slack < 0.0 {
                    late += 1;
                    late_critical += usize::from(cluster.is_critical(index));
                }
                let relaxed = if cluster.is_critical(index) { 0.0 } else { RELAXED };
                let last = if cells.mem[index] < FRESH { 1e6 } else { 0.0 };
                let cost = slack + relaxed + 2.0 * distance + last;
                if cost < best.0 {
                    best = (cost, way);
                }
            }
        }
        let can_scale = hotspots > 0 && cluster.budget() >= scenario.scale_cost;
        if (late_critical > 0 || late > 1) && can_scale {
            return Action::Scale;
        }
        let (down, right) = best.1;
        if cells.mem[here] > CLEAN_ON_THE_WAY || (down, right) == (0, 0) {
            let rich = cluster.budget() > 0.2 * scenario.max_budget;
            return if cells.cpu[here] > 0.6 && rich { Action::FullClean } else { Action::MemoryClean };
        }
        first_step((down, right))
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }
}

/// The shortest signed way from `from` to `to` around a ring of `length`.
fn shortest(from: usize, to: usize, length: usize) -> isize {
    let (from, to, length) = (from as isize, to as isize, length as isize);
    let ahead = (to - from).rem_euclid(length);
    if ahead * 2 > length { ahead - length } else { ahead }
}
