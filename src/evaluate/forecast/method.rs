//! The forecasting methods that are compared, and how each is fitted.

use super::episodes::{RecordedEpisodes, ScoredState};
use super::metrics::alarm_threshold;
use crate::cluster::{RngPurpose, STATISTICS, stream};
use crate::features::ProphetInput;
use crate::learning::{Device, FitConfig, Forecaster, SurvivalTime, TrainingSet};
use std::fmt;

/// Indices among the statistics: the highest memory of a cell, and of a critical cell.
const MAX_MEMORY: usize = 2;
const MAX_CRITICAL_MEMORY: usize = 4;
/// Neurons in the hidden layer of a survival network, as in the Prophet.
const HIDDEN_NEURONS: usize = 64;
/// Training states per gradient step (each on 256 states), and bounds on the number of steps.
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
    /// The inputs that survival networks are fitted to; with `ablation` also the trends without each group of numbers.
    pub fn of_networks(ablation: bool) -> Vec<Self> {
        let groups = if ablation { ProphetInput::groups() } else { Vec::new() };
        let without = groups.into_iter().map(|(name, indices)| Self::Without(name, indices));
        [Self::Statistics, Self::Trends, Self::Hidden].into_iter().chain(without).collect()
    }

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
    /// One number of the Prophet's input, by its index, beyond a threshold. Not a probability.
    Threshold(&'static str, usize),
    /// Logistic regression of whether a collapse comes within the horizon.
    Logistic(MethodInputs),
    /// The Prophet's kind of network, fitted offline: a perceptron with one hidden layer that gives the hazards.
    Survival(MethodInputs, Forecaster),
    /// The Prophet from the checkpoint of the policy that plays, unchanged, and how many steps ahead it looks; none if it
    /// forecasts the outcome of the whole episode.
    Own(MethodInputs, Forecaster, Option<usize>),
}

impl fmt::Display for ForecastMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold(name, _) => formatter.write_str(name),
            Self::Own(..) => formatter.write_str("own-prophet"),
            Self::Logistic(inputs) => write!(formatter, "logistic-{inputs}"),
            Self::Survival(inputs, _) => write!(formatter, "survival-{inputs}"),
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
    /// The methods that are simpler than a network.
    pub fn simple() -> Vec<Self> {
        vec![
            Self::Threshold("max-memory", MAX_MEMORY),
            Self::Threshold("max-critical", MAX_CRITICAL_MEMORY),
            Self::Threshold("extrapolation", ProphetInput::FIRST_FAILURE),
            Self::Logistic(MethodInputs::Statistics),
            Self::Logistic(MethodInputs::Trends),
        ]
    }

    /// Whether it forecasts probabilities, so that Brier skill and calibration error are defined.
    pub fn is_probability(&self) -> bool {
        !matches!(self, Self::Threshold(..))
    }

    /// Whether it is also scored on the episodes of other policies.
    pub fn is_crossed(&self) -> bool {
        matches!(self, Self::Survival(MethodInputs::Statistics | MethodInputs::Trends, _) | Self::Own(..))
    }

    /// Whether it can look so many steps ahead.
    pub fn reaches(&self, horizon: usize) -> bool {
        !matches!(self, Self::Own(.., Some(longest)) if *longest < horizon)
    }
}

/// Gradient steps for a fit to so many states.
fn gradient_steps(states: usize) -> usize {
    (states / STATES_PER_STEP).clamp(STEPS.0, STEPS.1)
}

/// Fits a survival network to all states of the training episodes, with hazards in intervals that end at these steps.
pub(super) fn fit_survival(
    inputs: &MethodInputs,
    ends: &[usize],
    (training, validation): (&RecordedEpisodes, &RecordedEpisodes),
    seed: u64,
    device: &Device,
) -> Forecaster {
    let [times, check] = [training, validation].map(RecordedEpisodes::survival_times);
    let appender = |recording| move |at, numbers: &mut Vec<f32>| inputs.append(recording, at, numbers);
    let (of_training, of_validation) = (appender(training), appender(validation));
    let (survival, of_check) = (|at: usize| times[at], |at: usize| check[at]);
    let training = TrainingSet { count: times.len(), inputs: &of_training, survival: &survival };
    let validation = TrainingSet { count: check.len(), inputs: &of_validation, survival: &of_check };
    let (ends, hidden, steps) = (ends.to_vec(), vec![HIDDEN_NEURONS], gradient_steps(times.len()));
    let config = FitConfig { ends, hidden, steps, learning_rate: 2e-3 };
    // The same random numbers for all inputs, so that they differ by these alone.
    let mut rng = stream(seed, 0, RngPurpose::ForecastFit);
    Forecaster::fit(&config, training, validation, device, &mut rng)
}

/// States of a recording whose whole horizon could be seen.
#[derive(Debug, Clone, Copy)]
pub struct ScoredStates<'a> {
    /// The recording.
    pub recording: &'a RecordedEpisodes,
    /// The states.
    pub scored: &'a [ScoredState],
}

impl ScoredStates<'_> {
    /// Share of states before a collapse, 0 to 1.
    pub fn base_rate(&self) -> f64 {
        let dangerous = self.scored.iter().filter(|state| state.collapsed).count();
        dangerous as f64 / self.scored.len().max(1) as f64
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
    /// A number of the Prophet's input, by its index.
    Number(usize),
    /// A network, its inputs, and how many of its steps make the horizon.
    Network(MethodInputs, Box<Forecaster>, usize),
}

impl FittedMethod {
    /// Makes a method ready for a horizon: fits it to training states, if it is not a network that was fitted before, and
    /// chooses its thresholds of alarm on validation states, one for each of `rates`, the shares of safe states that may be
    /// alarmed.
    pub fn new(
        method: ForecastMethod,
        horizon: usize,
        (training, validation): (ScoredStates<'_>, ScoredStates<'_>),
        (seed, rates): (u64, &[f64]),
        device: &Device,
    ) -> Self {
        let source = match &method {
            ForecastMethod::Threshold(_, index) => RiskSource::Number(*index),
            ForecastMethod::Own(inputs, prophet, ahead) => {
                RiskSource::Network(inputs.clone(), Box::new(prophet.clone()), ahead.map_or(1, |_| horizon))
            }
            ForecastMethod::Survival(inputs, network) => {
                RiskSource::Network(inputs.clone(), Box::new(network.clone()), horizon)
            }
            ForecastMethod::Logistic(inputs) => {
                let steps = gradient_steps(training.scored.len()) / 2;
                let config = FitConfig { ends: vec![1], hidden: Vec::new(), steps, learning_rate: 1e-2 };
                let mut rng = stream(seed, horizon as u64, RngPurpose::ForecastFit);
                let (of_training, of_validation) = (append_inputs(training, inputs), append_inputs(validation, inputs));
                let (label, check) = (label_of(training), label_of(validation));
                let (count, checks) = (training.scored.len(), validation.scored.len());
                let training = TrainingSet { count, inputs: &of_training, survival: &label };
                let validation = TrainingSet { count: checks, inputs: &of_validation, survival: &check };
                let forecaster = Forecaster::fit(&config, training, validation, device, &mut rng);
                RiskSource::Network(inputs.clone(), Box::new(forecaster), 1)
            }
        };
        let base_rate = training.base_rate();
        let mut fitted = Self { method, horizon, base_rate, thresholds: Vec::new(), source };
        let risks = fitted.risks(validation);
        let safe = risks.into_iter().zip(validation.scored).filter(|(_, state)| !state.collapsed);
        let safe: Vec<_> = safe.map(|(risk, _)| risk).collect();
        fitted.thresholds = rates.iter().map(|rate| alarm_threshold(&safe, *rate)).collect();
        fitted
    }

    /// The risk in each of these states.
    pub fn risks(&self, states: ScoredStates<'_>) -> Vec<f32> {
        match &self.source {
            RiskSource::Number(index) => {
                let number = |state: &ScoredState| states.recording.prophet_input(state.state as usize)[*index];
                states.scored.iter().map(number).collect()
            }
            RiskSource::Network(inputs, forecaster, steps) => {
                let (inputs, label) = (append_inputs(states, inputs), label_of(states));
                let count = states.scored.len();
                forecaster.risks(TrainingSet { count, inputs: &inputs, survival: &label }, *steps)
            }
        }
    }
}

/// A function that appends the inputs of the state at an index.
fn append_inputs<'a>(states: ScoredStates<'a>, inputs: &'a MethodInputs) -> impl Fn(usize, &mut Vec<f32>) + Sync + 'a {
    move |at, numbers| inputs.append(states.recording, states.scored[at].state as usize, numbers)
}

/// A function that returns the label of the state at an index, as one step that ended in a collapse or did not.
fn label_of(states: ScoredStates<'_>) -> impl Fn(usize) -> SurvivalTime + Sync + '_ {
    move |at| SurvivalTime { steps: 1, collapsed: states.scored[at].collapsed }
}
