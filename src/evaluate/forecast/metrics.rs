//! Metrics of probability forecasts; pure functions.
//!
//! Most take the forecasts as [`Ties`]: weighted groups of forecasts of equal risk, the highest risk first. So the same
//! functions serve an estimate and the resamples of its bootstrap.

/// Forecasts of the same risk.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tie {
    /// Weight of the forecasts before a collapse.
    pub positives: f64,
    /// Weight of the others.
    pub negatives: f64,
    /// Weighted sum of the risks.
    pub risks: f64,
}

impl Tie {
    /// Adds a forecast of this weight.
    pub fn add(&mut self, risk: f32, collapsed: bool, weight: f64) {
        *(if collapsed { &mut self.positives } else { &mut self.negatives }) += weight;
        self.risks += f64::from(risk) * weight;
    }

    /// Total weight.
    fn weight(&self) -> f64 {
        self.positives + self.negatives
    }
}

/// Forecasts grouped by equal risk, the highest risk first.
pub type Ties = Vec<Tie>;

/// Indices of the forecasts, sorted by risk, the highest first.
pub fn ranking(risks: &[f32]) -> Vec<usize> {
    let mut order: Vec<_> = (0..risks.len()).collect();
    order.sort_by(|a, b| risks[*b].total_cmp(&risks[*a]));
    order
}

/// The forecasts grouped by equal risk, each of weight 1.
pub fn ties(risks: &[f32], labels: &[bool]) -> Ties {
    let mut ties = Ties::new();
    let mut last = None;
    for at in ranking(risks) {
        if last != Some(risks[at]) {
            ties.push(Tie::default());
            last = Some(risks[at]);
        }
        if let Some(tie) = ties.last_mut() {
            tie.add(risks[at], labels[at], 1.0);
        }
    }
    ties
}

/// Area under the ROC curve: the probability that a state before a collapse has a higher risk than another state, ties
/// counting half. 0.5, no information, if there are no positives or no negatives.
pub fn auroc(ties: &[Tie]) -> f64 {
    let (mut above, mut won) = (0.0, 0.0);
    for tie in ties {
        won += tie.negatives * (above + 0.5 * tie.positives);
        above += tie.positives;
    }
    let pairs = above * ties.iter().map(|tie| tie.negatives).sum::<f64>();
    if pairs > 0.0 { won / pairs } else { 0.5 }
}

/// Average precision: the mean over the positives of the share of positives among all forecasts of at least the same risk.
/// Forecasts without information reach the base rate. 0 without positives.
pub fn average_precision(ties: &[Tie]) -> f64 {
    let (mut positives, mut all, mut sum) = (0.0, 0.0, 0.0);
    for tie in ties {
        positives += tie.positives;
        all += tie.weight();
        if all > 0.0 {
            sum += tie.positives * positives / all;
        }
    }
    if positives > 0.0 { sum / positives } else { 0.0 }
}

/// Brier skill score `1 - squares / reference`, from the sums of squared errors of the forecasts and of a reference that
/// always forecasts the base rate. 1 is perfect, 0 no better than the reference; 0 also if the reference makes no error.
pub fn brier_skill(squares: f64, reference: f64) -> f64 {
    if reference > 0.0 { 1.0 - squares / reference } else { 0.0 }
}

/// The squared error of a forecast.
pub fn squared_error(risk: f64, collapsed: bool) -> f64 {
    (f64::from(u8::from(collapsed)) - risk).powi(2)
}

/// Forecasts of similar risk: a row of the reliability table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Weight of the forecasts.
    pub forecasts: f64,
    /// Their mean risk, 0 to 1.
    pub mean_risk: f64,
    /// Share of them that came before a collapse, 0 to 1.
    pub observed_rate: f64,
}

/// Bins of the reliability table.
pub const BINS: usize = 10;

/// The forecasts in [`BINS`] bins of about equal weight in the order of their risk, the highest first; ties stay
/// together, so there may be fewer.
pub fn reliability(ties: &[Tie]) -> Vec<ReliabilityBin> {
    let total: f64 = ties.iter().map(Tie::weight).sum();
    let mut bins = Vec::new();
    let (mut open, mut seen) = (Tie::default(), 0.0);
    for tie in ties {
        open.positives += tie.positives;
        open.negatives += tie.negatives;
        open.risks += tie.risks;
        seen += tie.weight();
        // Half a forecast of tolerance: weights are whole numbers, their sums exact.
        let due = total * (bins.len() + 1) as f64 / BINS as f64;
        if open.weight() > 0.0 && seen + 0.5 >= due {
            let forecasts = open.weight();
            bins.push(ReliabilityBin {
                forecasts,
                mean_risk: open.risks / forecasts,
                observed_rate: open.positives / forecasts,
            });
            open = Tie::default();
        }
    }
    bins
}

/// Expected calibration error: the weighted mean distance between mean risk and observed rate over the bins of the
/// [`reliability`] table.
pub fn calibration_error(bins: &[ReliabilityBin]) -> f64 {
    let total: f64 = bins.iter().map(|bin| bin.forecasts).sum();
    let sum: f64 = bins.iter().map(|bin| bin.forecasts * (bin.mean_risk - bin.observed_rate).abs()).sum();
    if total > 0.0 { sum / total } else { 0.0 }
}

/// The threshold that at most the share `rate` of these risks of safe states exceed; a risk above it is an alarm. Infinite
/// without states, so that there is no alarm.
pub fn alarm_threshold(safe: &[f32], rate: f64) -> f32 {
    let mut sorted = safe.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (rate * sorted.len() as f64 + 1e-9) as usize;
    sorted.get(allowed).copied().unwrap_or(if sorted.is_empty() { f32::INFINITY } else { f32::NEG_INFINITY })
}

/// For how many steps before its collapse an episode's alarm was on without a break: the number of last states whose risk
/// exceeds `threshold`.
pub fn lead_time(risks: &[f32], threshold: f32) -> usize {
    risks.iter().rev().take_while(|risk| **risk > threshold).count()
}

/// The weighted median of whole numbers; of an even total weight the mean of the middle two. `None` without weight.
pub fn weighted_median(numbers: &[(usize, u64)]) -> Option<f64> {
    let total: u64 = numbers.iter().map(|(_, weight)| weight).sum();
    let mut sorted: Vec<_> = numbers.iter().filter(|(_, weight)| *weight > 0).collect();
    sorted.sort_unstable();
    let at = |rank: u64| {
        let mut seen = 0;
        sorted.iter().find(|(_, weight)| {
            seen += weight;
            seen > rank
        })
    };
    let (low, high) = (at(total.checked_sub(1)? / 2)?, at(total / 2)?);
    Some((low.0 + high.0) as f64 / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RISKS: [f32; 6] = [0.9, 0.8, 0.8, 0.4, 0.2, 0.1];
    const LABELS: [bool; 6] = [true, false, true, false, true, false];

    #[test]
    fn the_area_under_the_curve_counts_pairs() {
        // 0.9 beats three, 0.8 beats two and ties one, 0.2 beats one: 6.5 of 9.
        assert!((auroc(&ties(&RISKS, &LABELS)) - 6.5 / 9.0).abs() < 1e-12);
        assert_eq!(auroc(&ties(&[0.3, 0.2], &[false, false])), 0.5);
        assert_eq!(auroc(&ties(&[0.3, 0.2], &[true, false])), 1.0);
    }

    #[test]
    fn average_precision_is_the_mean_precision_at_the_positives() {
        // Precision 1 at 0.9, 2/3 at the tie of 0.8, 3/5 at 0.2.
        let expected = (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0;
        assert!((average_precision(&ties(&RISKS, &LABELS)) - expected).abs() < 1e-12);
        assert_eq!(average_precision(&ties(&[0.3], &[false])), 0.0);
        // One level for all: the base rate.
        assert!((average_precision(&ties(&[0.3; 6], &LABELS)) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn reliability_bins_have_equal_weight_and_ties_stay_together() {
        let risks: Vec<_> = (0..20).map(|at| (at / 2) as f32 / 10.0).collect();
        let labels: Vec<_> = (0..20).map(|at| at % 2 == 0).collect();
        let bins = reliability(&ties(&risks, &labels));
        assert_eq!(bins.len(), 10);
        assert!(bins.iter().all(|bin| (bin.forecasts, bin.observed_rate) == (2.0, 0.5)), "{bins:?}");
        // Risks of 0.9, 0.8, ..., 0.0 and always half positives: the distances are 0.4, ..., 0.1, 0, 0.1, ..., 0.5.
        assert!((calibration_error(&bins) - (2.0 * 1.0 + 0.5) / 10.0).abs() < 1e-6);
        let one = reliability(&ties(&[0.25; 8], &[true, false, false, false, true, false, false, false]));
        assert_eq!((one.len(), calibration_error(&one)), (1, 0.0));
    }

    #[test]
    fn the_base_rate_has_no_skill_and_the_truth_has_all() {
        let squares = |risk: &dyn Fn(bool) -> f64| LABELS.iter().map(|label| squared_error(risk(*label), *label)).sum();
        let reference: f64 = squares(&|_| 0.5);
        assert_eq!(brier_skill(reference, reference), 0.0);
        assert_eq!(brier_skill(squares(&|label| f64::from(u8::from(label))), reference), 1.0);
        // Risks of 0.7 and 0.3: 6 * 0.09 against 6 * 0.25.
        let between: f64 = squares(&|label| if label { 0.7 } else { 0.3 });
        assert!((brier_skill(between, reference) - 0.64).abs() < 1e-12);
    }

    #[test]
    fn the_alarm_threshold_allows_as_many_false_alarms_as_the_rate_says() {
        let safe: Vec<_> = (0..1000).map(|at| at as f32).collect();
        for (rate, expected) in [(0.0, 999.0), (0.001, 998.0), (0.01, 989.0), (1.0, f32::NEG_INFINITY)] {
            assert_eq!(alarm_threshold(&safe, rate), expected);
            let alarms = safe.iter().filter(|risk| **risk > expected).count();
            assert_eq!(alarms, (rate * 1000.0) as usize);
        }
        assert_eq!(alarm_threshold(&[], 0.5), f32::INFINITY);
    }

    #[test]
    fn the_lead_time_is_how_long_the_alarm_has_been_on_at_the_end() {
        assert_eq!(lead_time(&[0.9, 0.1, 0.6, 0.7], 0.5), 2);
        assert_eq!((lead_time(&[0.9, 0.1], 0.5), lead_time(&[0.9, 0.8], 0.5), lead_time(&[], 0.5)), (0, 2, 0));
        assert_eq!(lead_time(&[0.5], 0.5), 0, "a risk at the threshold is not an alarm");
    }

    #[test]
    fn the_weighted_median_is_that_of_the_numbers_written_out() {
        assert_eq!(weighted_median(&[(5, 1), (1, 1), (9, 1)]), Some(5.0));
        assert_eq!(weighted_median(&[(5, 2), (1, 1), (9, 3), (100, 0)]), Some(7.0));
        assert_eq!((weighted_median(&[(4, 0)]), weighted_median(&[])), (None, None));
    }

    fn forecasts() -> impl Strategy<Value = (Vec<f32>, Vec<bool>)> {
        prop::collection::vec((0_u8..=40, any::<bool>()), 2..60)
            .prop_map(|rows| rows.into_iter().map(|(risk, label)| (f32::from(risk) / 40.0, label)).unzip())
    }

    proptest! {
        #[test]
        fn a_rising_map_of_the_risks_changes_no_rank_figure((risks, labels) in forecasts()) {
            let mapped: Vec<_> = risks.iter().map(|risk| (3.0 * risk).exp() - 7.0).collect();
            let (plain, mapped) = (ties(&risks, &labels), ties(&mapped, &labels));
            prop_assert_eq!(auroc(&plain), auroc(&mapped));
            prop_assert_eq!(average_precision(&plain), average_precision(&mapped));
        }

        #[test]
        fn turning_the_ranking_round_turns_the_area_round((risks, labels) in forecasts()) {
            let turned: Vec<_> = risks.iter().map(|risk| -risk).collect();
            let sum = auroc(&ties(&risks, &labels)) + auroc(&ties(&turned, &labels));
            prop_assert!((sum - 1.0).abs() < 1e-12, "{}", sum);
        }

        #[test]
        fn average_precision_lies_between_the_worst_ranking_and_1((risks, labels) in forecasts()) {
            let found = average_precision(&ties(&risks, &labels));
            let worst: Vec<_> = labels.iter().map(|label| if *label { 0.0 } else { 1.0 }).collect();
            // Ties at the end share the precision of the base rate, the least that the last hits can have.
            let (hits, count) = (labels.iter().filter(|label| **label).count() as f64, labels.len() as f64);
            let least = (1..=labels.iter().filter(|label| **label).count()).map(|hit| hit as f64 / (count - hits + hit as f64)).sum::<f64>() / hits.max(1.0);
            prop_assert!(found <= 1.0 + 1e-12 && found >= least - 1e-12, "{} below {}", found, least);
            prop_assert!(average_precision(&ties(&worst, &labels)) <= hits / count + 1e-12);
        }

        #[test]
        fn the_base_rate_has_skill_0_whatever_the_labels((_, labels) in forecasts()) {
            let base = labels.iter().filter(|label| **label).count() as f64 / labels.len() as f64;
            let squares: f64 = labels.iter().map(|label| squared_error(base, *label)).sum();
            prop_assert_eq!(brier_skill(squares, squares), 0.0);
            let bins = reliability(&ties(&vec![base as f32; labels.len()], &labels));
            prop_assert!(calibration_error(&bins) < 1e-6);
        }
    }
}
