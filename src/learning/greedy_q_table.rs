//! The Q-table at play: a trained table that takes the action it values most, and now and then a random one.

use super::QTable;
use crate::cluster::{Action, Cluster, Observation, RngStream};
use crate::policy::{Random, Rule, Stochastic};
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
}

impl GreedyQTable {
    /// The policy of a checked table; `random_share` of its actions are random.
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
    fn the_share_of_random_actions_is_as_asked_and_repeats_with_the_seed_of_the_episode() {
        assert!(actions(0.0, 1).iter().all(|action| *action == Action::Throttle));
        // Seven of eight random actions are others: 0.4 * 7/8 = 0.35, standard error 0.0075.
        let others = actions(0.4, 1).iter().filter(|action| **action != Action::Throttle).count();
        assert!((others as f64 / 4_000.0 - 0.35).abs() < 0.03, "{others}");
        assert_eq!(actions(0.4, 1), actions(0.4, 1));
        assert_ne!(actions(0.4, 1), actions(0.4, 2));
    }
}
