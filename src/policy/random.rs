//! `random`: any of the eight actions, all equally likely.

use super::{Policy, Recollection};
use crate::cluster::{Action, Cluster, Observation, Purpose, Stream, stream};
use rand::RngExt;

/// Uniformly random actions.
#[derive(Debug, Clone)]
pub struct Random {
    dice: Stream,
}

impl Default for Random {
    fn default() -> Self {
        Self { dice: stream(0, 0, Purpose::Policy) }
    }
}

impl Policy for Random {
    fn begin(&mut self, seed: u64) {
        self.dice = stream(seed, 0, Purpose::Policy);
    }

    fn act(&mut self, _: &Cluster, _: &Observation) -> Action {
        Action::ALL[self.dice.random_range(0..Action::COUNT)]
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
