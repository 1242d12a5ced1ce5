//! What policies have in common that remember nothing but the place of their random numbers.

use super::{MOVES, Policy, PolicyState};
use crate::cluster::{Action, Cluster, Observation, RngPurpose, RngStream, stream};
use rand::RngExt;

/// How a stochastic policy chooses.
pub trait Rule: Clone + Send + Sync + 'static {
    /// The action; chance comes from `rng` alone.
    fn choose(&self, rng: &mut RngStream, cluster: &Cluster, observation: &Observation) -> Action;
}

/// A policy that chooses by a rule and by chance.
#[derive(Debug, Clone)]
pub struct Stochastic<R> {
    rule: R,
    rng: RngStream,
}

impl<R> Stochastic<R> {
    /// The policy of a rule.
    pub(super) fn by(rule: R) -> Self {
        Self { rule, rng: stream(0, 0, RngPurpose::Policy) }
    }
}

impl<R: Default> Default for Stochastic<R> {
    fn default() -> Self {
        Self::by(R::default())
    }
}

impl<R: Rule> Policy for Stochastic<R> {
    fn begin(&mut self, seed: u64) {
        self.rng = stream(seed, 0, RngPurpose::Policy);
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        self.rule.choose(&mut self.rng, cluster, observation)
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn policy_state(&self) -> PolicyState {
        PolicyState::of_dice(&self.rng)
    }

    fn pilot_inputs(&mut self, policy_state: PolicyState) -> bool {
        policy_state.into_dice(&mut self.rng)
    }
}

/// A random move.
pub(super) fn random_move(rng: &mut RngStream) -> Action {
    MOVES[rng.random_range(0..MOVES.len())].0
}

/// Any of the eight actions, all equally likely.
pub(super) fn random_action(rng: &mut RngStream) -> Action {
    Action::ALL[rng.random_range(0..Action::COUNT)]
}
