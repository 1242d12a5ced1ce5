//! The greedy Pilot: a trained network that takes the action it values most.

use super::Policy;
use crate::brain::{Actor, Model, greedy_action};
use crate::cluster::{Action, Cluster, Observation};
use crate::settings::Settings;

/// A trained Pilot without exploration. Copies share their weights.
#[derive(Debug, Clone)]
pub struct Greedy(Actor);

impl Greedy {
    /// The Pilot of a checked model: its averaged weights where it has them, else the last ones.
    pub fn new(model: &Model, settings: &Settings) -> Self {
        let weights = model.pilot_average.as_ref().unwrap_or(&model.pilot);
        Self(Actor::new(weights, &crate::brain::device(settings.run.backend)))
    }
}

impl Policy for Greedy {
    fn begin(&mut self, _: u64) {}

    fn act(&mut self, _: &Cluster, observation: &Observation) -> Action {
        greedy_action(&self.0.q_values(&observation.0)[0])
    }
}
