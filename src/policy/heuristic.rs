//! `heuristic`: the rules of the older program (v10).

use super::{Idle, MOVES, Rule};
use crate::cluster::{Action, Cluster, Observation, RngStream};

/// Memory above which a cell is worth cleaning or walking to.
const FULL: f32 = 0.7;

/// Cleans its cell if full, scales if many cells are hot, walks to a full neighbour, else moves at random.
#[derive(Debug, Clone)]
pub struct Heuristic;

impl Rule for Heuristic {
    fn choose(&self, cluster: &Cluster, observation: &Observation, rng: &mut RngStream) -> Action {
        if observation.cell(0, 0).mem > FULL && cluster.budget() >= cluster.scenario().full_clean_cost {
            return Action::FullClean;
        }
        if observation.hotspot_share() > 0.2 && observation.budget() > 0.3 {
            return Action::Scale;
        }
        let fullest = MOVES
            .map(|(action, (down, right))| (observation.cell(down, right).mem, action))
            .into_iter()
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match fullest {
            Some((mem, action)) if mem > FULL => action,
            _ => Idle.choose(cluster, observation, rng),
        }
    }
}
