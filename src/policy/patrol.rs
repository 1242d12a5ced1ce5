//! `patrol`: the best scripted policy without a memory. It walks a fixed round, cleans what it meets, and scales when a
//! critical cell out of reach is about to fail.

use super::{MOVES, Policy, first_move};
use crate::cluster::{Action, Cluster, Observation};

/// Memory above which a cell is cleaned, or is worth a detour.
const WORTH_CLEANING: f32 = 0.5;

/// Walks through all cells of the torus, row after row.
#[derive(Debug, Clone, Default)]
pub struct Patrol;

impl Policy for Patrol {
    fn begin(&mut self, _: u64) {}

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let scenario = cluster.scenario();
        let here = observation.cell(0, 0);
        let critical = observation.highest_critical();
        let can_scale = observation.hotspot_share() > 0.0 && cluster.budget() >= scenario.scale_cost;
        if critical > 0.9 && can_scale {
            let here_critical = is_highest_critical(observation, 0, 0);
            let adjacent = MOVES.into_iter().any(|(_, (down, right))| is_highest_critical(observation, down, right));
            if !here_critical && (!adjacent || (critical > 0.95 && here.mem < 0.9)) {
                return Action::Scale;
            }
        }
        if here.mem > WORTH_CLEANING {
            return if here.cpu > 0.6 && cluster.budget() >= scenario.full_clean_cost {
                Action::FullClean
            } else {
                Action::MemoryClean
            };
        }
        towards_fullest(observation).unwrap_or_else(|| next_of_round(cluster.agent(), scenario.columns))
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }
}

/// The next move of the round: right along the row, except down in one column per row, which is one further left than in the
/// row above; so the round visits every cell of a square torus once.
fn next_of_round((row, column): (usize, usize), columns: usize) -> Action {
    if (row + column + 1) % columns == 0 { Action::Down } else { Action::Right }
}

/// Whether the cell at this offset is the critical cell with the highest memory.
pub(super) fn is_highest_critical(observation: &Observation, down: isize, right: isize) -> bool {
    let cell = observation.cell(down, right);
    cell.is_critical() && cell.mem >= observation.highest_critical()
}

/// A move towards the fullest cell in view that is worth a detour, if any; critical cells count a fifth more.
fn towards_fullest(observation: &Observation) -> Option<Action> {
    let mut best = (WORTH_CLEANING, None);
    for down in -1..=1 {
        for right in -1..=1 {
            let cell = observation.cell(down, right);
            let weight = cell.mem * if cell.is_critical() { 1.2 } else { 1.0 };
            if (down, right) != (0, 0) && weight > best.0 {
                best = (weight, Some((down, right)));
            }
        }
    }
    best.1.map(first_move)
}
