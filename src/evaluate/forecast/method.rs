//! The methods of forecasting that are compared, and how each is fitted.

use super::metrics::alarm_level;
use super::recording::{Labelled, Recording};
use crate::brain::{Device, Examples, Forecaster, Recipe, Signs};
use crate::cluster::{Purpose, STATISTICS, stream};
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
pub enum Inputs {
    /// The five global statistics.
    Seed,
    /// The statistics and the trends.
    Trend,
    /// The same with single cells told by the hidden leaks.
    Hidden,
    /// The trends without a group of numbers: its name and places.
    Without(&'static str, Vec<usize>),
}

impl Inputs {
    /// Appends what is given of a state.
    fn append(&self, recording: &Recording, state: usize, numbers: &mut Vec<f32>) {
        let signs = recording.signs(state);
        match self {
            Self::Seed => numbers.extend_from_slice(&signs[..STATISTICS]),
            Self::Trend => numbers.extend_from_slice(signs),
            Self::Hidden => {
                numbers.extend_from_slice(&signs[..Signs::LENGTH - Signs::OF_CELLS]);
                numbers.extend_from_slice(recording.hidden(state));
            }
            Self::Without(_, left_out) => {
                let kept = signs.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
                numbers.extend(kept.map(|(_, number)| number));
            }
        }
    }
}

/// A way to forecast.
#[derive(Debug, Clone)]
pub enum Method {
    /// One of the statistics alone, by its place: the highest memory of a cell, or of a critical one. No probability.
    Threshold(usize),
    /// Logistic regression.
    Logistic(Inputs),
    /// A perceptron with one hidden layer.
    Perceptron(Inputs),
    /// The Prophet of the checkpoint that plays, as it is.
    Own(Inputs, Forecaster),
}

impl fmt::Display for Method {
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

impl fmt::Display for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed => formatter.write_str("seed"),
            Self::Trend => formatter.write_str("trend"),
            Self::Hidden => formatter.write_str("hidden"),
            Self::Without(name, _) => write!(formatter, "trend-no-{name}"),
        }
    }
}

impl Method {
    /// The methods that are fitted; with an ablation also the trends without each group of their numbers.
    pub fn fitted(ablation: bool) -> Vec<Self> {
        let mut methods = vec![
            Self::Threshold(MAX_MEMORY),
            Self::Threshold(MAX_CRITICAL),
            Self::Logistic(Inputs::Seed),
            Self::Perceptron(Inputs::Seed),
            Self::Logistic(Inputs::Trend),
            Self::Perceptron(Inputs::Trend),
            Self::Perceptron(Inputs::Hidden),
        ];
        if ablation {
            let without = |(name, places)| Self::Perceptron(Inputs::Without(name, places));
            methods.extend(Signs::groups().into_iter().map(without));
        }
        methods
    }

    /// Whether it tells probabilities, which a Brier score and a calibration error can be had of.
    pub fn is_probability(&self) -> bool {
        !matches!(self, Self::Threshold(_))
    }

    /// Whether it is scored on the episodes of other policies, too.
    pub fn is_crossed(&self) -> bool {
        matches!(self, Self::Perceptron(Inputs::Seed | Inputs::Trend) | Self::Own(..))
    }

    /// How it is fitted to so many states.
    fn recipe(&self, states: usize) -> Recipe {
        let steps = (states / STATES_PER_STEP).clamp(STEPS.0, STEPS.1);
        match self {
            Self::Perceptron(_) => Recipe { hidden: vec![NEURONS], steps, learning_rate: 2e-3 },
            _ => Recipe { hidden: Vec::new(), steps: steps / 2, learning_rate: 1e-2 },
        }
    }
}

/// Labelled states of a recording.
#[derive(Debug, Clone, Copy)]
pub struct States<'a> {
    /// The recording.
    pub recording: &'a Recording,
    /// Its labelled states.
    pub labelled: &'a [Labelled],
}

impl States<'_> {
    /// Share that came before a collapse.
    pub fn base_rate(&self) -> f64 {
        let dangerous = self.labelled.iter().filter(|state| state.collapsed).count();
        dangerous as f64 / self.labelled.len().max(1) as f64
    }
}

/// A method that is ready to forecast.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The method.
    pub method: Method,
    /// Steps ahead.
    pub horizon: usize,
    /// Share of the training states that came before a collapse.
    pub base_rate: f64,
    /// Risk above which an alarm is given, for each of the rates of false alarms.
    pub levels: Vec<f32>,
    teller: Teller,
}

/// What tells the risk.
#[derive(Debug, Clone)]
enum Teller {
    /// A statistic as it is, by its place.
    Statistic(usize),
    /// A network, and what it is given.
    Network(Inputs, Forecaster),
}

impl Fitted {
    /// Fits a method to training states and chooses its levels of alarm on validation states, one for each of `rates`,
    /// the shares of safe states that may be alarmed.
    pub fn new(
        method: Method,
        horizon: usize,
        (training, validation): (States<'_>, States<'_>),
        (seed, rates): (u64, &[f64]),
        device: &Device,
    ) -> Self {
        let teller = match &method {
            Method::Threshold(place) => Teller::Statistic(*place),
            Method::Own(inputs, prophet) => Teller::Network(inputs.clone(), prophet.clone()),
            Method::Logistic(inputs) | Method::Perceptron(inputs) => {
                let recipe = method.recipe(training.labelled.len());
                // Alike methods are fitted with the same dice, so that they differ by their inputs alone.
                let mut dice = stream(seed, horizon as u64, Purpose::ForecastFit);
                let (of_training, of_validation) = (appending(training, inputs), appending(validation, inputs));
                let (label, check) = (labelling(training), labelling(validation));
                let count = training.labelled.len();
                let training = Examples { count, inputs: &of_training, label: &label };
                let count = validation.labelled.len();
                let validation = Examples { count, inputs: &of_validation, label: &check };
                Teller::Network(inputs.clone(), Forecaster::fit(&recipe, training, validation, device, &mut dice))
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
    pub fn risks(&self, states: States<'_>) -> Vec<f32> {
        match &self.teller {
            Teller::Statistic(place) => {
                let statistic = |state: &Labelled| states.recording.signs(state.state as usize)[*place];
                states.labelled.iter().map(statistic).collect()
            }
            Teller::Network(inputs, forecaster) => {
                let (inputs, label) = (appending(states, inputs), labelling(states));
                forecaster.risks(Examples { count: states.labelled.len(), inputs: &inputs, label: &label })
            }
        }
    }
}

/// Appends the inputs of a labelled state by its place among them.
fn appending<'a>(states: States<'a>, inputs: &'a Inputs) -> impl Fn(usize, &mut Vec<f32>) + Sync + 'a {
    move |at, numbers| inputs.append(states.recording, states.labelled[at].state as usize, numbers)
}

/// Tells the label of a labelled state by its place among them.
fn labelling(states: States<'_>) -> impl Fn(usize) -> bool + Sync + '_ {
    move |at| states.labelled[at].collapsed
}
