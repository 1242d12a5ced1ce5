//! `idle`: wanders at random and repairs nothing.

use super::{MOVES, Policy, PolicyState};
use crate::cluster::{Action, Cluster, Observation, RngPurpose, RngStream, stream};
use rand::RngExt;

/// Random moves only.
#[derive(Debug, Clone)]
pub struct Idle {
    rng: RngStream,
}

impl Default for Idle {
    fn default() -> Self {
        Self { rng: stream(0, 0, RngPurpose::Policy) }
    }
}

impl Policy for Idle {
    fn begin(&mut self, seed: u64) {
        self.rng = stream(seed, 0, RngPurpose::Policy);
    }

    fn act(&mut self, _: &Cluster, _: &Observation) -> Action {
        wander(&mut self.rng)
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

/// A random move.
pub(super) fn wander(rng: &mut RngStream) -> Action {
    MOVES[rng.random_range(0..MOVES.len())].0
}
