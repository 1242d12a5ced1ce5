//! A policy from a trained Q-table: it takes the action with the highest value, and sometimes a random one.

use super::QTable;
use crate::cluster::{Action, Cluster, Observation, RngStream};
use crate::policy::{Random, Rule, Stochastic};
use rand::RngExt;
use std::sync::Arc;

/// A trained Q-table as an epsilon-greedy policy. Clones share their table.
///
/// Its state does not say where the agent is, so a purely greedy table repeats one action for as long as the cluster's
/// statistics stay in their bins: it walks in a circle, or cleans a clean cell. Random actions break that loop.
#[derive(Debug, Clone)]
pub struct GreedyQTable {
    table: Arc<QTable>,
    random_share: f64,
}

impl GreedyQTable {
    /// The policy of a checked table; `random_share` (0 to 1) of its actions are random.
    pub fn new(table: QTable, random_share: f64) -> Stochastic<Self> {
        Stochastic::new(Self { table: Arc::new(table), random_share })
    }
}

impl Rule for GreedyQTable {
    fn choose(&self, cluster: &Cluster, observation: &Observation, rng: &mut RngStream) -> Action {
        if rng.random::<f64>() < self.random_share {
            return Random.choose(cluster, observation, rng);
        }
        self.table.greedy(&observation.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
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
    fn random_actions_have_the_given_share_and_repeat_with_the_seed_of_the_episode() {
        assert!(actions(0.0, 1).iter().all(|action| *action == Action::Throttle));
        // Seven of eight random actions are others: 0.4 * 7/8 = 0.35, standard error 0.0075.
        let others = actions(0.4, 1).iter().filter(|action| **action != Action::Throttle).count();
        assert!((others as f64 / 4_000.0 - 0.35).abs() < 0.03, "{others}");
        assert_eq!(actions(0.4, 1), actions(0.4, 1));
        assert_ne!(actions(0.4, 1), actions(0.4, 2));
    }
}
