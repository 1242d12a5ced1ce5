//! `notebook`: the scripted policy with a memory. It sees no more than the agent, but keeps a belief about every cell and goes
//! to the one that fails first.

use super::patrol::is_highest_critical;
use super::{Policy, PolicyState, clean, first_move};
use crate::cluster::{Action, Cluster, Observation};
use crate::features::Belief;

/// Memory above which the agent's cell is cleaned on the way.
const WORTH_CLEANING: f32 = 0.4;

/// Walks to the most urgent cell of its belief.
#[derive(Debug, Clone, Default)]
pub struct Notebook {
    /// Created for the cluster of the first action.
    belief: Option<Belief>,
}

impl Policy for Notebook {
    fn begin(&mut self, _: u64) {
        self.belief = None;
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let scenario = cluster.scenario();
        let (rows, columns) = (scenario.rows, scenario.columns);
        let belief = self.belief.get_or_insert_with(|| Belief::new(rows, columns));
        belief.observe(observation, cluster.time());
        let here = observation.cell(0, 0);
        // A critical cell out of view is about to fail: relieve hotspots from here.
        let in_view = (-1..=1).any(|down| (-1..=1).any(|right| is_highest_critical(observation, down, right)));
        let can_scale = observation.hotspot_share() > 0.0 && cluster.budget() >= scenario.scale_cost;
        if observation.highest_critical() > 0.9 && can_scale && !in_view {
            return Action::Scale;
        }
        let [target] = belief.targets::<1>();
        let offset = target.map_or((0, 0), |target| (target.down, target.right));
        if here.mem > WORTH_CLEANING || offset == (0, 0) {
            return clean(cluster, here.cpu);
        }
        first_move(offset)
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn policy_state(&self) -> PolicyState {
        self.belief.clone().map_or(PolicyState::Nothing, PolicyState::Belief)
    }

    fn restore(&mut self, policy_state: PolicyState) -> bool {
        self.belief = match policy_state {
            PolicyState::Nothing => None,
            PolicyState::Belief(belief) => Some(belief),
            PolicyState::Rng(_) => return false,
        };
        true
    }
}
