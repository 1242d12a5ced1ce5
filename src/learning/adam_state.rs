//! The state of the Adam optimizer as plain numbers, and its conversion from and to burn.
//!
//! burn stores it in a record format of its own. Our files hold plain numbers, whose shapes and finiteness are checked
//! before a record is made of them, so no malformed file ever reaches burn.

use super::Weights;
use super::network::NetworkError;
use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::{Bytes, DType, Shape};
use burn_pack::{Reader, Scalar, Tensor, Writer};

/// Running means of one parameter tensor's gradients.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TensorMoments {
    /// Steps taken.
    pub time: u64,
    /// Mean of the gradients.
    pub first: Vec<f32>,
    /// Mean of their squares.
    pub second: Vec<f32>,
}

/// The state of Adam for a whole network: matrix and bias of each layer, from input to output. Empty before the first step.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct AdamState(pub Vec<TensorMoments>);

const TIME: &str = "momentum.time";
const FIRST: &str = "momentum.moment_1";
const SECOND: &str = "momentum.moment_2";

impl AdamState {
    /// The state of an optimizer for a network whose parameters are numbered from `first_id`.
    pub fn from_optimizer(optimizer: &ModuleOptimizer, first_id: u64) -> Self {
        Self::read(optimizer, first_id).expect("burn reads what it has just written")
    }

    fn read(optimizer: &ModuleOptimizer, first_id: u64) -> Option<Self> {
        let reader = Reader::from_bytes(optimizer.into_bytes().ok()?).ok()?;
        let times = reader.scalars().clone();
        let tensors = reader.into_tensors().ok()?;
        let mut moments = Vec::new();
        for id in first_id.. {
            let Some(time) = times.get(&name(id, TIME)) else { break };
            let numbers = |field| {
                let tensor = tensors.iter().find(|tensor| tensor.name == name(id, field))?;
                let bytes = tensor.to_bytes().ok()?;
                Some(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
            };
            moments.push(TensorMoments {
                time: (*time).try_into().ok()?,
                first: numbers(FIRST)?,
                second: numbers(SECOND)?,
            });
        }
        Some(Self(moments))
    }

    /// Checks that this state belongs to a network with these weights: equal shapes, every number finite, no second moment
    /// below 0.
    ///
    /// # Errors
    /// The first mismatch.
    pub fn check(&self, weights: &Weights) -> Result<(), NetworkError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let lengths = weights.0.iter().flat_map(|layer| [layer.weight.len(), layer.bias.len()]);
        let found = self.0.iter().map(|moment| (moment.first.len(), moment.second.len()));
        if !found.clone().eq(lengths.clone().map(|length| (length, length))) {
            let list = |lengths: &mut dyn Iterator<Item = usize>| {
                lengths.map(|length| length.to_string()).collect::<Vec<_>>().join(", ")
            };
            return Err(NetworkError::Shape {
                found: list(&mut found.map(|(first, _)| first)),
                wanted: list(&mut lengths.into_iter()),
            });
        }
        let valid = |moment: &TensorMoments| {
            (1..=i32::MAX as u64).contains(&moment.time)
                && moment.first.iter().all(|number| number.is_finite())
                && moment.second.iter().all(|number| number.is_finite() && *number >= 0.0)
        };
        let broken = self.0.iter().position(|moment| !valid(moment));
        broken.map_or(Ok(()), |at| Err(NetworkError::NotFinite { layer: at / 2 + 1 }))
    }

    /// An optimizer with this state, which must have passed [`AdamState::check`] for `weights`.
    pub fn into_optimizer(self, fresh: ModuleOptimizer, weights: &Weights, first_id: u64) -> ModuleOptimizer {
        if self.0.is_empty() {
            return fresh;
        }
        let shapes = weights.0.iter().flat_map(|layer| [vec![layer.inputs, layer.outputs], vec![layer.outputs]]);
        let mut tensors = Vec::new();
        let mut scalars = Vec::new();
        for ((moment, shape), id) in self.0.into_iter().zip(shapes).zip(first_id..) {
            scalars.push((name(id, TIME), Scalar::from(moment.time)));
            scalars.push((name(id, "__rank"), Scalar::from(shape.len())));
            for (field, numbers) in [(FIRST, moment.first), (SECOND, moment.second)] {
                let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
                let (shape, bytes) = (Shape::from(shape.clone()), Bytes::from_bytes_vec(bytes));
                tensors.push(Tensor::new(name(id, field), DType::F32, shape, Some(id), bytes));
            }
        }
        let wanted = tensors.len();
        let writer = Writer::new(tensors);
        let writer = scalars.into_iter().fold(writer, |writer, (name, value)| writer.with_scalar(&name, value));
        let record = writer.into_bytes().ok().and_then(|bytes| OptimizerRecord::from_bytes(bytes).ok());
        let record = record.expect("burn reads what it has just written");
        assert_eq!(record.len(), wanted, "burn keeps every tensor of a record");
        fresh.load_record(record)
    }
}

/// burn's name for a field of a parameter's state.
fn name(id: u64, field: &str) -> String {
    format!("{id}.{field}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};
    use crate::learning::network::{Network, matrix};
    use crate::learning::{Device, device};
    use crate::settings::Backend;
    use burn::grad_clipping::GradientClippingConfig;
    use burn::optim::{AdamConfig, GradientsParams};

    const FIRST: u64 = 1_000;

    fn optimizer() -> ModuleOptimizer {
        AdamConfig::new().with_grad_clipping(Some(GradientClippingConfig::Norm(0.1))).init()
    }

    /// Trains for `count` steps towards an output of 0.
    fn train(mut network: Network, optimizer: &mut ModuleOptimizer, count: usize, device: &Device) -> Network {
        for step in 0..count {
            let input: Vec<f32> = (0..15).map(|at| ((at + step) as f32).sin()).collect();
            let loss = network.forward(matrix(&input, 5, &device.clone().autodiff())).square().mean();
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            network = optimizer.step(1e-2, network, gradients);
        }
        network
    }

    #[test]
    fn an_optimizer_restored_from_plain_numbers_continues_bit_for_bit() {
        for backend in [Backend::Flex, Backend::Ndarray] {
            let device = device(backend);
            let first = Weights::draw(&[5, 4, 2], &mut stream(1, 0, RngPurpose::PilotWeights));
            let mut one = optimizer();
            let network = Network::new(&first, FIRST, false, &device.clone().autodiff());
            let network = train(network, &mut one, 7, &device);
            let (weights, moments) = (network.weights(), AdamState::from_optimizer(&one, FIRST));
            assert_eq!((moments.0.len(), moments.0[0].time, moments.0[0].first.len()), (4, 7, 20));
            moments.check(&weights).unwrap();
            let back = AdamState::from_saved(&moments.to_saved());
            let mut other = back.into_optimizer(optimizer(), &weights, FIRST);
            assert_eq!(AdamState::from_optimizer(&other, FIRST), moments);
            let resumed = Network::new(&weights, FIRST, false, &device.clone().autodiff());
            let (on, off) = (train(network, &mut one, 9, &device), train(resumed, &mut other, 9, &device));
            assert_eq!(on.weights(), off.weights(), "{backend:?}");
            assert_eq!(AdamState::from_optimizer(&one, FIRST), AdamState::from_optimizer(&other, FIRST));
        }
    }

    #[test]
    fn an_optimizer_that_has_not_stepped_has_no_moments() {
        assert_eq!(AdamState::from_optimizer(&optimizer(), FIRST), AdamState::default());
    }

    #[test]
    fn moments_with_another_shape_or_broken_numbers_are_refused() {
        let weights = Weights::draw(&[3, 2], &mut stream(1, 0, RngPurpose::PilotWeights));
        let moment = |count: usize| TensorMoments { time: 1, first: vec![0.1; count], second: vec![0.1; count] };
        let good = AdamState(vec![moment(6), moment(2)]);
        assert_eq!(good.check(&weights), Ok(()));
        let spoilt = |spoil: fn(&mut Vec<TensorMoments>)| {
            let mut moments = good.clone();
            spoil(&mut moments.0);
            moments.check(&weights)
        };
        assert!(matches!(spoilt(|moments| moments.truncate(1)), Err(NetworkError::Shape { .. })));
        assert!(matches!(spoilt(|moments| moments[0].second.truncate(5)), Err(NetworkError::Shape { .. })));
        let broken = Err(NetworkError::NotFinite { layer: 1 });
        assert_eq!(spoilt(|moments| moments[1].first[1] = f32::NAN), broken);
        assert_eq!(spoilt(|moments| moments[1].second[0] = -1.0), broken);
        assert_eq!(spoilt(|moments| moments[0].time = 0), broken);
    }
}
