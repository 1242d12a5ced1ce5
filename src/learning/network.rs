//! The multilayer perceptron that Pilot and Prophet both are, and its weights as plain numbers.
//!
//! Weights travel between the learning network, the target network, the average and files as [`Weights`]: plain
//! vectors whose shapes and finiteness are checked before a network is built from them, so no malformed file
//! ever reaches burn.

use super::Device;
use crate::cluster::RngStream;
use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Tensor, TensorData, activation::relu};
use rand::RngExt;
use thiserror::Error;

/// Weights of one linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights {
    /// Width of the input.
    pub inputs: usize,
    /// Width of the output.
    pub outputs: usize,
    /// Matrix of `inputs x outputs`, row by row.
    pub weight: Vec<f32>,
    /// One number per output.
    pub bias: Vec<f32>,
}

impl LayerWeights {
    /// Whether every number is finite.
    pub(super) fn is_finite(&self) -> bool {
        self.weight.iter().chain(&self.bias).all(|weight| weight.is_finite())
    }
}

/// Weights of a whole network, from input to output.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(pub Vec<LayerWeights>);

/// Why weights were refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// The layers have other sizes than needed.
    #[error("its layers are {found}, this program needs {wanted}")]
    Shape {
        /// Sizes found.
        found: String,
        /// Sizes wanted.
        wanted: String,
    },
    /// A weight is infinite or not a number.
    #[error("layer {layer} holds a weight that is not a finite number")]
    NotFinite {
        /// 1-based layer.
        layer: usize,
    },
}

impl Weights {
    /// Initial weights, drawn from `rng`: uniform in ±1/sqrt(inputs), as PyTorch initialises a linear layer. `sizes` are
    /// the widths from input to output.
    pub fn draw(sizes: &[usize], rng: &mut RngStream) -> Self {
        let layers = sizes.windows(2).map(|pair| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let bound = 1.0 / (inputs as f32).sqrt();
            let mut draw = |count: usize| (0..count).map(|_| rng.random_range(-bound..bound)).collect();
            LayerWeights { inputs, outputs, weight: draw(inputs * outputs), bias: draw(outputs) }
        });
        Self(layers.collect())
    }

    /// Checks that the layers have these widths and that every weight is finite.
    ///
    /// # Errors
    /// The first mismatch.
    pub fn check(&self, sizes: &[usize]) -> Result<(), NetworkError> {
        let wanted = sizes.windows(2).map(|pair| (pair[0], pair[1]));
        let matches = wanted.clone().eq(self.0.iter().map(|layer| (layer.inputs, layer.outputs)))
            && self.0.iter().all(|layer| {
                Some(layer.weight.len()) == layer.inputs.checked_mul(layer.outputs) && layer.bias.len() == layer.outputs
            });
        if !matches {
            let shapes = |pairs: &mut dyn Iterator<Item = (usize, usize)>| {
                pairs.map(|(inputs, outputs)| format!("{inputs}x{outputs}")).collect::<Vec<_>>().join(", ")
            };
            return Err(NetworkError::Shape {
                found: shapes(&mut self.0.iter().map(|layer| (layer.inputs, layer.outputs))),
                wanted: shapes(&mut wanted.into_iter()),
            });
        }
        let broken = self.0.iter().position(|layer| !layer.is_finite());
        broken.map_or(Ok(()), |layer| Err(NetworkError::NotFinite { layer: layer + 1 }))
    }

    /// Moves this average towards `latest`: `decay * self + (1 - decay) * latest`.
    pub fn average_towards(&mut self, latest: &Self, decay: f32) {
        for (layer, latest) in self.0.iter_mut().zip(&latest.0) {
            let numbers = layer.weight.iter_mut().chain(&mut layer.bias);
            for (number, latest) in numbers.zip(latest.weight.iter().chain(&latest.bias)) {
                *number = decay * *number + (1.0 - decay) * latest;
            }
        }
    }
}

/// Linear layers with rectifiers between them.
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<Linear>,
    layer_norm: bool,
}

impl Network {
    /// A network with these weights on `device`, trainable if the device tracks gradients. Parameters are numbered from
    /// `first_id`, so that a restored optimizer finds its state.
    ///
    /// # Panics
    /// If the weights do not pass [`Weights::check`] for their own sizes.
    pub fn new(weights: &Weights, first_id: u64, layer_norm: bool, device: &Device) -> Self {
        fn parameter<const D: usize>(id: u64, data: TensorData, device: &Device) -> Param<Tensor<D>> {
            let tensor = Tensor::from_data(data, device);
            let tensor = if device.is_autodiff() { tensor.require_grad() } else { tensor };
            Param::initialized(ParamId::from(id), tensor)
        }
        let layers = weights.0.iter().enumerate().map(|(at, layer)| {
            let id = first_id + 2 * at as u64;
            let weight = TensorData::new(layer.weight.clone(), [layer.inputs, layer.outputs]);
            let bias = TensorData::new(layer.bias.clone(), [layer.outputs]);
            Linear { weight: parameter(id, weight, device), bias: Some(parameter(id + 1, bias, device)) }
        });
        Self { layers: layers.collect(), layer_norm }
    }

    /// Whether the numbers before each rectifier are normalised.
    pub(super) fn layer_norm(&self) -> bool {
        self.layer_norm
    }

    /// The output of the last layer, which is linear.
    ///
    /// # Shapes
    /// `[batch, inputs]` to `[batch, outputs]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        self.layers.iter().enumerate().fold(input, |numbers, (at, layer)| {
            let numbers = layer.forward(numbers);
            match self.layer_norm {
                _ if at == last => numbers,
                true => relu(normalised(numbers)),
                false => relu(numbers),
            }
        })
    }

    /// The weights as plain numbers.
    pub fn weights(&self) -> Weights {
        let layers = self.layers.iter().map(|layer| {
            let [inputs, outputs] = layer.weight.val().dims();
            let bias = layer.bias.as_ref().expect("every layer here has a bias");
            LayerWeights { inputs, outputs, weight: to_vec(layer.weight.val()), bias: to_vec(bias.val()) }
        });
        Weights(layers.collect())
    }
}

/// Layer normalisation (Ba et al. 2016): every row scaled to mean 0 and variance 1. It has no gain and bias per neuron,
/// because the next layer can learn both.
fn normalised(rows: Tensor<2>) -> Tensor<2> {
    let centred = rows.clone() - rows.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    centred / variance.add_scalar(1e-5).sqrt()
}

/// Negative log likelihood of hazards, its mean over the states: for log odds x of a hazard that was survived in all but
/// `events` of `exposure` steps it is exposure * ln(1 + exp(x)) - events * x, stable for any x. With an exposure of 1 it is the
/// binary cross-entropy.
///
/// # Shapes
/// All are `[states, intervals]`.
pub(super) fn hazard_loss(log_odds: Tensor<2>, exposure: Tensor<2>, events: Tensor<2>) -> Tensor<1> {
    let [states, _] = log_odds.dims();
    (softplus(log_odds.clone()) * exposure - log_odds * events).sum().div_scalar(states as f32)
}

/// ln(1 + exp(x)) as max(x, 0) + ln(1 + exp(-|x|)).
pub(super) fn softplus(numbers: Tensor<2>) -> Tensor<2> {
    let tail = numbers.clone().abs().neg().exp().log1p();
    relu(numbers) + tail
}

/// The numbers of a tensor, row by row.
pub(super) fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("tensors of this module hold 32-bit floats on the CPU")
}

/// A matrix with `columns` numbers per row.
pub(super) fn matrix(numbers: &[f32], columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers.to_vec(), [numbers.len() / columns, columns]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};
    use crate::learning::device::device;
    use crate::settings::Backend;

    fn sample() -> Weights {
        Weights::draw(&[5, 4, 3], &mut stream(1, 0, RngPurpose::PilotWeights))
    }

    #[test]
    fn a_network_returns_the_weights_it_was_built_from() {
        let weights = sample();
        let network = Network::new(&weights, 1, false, &device(Backend::Flex));
        assert_eq!(network.weights(), weights);
    }

    #[test]
    fn both_backends_compute_the_same_output() {
        let weights = Weights::draw(&[35, 64, 64, 8], &mut stream(2, 0, RngPurpose::PilotWeights));
        let input: Vec<f32> = (0..350).map(|at| (at as f32 * 0.37).sin().abs()).collect();
        let outputs = [Backend::Flex, Backend::Ndarray].map(|backend| {
            let device = device(backend);
            to_vec(Network::new(&weights, 1, true, &device).forward(matrix(&input, 35, &device)))
        });
        for (flex, ndarray) in outputs[0].iter().zip(&outputs[1]) {
            assert!((flex - ndarray).abs() < 1e-5, "{flex} against {ndarray}");
        }
    }

    #[test]
    fn weights_with_another_shape_or_that_are_not_finite_are_refused() {
        assert!(sample().check(&[5, 4, 3]).is_ok());
        assert!(matches!(sample().check(&[5, 4, 2]), Err(NetworkError::Shape { .. })));
        let mut short = sample();
        short.0[1].weight.pop();
        assert!(matches!(short.check(&[5, 4, 3]), Err(NetworkError::Shape { .. })));
        let mut broken = sample();
        broken.0[1].bias[0] = f32::NAN;
        assert_eq!(broken.check(&[5, 4, 3]), Err(NetworkError::NotFinite { layer: 2 }));
    }
}
