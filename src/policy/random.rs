//! `random`: any of the eight actions, all equally likely.

use super::{Policy, PolicyState};
use crate::cluster::{Action, Cluster, Observation, RngPurpose, RngStream, stream};
use rand::RngExt;

/// Uniformly random actions.
#[derive(Debug, Clone)]
pub struct Random {
    rng: RngStream,
}

impl Default for Random {
    fn default() -> Self {
        Self { rng: stream(0, 0, RngPurpose::Policy) }
    }
}

impl Policy for Random {
    fn begin(&mut self, seed: u64) {
        self.rng = stream(seed, 0, RngPurpose::Policy);
    }

    fn act(&mut self, _: &Cluster, _: &Observation) -> Action {
        Action::ALL[self.rng.random_range(0..Action::COUNT)]
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
