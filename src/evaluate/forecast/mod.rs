//! Forecasters of collapse compared: how well can it be foretold, from what, and under which policy?
//!
//! Owns the recording of episodes as a Prophet sees them, the methods that are fitted to them, the figures of their
//! forecasts and the tables. For each scenario every policy plays training, validation and test episodes; every method
//! is fitted to each policy's episodes and scored on its test episodes, and a few of them on the other
//! policies' too: a forecast holds for the policy it was learned under.

mod episodes;
mod method;
mod metrics;
mod report;
mod score;

pub use episodes::{LabelledState, RecordedEpisodes, RecordingPlay, Split};
pub use method::{FittedMethod, ForecastMethod, LabelledStates, MethodInputs};
pub use metrics::{
    GROUPS, ReliabilityBin, Tie, Ties, alarm_level, auroc, average_precision, brier_skill, calibration_error,
    lead_time, ranking, reliability, squared_error, ties, weighted_median,
};
pub use report::{forecast_table, write_forecasts, write_reliability};
pub use score::{AlarmScore, ForecastScore, IN_TIME, Pairing};

use super::{PolicyUnderTest, TrainedPolicy};
use crate::learning::{Device, Forecaster, device};
use crate::settings::{Backend, ProphetInputKind, Scenario};
use rayon::ThreadPool;
use rayon::prelude::*;

/// Rates of false alarms: at most one per so many safe states of the validation episodes.
pub const FALSE_ALARMS: [u64; 2] = [1_000, 100];

/// What is compared, and on how much.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastEvaluation {
    /// Steps ahead.
    pub horizons: Vec<usize>,
    /// Share of random actions.
    pub epsilon: f64,
    /// Training, validation and test episodes.
    pub episodes: [u64; 3],
    /// Seed of the episodes, the fits and the bootstrap.
    pub seed: u64,
    /// Whether the trends are tried without each group of their numbers, too.
    pub ablation: bool,
}

/// A policy with its test episodes and what was fitted to its training episodes.
struct Entry {
    policy: String,
    test: RecordedEpisodes,
    fitted: Vec<FittedMethod>,
}

impl ForecastEvaluation {
    /// Episodes that are played in all.
    pub fn total(&self, policies: &[PolicyUnderTest], scenarios: usize) -> u64 {
        let trained: u64 = policies.iter().map(|policy| policy.trainings().len() as u64).sum();
        self.episodes.iter().sum::<u64>() * trained * scenarios as u64
    }

    /// Plays, fits and scores on one scenario. Each mind of a contestant is a policy of its own, for the forecast that
    /// holds for one may not hold for another. `progress` hears how many episodes were played and what is being done.
    pub fn run(
        &self,
        scenario: &Scenario,
        policies: &[PolicyUnderTest],
        pool: &ThreadPool,
        mut progress: impl FnMut(u64, &str),
    ) -> Vec<ForecastScore> {
        let device = device(Backend::Flex);
        let mut played = 0;
        let mut entries = Vec::new();
        for policy in policies {
            for trained in policy.trainings() {
                let several = policy.trainings().len() > 1;
                let policy =
                    if several { format!("{}/{}", policy.name(), trained.name()) } else { policy.name().to_owned() };
                let play = RecordingPlay { scenario, trained, epsilon: self.epsilon, seed: self.seed };
                let label = format!("{policy} on {}", scenario.name);
                let [training, validation, test] = [0, 1, 2].map(|at| {
                    let before = played;
                    played += self.episodes[at];
                    play.record(Split::ALL[at], self.episodes[at], pool, |done| progress(before + done, &label))
                });
                progress(played, &format!("fitting to {label}"));
                let fitted = pool.install(|| self.fit(trained, &training, &validation, &device));
                entries.push(Entry { policy, test, fitted });
            }
        }
        progress(played, &format!("scoring on {}", scenario.name));
        pool.install(|| self.scores(scenario, &entries))
    }

    /// Fits all methods for all horizons.
    fn fit(
        &self,
        trained: &TrainedPolicy,
        training: &RecordedEpisodes,
        validation: &RecordedEpisodes,
        device: &Device,
    ) -> Vec<FittedMethod> {
        let rates = FALSE_ALARMS.map(|states| 1.0 / states as f64);
        let own = trained.prophet().map(|(weights, inputs)| {
            let inputs = match inputs {
                ProphetInputKind::Statistics => MethodInputs::Statistics,
                ProphetInputKind::Trends => MethodInputs::Trends,
            };
            ForecastMethod::Own(inputs, Forecaster::from_weights(weights, device))
        });
        let mut fitted = Vec::new();
        for horizon in &self.horizons {
            let labelled = [training.labelled(*horizon), validation.labelled(*horizon)];
            let training = LabelledStates { recording: training, labelled: &labelled[0] };
            let validation = LabelledStates { recording: validation, labelled: &labelled[1] };
            if training.labelled.is_empty() {
                continue;
            }
            let methods: Vec<_> = own.iter().cloned().chain(ForecastMethod::fitted(self.ablation)).collect();
            let (states, choices) = ((training, validation), (self.seed, &rates[..]));
            let fit = |method: ForecastMethod| FittedMethod::new(method, *horizon, states, choices, device);
            fitted.extend(methods.into_par_iter().map(fit).collect::<Vec<_>>());
        }
        fitted
    }

    /// Scores everything on its own policy, and the crossed methods on the others.
    fn scores(&self, scenario: &Scenario, entries: &[Entry]) -> Vec<ForecastScore> {
        let mut scores = Vec::new();
        for entry in entries {
            for horizon in &self.horizons {
                let labelled = entry.test.labelled(*horizon);
                let test = LabelledStates { recording: &entry.test, labelled: &labelled };
                if labelled.is_empty() {
                    continue;
                }
                let here = |fitted: &&FittedMethod| fitted.horizon == *horizon;
                let base_rate = entry.fitted.iter().find(here).map_or(0.0, |fitted| fitted.base_rate);
                for trained in entries {
                    let own = std::ptr::eq(trained, entry);
                    let fits = |fitted: &&FittedMethod| here(fitted) && (own || fitted.method.is_crossed());
                    for fitted in trained.fitted.iter().filter(fits) {
                        let (trained_on, policy) = (trained.policy.as_str(), entry.policy.as_str());
                        let pairing = Pairing { scenario: &scenario.name, trained_on, policy, base_rate };
                        scores.push(ForecastScore::new(fitted, pairing, test, self.seed));
                    }
                }
            }
        }
        scores
    }
}
