//! `random`: any of the eight actions, with equal probability.

use super::Rule;
use crate::cluster::{Action, Cluster, Observation, RngStream};
use rand::RngExt;

/// Uniformly random actions.
#[derive(Debug, Clone)]
pub struct Random;

impl Rule for Random {
    fn choose(&self, _: &Cluster, _: &Observation, rng: &mut RngStream) -> Action {
        Action::ALL[rng.random_range(0..Action::COUNT)]
    }
}
