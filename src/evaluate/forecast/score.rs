//! Scores forecasters on test episodes. Intervals are by bootstrap over the episodes, because the states of one episode are
//! not independent.

use super::super::{Interval, bootstrap};
use super::method::{FittedMethod, ScoredStates};
use super::metrics::{
    ReliabilityBin, Tie, auroc, average_precision, brier_skill, calibration_error, lead_time, ranking, reliability,
    squared_error, ties, weighted_median,
};

/// Lead time in steps from which a collapse counts as caught.
pub const IN_TIME: usize = 10;
/// A rank class of forecasts is at most one hundredth as large as the number of forecasts of higher risk.
const CLASS_FRACTION: usize = 100;

/// Index of the first figure about alarms.
const FIRST_ALARM: usize = 5;

/// The alarms at one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmScore {
    /// Share of safe states with an alarm.
    pub false_alarms: f64,
    /// Median lead time over the collapses, in steps; `None` without collapses.
    pub lead: Option<Interval>,
    /// Share of collapses with a lead time of at least [`IN_TIME`] steps; `None` without collapses.
    pub caught: Option<Interval>,
}

/// The score of one forecaster on one policy's test episodes.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastScore {
    /// Name of the scenario.
    pub scenario: String,
    /// Policy on whose episodes it was fitted.
    pub trained_on: String,
    /// Policy whose episodes it is scored on.
    pub policy: String,
    /// Name of the method.
    pub method: String,
    /// Horizon of the forecasts, in steps.
    pub horizon: usize,
    /// The quarter of the episode that the states are from, from 0; none for all of them.
    pub quarter: Option<u8>,
    /// Number of test episodes, and how many of them collapsed early enough for all their states to be scored.
    pub episodes: (usize, usize),
    /// Number of test states.
    pub states: usize,
    /// Share of test states before a collapse.
    pub base_rate: f64,
    /// Area under the ROC curve.
    pub auroc: Interval,
    /// Average precision.
    pub average_precision: Interval,
    /// Mean forecast minus the share of states before a collapse (calibration in the large); `None` for a method that does
    /// not forecast probabilities.
    pub bias: Option<Interval>,
    /// Brier skill score; `None` for a method that does not forecast probabilities.
    pub skill: Option<Interval>,
    /// Expected calibration error; likewise.
    pub calibration: Option<Interval>,
    /// The reliability table; empty likewise.
    pub reliability: Vec<ReliabilityBin>,
    /// The alarms, one per rate of false alarms.
    pub alarms: Vec<AlarmScore>,
}

/// The policies that a forecaster was fitted on and is scored on.
#[derive(Debug, Clone, Copy)]
pub struct Pairing<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Policy on whose episodes the forecaster was fitted.
    pub trained_on: &'a str,
    /// Policy whose episodes it is scored on.
    pub policy: &'a str,
    /// Base rate of that policy's training episodes, the reference of the Brier skill score.
    pub base_rate: f64,
}

impl ForecastScore {
    /// Scores `fitted` on test states; the intervals depend on `seed` alone. Computes on the rayon pool it is called on.
    pub fn new(
        fitted: &FittedMethod,
        pairing: Pairing<'_>,
        test: ScoredStates<'_>,
        quarter: Option<u8>,
        seed: u64,
    ) -> Self {
        let risks = fitted.risks(test);
        let labels: Vec<_> = test.scored.iter().map(|state| state.collapsed).collect();
        let exact = ties(&risks, &labels);
        let is_probability = fitted.method.is_probability();
        let bins = if is_probability { reliability(&exact) } else { Vec::new() };
        let episodes: Vec<_> = by_episode(test, &risks, pairing.base_rate, &fitted.thresholds);
        let rank_classes = rank_classes(&risks);
        let count = rank_classes.iter().max().map_or(0, |class| class + 1);
        let figures = |times: &[u64]| {
            let mut found = vec![0.0; FIRST_ALARM + 2 * fitted.thresholds.len()];
            let mut ties = vec![Tie::default(); count];
            let (mut squares, mut reference, mut excess, mut states) = (0.0, 0.0, 0.0, 0.0);
            for (episode, times) in episodes.iter().zip(times).filter(|(_, times)| **times > 0) {
                let weight = *times as f64;
                squares += weight * episode.squares;
                reference += weight * episode.reference;
                excess += weight * episode.excess;
                states += weight * episode.states.len() as f64;
                for at in episode.states.clone() {
                    ties[rank_classes[at]].add(risks[at], labels[at], weight);
                }
            }
            found[0] = auroc(&ties);
            found[1] = average_precision(&ties);
            found[2] = brier_skill(squares, reference);
            found[3] = calibration_error(&reliability(&ties));
            found[4] = if states > 0.0 { excess / states } else { 0.0 };
            for (threshold, found) in found[FIRST_ALARM..].chunks_exact_mut(2).enumerate() {
                let leads =
                    episodes.iter().zip(times).filter_map(|(one, times)| Some((one.leads.get(threshold)?, times)));
                let leads: Vec<_> = leads.map(|(lead, times)| (*lead, *times)).collect();
                let all: u64 = leads.iter().map(|(_, times)| times).sum();
                let caught: u64 = leads.iter().filter(|(lead, _)| *lead >= IN_TIME).map(|(_, times)| times).sum();
                found[0] = weighted_median(&leads).unwrap_or(0.0);
                found[1] = caught as f64 / all.max(1) as f64;
            }
            found
        };
        let mut intervals = bootstrap(episodes.len(), seed, figures);
        // The resamples use rank classes, which are a little coarser than the exact ranks.
        intervals[0].estimate = auroc(&exact);
        intervals[1].estimate = average_precision(&exact);
        intervals[3].estimate = calibration_error(&bins);
        let collapses = episodes.iter().filter(|episode| !episode.leads.is_empty()).count();
        let safe = labels.iter().filter(|label| !**label).count().max(1) as f64;
        let alarm = |(at, threshold): (usize, &f32)| {
            let alarmed = risks.iter().zip(&labels).filter(|(risk, label)| !**label && **risk > *threshold).count();
            let of = |figure: usize| (collapses > 0).then(|| intervals[FIRST_ALARM + 2 * at + figure]);
            AlarmScore { false_alarms: alarmed as f64 / safe, lead: of(0), caught: of(1) }
        };
        Self {
            scenario: pairing.scenario.to_owned(),
            trained_on: pairing.trained_on.to_owned(),
            policy: pairing.policy.to_owned(),
            method: fitted.method.to_string(),
            horizon: fitted.horizon,
            quarter,
            episodes: (episodes.len(), collapses),
            states: risks.len(),
            base_rate: test.base_rate(),
            auroc: intervals[0],
            average_precision: intervals[1],
            bias: is_probability.then(|| intervals[4]),
            skill: is_probability.then(|| intervals[2]),
            calibration: is_probability.then(|| intervals[3]),
            reliability: bins,
            alarms: fitted.thresholds.iter().enumerate().map(alarm).collect(),
        }
    }
}

/// What one episode adds to the figures.
struct EpisodeFigures {
    /// Its scored states.
    states: std::ops::Range<usize>,
    /// Sums of squared errors of the forecasts and of the reference.
    squares: f64,
    reference: f64,
    /// Sum of the forecasts minus the number of states before a collapse.
    excess: f64,
    /// Lead time at each threshold; empty if it did not collapse, or so late that its last states are not scored.
    leads: Vec<usize>,
}

fn by_episode(test: ScoredStates<'_>, risks: &[f32], base_rate: f64, thresholds: &[f32]) -> Vec<EpisodeFigures> {
    let mut first = 0;
    let episode = |number: usize| {
        let end = first + test.scored[first..].iter().take_while(|state| state.episode as usize == number).count();
        let states = first..end;
        first = end;
        let forecasts = || risks[states.clone()].iter().zip(&test.scored[states.clone()]);
        let collapsed = test.recording.collapsed(number) && states.len() == test.recording.steps(number);
        let lead = |threshold: &f32| lead_time(&risks[states.clone()], *threshold);
        EpisodeFigures {
            squares: forecasts().map(|(risk, state)| squared_error(f64::from(*risk), state.collapsed)).sum(),
            excess: forecasts().map(|(risk, state)| f64::from(*risk) - f64::from(u8::from(state.collapsed))).sum(),
            reference: forecasts().map(|(_, state)| squared_error(base_rate, state.collapsed)).sum(),
            leads: if collapsed { thresholds.iter().map(lead).collect() } else { Vec::new() },
            states,
        }
    };
    (0..test.recording.episodes()).map(episode).collect()
}

/// The rank class of each forecast, 0 for the highest risks. Classes are fine at the top, where the positives are: ranks in
/// one class differ by at most a hundredth. Forecasts of equal risk share a class.
fn rank_classes(risks: &[f32]) -> Vec<usize> {
    let mut classes = vec![0; risks.len()];
    let (mut class, mut first) = (0, 0);
    let mut last = None;
    for (rank, at) in ranking(risks).into_iter().enumerate() {
        if last != Some(risks[at]) && rank - first > first / CLASS_FRACTION {
            (class, first) = (class + 1, rank);
        }
        last = Some(risks[at]);
        classes[at] = class;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::super::super::PolicyUnderTest;
    use super::super::episodes::{EpisodeRecorder, ScoredState, Split};
    use super::super::method::ForecastMethod;
    use super::*;
    use crate::cluster::{RngPurpose, stream};
    use crate::learning::device;
    use crate::settings::{Backend, Scenario};
    use rand::RngExt;

    #[test]
    fn a_score_has_the_figures_of_its_forecasts() {
        let patrol = PolicyUnderTest::named("patrol").unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let play =
            EpisodeRecorder { scenario: &Scenario::default(), trained: &patrol.trainings()[0], epsilon: 0.3, seed: 3 };
        let [validation, test] = [Split::Validation, Split::Test].map(|split| play.record(split, 40, &pool, |_| {}));
        let scored = [validation.scored(20), test.scored(20)];
        let validation = ScoredStates { recording: &validation, scored: &scored[0] };
        let test = ScoredStates { recording: &test, scored: &scored[1] };
        let method = ForecastMethod::simple().swap_remove(1);
        assert_eq!(method.to_string(), "max-critical");
        let fitted = FittedMethod::new(method, 20, (validation, validation), (1, &[0.01, 0.1]), &device(Backend::Flex));
        let pairing = Pairing { scenario: "default", trained_on: "patrol", policy: "patrol", base_rate: 0.1 };
        let score = ForecastScore::new(&fitted, pairing, test, None, 7);

        let risks = fitted.risks(test);
        let labels: Vec<_> = test.scored.iter().map(|state| state.collapsed).collect();
        assert_eq!(score.auroc.estimate, auroc(&ties(&risks, &labels)));
        assert_eq!((score.skill, score.calibration, score.states), (None, None, risks.len()));
        let early = |at: &usize| test.recording.collapsed(*at) && test.recording.steps(*at) <= 281;
        let collapses = (0..40).filter(early).count();
        assert_eq!(score.episodes, (40, collapses));
        for (alarm, threshold) in score.alarms.iter().zip(&fitted.thresholds) {
            let mut leads = Vec::new();
            for episode in (0..40).filter(early) {
                let of = |(at, state): (usize, &ScoredState)| (state.episode == episode as u32).then_some(risks[at]);
                let risks: Vec<_> = test.scored.iter().enumerate().filter_map(of).collect();
                leads.push(lead_time(&risks, *threshold));
            }
            let caught = leads.iter().filter(|lead| **lead >= IN_TIME).count();
            assert_eq!(alarm.caught.unwrap().estimate, caught as f64 / collapses as f64);
            let leads: Vec<_> = leads.into_iter().map(|lead| (lead, 1)).collect();
            assert_eq!(alarm.lead.unwrap().estimate, weighted_median(&leads).unwrap());
        }
        assert!(score.alarms[0].false_alarms < score.alarms[1].false_alarms);
        for interval in [score.auroc, score.average_precision] {
            assert!(interval.low < interval.estimate && interval.estimate < interval.high, "{interval:?}");
        }
    }

    #[test]
    fn rank_classes_keep_ties_together_and_hardly_change_the_figures() {
        let mut rng = stream(1, 0, RngPurpose::Bootstrap);
        let labels: Vec<bool> = (0..50_000).map(|_| rng.random::<f64>() < 0.02).collect();
        let risk = |label: &bool| rng.random::<f32>() * if *label { 1.0 } else { 0.4 };
        let risks: Vec<f32> = labels.iter().map(risk).map(|risk| (risk * 3000.0).round() / 3000.0).collect();
        let classes = rank_classes(&risks);
        let count = classes.iter().max().unwrap() + 1;
        assert!((200..2_000).contains(&count), "{count} classes");
        let mut coarse = vec![Tie::default(); count];
        for ((class, risk), label) in classes.iter().zip(&risks).zip(&labels) {
            coarse[*class].add(*risk, *label, 1.0);
        }
        let exact = ties(&risks, &labels);
        assert!((auroc(&coarse) - auroc(&exact)).abs() < 2e-3);
        assert!((average_precision(&coarse) - average_precision(&exact)).abs() < 1e-2);
        let order = ranking(&risks);
        for pair in order.windows(2) {
            let (one, other) = (pair[0], pair[1]);
            assert!(classes[one] <= classes[other] && (risks[one] != risks[other] || classes[one] == classes[other]));
        }
    }
}
