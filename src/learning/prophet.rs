//! The Prophet: a small network from the state of the cluster and its trends to the probability that it collapses
//! within the next H steps.

use super::adam_state::AdamState;
use super::influence::{gradients, tracked};
use super::network::{cross_entropy, matrix, to_vec};
use super::{Device, Network, Weights};
use crate::cluster::RngStream;
use crate::features::ProphetInput;
use crate::settings::{ProphetLabel, ProphetSettings};
use burn::nn::loss::{MseLoss, Reduction};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::sigmoid;

/// Id of the first parameter of the Prophet's network.
const FIRST_ID: u64 = 2_000;
/// Log odds of the risk that an untrained Prophet forecasts (5%), so that it causes no fear before it has learned anything.
const FIRST_LOG_ODDS: f32 = -2.944;

/// The forecasting network and its optimizer.
pub struct Prophet {
    device: Device,
    /// Number of inputs.
    inputs: usize,
    /// The copy with gradients. Made at the first update, because burn keeps tracked tensors alive until a backward pass.
    learning: Option<Network>,
    /// The same weights without gradients; it makes the forecasts.
    forecasting: Network,
    optimizer: ModuleOptimizer,
}

impl Prophet {
    /// Widths from input to output.
    pub fn sizes(settings: &ProphetSettings) -> Vec<usize> {
        let hidden = settings.hidden.iter().copied();
        [ProphetInput::length(settings.inputs)].into_iter().chain(hidden).chain([1]).collect()
    }

    /// An untrained Prophet, its weights drawn from `rng`.
    pub fn new(settings: &ProphetSettings, device: &Device, rng: &mut RngStream) -> Self {
        let mut weights = Weights::draw(&Self::sizes(settings), rng);
        if let Some(last) = weights.0.last_mut() {
            last.bias.fill(FIRST_LOG_ODDS);
        }
        Self::with_weights(settings, device, &weights)
    }

    /// A Prophet with these weights, whose sizes must be [`Prophet::sizes`], and a fresh optimizer.
    pub fn with_weights(settings: &ProphetSettings, device: &Device, weights: &Weights) -> Self {
        Self {
            learning: None,
            forecasting: Network::new(weights, FIRST_ID, false, device),
            optimizer: AdamConfig::new().init(),
            device: device.clone(),
            inputs: ProphetInput::length(settings.inputs),
        }
    }

    /// A Prophet with checked weights and the optimizer state it had.
    pub(super) fn restored(settings: &ProphetSettings, device: &Device, weights: &Weights, moments: AdamState) -> Self {
        let mut prophet = Self::with_weights(settings, device, weights);
        prophet.optimizer = moments.into_optimizer(prophet.optimizer, weights, FIRST_ID);
        prophet
    }

    /// The state of the optimizer.
    pub(super) fn moments(&self) -> AdamState {
        AdamState::from_optimizer(&self.optimizer, FIRST_ID)
    }

    /// Probability of a collapse within the horizon, for a batch of states.
    ///
    /// # Shapes
    /// `states` is `[batch, inputs]`, row by row; returns one probability per state.
    pub fn risks(&self, states: &[f32]) -> Vec<f32> {
        to_vec(sigmoid(self.forecasting.forward(matrix(states, self.inputs, &self.device))))
    }

    /// The gradient of the log odds of a collapse with respect to every input.
    pub fn gradients(&self, state: &[f32]) -> Vec<f32> {
        let input = tracked(state, self.inputs, &self.device);
        gradients(&input, self.forecasting.forward(input.clone()).sum())
    }

    /// One gradient step on `states` (`[batch, inputs]`) and `labels` (`[batch]`); returns the loss.
    pub(super) fn learn(
        &mut self,
        settings: &ProphetSettings,
        states: &[f32],
        labels: &[f32],
        learning_rate: f64,
    ) -> f32 {
        let device = self.device.clone().autodiff();
        let fresh = || Network::new(&self.forecasting.weights(), FIRST_ID, false, &device);
        let network = self.learning.take().unwrap_or_else(fresh);
        let log_odds = network.forward(matrix(states, self.inputs, &device));
        let labels = matrix(labels, 1, &device);
        let loss = match settings.label {
            ProphetLabel::Horizon => cross_entropy(log_odds, labels),
            ProphetLabel::EpisodeOutcome => MseLoss::new().forward(sigmoid(log_odds), labels, Reduction::Mean),
        };
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network = self.optimizer.step(learning_rate, network, gradients);
        self.forecasting = burn::module::Module::valid(&network);
        self.learning = Some(network);
        value
    }

    /// The weights.
    pub fn weights(&self) -> Weights {
        self.forecasting.weights()
    }
}
