//! The forecasting methods that are compared, and how each is fitted.

use super::episodes::{LabelledState, RecordedEpisodes};
use super::metrics::alarm_threshold;
use crate::cluster::{RngPurpose, STATISTICS, stream};
use crate::features::ProphetInput;
use crate::learning::{Device, FitConfig, Forecaster, TrainingSet};
use std::fmt;

/// Indices among the statistics: the highest memory of a cell, and of a critical cell.
const MAX_MEMORY: usize = 2;
const MAX_CRITICAL_MEMORY: usize = 4;
/// Neurons in the hidden layer of a perceptron.
const HIDDEN_NEURONS: usize = 64;
/// Training states per gradient step of a perceptron (each on 256 states), and bounds on the number of steps.
const STATES_PER_STEP: usize = 50;
const STEPS: (usize, usize) = (400, 8_000);

/// The inputs of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MethodInputs {
    /// The five global statistics.
    Statistics,
    /// The statistics and the trends.
    Trends,
    /// The same, but with the hidden leaks as the growth of single cells.
    Hidden,
    /// The trends without one group of numbers: its name and indices.
    Without(&'static str, Vec<usize>),
}

impl MethodInputs {
    /// Appends the inputs for one state.
    fn append(&self, recording: &RecordedEpisodes, state: usize, numbers: &mut Vec<f32>) {
        let prophet_input = recording.prophet_input(state);
        match self {
            Self::Statistics => numbers.extend_from_slice(&prophet_input[..STATISTICS]),
            Self::Trends => numbers.extend_from_slice(prophet_input),
            Self::Hidden => {
                numbers.extend_from_slice(&prophet_input[..ProphetInput::LENGTH - ProphetInput::CELL_NUMBERS]);
                numbers.extend_from_slice(recording.hidden(state));
            }
            Self::Without(_, left_out) => {
                let kept = prophet_input.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
                numbers.extend(kept.map(|(_, number)| number));
            }
        }
    }
}

/// A method that forecasts collapse.
#[derive(Debug, Clone)]
pub enum ForecastMethod {
    /// One statistic, by its index: the highest memory of a cell, or of a critical one. Not a probability.
    Threshold(usize),
    /// Logistic regression.
    Logistic(MethodInputs),
    /// A perceptron with one hidden layer.
    Perceptron(MethodInputs),
    /// The Prophet from the checkpoint of the policy that plays, unchanged.
    Own(MethodInputs, Forecaster),
}

impl fmt::Display for ForecastMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold(index) => {
                formatter.write_str(if *index == MAX_MEMORY { "max-memory" } else { "max-critical" })
            }
            Self::Own(..) => formatter.write_str("own-prophet"),
            Self::Logistic(inputs) => write!(formatter, "logistic-{inputs}"),
            Self::Perceptron(inputs) => write!(formatter, "mlp-{inputs}"),
        }
    }
}

impl fmt::Display for MethodInputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statistics => formatter.write_str("statistics"),
            Self::Trends => formatter.write_str("trends"),
            Self::Hidden => formatter.write_str("hidden"),
            Self::Without(name, _) => write!(formatter, "trends-no-{name}"),
        }
    }
}

impl ForecastMethod {
    /// The methods to fit; with `ablation` also perceptrons on the trends without each group of numbers.
    pub fn fitted(ablation: bool) -> Vec<Self> {
        let mut methods = vec![
            Self::Threshold(MAX_MEMORY),
            Self::Threshold(MAX_CRITICAL_MEMORY),
            Self::Logistic(MethodInputs::Statistics),
            Self::Perceptron(MethodInputs::Statistics),
            Self::Logistic(MethodInputs::Trends),
            Self::Perceptron(MethodInputs::Trends),
            Self::Perceptron(MethodInputs::Hidden),
        ];
        if ablation {
            let without = |(name, indices)| Self::Perceptron(MethodInputs::Without(name, indices));
            methods.extend(ProphetInput::groups().into_iter().map(without));
        }
        methods
    }

    /// Whether it forecasts probabilities, so that Brier skill and calibration error are defined.
    pub fn is_probability(&self) -> bool {
        !matches!(self, Self::Threshold(_))
    }

    /// Whether it is also scored on the episodes of other policies.
    pub fn is_crossed(&self) -> bool {
        matches!(self, Self::Perceptron(MethodInputs::Statistics | MethodInputs::Trends) | Self::Own(..))
    }

    /// How to fit it to so many states.
    fn config(&self, states: usize) -> FitConfig {
        let steps = (states / STATES_PER_STEP).clamp(STEPS.0, STEPS.1);
        match self {
            Self::Perceptron(_) => FitConfig { hidden: vec![HIDDEN_NEURONS], steps, learning_rate: 2e-3 },
            _ => FitConfig { hidden: Vec::new(), steps: steps / 2, learning_rate: 1e-2 },
        }
    }
}

/// Labelled states of a recording.
#[derive(Debug, Clone, Copy)]
pub struct LabelledStates<'a> {
    /// The recording.
    pub recording: &'a RecordedEpisodes,
    /// Its labelled states.
    pub labelled: &'a [LabelledState],
}

impl LabelledStates<'_> {
    /// Share of states before a collapse, 0 to 1.
    pub fn base_rate(&self) -> f64 {
        let dangerous = self.labelled.iter().filter(|state| state.collapsed).count();
        dangerous as f64 / self.labelled.len().max(1) as f64
    }
}

/// A fitted method, ready to forecast.
#[derive(Debug, Clone)]
pub struct FittedMethod {
    /// The method.
    pub method: ForecastMethod,
    /// Horizon of the forecasts, in steps.
    pub horizon: usize,
    /// Share of training states before a collapse.
    pub base_rate: f64,
    /// Risk above which there is an alarm, for each rate of false alarms.
    pub thresholds: Vec<f32>,
    source: RiskSource,
}

/// Where the risk comes from.
#[derive(Debug, Clone)]
enum RiskSource {
    /// A statistic, by its index.
    Statistic(usize),
    /// A network and its inputs.
    Network(MethodInputs, Forecaster),
}

impl FittedMethod {
    /// Fits a method to training states and chooses its thresholds of alarm on validation states, one for each of `rates`,
    /// the shares of safe states that may be alarmed.
    pub fn new(
        method: ForecastMethod,
        horizon: usize,
        (training, validation): (LabelledStates<'_>, LabelledStates<'_>),
        (seed, rates): (u64, &[f64]),
        device: &Device,
    ) -> Self {
        let source = match &method {
            ForecastMethod::Threshold(index) => RiskSource::Statistic(*index),
            ForecastMethod::Own(inputs, prophet) => RiskSource::Network(inputs.clone(), prophet.clone()),
            ForecastMethod::Logistic(inputs) | ForecastMethod::Perceptron(inputs) => {
                let config = method.config(training.labelled.len());
                // The same random numbers for all methods, so that they differ by their inputs alone.
                let mut rng = stream(seed, horizon as u64, RngPurpose::ForecastFit);
                let (of_training, of_validation) = (append_inputs(training, inputs), append_inputs(validation, inputs));
                let (label, check) = (label_of(training), label_of(validation));
                let count = training.labelled.len();
                let training = TrainingSet { count, inputs: &of_training, label: &label };
                let count = validation.labelled.len();
                let validation = TrainingSet { count, inputs: &of_validation, label: &check };
                RiskSource::Network(inputs.clone(), Forecaster::fit(&config, training, validation, device, &mut rng))
            }
        };
        let base_rate = training.base_rate();
        let mut fitted = Self { method, horizon, base_rate, thresholds: Vec::new(), source };
        let risks = fitted.risks(validation);
        let safe = risks.into_iter().zip(validation.labelled).filter(|(_, state)| !state.collapsed);
        let safe: Vec<_> = safe.map(|(risk, _)| risk).collect();
        fitted.thresholds = rates.iter().map(|rate| alarm_threshold(&safe, *rate)).collect();
        fitted
    }

    /// The risk in each labelled state.
    pub fn risks(&self, states: LabelledStates<'_>) -> Vec<f32> {
        match &self.source {
            RiskSource::Statistic(index) => {
                let statistic = |state: &LabelledState| states.recording.prophet_input(state.state as usize)[*index];
                states.labelled.iter().map(statistic).collect()
            }
            RiskSource::Network(inputs, forecaster) => {
                let (inputs, label) = (append_inputs(states, inputs), label_of(states));
                forecaster.risks(TrainingSet { count: states.labelled.len(), inputs: &inputs, label: &label })
            }
        }
    }
}

/// A function that appends the inputs of the labelled state at an index.
fn append_inputs<'a>(
    states: LabelledStates<'a>,
    inputs: &'a MethodInputs,
) -> impl Fn(usize, &mut Vec<f32>) + Sync + 'a {
    move |at, numbers| inputs.append(states.recording, states.labelled[at].state as usize, numbers)
}

/// A function that returns the label of the labelled state at an index.
fn label_of(states: LabelledStates<'_>) -> impl Fn(usize) -> bool + Sync + '_ {
    move |at| states.labelled[at].collapsed
}
