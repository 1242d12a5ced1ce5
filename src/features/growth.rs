//! Estimates how fast a cell's memory grows, and how many steps the cell has left.
//!
//! Let `d_i` be the increments of a cell's memory and `n_i` the steps over which each was observed. Its growth per step is
//!
//! ```text
//! g = sum of w_i d_i / sum of w_i n_i
//! ```
//!
//! over all increments above [`CLEANED`]; a larger fall is a clean-up and says nothing about growth. Where the cell is
//! observed at every step, an increment weighs 0.9 to the power of how many came after it ([`Growth::add`],
//! [`Growth::from_recent`]). Where it is observed now and then, more of the older evidence is kept, on top of a prior
//! ([`Growth::add_over`], [`Growth::prior`]). A cell with memory `m` has
//!
//! ```text
//! (OOM - m) / max(g, MIN_GROWTH)
//! ```
//!
//! steps left, from 0 to [`NEVER`].

use crate::cluster::OOM;

/// Increments of memory up to this one are clean-ups: noise alone does not take off so much.
pub const CLEANED: f32 = -0.05;
/// Smallest growth per step that a time left is computed from.
pub const MIN_GROWTH: f32 = 1e-4;
/// Largest time left, in steps.
pub const NEVER: f32 = 400.0;
/// Factor on the weight of an increment for each later one, where a cell is observed at every step.
const DECAY: f32 = 0.9;

/// Whether a change of memory is growth (or noise), not a clean-up.
pub fn is_growth(increment: f32) -> bool {
    increment > CLEANED
}

/// Steps until a cell with this memory and growth per step is out of memory, 0 to [`NEVER`].
pub fn time_left(memory: f32, growth: f32) -> f32 {
    ((OOM - memory) / growth.max(MIN_GROWTH)).clamp(0.0, NEVER)
}

/// Observed growth of a cell's memory, as two weighted sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Growth {
    /// Weighted sum of the increments.
    pub grown: f32,
    /// Weighted sum of the steps over which they were observed.
    pub steps: f32,
}

impl Growth {
    /// No evidence.
    pub const NONE: Self = Self { grown: 0.0, steps: 0.0 };

    /// A prior that is worth `steps` steps of observation.
    pub const fn prior(per_step: f32, steps: f32) -> Self {
        Self { grown: per_step * steps, steps }
    }

    /// Adds the increment of the latest step.
    pub fn add(&mut self, increment: f32) {
        if is_growth(increment) {
            self.decay_and_add(DECAY, (1.0 - DECAY) * increment, 1.0 - DECAY);
        }
    }

    /// Adds the increment over the latest `steps` steps; the older evidence decays by the factor `decay` per step.
    pub fn add_over(&mut self, increment: f32, steps: f32, decay: f32) {
        if is_growth(increment) {
            self.decay_and_add(decay.powf(steps), increment, steps);
        }
    }

    /// The estimate that [`Growth::add`] reaches from the same increments; here the latest comes first.
    pub fn from_recent(increments: impl Iterator<Item = f32>) -> Self {
        let (mut growth, mut weight) = (Self::default(), 1.0);
        for increment in increments.filter(|increment| is_growth(*increment)) {
            growth.decay_and_add(1.0, weight * increment, weight);
            weight *= DECAY;
        }
        growth
    }

    fn decay_and_add(&mut self, decay: f32, grown: f32, steps: f32) {
        self.grown = decay * self.grown + grown;
        self.steps = decay * self.steps + steps;
    }

    /// The evidence of both.
    pub fn combined(self, other: Self) -> Self {
        Self { grown: self.grown + other.grown, steps: self.steps + other.steps }
    }

    /// Growth of memory per step; 0 without evidence.
    pub fn per_step(self) -> f32 {
        if self.steps > 0.0 { self.grown / self.steps } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_by_step(increments: &[f32]) -> Growth {
        let mut growth = Growth::default();
        increments.iter().for_each(|increment| growth.add(*increment));
        growth
    }

    #[test]
    fn the_average_is_unbiased_from_the_first_increment_on_and_a_clean_up_does_not_count() {
        assert_eq!(Growth::default().per_step(), 0.0);
        assert!((step_by_step(&[0.02]).per_step() - 0.02).abs() < 1e-7);
        // Weights 0.81, 0.9 and 1; the clean-up has none and takes none away.
        let expected = (0.81 * 0.01 + 0.9 * 0.03 - 0.04) / 2.71;
        assert!((step_by_step(&[0.01, 0.03, -0.3, CLEANED, -0.04]).per_step() - expected).abs() < 1e-7);
    }

    #[test]
    fn looking_back_finds_what_was_found_step_by_step() {
        let increments: Vec<f32> = (0..60).map(|at| 0.07 * (at as f32 * 1.7).sin()).collect();
        assert!(increments.iter().any(|increment| !is_growth(*increment)), "there is a clean-up among them");
        for count in [0, 1, 2, 7, 60] {
            let (forwards, back) = (step_by_step(&increments[..count]), increments[..count].iter().rev().copied());
            let apart = (forwards.per_step() - Growth::from_recent(back).per_step()).abs();
            assert!(apart < 1e-7, "{apart} after {count} steps");
        }
    }

    #[test]
    fn a_prior_counts_as_much_as_its_number_of_steps() {
        let (prior, mut seen) = (Growth::prior(0.02, 5.0), Growth::default());
        assert!((prior.per_step() - 0.02).abs() < 1e-7 && prior.combined(seen) == prior);
        // Three steps at 0.01 per step, then two at 0.05, before which 0.5 per step of the first are kept.
        seen.add_over(0.03, 3.0, 0.5);
        seen.add_over(0.10, 2.0, 0.5);
        seen.add_over(-0.2, 1.0, 0.5);
        let expected = (0.25 * 0.03 + 0.10 + 0.02 * 5.0) / (0.25 * 3.0 + 2.0 + 5.0);
        assert!((prior.combined(seen).per_step() - expected).abs() < 1e-7);
    }

    #[test]
    fn the_time_left_lies_between_none_and_never() {
        assert_eq!((time_left(0.5, -0.1), time_left(0.5, 0.0), time_left(1.0, 0.1)), (NEVER, NEVER, 0.0));
        assert!((time_left(0.49, 0.05) - 10.0).abs() < 1e-4);
    }
}
