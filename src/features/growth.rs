//! How fast the memory of a cell grows, and how long the cell has left: estimated from what was seen of it.
//!
//! Let `d_i` be the increments of a cell's memory and `n_i` the steps over which each was seen. Its growth per step is
//!
//! ```text
//! g = sum of w_i d_i / sum of w_i n_i
//! ```
//!
//! over all increments above [`CLEANED`]; a larger fall is a clean-up, and says nothing about growth. Who sees the cell
//! at every step weighs an increment by 0.9 to the power of how many came after it ([`Growth::add`],
//! [`Growth::looking_back`]). Who sees it now and then keeps more of the older evidence, and begins with an assumption
//! ([`Growth::add_over`], [`Growth::assumed`]). A cell with memory `m` has
//!
//! ```text
//! (OOM - m) / max(g, SLOWEST)
//! ```
//!
//! steps left, from 0 to [`NEVER`].

use crate::cluster::OOM;

/// Increments of memory up to this one are clean-ups: more than the noise takes off.
pub const CLEANED: f32 = -0.05;
/// Slowest growth per step that a time is computed from.
pub const SLOWEST: f32 = 1e-4;
/// Longest time to failure told, in steps.
pub const NEVER: f32 = 400.0;
/// Share of its weight that an increment keeps with each later one, where a cell is seen at every step.
const KEPT: f32 = 0.9;

/// Whether a change of memory tells of growth, and not of a clean-up.
pub fn is_growth(increment: f32) -> bool {
    increment > CLEANED
}

/// Steps until a cell with this memory is out of it, 0 to [`NEVER`].
pub fn time_left(memory: f32, growth: f32) -> f32 {
    ((OOM - memory) / growth.max(SLOWEST)).clamp(0.0, NEVER)
}

/// What was seen of a cell's growth: the sum of its increments, and of the steps over which they were seen, both weighted.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Growth {
    /// The weighted sum of the increments.
    pub grown: f32,
    /// The weighted sum of their steps.
    pub steps: f32,
}

impl Growth {
    /// That of a cell of which nothing was seen.
    pub const UNSEEN: Self = Self { grown: 0.0, steps: 0.0 };

    /// An assumption that is worth so many steps of observation.
    pub const fn assumed(per_step: f32, steps: f32) -> Self {
        Self { grown: per_step * steps, steps }
    }

    /// Adds the increment of the latest step.
    pub fn add(&mut self, increment: f32) {
        if is_growth(increment) {
            self.weigh(KEPT, (1.0 - KEPT) * increment, 1.0 - KEPT);
        }
    }

    /// Adds the increment over the latest `steps` steps, keeping the share `kept` of the older evidence per step.
    pub fn add_over(&mut self, increment: f32, steps: f32, kept: f32) {
        if is_growth(increment) {
            self.weigh(kept.powf(steps), increment, steps);
        }
    }

    /// What [`Growth::add`] makes of the same increments from the oldest to the latest; here the latest comes first.
    pub fn looking_back(increments: impl Iterator<Item = f32>) -> Self {
        let (mut growth, mut share) = (Self::default(), 1.0);
        for increment in increments.filter(|increment| is_growth(*increment)) {
            growth.weigh(1.0, share * increment, share);
            share *= KEPT;
        }
        growth
    }

    fn weigh(&mut self, kept: f32, grown: f32, steps: f32) {
        self.grown = kept * self.grown + grown;
        self.steps = kept * self.steps + steps;
    }

    /// Both together.
    pub fn with(self, other: Self) -> Self {
        Self { grown: self.grown + other.grown, steps: self.steps + other.steps }
    }

    /// The growth per step; 0 where nothing was seen.
    pub fn per_step(self) -> f32 {
        if self.steps > 0.0 { self.grown / self.steps } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(increments: &[f32]) -> Growth {
        let mut growth = Growth::default();
        increments.iter().for_each(|increment| growth.add(*increment));
        growth
    }

    #[test]
    fn an_average_is_true_from_its_first_number_on_and_clean_ups_teach_nothing() {
        assert_eq!(Growth::default().per_step(), 0.0);
        assert!((watched(&[0.02]).per_step() - 0.02).abs() < 1e-7);
        // Weights 0.81, 0.9 and 1; the clean-up has none and takes none away.
        let expected = (0.81 * 0.01 + 0.9 * 0.03 - 0.04) / 2.71;
        assert!((watched(&[0.01, 0.03, -0.3, CLEANED, -0.04]).per_step() - expected).abs() < 1e-7);
    }

    #[test]
    fn looking_back_finds_what_watching_found() {
        let increments: Vec<f32> = (0..60).map(|at| 0.07 * (at as f32 * 1.7).sin()).collect();
        assert!(increments.iter().any(|increment| !is_growth(*increment)), "there is a clean-up among them");
        for count in [0, 1, 2, 7, 60] {
            let (forwards, back) = (watched(&increments[..count]), increments[..count].iter().rev().copied());
            let apart = (forwards.per_step() - Growth::looking_back(back).per_step()).abs();
            assert!(apart < 1e-7, "{apart} after {count} steps");
        }
    }

    #[test]
    fn an_assumption_counts_as_much_as_so_many_steps_seen() {
        let (assumed, mut seen) = (Growth::assumed(0.02, 5.0), Growth::default());
        assert!((assumed.per_step() - 0.02).abs() < 1e-7 && assumed.with(seen) == assumed);
        // Three steps at 0.01 per step, then two at 0.05, before which 0.5 per step of the first are kept.
        seen.add_over(0.03, 3.0, 0.5);
        seen.add_over(0.10, 2.0, 0.5);
        seen.add_over(-0.2, 1.0, 0.5);
        let expected = (0.25 * 0.03 + 0.10 + 0.02 * 5.0) / (0.25 * 3.0 + 2.0 + 5.0);
        assert!((assumed.with(seen).per_step() - expected).abs() < 1e-7);
    }

    #[test]
    fn the_time_left_lies_between_none_and_never() {
        assert_eq!((time_left(0.5, -0.1), time_left(0.5, 0.0), time_left(1.0, 0.1)), (NEVER, NEVER, 0.0));
        assert!((time_left(0.49, 0.05) - 10.0).abs() < 1e-4);
    }
}
