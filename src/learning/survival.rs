//! Discrete-time survival analysis: how long the cluster lives on after a state, and how likely it collapses within any
//! number of steps. Pure functions; the networks that use them are in their own files.
//!
//! The steps after a state are cut into intervals that end at the horizons of the settings. Within an interval the hazard
//! is constant: the probability that the cluster collapses in a step if it has lived until then. The network gives the log
//! odds of each hazard, and learns them by their likelihood (Gensheimer and Narasimhan 2019, "A scalable discrete-time
//! survival model for neural networks"; piecewise-constant hazards: Kvamme and Borgan 2021, "Continuous and discrete-time
//! survival prediction with neural networks"). A future that was cut off is right-censored: each step seen without a
//! collapse counts as one that was survived, and nothing is assumed about the steps that were not seen. So a state near the
//! end of an episode teaches the same hazards as any other.

use crate::settings::{ProphetLabel, ProphetSettings};

/// The most horizons that a Prophet may have.
pub const MOST_HORIZONS: usize = 8;

/// How long the cluster was seen to live after a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurvivalTime {
    /// Steps after the state: until the collapse, or for as long as was seen. At least 1.
    pub steps: u32,
    /// Whether the last of them ended in a collapse. If not, the time is right-censored.
    pub collapsed: bool,
}

impl SurvivalTime {
    /// The time as it looks `most` steps ahead: what comes later is not seen.
    pub fn up_to(self, most: usize) -> Self {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        if self.steps > most { Self { steps: most, collapsed: false } } else { self }
    }

    /// Appends, for each interval, how many of its steps were seen (the exposure) and whether the collapse came in it (1 or
    /// 0). The intervals end after these numbers of steps, which ascend.
    pub fn append_targets(self, ends: &[usize], exposure: &mut Vec<f32>, events: &mut Vec<f32>) {
        let (steps, mut start) = (self.steps as usize, 0);
        for end in ends {
            exposure.push(steps.min(*end).saturating_sub(start) as f32);
            events.push(f32::from(u8::from(self.collapsed && (start + 1..=*end).contains(&steps))));
            start = *end;
        }
    }
}

/// The ends of the intervals that a Prophet's hazards hold for, in steps. One that forecasts the outcome of the whole episode
/// has a single interval of no particular length, here 1.
pub fn interval_ends(settings: &ProphetSettings) -> &[usize] {
    match settings.label {
        ProphetLabel::Survival => &settings.horizons,
        ProphetLabel::EpisodeOutcome => &[1],
    }
}

/// ln(1 + exp(x)), accurate for any x. For the log odds x of a hazard it is minus the log of the probability to survive.
pub(super) fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The probability of a collapse within `steps` steps, given the log odds of the hazards in intervals with these ends. Beyond
/// the last end its hazard goes on.
pub fn collapse_probability(log_odds: &[f32], ends: &[usize], steps: usize) -> f32 {
    let (mut start, mut cumulative) = (0, 0.0);
    for (at, (log_odds, end)) in log_odds.iter().zip(ends).enumerate() {
        let end = if at + 1 == ends.len() { steps.max(*end) } else { *end };
        cumulative += steps.min(end).saturating_sub(start) as f32 * softplus(*log_odds);
        start = end;
    }
    -(-cumulative).exp_m1()
}

/// The probabilities of a collapse within each horizon of the settings, in ascending order.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RiskCurve {
    within: [f32; MOST_HORIZONS],
    horizons: u8,
}

impl RiskCurve {
    /// The curve with these probabilities, from 0 to 1; those beyond [`MOST_HORIZONS`] are left out.
    pub fn new(probabilities: &[f32]) -> Self {
        let mut curve = Self::default();
        for (place, probability) in curve.within.iter_mut().zip(probabilities) {
            *place = *probability;
            curve.horizons += 1;
        }
        curve
    }

    /// The curve of a network's output: the log odds of the hazards in intervals with these ends.
    pub fn from_log_odds(log_odds: &[f32], ends: &[usize]) -> Self {
        let mut curve = Self::default();
        for (place, end) in curve.within.iter_mut().zip(ends) {
            *place = collapse_probability(log_odds, ends, *end);
            curve.horizons += 1;
        }
        curve
    }

    /// The probability of a collapse within each horizon, the nearest first; empty before the first forecast.
    pub fn within(&self) -> &[f32] {
        &self.within[..usize::from(self.horizons)]
    }

    /// The probability that the cluster is alive after `steps` steps, given the horizons that the curve was made for: between
    /// two of them the hazard is constant. Beyond the longest it is not known and stays as it is there.
    pub fn survival(&self, horizons: &[usize], steps: f32) -> f32 {
        let (mut start, mut alive) = (0.0, 1.0);
        for (within, end) in self.within().iter().zip(horizons) {
            let (end, next) = (*end as f32, 1.0 - within);
            if steps < end {
                // The rest of a constant hazard: a geometric mean of both ends. Without survivors at the end it is unknown.
                return if next > 0.0 { alive * (next / alive).powf((steps - start) / (end - start)) } else { alive };
            }
            (start, alive) = (end, next);
        }
        alive
    }

    /// The risk: the probability of a collapse within the longest horizon, 0 to 1; 0 before the first forecast.
    pub fn risk(&self) -> f32 {
        self.within().last().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(steps: u32, collapsed: bool) -> (Vec<f32>, Vec<f32>) {
        let (mut exposure, mut events) = (Vec::new(), Vec::new());
        SurvivalTime { steps, collapsed }.append_targets(&[2, 5, 10], &mut exposure, &mut events);
        (exposure, events)
    }

    #[test]
    fn every_step_that_was_seen_counts_in_its_interval_and_no_other_does() {
        assert_eq!(targets(1, true), (vec![1.0, 0.0, 0.0], vec![1.0, 0.0, 0.0]));
        assert_eq!(targets(2, true), (vec![2.0, 0.0, 0.0], vec![1.0, 0.0, 0.0]));
        assert_eq!(targets(3, true), (vec![2.0, 1.0, 0.0], vec![0.0, 1.0, 0.0]));
        assert_eq!(targets(3, false), (vec![2.0, 1.0, 0.0], vec![0.0; 3]), "cut off in the middle of an interval");
        assert_eq!(targets(5, false), (vec![2.0, 3.0, 0.0], vec![0.0; 3]), "cut off at its end");
        assert_eq!(targets(10, true), (vec![2.0, 3.0, 5.0], vec![0.0, 0.0, 1.0]));
        assert_eq!(targets(10, false), (vec![2.0, 3.0, 5.0], vec![0.0; 3]), "lived through all of them");
        assert_eq!(targets(11, true), (vec![2.0, 3.0, 5.0], vec![0.0; 3]), "it came later than anybody looks");
        assert_eq!(SurvivalTime { steps: 11, collapsed: true }.up_to(10), SurvivalTime { steps: 10, collapsed: false });
        assert_eq!(SurvivalTime { steps: 10, collapsed: true }.up_to(10), SurvivalTime { steps: 10, collapsed: true });
    }

    #[test]
    fn the_probability_follows_from_surviving_step_by_step() {
        let hazard = |log_odds: f32| 1.0 / (1.0 + (-log_odds).exp());
        let (log_odds, ends) = ([-3.0, -1.0, 0.5], [2, 5, 10]);
        let mut alive = 1.0;
        for step in 1..=12_usize {
            let interval = ends.iter().position(|end| step <= *end).unwrap_or(2);
            alive *= 1.0 - hazard(log_odds[interval]);
            let found = collapse_probability(&log_odds, &ends, step);
            assert!((found - (1.0 - alive)).abs() < 1e-5, "{found} against {} within {step}", 1.0 - alive);
        }
        assert_eq!(collapse_probability(&log_odds, &ends, 0), 0.0);
        let curve = RiskCurve::from_log_odds(&log_odds, &ends);
        assert_eq!(curve.within(), ends.map(|end| collapse_probability(&log_odds, &ends, end)));
        for steps in 0..=10 {
            let expected = 1.0 - collapse_probability(&log_odds, &ends, steps);
            assert!((curve.survival(&ends, steps as f32) - expected).abs() < 1e-5, "after {steps}");
        }
        assert_eq!(curve.survival(&ends, 99.0), 1.0 - curve.risk());
        assert_eq!((curve.risk(), RiskCurve::default().risk()), (curve.within()[2], 0.0));
        assert_eq!(RiskCurve::new(curve.within()), curve);
    }

    #[test]
    fn extreme_log_odds_give_probabilities_all_the_same() {
        assert_eq!(collapse_probability(&[200.0], &[50], 50), 1.0);
        assert_eq!(collapse_probability(&[-200.0], &[50], 50), 0.0);
        let tiny = collapse_probability(&[-16.0], &[1], 1);
        assert!((tiny / (-16.0_f32).exp() - 1.0).abs() < 1e-3, "small risks keep their digits: {tiny}");
    }
}
