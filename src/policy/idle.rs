//! `idle`: moves at random and cleans nothing.

use super::{MOVES, Rule};
use crate::cluster::{Action, Cluster, Observation, RngStream};
use rand::RngExt;

/// Random moves only.
#[derive(Debug, Clone)]
pub struct Idle;

impl Rule for Idle {
    fn choose(&self, _: &Cluster, _: &Observation, rng: &mut RngStream) -> Action {
        MOVES[rng.random_range(0..MOVES.len())].0
    }
}
