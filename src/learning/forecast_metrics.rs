//! How good the latest forecasts were.
//!
//! Every labelled state is scored with the forecast made before anything was learned from it. So the score is out of
//! sample, but it lags: a label is known up to a horizon later.

use std::collections::VecDeque;

/// Forecasts that are scored together.
pub(super) const WINDOW: usize = 50_000;
/// Classes of log odds into which forecasts are sorted, and the largest log odds told apart.
const BINS: usize = 2_048;
const LARGEST: f64 = 16.0;
/// Groups of about equal size over which the calibration error is taken.
const GROUPS: usize = 10;

/// The score of a window of forecasts in which both outcomes occur.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastSkill {
    /// Forecasts in the window.
    pub forecasts: usize,
    /// Share of them after which a collapse came, 0 to 1.
    pub base_rate: f64,
    /// Brier skill score: 1 for perfect forecasts, 0 for always forecasting the base rate, negative for worse.
    pub brier_skill: f64,
    /// Probability that a state before a collapse was given a higher risk than another, 0 to 1; a tie counts half.
    /// Forecasts whose log odds differ by less than 1/64 are tied.
    pub auroc: f64,
    /// Expected calibration error: mean distance between the forecast and the share that came true, over ten groups of
    /// about equal size in the order of the forecasts.
    pub calibration: f64,
}

/// The latest forecasts whose outcome is known. Their sums are kept up to date, so that a score costs a walk over the
/// bins and none over the forecasts.
#[derive(Debug, Clone)]
pub struct ForecastMetrics {
    /// The oldest first.
    pub(super) forecasts: VecDeque<(f32, bool)>,
    pub(super) bins: Vec<Bin>,
    /// Sum of the squared errors.
    pub(super) squares: f64,
}

impl Default for ForecastMetrics {
    fn default() -> Self {
        Self { forecasts: VecDeque::new(), bins: vec![Bin::default(); BINS], squares: 0.0 }
    }
}

/// Forecasts of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Bin {
    count: usize,
    came_true: usize,
    pub(super) sum: f64,
}

/// The bin of a risk: 0 for the lowest.
fn bin_index(risk: f64) -> usize {
    let log_odds = (risk / (1.0 - risk)).ln().clamp(-LARGEST, LARGEST);
    (((log_odds + LARGEST) / (2.0 * LARGEST) * BINS as f64) as usize).min(BINS - 1)
}

fn squared_error(risk: f64, collapsed: bool) -> f64 {
    (f64::from(u8::from(collapsed)) - risk).powi(2)
}

impl ForecastMetrics {
    /// Adds a forecast and its outcome, dropping the oldest if the window is full.
    pub fn add(&mut self, risk: f32, collapsed: bool) {
        if self.forecasts.len() == WINDOW
            && let Some((risk, collapsed)) = self.forecasts.pop_front()
        {
            let risk = f64::from(risk);
            let bin = &mut self.bins[bin_index(risk)];
            bin.count -= 1;
            bin.came_true -= usize::from(collapsed);
            bin.sum -= risk;
            self.squares -= squared_error(risk, collapsed);
        }
        self.forecasts.push_back((risk, collapsed));
        let risk = f64::from(risk);
        let bin = &mut self.bins[bin_index(risk)];
        bin.count += 1;
        bin.came_true += usize::from(collapsed);
        bin.sum += risk;
        self.squares += squared_error(risk, collapsed);
    }

    /// The score of the forecasts; none before both outcomes were seen.
    pub fn skill(&self) -> Option<ForecastSkill> {
        let forecasts = self.forecasts.len();
        let collapses: usize = self.bins.iter().map(|bin| bin.came_true).sum();
        if collapses == 0 || collapses == forecasts {
            return None;
        }
        let count = forecasts as f64;
        let base_rate = collapses as f64 / count;
        Some(ForecastSkill {
            forecasts,
            base_rate,
            brier_skill: 1.0 - self.squares / count / (base_rate * (1.0 - base_rate)),
            auroc: auroc(&self.bins) / (collapses as f64 * (forecasts - collapses) as f64),
            calibration: calibration(&self.bins, forecasts) / count,
        })
    }
}

/// Number of pairs of a forecast that came true and a lower one that did not; ties count half.
fn auroc(bins: &[Bin]) -> f64 {
    let (mut below, mut pairs) = (0, 0.0);
    for bin in bins {
        let negatives = bin.count - bin.came_true;
        pairs += bin.came_true as f64 * (below as f64 + 0.5 * negatives as f64);
        below += negatives;
    }
    pairs
}

/// Sum over the groups of |sum of the forecasts - number that came true|.
fn calibration(bins: &[Bin], forecasts: usize) -> f64 {
    let (mut group, mut seen, mut closed, mut error) = (Bin::default(), 0, 0, 0.0);
    for bin in bins {
        group.count += bin.count;
        group.came_true += bin.came_true;
        group.sum += bin.sum;
        seen += bin.count;
        if group.count > 0 && seen * GROUPS >= (closed + 1) * forecasts {
            error += (group.sum - group.came_true as f64).abs();
            closed = seen * GROUPS / forecasts;
            group = Bin::default();
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(forecasts: &[(f32, bool)]) -> Option<ForecastSkill> {
        let mut metrics = ForecastMetrics::default();
        forecasts.iter().for_each(|(risk, collapsed)| metrics.add(*risk, *collapsed));
        metrics.skill()
    }

    #[test]
    fn the_score_has_its_hand_computed_values() {
        let found = skill(&[(0.8, true), (0.4, false), (0.2, true), (0.1, false), (0.2, false)]).unwrap();
        assert_eq!((found.forecasts, found.base_rate), (5, 0.4));
        // 0.8 beats all three, 0.2 beats 0.1, ties with 0.2 and loses to 0.4: 4.5 of 6 pairs.
        assert!((found.auroc - 0.75).abs() < 1e-12, "{found:?}");
        // Squares: 0.04 + 0.16 + 0.64 + 0.01 + 0.04 = 0.89; the base rate has 5 * 0.4 * 0.6 = 1.2.
        assert!((found.brier_skill - (1.0 - 0.89 / 1.2)).abs() < 1e-6, "{found:?}");
        // Groups 0.1, {0.2, 0.2}, 0.4, 0.8: 0.1 + 0.6 + 0.4 + 0.2 = 1.3 over 5.
        assert!((found.calibration - 0.26).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn there_is_no_score_before_both_outcomes_have_occurred() {
        assert_eq!(skill(&[]), None);
        assert_eq!(skill(&[(0.3, false), (0.1, false)]), None);
        assert_eq!(skill(&[(0.3, true)]), None);
    }

    #[test]
    fn forecasting_the_base_rate_has_no_skill_and_old_forecasts_are_dropped() {
        let forecasts: Vec<_> = (0..2 * WINDOW).map(|at| (if at < WINDOW { 0.9 } else { 0.25 }, at % 4 == 0)).collect();
        let found = skill(&forecasts).unwrap();
        assert_eq!(found.forecasts, WINDOW);
        assert!(found.brier_skill.abs() < 1e-9 && found.calibration < 1e-9, "{found:?}");
        assert!((found.auroc - 0.5).abs() < 1e-12);
    }

    #[test]
    fn certain_forecasts_are_scored_too() {
        let found = skill(&[(1.0, true), (0.0, false)]).unwrap();
        assert_eq!((found.brier_skill, found.auroc, found.calibration), (1.0, 1.0, 0.0));
    }
}
