//! A forecaster fitted offline to recorded states: logistic regression or a perceptron, with the Prophet's loss. It shows
//! how much a set of inputs can predict, apart from how the Prophet learns online.

use super::network::{cross_entropy, matrix, to_vec};
use super::{Device, Network, Weights};
use crate::cluster::RngStream;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::sigmoid;
use rand::RngExt;

/// Id of the first parameter of the network.
const FIRST_ID: u64 = 3_000;
/// States per gradient step.
const BATCH: usize = 256;
/// Gradient steps between updates of the averaged weights, and the decay of the average at each.
const AVERAGE_EVERY: usize = 10;
const AVERAGE_DECAY: f32 = 0.98;
/// How often the validation loss is taken.
const VALIDATIONS: usize = 16;
/// The most states over which inputs are standardised and the validation loss is taken.
const SAMPLE: usize = 40_000;
/// States per forward pass.
const CHUNK: usize = 4_096;

/// Recorded states with their inputs and labels, for training, validation or scoring.
#[derive(Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Number of states.
    pub count: usize,
    /// Appends the inputs of a state, given its index.
    pub inputs: &'a (dyn Fn(usize, &mut Vec<f32>) + Sync),
    /// Whether the cluster collapsed within the horizon after a state, given its index.
    pub label: &'a (dyn Fn(usize) -> bool + Sync),
}

impl TrainingSet<'_> {
    /// Indices of at most [`SAMPLE`] states, evenly spaced.
    fn sample(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.count).step_by(self.count.div_ceil(SAMPLE).max(1))
    }
}

/// Hyperparameters of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitConfig {
    /// Widths of the hidden layers; none for logistic regression.
    pub hidden: Vec<usize>,
    /// Gradient steps.
    pub steps: usize,
    /// Adam's initial learning rate; it falls linearly to 0.
    pub learning_rate: f64,
}

/// A fitted network that forecasts collapses, and the scale of its inputs.
#[derive(Debug, Clone)]
pub struct Forecaster {
    network: Network,
    device: Device,
    /// Mean and inverse standard deviation of each input.
    scale: Vec<(f32, f32)>,
}

impl Forecaster {
    /// A trained Prophet's network, which takes its inputs unscaled.
    pub fn from_weights(prophet: &Weights, device: &Device) -> Self {
        let inputs = prophet.0.first().map_or(0, |layer| layer.inputs);
        Self {
            network: Network::new(prophet, FIRST_ID, false, device),
            device: device.clone(),
            scale: vec![(0.0, 1.0); inputs],
        }
    }

    /// Fits a forecaster to `training` by binary cross-entropy, without class weights. Initial weights and batches (with
    /// replacement) are drawn from `rng`. Keeps the averaged weights with the lowest loss on `validation` (early
    /// stopping).
    pub fn fit(
        config: &FitConfig,
        training: TrainingSet<'_>,
        validation: TrainingSet<'_>,
        device: &Device,
        rng: &mut RngStream,
    ) -> Self {
        let scale = scale(training);
        let sizes: Vec<_> = [scale.len()].into_iter().chain(config.hidden.iter().copied()).chain([1]).collect();
        let mut weights = Weights::draw(&sizes, rng);
        let collapses = training.sample().filter(|at| (training.label)(*at)).count() as f32;
        let share = (collapses + 0.5) / (training.sample().count() as f32 + 1.0);
        if let Some(last) = weights.0.last_mut() {
            last.bias.fill((share / (1.0 - share)).ln());
        }
        let learning_device = device.clone().autodiff();
        let mut learning = Network::new(&weights, FIRST_ID, false, &learning_device);
        let mut forecaster =
            Self { network: Network::new(&weights, FIRST_ID, false, device), device: device.clone(), scale };
        let mut best = (f64::INFINITY, forecaster.network.clone());
        let mut optimizer = AdamConfig::new().init();
        let (mut states, mut labels) = (Vec::new(), Vec::new());
        let steps = if training.count == 0 { 0 } else { config.steps };
        for step in 0..steps {
            states.clear();
            labels.clear();
            for _ in 0..BATCH {
                let at = rng.random_range(0..training.count);
                forecaster.append(training, at, &mut states);
                labels.push(f32::from(u8::from((training.label)(at))));
            }
            let log_odds = learning.forward(matrix(&states, forecaster.scale.len(), &learning_device));
            let loss = cross_entropy(log_odds, matrix(&labels, 1, &learning_device));
            let gradients = GradientsParams::from_grads(loss.backward(), &learning);
            let rate = config.learning_rate * (1.0 - step as f64 / steps as f64);
            learning = optimizer.step(rate, learning, gradients);
            let done = step + 1;
            if done.is_multiple_of(AVERAGE_EVERY) {
                // Early on the average is the plain mean of its updates, so that the start does not weigh more than each.
                let updates = (done / AVERAGE_EVERY) as f32;
                weights.average_towards(&learning.weights(), AVERAGE_DECAY.min(1.0 - 1.0 / updates));
            }
            if done == steps || done.is_multiple_of(steps.div_ceil(VALIDATIONS)) {
                forecaster.network = Network::new(&weights, FIRST_ID, false, device);
                let loss = forecaster.loss(validation);
                if loss < best.0 {
                    best = (loss, forecaster.network.clone());
                }
            }
        }
        forecaster.network = best.1;
        forecaster
    }

    /// Appends the scaled inputs of a state.
    fn append(&self, examples: TrainingSet<'_>, at: usize, states: &mut Vec<f32>) {
        let from = states.len();
        (examples.inputs)(at, states);
        for (number, (mean, inverse)) in states[from..].iter_mut().zip(&self.scale) {
            *number = (*number - mean) * inverse;
        }
    }

    /// Mean cross-entropy on a sample of `examples`.
    fn loss(&self, examples: TrainingSet<'_>) -> f64 {
        let sample: Vec<_> = examples.sample().collect();
        let risks = self.risks_at(examples, &sample);
        let losses = sample.iter().zip(risks).map(|(at, risk)| {
            let likelihood = if (examples.label)(*at) { risk } else { 1.0 - risk };
            -f64::from(likelihood).max(1e-12).ln()
        });
        losses.sum::<f64>() / sample.len().max(1) as f64
    }

    /// Probability of a collapse in every state of `examples`, whose labels are not used.
    pub fn risks(&self, examples: TrainingSet<'_>) -> Vec<f32> {
        self.risks_at(examples, &(0..examples.count).collect::<Vec<_>>())
    }

    fn risks_at(&self, examples: TrainingSet<'_>, indices: &[usize]) -> Vec<f32> {
        let mut states = Vec::with_capacity(CHUNK * self.scale.len());
        let mut risks = Vec::with_capacity(indices.len());
        for chunk in indices.chunks(CHUNK) {
            states.clear();
            chunk.iter().for_each(|at| self.append(examples, *at, &mut states));
            let log_odds = self.network.forward(matrix(&states, self.scale.len(), &self.device));
            risks.extend(to_vec(sigmoid(log_odds)));
        }
        risks
    }
}

/// Mean and inverse standard deviation of each input over a sample of `examples`.
fn scale(examples: TrainingSet<'_>) -> Vec<(f32, f32)> {
    let mut sums: Vec<(f64, f64)> = Vec::new();
    let mut state = Vec::new();
    let mut count = 0.0;
    for at in examples.sample() {
        state.clear();
        (examples.inputs)(at, &mut state);
        sums.resize(state.len(), (0.0, 0.0));
        for ((sum, squares), number) in sums.iter_mut().zip(&state) {
            *sum += f64::from(*number);
            *squares += f64::from(*number).powi(2);
        }
        count += 1.0;
    }
    let scale = |(sum, squares): (f64, f64)| {
        let mean = sum / count;
        let deviation = (squares / count - mean * mean).max(0.0).sqrt();
        (mean as f32, if deviation > 1e-6 { (1.0 / deviation) as f32 } else { 1.0 })
    };
    sums.into_iter().map(scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};
    use crate::learning::device::device;
    use crate::settings::Backend;

    /// Two inputs of very different scales; the second is uninformative.
    fn inputs(at: usize, state: &mut Vec<f32>) {
        state.extend([(at % 100) as f32 / 1000.0, 50.0 + (at % 7) as f32]);
    }

    /// True with a probability that rises with the first input.
    fn rising(at: usize) -> bool {
        (at / 100 * 37) % 100 < at % 100
    }

    fn fit(hidden: &[usize], label: &(dyn Fn(usize) -> bool + Sync)) -> Vec<f32> {
        let examples = TrainingSet { count: 10_000, inputs: &inputs, label };
        let config = FitConfig { hidden: hidden.to_vec(), steps: 600, learning_rate: 0.02 };
        let mut rng = stream(1, 0, RngPurpose::ForecastFit);
        let forecaster = Forecaster::fit(&config, examples, examples, &device(Backend::Flex), &mut rng);
        forecaster.risks(TrainingSet { count: 100, ..examples })
    }

    #[test]
    fn a_forecaster_learns_the_probabilities() {
        for hidden in [&[][..], &[16]] {
            let risks = fit(hidden, &rising);
            for at in [10, 30, 50, 70, 90] {
                let expected = at as f32 / 100.0;
                assert!((risks[at] - expected).abs() < 0.1, "{hidden:?}: {} at {expected}", risks[at]);
            }
        }
    }

    #[test]
    fn only_a_hidden_layer_learns_a_risk_that_peaks_in_the_middle() {
        let middle = |at: usize| (40..60).contains(&(at % 100));
        let (linear, hidden) = (fit(&[], &middle), fit(&[16], &middle));
        assert!(
            linear[50] < 0.4 && hidden[50] > 0.8 && hidden[10] < 0.1,
            "{} {} {}",
            linear[50],
            hidden[50],
            hidden[10]
        );
    }

    #[test]
    fn the_same_random_stream_gives_the_same_forecaster() {
        assert_eq!(fit(&[4], &rising), fit(&[4], &rising));
    }
}
