//! A forecaster fitted offline to recorded states, linear or a perceptron, with the Prophet's likelihood. It shows how much a
//! set of inputs can predict, apart from how the Prophet learns online.

use super::network::{hazard_loss, matrix, to_vec};
use super::survival::{SurvivalTime, collapse_probability, softplus};
use super::{Device, Network, Weights};
use crate::cluster::RngStream;
use burn::optim::{AdamConfig, GradientsParams};
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

/// Recorded states with their inputs and futures, for training, validation or scoring.
#[derive(Clone, Copy)]
pub struct TrainingSet<'a> {
    /// Number of states.
    pub count: usize,
    /// Appends the inputs of a state, given its index.
    pub inputs: &'a (dyn Fn(usize, &mut Vec<f32>) + Sync),
    /// How long the cluster lived on after a state, given its index. For a forecast of yes or no within a fixed horizon it
    /// is 1 step, which ended in a collapse or did not: then the likelihood is that of logistic regression.
    pub survival: &'a (dyn Fn(usize) -> SurvivalTime + Sync),
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
    /// The ends of the intervals in which a hazard holds, in steps, ascending.
    pub ends: Vec<usize>,
    /// Widths of the hidden layers; none for a linear forecaster.
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
    ends: Vec<usize>,
    /// Mean and inverse standard deviation of each input.
    scale: Vec<(f32, f32)>,
}

impl Forecaster {
    /// A trained Prophet's network, which takes its inputs unscaled; its hazards hold in intervals with these ends.
    pub fn from_weights(prophet: &Weights, ends: &[usize], device: &Device) -> Self {
        let inputs = prophet.0.first().map_or(0, |layer| layer.inputs);
        Self {
            network: Network::new(prophet, FIRST_ID, false, device),
            device: device.clone(),
            ends: ends.to_vec(),
            scale: vec![(0.0, 1.0); inputs],
        }
    }

    /// Fits a forecaster to `training` by the likelihood of the hazards, without class weights. Initial weights and batches (with
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
        let hidden = config.hidden.iter().copied();
        let sizes: Vec<_> = [scale.len()].into_iter().chain(hidden).chain([config.ends.len()]).collect();
        let mut weights = Weights::draw(&sizes, rng);
        if let Some(last) = weights.0.last_mut() {
            last.bias = mean_hazards(training, &config.ends);
        }
        let learning_device = device.clone().autodiff();
        let mut learning = Network::new(&weights, FIRST_ID, false, &learning_device);
        let mut forecaster = Self {
            network: Network::new(&weights, FIRST_ID, false, device),
            device: device.clone(),
            ends: config.ends.clone(),
            scale,
        };
        let mut best = (f64::INFINITY, forecaster.network.clone());
        let mut optimizer = AdamConfig::new().init();
        let (mut states, mut exposure, mut events) = (Vec::new(), Vec::new(), Vec::new());
        let steps = if training.count == 0 { 0 } else { config.steps };
        for step in 0..steps {
            [&mut states, &mut exposure, &mut events].into_iter().for_each(Vec::clear);
            for _ in 0..BATCH {
                let at = rng.random_range(0..training.count);
                forecaster.append(training, at, &mut states);
                (training.survival)(at).append_targets(&config.ends, &mut exposure, &mut events);
            }
            let log_odds = learning.forward(matrix(&states, forecaster.scale.len(), &learning_device));
            let targets = [&exposure, &events].map(|rows| matrix(rows, config.ends.len(), &learning_device));
            let [exposure, events] = targets;
            let loss = hazard_loss(log_odds, exposure, events);
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

    /// Mean negative log likelihood on a sample of `examples`.
    fn loss(&self, examples: TrainingSet<'_>) -> f64 {
        let sample: Vec<_> = examples.sample().collect();
        let (mut exposure, mut events, mut sum) = (Vec::new(), Vec::new(), 0.0);
        self.each_log_odds(examples, &sample, |at, log_odds| {
            exposure.clear();
            events.clear();
            (examples.survival)(at).append_targets(&self.ends, &mut exposure, &mut events);
            for (log_odds, (exposure, event)) in log_odds.iter().zip(exposure.iter().zip(&events)) {
                sum += f64::from(exposure * softplus(*log_odds) - event * log_odds);
            }
        });
        sum / sample.len().max(1) as f64
    }

    /// Probability of a collapse within `steps` steps in every state of `examples`, whose futures are not used.
    pub fn risks(&self, examples: TrainingSet<'_>, steps: usize) -> Vec<f32> {
        let mut risks = Vec::with_capacity(examples.count);
        let all: Vec<_> = (0..examples.count).collect();
        self.each_log_odds(examples, &all, |_, log_odds| risks.push(collapse_probability(log_odds, &self.ends, steps)));
        risks
    }

    /// Passes the log odds of the hazards in these states to `visit`, in order.
    fn each_log_odds(&self, examples: TrainingSet<'_>, indices: &[usize], mut visit: impl FnMut(usize, &[f32])) {
        let mut states = Vec::with_capacity(CHUNK * self.scale.len());
        for chunk in indices.chunks(CHUNK) {
            states.clear();
            chunk.iter().for_each(|at| self.append(examples, *at, &mut states));
            let log_odds = to_vec(self.network.forward(matrix(&states, self.scale.len(), &self.device)));
            chunk.iter().zip(log_odds.chunks_exact(self.ends.len())).for_each(|(at, log_odds)| visit(*at, log_odds));
        }
    }
}

/// Log odds of the mean hazard in each interval, as if one in a few steps more had been seen of each.
fn mean_hazards(training: TrainingSet<'_>, ends: &[usize]) -> Vec<f32> {
    let mut sums = vec![(1.0, 0.5); ends.len()];
    let (mut exposure, mut events) = (Vec::new(), Vec::new());
    for at in training.sample() {
        exposure.clear();
        events.clear();
        (training.survival)(at).append_targets(ends, &mut exposure, &mut events);
        for (sum, (exposure, event)) in sums.iter_mut().zip(exposure.iter().zip(&events)) {
            *sum = (sum.0 + exposure, sum.1 + event);
        }
    }
    sums.into_iter().map(|(exposure, events)| (events / (exposure - events)).ln()).collect()
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
        let survival = |at| SurvivalTime { steps: 1, collapsed: label(at) };
        let examples = TrainingSet { count: 10_000, inputs: &inputs, survival: &survival };
        let config = FitConfig { ends: vec![1], hidden: hidden.to_vec(), steps: 600, learning_rate: 0.02 };
        let mut rng = stream(1, 0, RngPurpose::ForecastFit);
        let forecaster = Forecaster::fit(&config, examples, examples, &device(Backend::Flex), &mut rng);
        forecaster.risks(TrainingSet { count: 100, ..examples }, 1)
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

    /// Clusters that collapse with a hazard of 1 in 50 per step for ten steps and 1 in 10 afterwards, all of them watched for
    /// as long as their episode has steps left. The input says nothing of that.
    #[test]
    fn hazards_are_learned_from_times_that_were_cut_off() {
        let mut rng = stream(5, 0, RngPurpose::ForecastFit);
        let times: Vec<SurvivalTime> = (0..20_000)
            .map(|at| {
                let left = 1 + at % 25;
                let hazard = |step: u32| if step <= 10 { 0.02 } else { 0.1 };
                let collapse = (1..=left).find(|step| rng.random::<f64>() < hazard(*step));
                SurvivalTime { steps: collapse.unwrap_or(left), collapsed: collapse.is_some() }
            })
            .collect();
        let survival = |at: usize| times[at];
        let examples = TrainingSet { count: times.len(), inputs: &inputs, survival: &survival };
        let config = FitConfig { ends: vec![4, 10, 20], hidden: vec![8], steps: 600, learning_rate: 0.01 };
        let forecaster = Forecaster::fit(&config, examples, examples, &device(Backend::Flex), &mut rng);
        let mean = |steps| forecaster.risks(examples, steps).iter().sum::<f32>() / times.len() as f32;
        for steps in [1, 4, 7, 10, 15, 20] {
            let alive = 0.98_f32.powi(steps.min(10)) * 0.9_f32.powi((steps - 10).max(0));
            let found = mean(steps as usize);
            assert!((found - (1.0 - alive)).abs() < 0.02, "{found} within {steps}, expected {}", 1.0 - alive);
        }
        // To count what was cut off as survived is as wrong as to leave it out: both miss by far.
        let collapsed = times.iter().filter(|time| time.collapsed).count() as f32 / times.len() as f32;
        assert!(mean(20) > collapsed + 0.2, "{collapsed}");
    }

    #[test]
    fn the_same_random_stream_gives_the_same_forecaster() {
        assert_eq!(fit(&[4], &rising), fit(&[4], &rising));
    }
}
