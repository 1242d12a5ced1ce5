//! The methods of forecasting that are compared, and how each is fitted.

use super::episodes::{LabelledState, RecordedEpisodes};
use super::metrics::alarm_level;
use crate::cluster::{RngPurpose, STATISTICS, stream};
use crate::features::ProphetInput;
use crate::learning::{Device, FitConfig, Forecaster, TrainingSet};
use std::fmt;

/// Places of the highest memory of a cell and of a critical one among the statistics.
const MAX_MEMORY: usize = 2;
const MAX_CRITICAL: usize = 4;
/// Neurons of the hidden layer of a perceptron.
const NEURONS: usize = 64;
/// Gradient steps, of 256 states each, for a perceptron: one for so many training states, within these bounds.
const STATES_PER_STEP: usize = 50;
const STEPS: (usize, usize) = (400, 8_000);

/// What a method is given of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MethodInputs {
    /// The five global statistics.
    Statistics,
    /// The statistics and the trends.
    Trends,
    /// The same with single cells told by the hidden leaks.
    Hidden,
    /// The trends without a group of numbers: its name and places.
    Without(&'static str, Vec<usize>),
}

impl MethodInputs {
    /// Appends what is given of a state.
    fn append(&self, recording: &RecordedEpisodes, state: usize, numbers: &mut Vec<f32>) {
        let prophet_input = recording.prophet_input(state);
        match self {
            Self::Statistics => numbers.extend_from_slice(&prophet_input[..STATISTICS]),
            Self::Trends => numbers.extend_from_slice(prophet_input),
            Self::Hidden => {
                numbers.extend_from_slice(&prophet_input[..ProphetInput::LENGTH - ProphetInput::OF_CELLS]);
                numbers.extend_from_slice(recording.hidden(state));
            }
            Self::Without(_, left_out) => {
                let kept = prophet_input.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
                numbers.extend(kept.map(|(_, number)| number));
            }
        }
    }
}

/// A way to forecast.
#[derive(Debug, Clone)]
pub enum ForecastMethod {
    /// One of the statistics alone, by its place: the highest memory of a cell, or of a critical one. No probability.
    Threshold(usize),
    /// Logistic regression.
    Logistic(MethodInputs),
    /// A perceptron with one hidden layer.
    Perceptron(MethodInputs),
    /// The Prophet of the checkpoint that plays, as it is.
    Own(MethodInputs, Forecaster),
}

impl fmt::Display for ForecastMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold(place) => {
                formatter.write_str(if *place == MAX_MEMORY { "max-memory" } else { "max-critical" })
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
    /// The methods that are fitted; with an ablation also the trends without each group of their numbers.
    pub fn fitted(ablation: bool) -> Vec<Self> {
        let mut methods = vec![
            Self::Threshold(MAX_MEMORY),
            Self::Threshold(MAX_CRITICAL),
            Self::Logistic(MethodInputs::Statistics),
            Self::Perceptron(MethodInputs::Statistics),
            Self::Logistic(MethodInputs::Trends),
            Self::Perceptron(MethodInputs::Trends),
            Self::Perceptron(MethodInputs::Hidden),
        ];
        if ablation {
            let without = |(name, places)| Self::Perceptron(MethodInputs::Without(name, places));
            methods.extend(ProphetInput::groups().into_iter().map(without));
        }
        methods
    }

    /// Whether it tells probabilities, which a Brier score and a calibration error can be had of.
    pub fn is_probability(&self) -> bool {
        !matches!(self, Self::Threshold(_))
    }

    /// Whether it is scored on the episodes of other policies, too.
    pub fn is_crossed(&self) -> bool {
        matches!(self, Self::Perceptron(MethodInputs::Statistics | MethodInputs::Trends) | Self::Own(..))
    }

    /// How it is fitted to so many states.
    fn config(&self, states: usize) -> FitConfig {
        let steps = (states / STATES_PER_STEP).clamp(STEPS.0, STEPS.1);
        match self {
            Self::Perceptron(_) => FitConfig { hidden: vec![NEURONS], steps, learning_rate: 2e-3 },
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
    /// Share that came before a collapse.
    pub fn base_rate(&self) -> f64 {
        let dangerous = self.labelled.iter().filter(|state| state.collapsed).count();
        dangerous as f64 / self.labelled.len().max(1) as f64
    }
}

/// A method that is ready to forecast.
#[derive(Debug, Clone)]
pub struct FittedMethod {
    /// The method.
    pub method: ForecastMethod,
    /// Steps ahead.
    pub horizon: usize,
    /// Share of the training states that came before a collapse.
    pub base_rate: f64,
    /// Risk above which an alarm is given, for each of the rates of false alarms.
    pub levels: Vec<f32>,
    teller: RiskSource,
}

/// What tells the risk.
#[derive(Debug, Clone)]
enum RiskSource {
    /// A statistic as it is, by its place.
    Statistic(usize),
    /// A network, and what it is given.
    Network(MethodInputs, Forecaster),
}

impl FittedMethod {
    /// Fits a method to training states and chooses its levels of alarm on validation states, one for each of `rates`,
    /// the shares of safe states that may be alarmed.
    pub fn new(
        method: ForecastMethod,
        horizon: usize,
        (training, validation): (LabelledStates<'_>, LabelledStates<'_>),
        (seed, rates): (u64, &[f64]),
        device: &Device,
    ) -> Self {
        let teller = match &method {
            ForecastMethod::Threshold(place) => RiskSource::Statistic(*place),
            ForecastMethod::Own(inputs, prophet) => RiskSource::Network(inputs.clone(), prophet.clone()),
            ForecastMethod::Logistic(inputs) | ForecastMethod::Perceptron(inputs) => {
                let config = method.config(training.labelled.len());
                // Alike methods are fitted with the same dice, so that they differ by their inputs alone.
                let mut rng = stream(seed, horizon as u64, RngPurpose::ForecastFit);
                let (of_training, of_validation) = (appending(training, inputs), appending(validation, inputs));
                let (label, check) = (labelling(training), labelling(validation));
                let count = training.labelled.len();
                let training = TrainingSet { count, inputs: &of_training, label: &label };
                let count = validation.labelled.len();
                let validation = TrainingSet { count, inputs: &of_validation, label: &check };
                RiskSource::Network(inputs.clone(), Forecaster::fit(&config, training, validation, device, &mut rng))
            }
        };
        let base_rate = training.base_rate();
        let mut fitted = Self { method, horizon, base_rate, levels: Vec::new(), teller };
        let risks = fitted.risks(validation);
        let safe = risks.into_iter().zip(validation.labelled).filter(|(_, state)| !state.collapsed);
        let safe: Vec<_> = safe.map(|(risk, _)| risk).collect();
        fitted.levels = rates.iter().map(|rate| alarm_level(&safe, *rate)).collect();
        fitted
    }

    /// The risk in every labelled state.
    pub fn risks(&self, states: LabelledStates<'_>) -> Vec<f32> {
        match &self.teller {
            RiskSource::Statistic(place) => {
                let statistic = |state: &LabelledState| states.recording.prophet_input(state.state as usize)[*place];
                states.labelled.iter().map(statistic).collect()
            }
            RiskSource::Network(inputs, forecaster) => {
                let (inputs, label) = (appending(states, inputs), labelling(states));
                forecaster.risks(TrainingSet { count: states.labelled.len(), inputs: &inputs, label: &label })
            }
        }
    }
}

/// Appends the inputs of a labelled state by its place among them.
fn appending<'a>(states: LabelledStates<'a>, inputs: &'a MethodInputs) -> impl Fn(usize, &mut Vec<f32>) + Sync + 'a {
    move |at, numbers| inputs.append(states.recording, states.labelled[at].state as usize, numbers)
}

/// Tells the label of a labelled state by its place among them.
fn labelling(states: LabelledStates<'_>) -> impl Fn(usize) -> bool + Sync + '_ {
    move |at| states.labelled[at].collapsed
}
