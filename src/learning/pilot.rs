//! The Pilot: a deep Q-network (Mnih et al. 2015) with Double DQN (van Hasselt et al. 2016), n-step returns and a
//! target network.
//!
//! The network is a perceptron from the inputs (35 numbers of the observation, and 42 of the belief if it is used) to the
//! 8 action values.
//!
//! Deviations from the paper: Adam instead of RMSProp, the squared error instead of a clipped one, gradients clipped by norm
//! per tensor, a learning rate that falls linearly, replayed transitions augmented by the symmetries of the torus, and, in
//! evaluations only, averages of the weights and over the mirrored views.

use super::adam_state::AdamState;
use super::influence::{gradients, tracked};
use super::network::{matrix, to_vec};
use super::replay_buffer::Batch;
use super::value_head::{ValueHead, quantile_losses, select_action};
use super::{Device, Model, Network, Weights};
use crate::cluster::{Action, RngStream};
use crate::features::{PilotInput, Symmetry};
use crate::settings::{Loss, PilotSettings};
use burn::grad_clipping::GradientClippingConfig;
use burn::nn::loss::{HuberLossConfig, MseLoss};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Int, Tensor, TensorData};

/// Q-values of the eight actions.
pub type QValues = [f32; Action::COUNT];

/// Id of the first parameter of the Pilot's networks.
const FIRST_ID: u64 = 1_000;

/// The Pilot's network for inference: estimates the value of every action and learns nothing.
#[derive(Debug, Clone)]
pub struct QNetwork {
    network: Network,
    head: ValueHead,
    device: Device,
    inputs: usize,
    /// Whether values are averaged over the eight mirrored views.
    averages_symmetries: bool,
}

impl QNetwork {
    /// A network with these weights, whose sizes must be [`Pilot::sizes`].
    pub fn new(settings: &PilotSettings, weights: &Weights, device: &Device) -> Self {
        let network = Network::new(weights, FIRST_ID, settings.layer_norm, device);
        let (head, inputs) = (ValueHead::new(settings), PilotInput::length(settings.inputs));
        Self { network, head, device: device.clone(), inputs, averages_symmetries: false }
    }

    /// The same in evaluation mode: values are averaged over the eight mirrored views, if the settings say so.
    #[must_use]
    pub fn for_evaluation(self, settings: &PilotSettings) -> Self {
        Self { averages_symmetries: settings.symmetry_averaging, ..self }
    }

    /// Q-values of all actions for a batch of inputs.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, inputs]`, row by row; returns one row per input.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        if !self.averages_symmetries {
            return self.unaveraged_q_values(pilot_inputs);
        }
        let mut mirrored = Vec::with_capacity(Symmetry::COUNT * pilot_inputs.len());
        for pilot_input in pilot_inputs.chunks_exact(self.inputs) {
            Symmetry::all().for_each(|symmetry| symmetry.transform(pilot_input, self.inputs, &mut mirrored));
        }
        self.unaveraged_q_values(&mirrored).chunks_exact(Symmetry::COUNT).map(mean_of_views).collect()
    }

    fn unaveraged_q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        let output = self.network.forward(matrix(pilot_inputs, self.inputs, &self.device));
        let values = to_vec(self.head.values(output));
        let rows = values.chunks_exact(Action::COUNT);
        rows.map(|row| row.try_into().expect("chunks have the length of a row")).collect()
    }

    /// The gradient of one action's value with respect to every input.
    fn gradients(&self, pilot_input: &[f32], action: Action) -> Vec<f32> {
        let views: Vec<_> = match self.averages_symmetries {
            true => Symmetry::all().collect(),
            false => vec![Symmetry::IDENTITY],
        };
        let mut rows = Vec::with_capacity(views.len() * pilot_input.len());
        views.iter().for_each(|view| view.transform(pilot_input, self.inputs, &mut rows));
        let input = tracked(&rows, self.inputs, &self.device);
        let actions: Vec<_> = views.iter().map(|view| view.action(action).index() as i32).collect();
        let actions = TensorData::new(actions, [views.len(), 1]);
        let actions = Tensor::<2, Int>::from_data(actions, &self.device.clone().autodiff());
        let value = self.head.values(self.network.forward(input.clone())).gather(1, actions).mean();
        let gradients = gradients(&input, value);
        let mut sum = vec![0.0; self.inputs];
        for (view, gradients) in views.iter().zip(gradients.chunks_exact(self.inputs)) {
            view.pull_back(gradients, &mut sum);
        }
        sum
    }
}

/// Mean Q-values over the eight mirrored views, each action taken where the mirror moves it to.
fn mean_of_views(views: &[QValues]) -> QValues {
    Action::ALL.map(|action| {
        let views = Symmetry::all().zip(views).map(|(symmetry, values)| values[symmetry.action(action).index()]);
        views.sum::<f32>() / Symmetry::COUNT as f32
    })
}

/// The acting network, its target network and its optimizer.
pub struct Pilot {
    device: Device,
    /// The copy with gradients. Made at the first update, because burn keeps tracked tensors alive until a backward pass.
    learning: Option<Network>,
    /// The same weights without gradients; it chooses the actions.
    acting: QNetwork,
    /// An older copy that values the next states; `None` if the settings ask for no target network.
    target: Option<Network>,
    average: Option<Weights>,
    optimizer: ModuleOptimizer,
    updates: u64,
}

impl Pilot {
    /// Widths from input to output.
    pub fn sizes(settings: &PilotSettings) -> Vec<usize> {
        let hidden = settings.hidden.iter().copied();
        [PilotInput::length(settings.inputs)]
            .into_iter()
            .chain(hidden)
            .chain([ValueHead::new(settings).outputs()])
            .collect()
    }

    /// An untrained Pilot, its weights drawn from `rng`.
    pub fn new(settings: &PilotSettings, device: &Device, rng: &mut RngStream) -> Self {
        let weights = Weights::draw(&Self::sizes(settings), rng);
        Self::with_weights(settings, device, &weights, None)
    }

    /// A Pilot with these weights, whose sizes must be [`Pilot::sizes`], and a fresh optimizer.
    pub fn with_weights(
        settings: &PilotSettings,
        device: &Device,
        weights: &Weights,
        average: Option<&Weights>,
    ) -> Self {
        let acting = QNetwork::new(settings, weights, device);
        let clipping = settings.gradient_clip;
        let clipping = (clipping > 0.0).then_some(GradientClippingConfig::Norm(clipping as f32));
        Self {
            device: device.clone(),
            target: (settings.target_every > 0).then(|| acting.network.clone()),
            average: (settings.average_share > 0.0).then(|| average.unwrap_or(weights).clone()),
            optimizer: AdamConfig::new().with_epsilon(settings.adam_epsilon as f32).with_grad_clipping(clipping).init(),
            learning: None,
            acting,
            updates: 0,
        }
    }

    /// The Pilot of a checked model with the target network and the optimizer state it had.
    pub(super) fn restored(
        settings: &PilotSettings,
        device: &Device,
        model: &Model,
        target: Option<Weights>,
        moments: AdamState,
    ) -> Self {
        let mut pilot = Self::with_weights(settings, device, &model.pilot, model.pilot_average.as_ref());
        pilot.target = target.map(|weights| Network::new(&weights, FIRST_ID, settings.layer_norm, device));
        pilot.optimizer = moments.into_optimizer(pilot.optimizer, &model.pilot, FIRST_ID);
        pilot.updates = model.updates;
        pilot
    }

    /// The weights of the target network, if there is one.
    pub(super) fn target(&self) -> Option<Weights> {
        self.target.as_ref().map(Network::weights)
    }

    /// The state of the optimizer.
    pub(super) fn moments(&self) -> AdamState {
        AdamState::from_optimizer(&self.optimizer, FIRST_ID)
    }

    /// Number of inputs.
    pub(super) fn inputs(&self) -> usize {
        self.acting.inputs
    }

    /// Whether it normalises the numbers before each rectifier.
    pub(super) fn layer_norm(&self) -> bool {
        self.acting.network.layer_norm()
    }

    /// Q-values of all actions for a batch of inputs.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, inputs]`, row by row; returns one row per input.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        self.acting.q_values(pilot_inputs)
    }

    /// The gradient of one of [`Pilot::q_values`] with respect to every input.
    pub fn gradients(&self, pilot_input: &[f32], action: Action) -> Vec<f32> {
        self.acting.gradients(pilot_input, action)
    }

    /// One gradient step on `batch`; returns the loss and, if the batch has importance weights, the temporal-difference
    /// error of each transition.
    pub(super) fn learn(&mut self, settings: &PilotSettings, batch: &Batch, learning_rate: f64) -> (f32, Vec<f32>) {
        let size = batch.rewards.len();
        let targets = self.targets(settings.double, batch);
        let device = self.device.clone().autodiff();
        let fresh = || Network::new(&self.acting.network.weights(), FIRST_ID, settings.layer_norm, &device);
        let network = self.learning.take().unwrap_or_else(fresh);
        let head = self.acting.head;
        let returns = head.returns(network.forward(matrix(&batch.pilot_inputs, self.acting.inputs, &device)));
        let actions = TensorData::new(batch.actions.clone(), [size, 1]);
        let chosen = select_action(returns, Tensor::<2, Int>::from_data(actions, &device));
        let targets = matrix(&targets, head.quantiles(), &device);
        let errors = match batch.weights.is_empty() {
            true => Vec::new(),
            false => to_vec((targets.clone() - chosen.clone()).mean_dim(1)),
        };
        let losses = match settings.loss {
            _ if head.quantiles() > 1 => quantile_losses(chosen, targets),
            Loss::Huber => HuberLossConfig::new(1.0).init().forward_no_reduction(chosen, targets),
            Loss::Mse => MseLoss::new().forward_no_reduction(chosen, targets),
        };
        let loss = match batch.weights.is_empty() {
            true => losses.mean(),
            false => (losses * matrix(&batch.weights, 1, &device)).mean(),
        };
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network = self.optimizer.step(learning_rate, network, gradients);
        self.acting.network = burn::module::Module::valid(&network);
        self.learning = Some(network);
        self.updates += 1;
        self.update_copies(settings);
        (value, errors)
    }

    /// `reward + discount * return of next`; the next action is chosen by Double DQN if `double`, else by the maximum.
    ///
    /// # Shapes
    /// `[batch, quantiles]`, row by row.
    fn targets(&self, double: bool, batch: &Batch) -> Vec<f32> {
        let head = self.acting.head;
        let next = matrix(&batch.next, self.acting.inputs, &self.device);
        let evaluator = self.target.as_ref().unwrap_or(&self.acting.network);
        let output = evaluator.forward(next.clone());
        let selector = if double && self.target.is_some() { self.acting.network.forward(next) } else { output.clone() };
        let best = head.values(selector).argmax(1);
        let returns = to_vec(select_action(head.returns(output), best));
        let steps = batch.rewards.iter().zip(&batch.discounts);
        let rows = steps.zip(returns.chunks_exact(head.quantiles()));
        rows.flat_map(|((reward, discount), row)| row.iter().map(move |part| reward + discount * part)).collect()
    }

    /// Updates the target network and the averaged weights if they are due.
    fn update_copies(&mut self, settings: &PilotSettings) {
        if let Some(target) = &mut self.target
            && self.updates.is_multiple_of(settings.target_every)
        {
            *target = self.acting.network.clone();
        }
        if let Some(average) = &mut self.average
            && self.updates.is_multiple_of(settings.average_every)
        {
            // The averaging window grows with the run, so that it suits short and long ones (Shamir and Zhang 2013).
            let moves = (self.updates / settings.average_every) as f64;
            let window = 1.0 + settings.average_share * moves;
            average.average_towards(&self.acting.network.weights(), (1.0 - 1.0 / window) as f32);
        }
    }

    /// From here on it acts in evaluation mode.
    pub(super) fn use_evaluation_mode(&mut self, settings: &PilotSettings) {
        self.acting = self.acting.clone().for_evaluation(settings);
    }

    /// Gradient steps taken.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// The weights it acts with while learning.
    pub fn weights(&self) -> Weights {
        self.acting.network.weights()
    }

    /// The averaged weights, used in evaluations, if the settings ask for them.
    pub fn average(&self) -> Option<&Weights> {
        self.average.as_ref()
    }

    pub(super) fn set_updates(&mut self, updates: u64) {
        self.updates = updates;
    }
}

#[cfg(test)]
mod tests;
