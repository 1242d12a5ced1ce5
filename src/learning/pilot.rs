//! The Pilot: a deep Q-network (Mnih et al. 2015) with Double DQN (van Hasselt et al. 2016), n-step returns and a
//! target network.
//!
//! The network is a perceptron from 35 numbers to 8 action values. The agent's local view is a 3x3 convolution over
//! its 3x3 patch: on a patch of the kernel's own size a convolution has one position only, so it is one linear map
//! from the 27 patch numbers, and it is the first 27 rows of the first layer, next to the 8 rows of the other
//! inputs.
//!
//! Deviations from the paper: Adam instead of RMSProp, the squared error instead of a clipped one, gradients clipped by norm
//! per tensor, a learning rate that falls in a line, transitions seen in mirrors, and an average of the weights and of the
//! mirrored views that is used when the Pilot is evaluated, not while it learns.

use super::adam_state::AdamState;
use super::influence::{gradients, tracked};
use super::network::{matrix, numbers};
use super::replay_buffer::Batch;
use super::value_head::{ValueHead, of_action, quantile_losses};
use super::{Device, Model, Network, Weights};
use crate::cluster::{Action, RngStream};
use crate::features::{PilotInput, Symmetry};
use crate::settings::{Loss, PilotSettings};
use burn::grad_clipping::GradientClippingConfig;
use burn::nn::loss::{HuberLossConfig, MseLoss};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Int, Tensor, TensorData};

/// Values of the eight actions.
pub type QValues = [f32; Action::COUNT];

/// First parameter number of the Pilot's networks.
const FIRST_ID: u64 = 1_000;

/// A network that values actions, without anything that learns.
#[derive(Debug, Clone)]
pub struct Actor {
    network: Network,
    head: ValueHead,
    device: Device,
    inputs: usize,
    /// Whether values are averaged over the mirrored views.
    averaging: bool,
}

impl Actor {
    /// An actor with these weights (of [`Pilot::sizes`]).
    pub fn new(settings: &PilotSettings, weights: &Weights, device: &Device) -> Self {
        let network = Network::new(weights, FIRST_ID, settings.layer_norm, device);
        let (head, inputs) = (ValueHead::new(settings), PilotInput::length(settings.inputs));
        Self { network, head, device: device.clone(), inputs, averaging: false }
    }

    /// The same as it acts in evaluations: its values averaged over the eight mirrored views of the moment, if the settings
    /// want it.
    #[must_use]
    pub fn for_evaluation(self, settings: &PilotSettings) -> Self {
        Self { averaging: settings.symmetry_averaging, ..self }
    }

    /// Values of all actions for a batch of sights.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, inputs]`, row by row; the answer has one row per sight.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        if !self.averaging {
            return self.values_of(pilot_inputs);
        }
        let mut mirrored = Vec::with_capacity(Symmetry::COUNT * pilot_inputs.len());
        for pilot_input in pilot_inputs.chunks_exact(self.inputs) {
            Symmetry::all().for_each(|symmetry| symmetry.transform(pilot_input, self.inputs, &mut mirrored));
        }
        self.values_of(&mirrored).chunks_exact(Symmetry::COUNT).map(mean_of_views).collect()
    }

    fn values_of(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        let output = self.network.forward(matrix(pilot_inputs, self.inputs, &self.device));
        let values = numbers(self.head.values(output));
        let rows = values.chunks_exact(Action::COUNT);
        rows.map(|row| row.try_into().expect("chunks have the length of a row")).collect()
    }
}

impl Actor {
    /// The gradient of one action's value by every number of a sight.
    fn gradients(&self, pilot_input: &[f32], action: Action) -> Vec<f32> {
        let views: Vec<_> = match self.averaging {
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

/// The values of the actions, from those that they have in each of the eight mirrored views.
fn mean_of_views(views: &[QValues]) -> QValues {
    Action::ALL.map(|action| {
        let views = Symmetry::all().zip(views).map(|(symmetry, values)| values[symmetry.action(action).index()]);
        views.sum::<f32>() / Symmetry::COUNT as f32
    })
}

/// The acting network, its target network and its optimizer.
pub struct Pilot {
    device: Device,
    /// Learns; made for the first step, because burn keeps what it tracks of a network until something learns.
    learning: Option<Network>,
    /// The same weights without gradients: acts.
    acting: Actor,
    /// An older copy that values the next states; none in the mode without target network.
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

    /// A Pilot that knows nothing: first weights drawn from `rng`.
    pub fn new(settings: &PilotSettings, device: &Device, rng: &mut RngStream) -> Self {
        let weights = Weights::draw(&Self::sizes(settings), rng);
        Self::with_weights(settings, device, &weights, None)
    }

    /// A Pilot with these weights (of [`Pilot::sizes`]) and averaged weights, its optimizer fresh.
    pub fn with_weights(
        settings: &PilotSettings,
        device: &Device,
        weights: &Weights,
        average: Option<&Weights>,
    ) -> Self {
        let acting = Actor::new(settings, weights, device);
        let clipping = settings.gradient_clip;
        let clipping = (clipping > 0.0).then_some(GradientClippingConfig::Norm(clipping as f32));
        Self {
            device: device.clone(),
            target: (settings.target_every > 0).then(|| acting.network.clone()),
            average: (settings.average_share > 0.0).then(|| average.unwrap_or(weights).clone()),
            optimizer: AdamConfig::new().with_grad_clipping(clipping).init(),
            learning: None,
            acting,
            updates: 0,
        }
    }

    /// The Pilot of a checked model that goes on with the target network and the optimizer that it had.
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
        AdamState::of(&self.optimizer, FIRST_ID)
    }

    /// Numbers that it is given of a sight.
    pub(super) fn inputs(&self) -> usize {
        self.acting.inputs
    }

    /// Values of all actions for a batch of sights.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, inputs]`, row by row; the answer has one row per sight.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        self.acting.q_values(pilot_inputs)
    }

    /// The gradient of one action's value, as [`Pilot::q_values`] tells it, by every number of a sight.
    pub fn gradients(&self, pilot_input: &[f32], action: Action) -> Vec<f32> {
        self.acting.gradients(pilot_input, action)
    }

    /// One gradient step on `batch` at `learning_rate`; answers the loss and, where the batch weighs its transitions, the
    /// error of each.
    pub(super) fn learn(&mut self, settings: &PilotSettings, batch: &Batch, learning_rate: f64) -> (f32, Vec<f32>) {
        let size = batch.rewards.len();
        let targets = self.targets(settings.double, batch);
        let device = self.device.clone().autodiff();
        let fresh = || Network::new(&self.acting.network.weights(), FIRST_ID, settings.layer_norm, &device);
        let network = self.learning.take().unwrap_or_else(fresh);
        let head = self.acting.head;
        let returns = head.returns(network.forward(matrix(&batch.pilot_inputs, self.acting.inputs, &device)));
        let actions = TensorData::new(batch.actions.clone(), [size, 1]);
        let chosen = of_action(returns, Tensor::<2, Int>::from_data(actions, &device));
        let targets = matrix(&targets, head.quantiles(), &device);
        let errors = match batch.weights.is_empty() {
            true => Vec::new(),
            false => numbers((targets.clone() - chosen.clone()).mean_dim(1)),
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
        self.follow(settings);
        (value, errors)
    }

    /// `reward + discount * return of next`, the action by Double DQN, if `double`, or by the maximum.
    ///
    /// # Shapes
    /// `[batch, quantiles]`, row by row.
    fn targets(&self, double: bool, batch: &Batch) -> Vec<f32> {
        let head = self.acting.head;
        let next = matrix(&batch.next, self.acting.inputs, &self.device);
        let judge = self.target.as_ref().unwrap_or(&self.acting.network);
        let output = judge.forward(next.clone());
        let chooser = if double && self.target.is_some() { self.acting.network.forward(next) } else { output.clone() };
        let best = head.values(chooser).argmax(1);
        let returns = numbers(of_action(head.returns(output), best));
        let steps = batch.rewards.iter().zip(&batch.discounts);
        let rows = steps.zip(returns.chunks_exact(head.quantiles()));
        rows.flat_map(|((reward, discount), row)| row.iter().map(move |part| reward + discount * part)).collect()
    }

    /// Lets the target network and the average follow the learning one when it is their turn.
    fn follow(&mut self, settings: &PilotSettings) {
        if let Some(target) = &mut self.target
            && self.updates.is_multiple_of(settings.target_every)
        {
            *target = self.acting.network.clone();
        }
        if let Some(average) = &mut self.average
            && self.updates.is_multiple_of(settings.average_every)
        {
            // The memory grows with the run, so that it fits short and long ones (Shamir and Zhang 2013).
            let moves = (self.updates / settings.average_every) as f64;
            let remembered = 1.0 + settings.average_share * moves;
            average.average_towards(&self.acting.network.weights(), (1.0 - 1.0 / remembered) as f32);
        }
    }

    /// From here on it acts as in evaluations.
    pub(super) fn act_as_evaluated(&mut self, settings: &PilotSettings) {
        self.acting = self.acting.clone().for_evaluation(settings);
    }

    /// Gradient steps taken.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// The weights that act.
    pub fn weights(&self) -> Weights {
        self.acting.network.weights()
    }

    /// The averaged weights, used in evaluation, where the settings keep them.
    pub fn average(&self) -> Option<&Weights> {
        self.average.as_ref()
    }

    pub(super) fn set_updates(&mut self, updates: u64) {
        self.updates = updates;
    }
}
