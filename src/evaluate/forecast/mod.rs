//! Compares forecasters of collapse: how well can a collapse be forecast, from which inputs, and under which policy?
//!
//! Owns the recording of episodes with the Prophet's inputs, the methods that are fitted to them, the metrics of their
//! forecasts and the tables. On each scenario every policy plays training, validation and test episodes. Every method is
//! fitted to each policy's episodes and scored on its test episodes; a few are also scored on those of the other policies,
//! because a forecast holds for the policy it was fitted under.

mod episodes;
mod method;
mod metrics;
mod report;
mod score;

pub use episodes::{EpisodeRecorder, RecordedEpisodes, ScoredState, Split};
pub use method::{FittedMethod, ForecastMethod, MethodInputs, ScoredStates};
pub use metrics::{
    BINS, ReliabilityBin, Tie, Ties, alarm_threshold, auroc, average_precision, brier_skill, calibration_error,
    lead_time, ranking, reliability, squared_error, ties, weighted_median,
};
pub use report::{forecast_table, write_forecasts, write_reliability};
pub use score::{AlarmScore, ForecastScore, IN_TIME, Pairing};

use super::{PolicyUnderTest, TrainedPolicy};
use crate::learning::{Device, Forecaster, device, interval_ends};
use crate::settings::{Backend, ProphetInputKind, ProphetLabel, ProphetSettings, Scenario};
use method::fit_survival;
use rayon::ThreadPool;
use rayon::prelude::*;

/// Rates of false alarms: at most one per so many safe states of the validation episodes, a state being safe if no collapse
/// follows within the horizon.
pub const FALSE_ALARMS: [u64; 2] = [1_000, 100];

/// The plan of a comparison of forecasters.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastEvaluation {
    /// Horizons of the forecasts, in steps.
    pub horizons: Vec<usize>,
    /// Share of the policies' actions that are replaced by random ones.
    pub epsilon: f64,
    /// Training, validation and test episodes.
    pub episodes: [u64; 3],
    /// Seed of the episodes, the fits and the bootstrap.
    pub seed: u64,
    /// Whether to fit the trends without each group of their numbers as well.
    pub ablation: bool,
}

/// A policy with its test episodes and the methods fitted to its training episodes.
struct PolicyForecasters {
    policy: String,
    test: RecordedEpisodes,
    fitted: Vec<FittedMethod>,
}

impl ForecastEvaluation {
    /// Total number of episodes to play.
    pub fn total(&self, policies: &[PolicyUnderTest], scenarios: usize) -> u64 {
        let trained: u64 = policies.iter().map(|policy| policy.trainings().len() as u64).sum();
        self.episodes.iter().sum::<u64>() * trained * scenarios as u64
    }

    /// Plays, fits and scores on one scenario. Each training seed counts as a policy of its own, because a forecast that holds
    /// for one may not hold for another. `progress` is called with the episodes played so far and the current activity.
    pub fn run(
        &self,
        scenario: &Scenario,
        policies: &[PolicyUnderTest],
        pool: &ThreadPool,
        mut progress: impl FnMut(u64, &str),
    ) -> Vec<ForecastScore> {
        let device = device(Backend::Flex);
        let mut played = 0;
        let mut forecasters = Vec::new();
        for policy in policies {
            for trained in policy.trainings() {
                let several = policy.trainings().len() > 1;
                let policy =
                    if several { format!("{}/{}", policy.name(), trained.name()) } else { policy.name().to_owned() };
                let play = EpisodeRecorder { scenario, trained, epsilon: self.epsilon, seed: self.seed };
                let label = format!("{policy} on {}", scenario.name);
                let [training, validation, test] = [0, 1, 2].map(|at| {
                    let before = played;
                    played += self.episodes[at];
                    play.record(Split::ALL[at], self.episodes[at], pool, |done| progress(before + done, &label))
                });
                progress(played, &format!("fitting to {label}"));
                let fitted = pool.install(|| self.fit(trained, &training, &validation, &device));
                forecasters.push(PolicyForecasters { policy, test, fitted });
            }
        }
        progress(played, &format!("scoring on {}", scenario.name));
        pool.install(|| self.score_all(scenario, &forecasters))
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
        let own = trained.prophet().map(|(weights, settings)| {
            let inputs = match settings.inputs {
                ProphetInputKind::Statistics => MethodInputs::Statistics,
                ProphetInputKind::Trends => MethodInputs::Trends,
            };
            let ahead = (settings.label == ProphetLabel::Survival).then(|| settings.longest_horizon());
            ForecastMethod::Own(inputs, Forecaster::from_weights(weights, interval_ends(settings), device), ahead)
        });
        let mut ends = [ProphetSettings::default().horizons, self.horizons.clone()].concat();
        ends.sort_unstable();
        ends.dedup();
        let survival = |inputs: MethodInputs| {
            let network = fit_survival(&inputs, &ends, (training, validation), self.seed, device);
            ForecastMethod::Survival(inputs, network)
        };
        let survival: Vec<_> = MethodInputs::of_networks(self.ablation).into_par_iter().map(survival).collect();
        let mut fitted = Vec::new();
        for horizon in &self.horizons {
            let scored = [training.scored(*horizon), validation.scored(*horizon)];
            let training = ScoredStates { recording: training, scored: &scored[0] };
            let validation = ScoredStates { recording: validation, scored: &scored[1] };
            if training.scored.is_empty() {
                continue;
            }
            let methods = own.iter().cloned().chain(ForecastMethod::simple()).chain(survival.iter().cloned());
            let methods: Vec<_> = methods.filter(|method| method.reaches(*horizon)).collect();
            let (states, choices) = ((training, validation), (self.seed, &rates[..]));
            let fit = |method: ForecastMethod| FittedMethod::new(method, *horizon, states, choices, device);
            fitted.extend(methods.into_par_iter().map(fit).collect::<Vec<_>>());
        }
        fitted
    }

    /// Scores every method on the policy it was fitted to, and the crossed methods on the others as well: over all states,
    /// and by quarter of the episode.
    fn score_all(&self, scenario: &Scenario, forecasters: &[PolicyForecasters]) -> Vec<ForecastScore> {
        let mut scores = Vec::new();
        for evaluated in forecasters {
            for horizon in &self.horizons {
                let scored = evaluated.test.scored(*horizon);
                let test = ScoredStates { recording: &evaluated.test, scored: &scored };
                if scored.is_empty() {
                    continue;
                }
                let here = |fitted: &&FittedMethod| fitted.horizon == *horizon;
                let base_rate = evaluated.fitted.iter().find(here).map_or(0.0, |fitted| fitted.base_rate);
                for trained in forecasters {
                    let own = std::ptr::eq(trained, evaluated);
                    let fits = |fitted: &&FittedMethod| here(fitted) && (own || fitted.method.is_crossed());
                    for fitted in trained.fitted.iter().filter(fits) {
                        let (trained_on, policy) = (trained.policy.as_str(), evaluated.policy.as_str());
                        let pairing = Pairing { scenario: &scenario.name, trained_on, policy, base_rate };
                        scores.push(ForecastScore::new(fitted, pairing, test, None, self.seed));
                        scores.extend((0..4).filter_map(|quarter| {
                            let scored: Vec<_> =
                                scored.iter().filter(|state| state.quarter == quarter).copied().collect();
                            let test = ScoredStates { scored: &scored, ..test };
                            let score = || ForecastScore::new(fitted, pairing, test, Some(quarter), self.seed);
                            (!scored.is_empty()).then(score)
                        }));
                    }
                }
            }
        }
        scores
    }
}
