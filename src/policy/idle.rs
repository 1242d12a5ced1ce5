//! `idle`: wanders at random and repairs nothing.

use super::{MOVES, Policy, Recollection};
use crate::cluster::{Action, Cluster, Observation, Purpose, Stream, stream};
use rand::RngExt;

/// Random moves only.
#[derive(Debug, Clone)]
pub struct Idle {
    dice: Stream,
}

impl Default for Idle {
    fn default() -> Self {
        Self { dice: stream(0, 0, Purpose::Policy) }
    }
}

impl Policy for Idle {
    fn begin(&mut self, seed: u64) {
        self.dice = stream(seed, 0, Purpose::Policy);
    }

    fn act(&mut self, _: &Cluster, _: &Observation) -> Action {
        wander(&mut self.dice)
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn recollection(&self) -> Recollection {
        Recollection::of_dice(&self.dice)
    }

    fn recall(&mut self, recollection: Recollection) -> bool {
        recollection.into_dice(&mut self.dice)
    }
}

/// A random move.
pub(super) fn wander(dice: &mut Stream) -> Action {
    MOVES[dice.random_range(0..MOVES.len())].0
}
