//! `heuristic`: the rules of the older program (v10).

use super::MOVES;
use super::stochastic::{Rule, Stochastic, random_move};
use crate::cluster::{Action, Cluster, Observation, RngStream};

/// Memory above which a cell is worth cleaning or walking to.
const FULL: f32 = 0.7;

/// Cleans a full cell under the agent, scales when many cells are hot, walks to a full neighbour, else wanders.
pub type Heuristic = Stochastic<Rules>;

/// The rules of [`Heuristic`].
#[derive(Debug, Clone, Default)]
pub struct Rules;

impl Rule for Rules {
    fn choose(&self, rng: &mut RngStream, cluster: &Cluster, observation: &Observation) -> Action {
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
            _ => random_move(rng),
        }
    }
}
