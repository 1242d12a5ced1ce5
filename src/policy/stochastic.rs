//! Stochastic policies: rules whose only state is a random number generator.

use super::{Policy, PolicyState};
use crate::cluster::{Action, Cluster, Observation, RngPurpose, RngStream, stream};

/// A memoryless rule that chooses actions, partly at random.
pub trait Rule: Clone + Send + Sync + 'static {
    /// Chooses an action, drawing from `rng`; otherwise as [`Policy::act`].
    fn choose(&self, cluster: &Cluster, observation: &Observation, rng: &mut RngStream) -> Action;
}

/// A policy that follows a [`Rule`], with a random number generator that is reseeded for each episode.
#[derive(Debug, Clone)]
pub struct Stochastic<R> {
    rule: R,
    rng: RngStream,
}

impl<R> Stochastic<R> {
    /// The policy that follows `rule`.
    pub fn new(rule: R) -> Self {
        Self { rule, rng: stream(0, 0, RngPurpose::Policy) }
    }
}

impl<R: Rule> Policy for Stochastic<R> {
    fn begin(&mut self, seed: u64) {
        self.rng = stream(seed, 0, RngPurpose::Policy);
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        self.rule.choose(cluster, observation, &mut self.rng)
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn policy_state(&self) -> PolicyState {
        PolicyState::Rng(Box::new(self.rng.clone()))
    }

    fn restore(&mut self, policy_state: PolicyState) -> bool {
        let PolicyState::Rng(rng) = policy_state else { return false };
        self.rng = *rng;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::Random;
    use super::*;
    use crate::settings::{RewardSettings, Scenario};

    #[test]
    fn it_continues_from_its_state_and_starts_over_with_the_seed() {
        let cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut policy = Stochastic::new(Random);
        let actions = |policy: &mut dyn Policy| {
            let act = |_| policy.act(&cluster, &Observation::default());
            (0..40).map(act).collect::<Vec<_>>()
        };
        policy.begin(7);
        let first = actions(&mut policy);
        let mut fork = policy.fork().expect("a stochastic policy can be copied");
        let mut other = Stochastic::new(Random);
        assert!(other.restore(policy.policy_state()) && !other.restore(PolicyState::Nothing));
        let next = actions(&mut policy);
        assert_ne!(first, next);
        assert_eq!([actions(&mut *fork), actions(&mut other)], [next.clone(), next]);
        policy.begin(7);
        assert_eq!(actions(&mut policy), first);
    }
}
