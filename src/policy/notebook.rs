//! `belief`: a scripted mind with a memory. It sees no more than the agent sees, but it remembers every cell and goes
//! where the first failure is due.

use super::{Policy, PolicyState, first_step};
use crate::cluster::{Action, Cluster, Observation};
use crate::learning::Belief;

/// Memory above which a cell on the way is cleaned.
const WORTH_CLEANING: f32 = 0.4;

/// Walks to the remembered cell with the least time to spare.
#[derive(Debug, Clone, Default)]
pub struct Notebook {
    /// Made for the cluster that the first action is asked for.
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
        belief.look(observation, cluster.time());
        let here = observation.cell(0, 0);
        // A critical cell out of sight is about to fail: relieve all hotspots from here.
        let alarm = observation.highest_critical();
        let in_sight = [-1, 0, 1].into_iter().any(|down| {
            [-1, 0, 1].into_iter().any(|right| {
                let cell = observation.cell(down, right);
                cell.is_critical() && cell.mem >= alarm
            })
        });
        let can_scale = observation.hotspot_share() > 0.0 && cluster.budget() >= scenario.scale_cost;
        if alarm > 0.9 && can_scale && !in_sight {
            return Action::Scale;
        }
        let [first] = belief.targets::<1>();
        let (down, right) = first.map_or((0, 0), |target| (target.down, target.right));
        if here.mem > WORTH_CLEANING || (down, right) == (0, 0) {
            let rich = cluster.budget() > 0.2 * scenario.max_budget;
            return if here.cpu > 0.6 && rich { Action::FullClean } else { Action::MemoryClean };
        }
        first_step((down, right))
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn policy_state(&self) -> PolicyState {
        self.belief.clone().map_or(PolicyState::Nothing, PolicyState::Notes)
    }

    fn pilot_inputs(&mut self, policy_state: PolicyState) -> bool {
        self.belief = match policy_state {
            PolicyState::Nothing => None,
            PolicyState::Notes(belief) => Some(belief),
            PolicyState::Dice(_) => return false,
        };
        true
    }
}
