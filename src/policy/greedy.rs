//! The greedy Pilot: a trained network that takes the action it values most.

use super::{Policy, Recollection};
use crate::brain::{Actor, Eyes, Model, Sight, Weights, greedy_action};
use crate::cluster::{Action, Cluster, Observation};
use crate::settings::{Settings, View};

/// A trained Pilot without exploration. Copies share their weights.
#[derive(Debug, Clone)]
pub struct Greedy {
    actor: Actor,
    view: View,
    /// Made for the cluster that the first action is asked for.
    eyes: Option<Eyes>,
}

impl Greedy {
    /// The Pilot of a checked model: its averaged weights where it has them, else the last ones.
    pub fn new(model: &Model, settings: &Settings) -> Self {
        Self::with_weights(Self::weights(model), settings)
    }

    /// The weights that the Pilot of a model acts with.
    pub fn weights(model: &Model) -> &Weights {
        model.pilot_average.as_ref().unwrap_or(&model.pilot)
    }

    /// The Pilot of checked weights.
    pub fn with_weights(weights: &Weights, settings: &Settings) -> Self {
        let actor = Actor::new(&settings.pilot, weights, &crate::brain::device(settings.run.backend)).for_evaluation();
        Self { actor, view: settings.pilot.view, eyes: None }
    }

    /// The same Pilot with eyes that have seen an episode up to now.
    pub fn with_eyes(self, eyes: Eyes) -> Self {
        Self { eyes: Some(eyes), ..self }
    }
}

impl Policy for Greedy {
    fn begin(&mut self, _: u64) {
        self.eyes = None;
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
        let eyes = self.eyes.get_or_insert_with(|| Eyes::new(self.view, rows, columns));
        let sight = eyes.see(observation, cluster.time());
        let length = Sight::length(self.view);
        greedy_action(&self.actor.q_values(sight.numbers(length))[0])
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn recollection(&self) -> Recollection {
        let notebook = self.eyes.as_ref().and_then(Eyes::notebook);
        notebook.cloned().map_or(Recollection::Nothing, Recollection::Notes)
    }

    fn recall(&mut self, recollection: Recollection) -> bool {
        self.eyes = match (recollection, self.view) {
            // Eyes without a notebook are made anew with the next action, and are the same.
            (Recollection::Nothing, _) => None,
            (Recollection::Notes(notebook), View::Notes) => Some(Eyes::from(notebook)),
            _ => return false,
        };
        true
    }
}
