//! The greedy Pilot: a trained network that takes the action with the highest value.

use super::{Model, QNetwork, Weights, device, greedy_action};
use crate::cluster::{Action, Cluster, Observation};
use crate::features::{FeatureEncoder, PilotInput};
use crate::policy::{Policy, PolicyState};
use crate::settings::{PilotInputKind, Settings};

/// A policy from a trained Pilot, without exploration. Clones share their weights.
#[derive(Debug, Clone)]
pub struct GreedyPilot {
    actor: QNetwork,
    inputs: PilotInputKind,
    /// Created at the first action of an episode, when the size of the cluster is known.
    encoder: Option<FeatureEncoder>,
}

impl GreedyPilot {
    /// The Pilot of a checked model: its averaged weights if it has them, else the latest ones.
    pub fn new(model: &Model, settings: &Settings) -> Self {
        Self::with_weights(Self::weights(model), settings)
    }

    /// The weights that a model's Pilot acts with in evaluations.
    pub fn weights(model: &Model) -> &Weights {
        model.pilot_average.as_ref().unwrap_or(&model.pilot)
    }

    /// A Pilot with checked weights.
    pub fn with_weights(weights: &Weights, settings: &Settings) -> Self {
        let pilot = &settings.pilot;
        let actor = QNetwork::new(pilot, weights, &device(settings.run.backend)).for_evaluation(pilot);
        Self { actor, inputs: pilot.inputs, encoder: None }
    }

    /// The same Pilot with an encoder that has followed the current episode.
    pub fn with_encoder(self, encoder: FeatureEncoder) -> Self {
        Self { encoder: Some(encoder), ..self }
    }
}

impl Policy for GreedyPilot {
    fn begin(&mut self, _: u64) {
        self.encoder = None;
    }

    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action {
        let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
        let encoder = self.encoder.get_or_insert_with(|| FeatureEncoder::new(self.inputs, rows, columns));
        let pilot_input = encoder.encode(observation, cluster.time());
        let length = PilotInput::length(self.inputs);
        greedy_action(&self.actor.q_values(pilot_input.numbers(length))[0])
    }

    fn fork(&self) -> Option<Box<dyn Policy>> {
        Some(Box::new(self.clone()))
    }

    fn policy_state(&self) -> PolicyState {
        let belief = self.encoder.as_ref().and_then(FeatureEncoder::belief);
        belief.cloned().map_or(PolicyState::Nothing, PolicyState::Belief)
    }

    fn restore(&mut self, policy_state: PolicyState) -> bool {
        self.encoder = match (policy_state, self.inputs) {
            // An encoder without a belief has no state: a new one is created at the next action.
            (PolicyState::Nothing, _) => None,
            (PolicyState::Belief(belief), PilotInputKind::Belief) => Some(FeatureEncoder::from(belief)),
            _ => return false,
        };
        true
    }
}
