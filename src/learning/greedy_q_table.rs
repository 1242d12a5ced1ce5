//! The Q-table at play: a trained table that takes the action it values most, and now and then a random one.

use super::QTable;
use crate::cluster::{Action, Cluster, Observation, RngPurpose, RngStream, stream};
use crate::policy::{Policy, PolicyState};
use rand::RngExt;
use std::sync::Arc;

/// A trained Q-table that learns no more. Copies share their table.
///
/// Its state does not tell where the agent is, so a purely greedy table does one and the same thing for as long as the
/// gauges of the cluster stand still: it walks in a circle, or cleans a clean cell. A share of random actions gets it
/// out of that.
#[derive(Debug, Clone)]
pub struct GreedyQTable {
    table: Arc<QTable>,
    random_share: f64,
    rng: RngStream,
}

impl GreedyQTable {
    /// The policy of a checked table; `random_share` of its actions are random.
    pub fn new(table: QTable, random_share: f64) -> Self {
        Self { table: Arc::new(table), random_share, rng: stream(0, 0, RngPurpose::Policy) }
    }
}

impl Policy for GreedyQTable {
    fn begin(&mut self, seed: u64) {
        self.rng = stream(seed, 0, RngPurpose::Policy);
    }

    fn act(&mut self, _: &Cluster, observation: &Observation) -> Action {
        if self.rng.random::<f64>() < self.random_share {
            return Action::ALL[self.rng.random_range(0..Action::COUNT)];
        }
        self.table.greedy(&observation.0)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{RewardSettings, Scenario};

    fn actions(random_share: f64, seed: u64) -> Vec<Action> {
        let mut table = QTable::filled(0.0);
        table.0.iter_mut().for_each(|row| row[Action::Throttle.index()] = 1.0);
        let mut policy = GreedyQTable::new(table, random_share);
        let cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        policy.begin(seed);
        (0..4_000).map(|_| policy.act(&cluster, &Observation::default())).collect()
    }

    #[test]
    fn the_share_of_random_actions_is_as_asked_and_repeats_with_the_seed_of_the_episode() {
        assert!(actions(0.0, 1).iter().all(|action| *action == Action::Throttle));
        // Seven of eight random actions are others: 0.4 * 7/8 = 0.35, standard error 0.0075.
        let others = actions(0.4, 1).iter().filter(|action| **action != Action::Throttle).count();
        assert!((others as f64 / 4_000.0 - 0.35).abs() < 0.03, "{others}");
        assert_eq!(actions(0.4, 1), actions(0.4, 1));
        assert_ne!(actions(0.4, 1), actions(0.4, 2));
    }
}
