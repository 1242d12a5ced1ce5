//! The head of the Pilot's network: turns the outputs of its last layer into values of the eight actions.

use crate::cluster::Action;
use crate::settings::{Head, PilotSettings};
use burn::tensor::{Int, Tensor};

const ACTIONS: usize = Action::COUNT;

/// A plain, dueling or quantile head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueHead {
    head: Head,
    quantiles: usize,
}

impl ValueHead {
    pub fn new(settings: &PilotSettings) -> Self {
        let quantiles = if settings.head == Head::Quantile { settings.quantiles } else { 1 };
        Self { head: settings.head, quantiles }
    }

    /// Width of the last layer.
    pub fn outputs(self) -> usize {
        match self.head {
            Head::Plain => ACTIONS,
            Head::Dueling => ACTIONS + 1,
            Head::Quantile => ACTIONS * self.quantiles,
        }
    }

    /// How many numbers describe the return of one action: 1, or the number of quantiles.
    pub fn quantiles(self) -> usize {
        self.quantiles
    }

    /// The distribution of every action's return: its mean, or its quantiles.
    ///
    /// # Shapes
    /// `[batch, outputs]` to `[batch, 8, quantiles]`.
    pub fn returns(self, output: Tensor<2>) -> Tensor<3> {
        let [batch, _] = output.dims();
        match self.head {
            Head::Plain | Head::Quantile => output.reshape([batch, ACTIONS, self.quantiles]),
            Head::Dueling => {
                // Advantages are relative to their mean, which makes the split into value and advantage unique (Wang 2016).
                let advantages = output.clone().narrow(1, 0, ACTIONS);
                let value = output.narrow(1, ACTIONS, 1);
                let mean = advantages.clone().mean_dim(1);
                (advantages - mean + value).reshape([batch, ACTIONS, 1])
            }
        }
    }

    /// The expected return of every action.
    ///
    /// # Shapes
    /// `[batch, outputs]` to `[batch, 8]`.
    pub fn values(self, output: Tensor<2>) -> Tensor<2> {
        let [batch, _] = output.dims();
        match self.head {
            Head::Plain => output,
            Head::Dueling | Head::Quantile => self.returns(output).mean_dim(2).reshape([batch, ACTIONS]),
        }
    }
}

/// The distribution of the return of one chosen action per row.
///
/// # Shapes
/// `[batch, 8, quantiles]` and `[batch, 1]` to `[batch, quantiles]`.
pub(super) fn select_action(returns: Tensor<3>, actions: Tensor<2, Int>) -> Tensor<2> {
    let [batch, _, quantiles] = returns.dims();
    if quantiles == 1 {
        return returns.reshape([batch, ACTIONS]).gather(1, actions);
    }
    let actions = actions.reshape([batch, 1, 1]).repeat_dim(2, quantiles);
    returns.gather(1, actions).reshape([batch, quantiles])
}

/// The quantile Huber loss of each row, threshold 1 (Dabney et al. 2018, equation 10): over every pair of a predicted and
/// a target quantile, the sum over the predicted ones of the mean over the targets.
///
/// # Shapes
/// `[batch, quantiles]` twice, to `[batch, 1]`.
pub(super) fn quantile_losses(predicted: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
    let device = predicted.device();
    let [batch, quantiles] = predicted.dims();
    let errors = targets.reshape([batch, 1, quantiles]) - predicted.reshape([batch, quantiles, 1]);
    let size = errors.clone().abs();
    let near = size.clone().clamp_max(1.0);
    // Half the square up to 1, a straight line beyond: near * (size - near / 2).
    let huber = near.clone() * (size - near.mul_scalar(0.5));
    let levels: Vec<f32> = (0..quantiles).map(|at| (at as f32 + 0.5) / quantiles as f32).collect();
    let levels = Tensor::<1>::from_floats(levels.as_slice(), &device).reshape([1, quantiles, 1]);
    let below = errors.lower_elem(0.0).float();
    let weights = (levels - below).abs();
    (weights * huber).mean_dim(2).sum_dim(1).reshape([batch, 1])
}
