//! `idle`: wanders at random and repairs nothing.

use super::stochastic::{Rule, Stochastic, random_move};
use crate::cluster::{Action, Cluster, Observation, RngStream};

/// Random moves only.
pub type Idle = Stochastic<Moves>;

/// The rule of [`Idle`].
#[derive(Debug, Clone, Default)]
pub struct Moves;

impl Rule for Moves {
    fn choose(&self, rng: &mut RngStream, _: &Cluster, _: &Observation) -> Action {
        random_move(rng)
    }
}
