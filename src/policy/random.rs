//! `random`: any of the eight actions, all equally likely.

use super::stochastic::{Rule, Stochastic, random_action};
use crate::cluster::{Action, Cluster, Observation, RngStream};

/// Uniformly random actions.
pub type Random = Stochastic<Uniform>;

/// The rule of [`Random`].
#[derive(Debug, Clone, Default)]
pub struct Uniform;

impl Rule for Uniform {
    fn choose(&self, rng: &mut RngStream, _: &Cluster, _: &Observation) -> Action {
        random_action(rng)
    }
}
