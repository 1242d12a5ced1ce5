//! `heuristic`: the rules of the older program (v10).

use super::idle::wander;
use super::{MOVES, Policy, PolicyState};
use crate::cluster::{Action, Cluster, Observation, RngPurpose, RngStream, stream};

/// Memory above which a cell is worth cleaning or walking to.
const FULL: f32 = 0.7;

/// Cleans a full cell under the agent, scales when many cells are hot, walks to a full neighbour, else wanders.
#[derive(Debug, Clone)]
pub struct Heuristic {
    rng: RngStream,
}

impl Default for Heuristic {
    fn default() -> Self {
        Self { rng: stream(0, 0, RngPurpose::Policy) }
    }
}

impl Policy for Heuristic {
    fn begin(&mut self, seed: u64) {
        self.rng = stream(seed, 0, RngPurpose::Policy);
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
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
            _ => wander(&mut self.rng),
        }
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn policy_state(&self) -> PolicyState {
        PolicyState::of_rng(&self.rng)
    }

    fn restore(&mut self, policy_state: PolicyState) -> bool {
        policy_state.into_rng(&mut self.rng)
    }
}
