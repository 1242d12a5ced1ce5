//! `patrol`: the best scripted mind that sees only what the agent sees. It walks a fixed round, cleans what it
//! meets, and scales when a critical cell out of reach is about to fail.

use super::{MOVES, Policy, first_step};
use crate::cluster::{Action, Cluster, Observation};

/// Memory above which a cell is cleaned, or walked to.
const WORTH_CLEANING: f32 = 0.5;

/// Walks through all cells of the torus, row after row.
#[derive(Debug, Clone, Default)]
pub struct Patrol;

impl Policy for Patrol {
    fn begin(&mut self, _: u64) {}

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let scenario = cluster.scenario();
        let here = observation.cell(0, 0);
        let alarm = observation.highest_critical();
        let can_scale = observation.hotspot_share() > 0.0 && cluster.budget() >= scenario.scale_cost;
        if alarm > 0.9 && can_scale {
            let at_hand = is_alarm(observation, 0, 0);
            let next_door = MOVES.into_iter().any(|(_, (down, right))| is_alarm(observation, down, right));
            if !at_hand && (!next_door || (alarm > 0.95 && here.mem < 0.9)) {
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
        towards_fullest(observation).unwrap_or_else(|| round(cluster.agent(), scenario.columns))
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }
}

/// The next move of the round: right along the row, and down from the one column of each row that lies a step
/// further left than in the row above, so that the round meets every cell of a square torus once.
fn round((row, column): (usize, usize), columns: usize) -> Action {
    if (row + column + 1) % columns == 0 { Action::Down } else { Action::Right }
}

/// Whether the cell there is the critical cell with the highest memory.
fn is_alarm(observation: &Observation, down: isize, right: isize) -> bool {
    let cell = observation.cell(down, right);
    cell.is_critical() && cell.mem >= observation.highest_critical()
}

/// A step towards the fullest visible cell worth cleaning, critical cells counting a fifth more.
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
    best.1.map(first_step)
}
