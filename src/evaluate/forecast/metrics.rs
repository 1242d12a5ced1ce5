//! Pure figures of probability forecasts.
//!
//! All of them read the forecasts as [`Ties`]: forecasts of equal risk together, the highest risk first, each with a
//! weight, so that the same functions serve an estimate and the resamples of its bootstrap.

/// Forecasts that told the same risk.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tie {
    /// Weight of those that came true.
    pub came_true: f64,
    /// Weight of those that did not.
    pub not: f64,
    /// Sum of their risks by weight.
    pub risks: f64,
}

impl Tie {
    /// Adds a forecast of this weight.
    pub fn add(&mut self, risk: f32, collapsed: bool, weight: f64) {
        *(if collapsed { &mut self.came_true } else { &mut self.not }) += weight;
        self.risks += f64::from(risk) * weight;
    }

    /// Weight of all.
    fn weight(&self) -> f64 {
        self.came_true + self.not
    }
}

/// Forecasts of equal risk together, the highest risk first.
pub type Ties = Vec<Tie>;

/// Order of forecasts by falling risk.
pub fn ranking(risks: &[f32]) -> Vec<usize> {
    let mut order: Vec<_> = (0..risks.len()).collect();
    order.sort_by(|a, b| risks[*b].total_cmp(&risks[*a]));
    order
}

/// The ties of forecasts, each of weight 1.
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

/// Area under the ROC curve: the probability that a forecast that came true told a higher risk than one that did not, a
/// tie counting half. 0.5, no information, where all or none came true.
pub fn auroc(ties: &[Tie]) -> f64 {
    let (mut above, mut won) = (0.0, 0.0);
    for tie in ties {
        won += tie.not * (above + 0.5 * tie.came_true);
        above += tie.came_true;
    }
    let pairs = above * ties.iter().map(|tie| tie.not).sum::<f64>();
    if pairs > 0.0 { won / pairs } else { 0.5 }
}

/// Average precision: the mean over the forecasts that came true of the share that came true among all that told at
/// least as high a risk. A forecast without information reaches the base rate. 0 where none came true.
pub fn average_precision(ties: &[Tie]) -> f64 {
    let (mut came_true, mut all, mut sum) = (0.0, 0.0, 0.0);
    for tie in ties {
        came_true += tie.came_true;
        all += tie.weight();
        if all > 0.0 {
            sum += tie.came_true * came_true / all;
        }
    }
    if came_true > 0.0 { sum / came_true } else { 0.0 }
}

/// Brier skill score against a reference that always tells `base_rate`: `1 - squares / reference`, both sums of
/// squared errors. 1 is perfect, 0 no better than the reference; 0 also where the reference makes no error.
pub fn brier_skill(squares: f64, reference: f64) -> f64 {
    if reference > 0.0 { 1.0 - squares / reference } else { 0.0 }
}

/// The squared error of a forecast.
pub fn squared_error(risk: f64, collapsed: bool) -> f64 {
    (f64::from(u8::from(collapsed)) - risk).powi(2)
}

/// Forecasts of about the same risk: a line of the reliability table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Weight of the forecasts.
    pub forecasts: f64,
    /// Their mean risk.
    pub message: f64,
    /// Share that came true.
    pub came_true: f64,
}

/// Groups of the reliability table.
pub const GROUPS: usize = 10;

/// The forecasts in [`GROUPS`] groups of about equal weight in the order of their risk, the highest first; ties stay
/// together, so there may be fewer.
pub fn reliability(ties: &[Tie]) -> Vec<ReliabilityBin> {
    let total: f64 = ties.iter().map(Tie::weight).sum();
    let mut groups = Vec::new();
    let (mut open, mut seen) = (Tie::default(), 0.0);
    for tie in ties {
        open.came_true += tie.came_true;
        open.not += tie.not;
        open.risks += tie.risks;
        seen += tie.weight();
        // Half a forecast of tolerance: weights are whole numbers, their sums exact.
        let due = total * (groups.len() + 1) as f64 / GROUPS as f64;
        if open.weight() > 0.0 && seen + 0.5 >= due {
            let forecasts = open.weight();
            groups.push(ReliabilityBin {
                forecasts,
                message: open.risks / forecasts,
                came_true: open.came_true / forecasts,
            });
            open = Tie::default();
        }
    }
    groups
}

/// Expected calibration error: the mean distance between risk told and share that came true over the groups of the
/// [`reliability`] table, by weight.
pub fn calibration_error(groups: &[ReliabilityBin]) -> f64 {
    let total: f64 = groups.iter().map(|group| group.forecasts).sum();
    let sum: f64 = groups.iter().map(|group| group.forecasts * (group.message - group.came_true).abs()).sum();
    if total > 0.0 { sum / total } else { 0.0 }
}

/// The highest level that at most the share `rate` of these risks of safe states exceed: an alarm is a risk above it.
/// Nothing exceeds the level of no states.
pub fn alarm_level(safe: &[f32], rate: f64) -> f32 {
    let mut sorted = safe.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (rate * sorted.len() as f64 + 1e-9) as usize;
    sorted.get(allowed).copied().unwrap_or(if sorted.is_empty() { f32::INFINITY } else { f32::NEG_INFINITY })
}

/// How many steps before its collapse the alarm of an episode stays on: states in a row, up to the last, whose risk
/// exceeds `level`.
pub fn lead_time(risks: &[f32], level: f32) -> usize {
    risks.iter().rev().take_while(|risk| **risk > level).count()
}

/// The median of whole numbers, each with a weight; of an even weight the mean of the middle two. None of no weight.
pub fn weighted_median(numbers: &[(usize, u64)]) -> Option<f64> {
    let total: u64 = numbers.iter().map(|(_, weight)| weight).sum();
    let mut sorted: Vec<_> = numbers.iter().filter(|(_, weight)| *weight > 0).collect();
    sorted.sort_unstable();
    let at = |place: u64| {
        let mut seen = 0;
        sorted.iter().find(|(_, weight)| {
            seen += weight;
            seen > place
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
    fn average_precision_is_the_mean_precision_at_what_came_true() {
        // Precision 1 at 0.9, 2/3 at the tie of 0.8, 3/5 at 0.2.
        let expected = (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0;
        assert!((average_precision(&ties(&RISKS, &LABELS)) - expected).abs() < 1e-12);
        assert_eq!(average_precision(&ties(&[0.3], &[false])), 0.0);
        // One level for all: the base rate.
        assert!((average_precision(&ties(&[0.3; 6], &LABELS)) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn reliability_groups_are_of_equal_weight_and_ties_stay_together() {
        let risks: Vec<_> = (0..20).map(|at| (at / 2) as f32 / 10.0).collect();
        let labels: Vec<_> = (0..20).map(|at| at % 2 == 0).collect();
        let groups = reliability(&ties(&risks, &labels));
        assert_eq!(groups.len(), 10);
        assert!(groups.iter().all(|group| (group.forecasts, group.came_true) == (2.0, 0.5)), "{groups:?}");
        // Told 0.9, 0.8, ..., 0.0 and always half came true: the distances are 0.4, ..., 0.1, 0, 0.1, ..., 0.5.
        assert!((calibration_error(&groups) - (2.0 * 1.0 + 0.5) / 10.0).abs() < 1e-6);
        let one = reliability(&ties(&[0.25; 8], &[true, false, false, false, true, false, false, false]));
        assert_eq!((one.len(), calibration_error(&one)), (1, 0.0));
    }

    #[test]
    fn the_base_rate_has_no_skill_and_the_truth_has_all() {
        let squares = |risk: &dyn Fn(bool) -> f64| LABELS.iter().map(|label| squared_error(risk(*label), *label)).sum();
        let reference: f64 = squares(&|_| 0.5);
        assert_eq!(brier_skill(reference, reference), 0.0);
        assert_eq!(brier_skill(squares(&|label| f64::from(u8::from(label))), reference), 1.0);
        // 0.7 and 0.3 told: 6 * 0.09 against 6 * 0.25.
        let message: f64 = squares(&|label| if label { 0.7 } else { 0.3 });
        assert!((brier_skill(message, reference) - 0.64).abs() < 1e-12);
    }

    #[test]
    fn the_level_of_the_alarm_lets_as_many_safe_states_through_as_allowed() {
        let safe: Vec<_> = (0..1000).map(|at| at as f32).collect();
        for (rate, expected) in [(0.0, 999.0), (0.001, 998.0), (0.01, 989.0), (1.0, f32::NEG_INFINITY)] {
            assert_eq!(alarm_level(&safe, rate), expected);
            let alarms = safe.iter().filter(|risk| **risk > expected).count();
            assert_eq!(alarms, (rate * 1000.0) as usize);
        }
        assert_eq!(alarm_level(&[], 0.5), f32::INFINITY);
    }

    #[test]
    fn the_lead_is_how_long_the_alarm_has_stayed_on_at_the_end() {
        assert_eq!(lead_time(&[0.9, 0.1, 0.6, 0.7], 0.5), 2);
        assert_eq!((lead_time(&[0.9, 0.1], 0.5), lead_time(&[0.9, 0.8], 0.5), lead_time(&[], 0.5)), (0, 2, 0));
        assert_eq!(lead_time(&[0.5], 0.5), 0, "a risk at the level is no alarm");
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
        fn the_base_rate_has_skill_0_whatever_came_true((_, labels) in forecasts()) {
            let base = labels.iter().filter(|label| **label).count() as f64 / labels.len() as f64;
            let squares: f64 = labels.iter().map(|label| squared_error(base, *label)).sum();
            prop_assert_eq!(brier_skill(squares, squares), 0.0);
            let groups = reliability(&ties(&vec![base as f32; labels.len()], &labels));
            prop_assert!(calibration_error(&groups) < 1e-6);
        }
    }
}
