//! The Pilot: a deep Q-network (Mnih et al. 2015) with Double DQN (van Hasselt et al. 2016), n-step returns and a
//! target network.
//!
//! The network is a perceptron from 35 numbers to 8 action values. The agent's local view is a 3x3 convolution over
//! its 3x3 patch: on a patch of the kernel's own size a convolution has one position only, so it is one linear map
//! from the 27 patch numbers, and it is the first 27 rows of the first layer, next to the 8 rows of the other
//! inputs.
//!
//! Deviations from the paper: Adam instead of RMSProp, Huber loss on the error instead of a clipped error, gradients
//! clipped by norm per tensor, a learning rate that falls in a line, and an average of the weights that is used when
//! the Pilot is evaluated, not while it learns.

use super::network::{matrix, numbers};
use super::replay::Batch;
use super::{Device, Network, Sight, Weights};
use crate::cluster::{Action, Stream};
use crate::settings::{Loss, PilotSettings};
use burn::grad_clipping::GradientClippingConfig;
use burn::nn::loss::{HuberLossConfig, MseLoss, Reduction};
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
    device: Device,
    inputs: usize,
}

impl Actor {
    /// An actor with these weights (of [`Pilot::sizes`]).
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let inputs = weights.0.first().map_or(0, |layer| layer.inputs);
        Self { network: Network::new(weights, FIRST_ID, device), device: device.clone(), inputs }
    }

    /// Values of all actions for a batch of sights.
    ///
    /// # Shapes
    /// `sights` is `[batch, inputs]`, row by row; the answer has one row per sight.
    pub fn q_values(&self, sights: &[f32]) -> Vec<QValues> {
        let values = numbers(self.network.forward(matrix(sights, self.inputs, &self.device)));
        let rows = values.chunks_exact(Action::COUNT);
        rows.map(|row| row.try_into().expect("chunks have the length of a row")).collect()
    }
}

/// The acting network, its target network and its optimizer.
pub struct Pilot {
    settings: PilotSettings,
    device: Device,
    /// Learns; taken out only while the optimizer steps.
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
        [Sight::length(settings.view)].into_iter().chain(hidden).chain([Action::COUNT]).collect()
    }

    /// A Pilot that knows nothing: first weights drawn from `dice`.
    pub fn new(settings: &PilotSettings, device: &Device, dice: &mut Stream) -> Self {
        let weights = Weights::draw(&Self::sizes(settings), dice);
        Self::with_weights(settings, device, &weights, None)
    }

    /// A Pilot with these weights (of [`Pilot::sizes`]) and averaged weights, its optimizer fresh.
    pub fn with_weights(
        settings: &PilotSettings,
        device: &Device,
        weights: &Weights,
        average: Option<&Weights>,
    ) -> Self {
        let learning = Network::new(weights, FIRST_ID, &device.clone().autodiff());
        let acting = Actor::new(weights, device);
        let clipping = settings.gradient_clip;
        let clipping = (clipping > 0.0).then_some(GradientClippingConfig::Norm(clipping as f32));
        Self {
            device: device.clone(),
            target: (settings.target_every > 0).then(|| acting.network.clone()),
            average: (settings.average_share > 0.0).then(|| average.unwrap_or(weights).clone()),
            optimizer: AdamConfig::new().with_grad_clipping(clipping).init(),
            settings: settings.clone(),
            learning: Some(learning),
            acting,
            updates: 0,
        }
    }

    /// Values of all actions for a batch of sights.
    ///
    /// # Shapes
    /// `sights` is `[batch, inputs]`, row by row; the answer has one row per sight.
    pub fn q_values(&self, sights: &[f32]) -> Vec<QValues> {
        self.acting.q_values(sights)
    }

    /// One gradient step on `batch` at `learning_rate`; returns the loss.
    pub(super) fn learn(&mut self, batch: &Batch, learning_rate: f64) -> f32 {
        let size = batch.rewards.len();
        let targets = self.targets(batch);
        let Some(network) = self.learning.take() else { return 0.0 };
        let device = self.device.clone().autodiff();
        let values = network.forward(matrix(&batch.sights, self.acting.inputs, &device));
        let actions = TensorData::new(batch.actions.clone(), [size, 1]);
        let chosen = values.gather(1, Tensor::<2, Int>::from_data(actions, &device));
        let targets = matrix(&targets, 1, &device);
        let loss = match self.settings.loss {
            Loss::Huber => HuberLossConfig::new(1.0).init().forward(chosen, targets, Reduction::Mean),
            Loss::Mse => MseLoss::new().forward(chosen, targets, Reduction::Mean),
        };
        let value = loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let network = self.optimizer.step(learning_rate, network, gradients);
        self.acting.network = burn::module::Module::valid(&network);
        self.learning = Some(network);
        self.updates += 1;
        self.follow();
        value
    }

    /// `reward + discount * value of next`, the value by Double DQN or by the maximum.
    fn targets(&self, batch: &Batch) -> Vec<f32> {
        let next = matrix(&batch.next, self.acting.inputs, &self.device);
        let judge = self.target.as_ref().unwrap_or(&self.acting.network);
        let values = judge.forward(next.clone());
        let values = if self.settings.double && self.target.is_some() {
            let best = self.acting.network.forward(next).argmax(1);
            values.gather(1, best)
        } else {
            values.max_dim(1)
        };
        let values = numbers(values);
        let terms = batch.rewards.iter().zip(&batch.discounts).zip(values);
        terms.map(|((reward, discount), value)| reward + discount * value).collect()
    }

    /// Lets the target network and the average follow the learning one when it is their turn.
    fn follow(&mut self) {
        if let Some(target) = &mut self.target
            && self.updates.is_multiple_of(self.settings.target_every)
        {
            *target = self.acting.network.clone();
        }
        if let Some(average) = &mut self.average
            && self.updates.is_multiple_of(self.settings.average_every)
        {
            // The memory grows with the run, so that it fits short and long ones (Shamir and Zhang 2013).
            let moves = (self.updates / self.settings.average_every) as f64;
            let remembered = 1.0 + self.settings.average_share * moves;
            average.average_towards(&self.acting.network.weights(), (1.0 - 1.0 / remembered) as f32);
        }
    }

    /// Gradient steps taken.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Changes the learning rate that the schedule starts from.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.settings.learning_rate = learning_rate;
    }

    /// Learning rate when the share `done` of the run is over.
    pub fn learning_rate(&self, done: f64) -> f64 {
        let settings = &self.settings;
        settings.learning_rate * (1.0 + (settings.final_learning_rate - 1.0) * done.clamp(0.0, 1.0))
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
