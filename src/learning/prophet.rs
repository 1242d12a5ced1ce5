//! The Prophet: a small network from the state of the cluster and its trends to the hazards of a collapse in the steps ahead,
//! from which the probability of a collapse within any horizon follows ([`super::survival`]).

use super::adam_state::AdamState;
use super::influence::{gradients, tracked};
use super::network::{hazard_loss, matrix, softplus, to_vec};
use super::survival::{RiskCurve, SurvivalTime, interval_ends};
use super::{Device, Network, Weights};
use crate::cluster::RngStream;
use crate::features::ProphetInput;
use crate::settings::{ProphetLabel, ProphetSettings};
use burn::nn::loss::{MseLoss, Reduction};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::sigmoid;

/// Id of the first parameter of the Prophet's network.
const FIRST_ID: u64 = 2_000;
/// The risk that an untrained Prophet forecasts.
const FIRST_RISK: f32 = 0.05;

/// The forecasting network and its optimizer.
pub struct Prophet {
    device: Device,
    /// Number of inputs.
    inputs: usize,
    /// The ends of the intervals in which a hazard holds, in steps; one output each.
    ends: Vec<usize>,
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
        [ProphetInput::length(settings.inputs)]
            .into_iter()
            .chain(hidden)
            .chain([interval_ends(settings).len()])
            .collect()
    }

    /// An untrained Prophet, its weights drawn from `rng`.
    pub fn new(settings: &ProphetSettings, device: &Device, rng: &mut RngStream) -> Self {
        let mut weights = Weights::draw(&Self::sizes(settings), rng);
        // The hazard of a step that adds up to the first risk.
        let steps = interval_ends(settings).last().copied().unwrap_or(1);
        let hazard = 1.0 - (1.0 - FIRST_RISK).powf(1.0 / steps as f32);
        if let Some(last) = weights.0.last_mut() {
            last.bias.fill((hazard / (1.0 - hazard)).ln());
        }
        Self::with_weights(settings, device, &weights)
    }

    /// A Prophet with these weights, whose sizes must be [`Prophet::sizes`], and a fresh optimizer.
    pub fn with_weights(settings: &ProphetSettings, device: &Device, weights: &Weights) -> Self {
        Self {
            learning: None,
            forecasting: Network::new(weights, FIRST_ID, false, device),
            optimizer: AdamConfig::new().with_epsilon(settings.adam_epsilon as f32).init(),
            device: device.clone(),
            inputs: ProphetInput::length(settings.inputs),
            ends: interval_ends(settings).to_vec(),
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

    /// The probabilities of a collapse, for a batch of states.
    ///
    /// # Shapes
    /// `states` is `[batch, inputs]`, row by row; returns one curve per state.
    pub fn forecast(&self, states: &[f32]) -> Vec<RiskCurve> {
        let log_odds = to_vec(self.forecasting.forward(matrix(states, self.inputs, &self.device)));
        log_odds.chunks_exact(self.ends.len()).map(|log_odds| RiskCurve::from_log_odds(log_odds, &self.ends)).collect()
    }

    /// The gradient of the log odds of a collapse within the longest horizon with respect to every input.
    pub fn gradients(&self, state: &[f32]) -> Vec<f32> {
        let input = tracked(state, self.inputs, &self.device);
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let lengths: Vec<_> = self.ends.iter().zip(starts).map(|(end, start)| (end - start) as f32).collect();
        let log_odds = self.forecasting.forward(input.clone());
        let lengths = matrix(&lengths, self.ends.len(), &self.device.clone().autodiff());
        let cumulative = (softplus(log_odds) * lengths).sum();
        // The log odds of 1 - exp(-c) are ln(exp(c) - 1), which rise 1 / (1 - exp(-c)) times as fast as c.
        let risk = -(-cumulative.clone().into_scalar::<f32>()).exp_m1();
        gradients(&input, cumulative).into_iter().map(|gradient| gradient / risk.max(f32::MIN_POSITIVE)).collect()
    }

    /// One gradient step on `states` (`[batch, inputs]`) and how long the cluster lived on after them (`[batch]`); returns
    /// the loss.
    pub(super) fn learn(
        &mut self,
        settings: &ProphetSettings,
        states: &[f32],
        survival: &[SurvivalTime],
        learning_rate: f64,
    ) -> f32 {
        let device = self.device.clone().autodiff();
        let fresh = || Network::new(&self.forecasting.weights(), FIRST_ID, false, &device);
        let network = self.learning.take().unwrap_or_else(fresh);
        let log_odds = network.forward(matrix(states, self.inputs, &device));
        let loss = match settings.label {
            ProphetLabel::Survival => {
                let (mut exposure, mut events) = (Vec::new(), Vec::new());
                survival.iter().for_each(|time| time.append_targets(&self.ends, &mut exposure, &mut events));
                let [exposure, events] = [exposure, events].map(|rows| matrix(&rows, self.ends.len(), &device));
                hazard_loss(log_odds, exposure, events)
            }
            ProphetLabel::EpisodeOutcome => {
                let outcomes: Vec<_> = survival.iter().map(|time| f32::from(u8::from(time.collapsed))).collect();
                MseLoss::new().forward(sigmoid(log_odds), matrix(&outcomes, 1, &device), Reduction::Mean)
            }
        };
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network = self.optimizer.step(learning_rate, network, gradients);
        self.forecasting = burn::module::Module::valid(&network);
        self.learning = Some(network);
        value
    }

    /// The ends of the intervals in which its hazards hold, in steps.
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// The weights.
    pub fn weights(&self) -> Weights {
        self.forecasting.weights()
    }
}

#[cfg(test)]
mod tests;
