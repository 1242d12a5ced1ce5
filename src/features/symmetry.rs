//! The eight symmetries of a square torus: mirrored or not in rows and in columns, rows and columns exchanged or not.
//!
//! A mirrored cluster obeys the same rules, so every transition is worth eight, and a Pilot's values can be averaged over
//! eight views of the same moment. On a torus that is not square the exchange is still valid, because the Pilot's input does
//! not contain the size of the torus.

use super::encoder::{MAX_LENGTH, NUMBERS_PER_TARGET, TARGET_CELLS};
use crate::cluster::{Action, OBSERVATION, PATCH};
use std::sync::LazyLock;

/// One of the eight symmetries of the torus: it transforms inputs and actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symmetry(usize);

/// How a number of the transformed input follows from the original: `factor * original[index] + offset`.
#[derive(Debug, Clone, Copy)]
struct Source {
    index: usize,
    factor: f32,
    offset: f32,
}

static SOURCES: LazyLock<[[Source; MAX_LENGTH]; Symmetry::COUNT]> =
    LazyLock::new(|| std::array::from_fn(|at| Symmetry(at).sources()));

impl Symmetry {
    /// Number of symmetries.
    pub const COUNT: usize = 8;

    /// The symmetry that changes nothing.
    pub const IDENTITY: Self = Self(0);

    /// All of them, the identity first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// The symmetry with this number, 0 to 7; larger numbers wrap around.
    pub fn numbered(number: usize) -> Self {
        Self(number % Self::COUNT)
    }

    fn mirrors_rows(self) -> bool {
        self.0 & 1 != 0
    }

    fn mirrors_columns(self) -> bool {
        self.0 & 2 != 0
    }

    fn exchanges(self) -> bool {
        self.0 & 4 != 0
    }

    /// The offset of so many rows down and columns right in the transformed cluster: mirrored first, then exchanged.
    fn offset(self, down: isize, right: isize) -> (isize, isize) {
        let down = if self.mirrors_rows() { -down } else { down };
        let right = if self.mirrors_columns() { -right } else { right };
        if self.exchanges() { (right, down) } else { (down, right) }
    }

    /// The same action in the transformed cluster.
    pub fn action(self, action: Action) -> Action {
        let (down, right) = action.direction();
        if (down, right) == (0, 0) {
            return action;
        }
        let direction = self.offset(down, right);
        Action::ALL.into_iter().find(|other| other.direction() == direction).unwrap_or(action)
    }

    /// Appends the first `length` numbers of an input, transformed, to `into`.
    pub fn transform(self, numbers: &[f32], length: usize, into: &mut Vec<f32>) {
        let sources = &SOURCES[self.0][..length];
        into.extend(sources.iter().map(|source| source.factor * numbers[source.index] + source.offset));
    }

    /// Adds a gradient with respect to a transformed input to `into`, the gradient with respect to the original input.
    pub fn pull_back(self, gradient: &[f32], into: &mut [f32]) {
        for (source, gradient) in SOURCES[self.0].iter().zip(gradient) {
            into[source.index] += source.factor * gradient;
        }
    }

    fn sources(self) -> [Source; MAX_LENGTH] {
        let mut sources = std::array::from_fn(|index| Source { index, factor: 1.0, offset: 0.0 });
        let patch = |down: isize, right: isize| 3 * ((down + 1) * 3 + right + 1) as usize;
        for (down, right) in (-1..=1).flat_map(|down| (-1..=1).map(move |right| (down, right))) {
            let (from, (down, right)) = (patch(down, right), self.offset(down, right));
            (0..3).for_each(|number| sources[patch(down, right) + number].index = from + number);
        }
        // The agent's row and column run from 0 to 1 and are mirrored about one half, offsets about 0.
        let mut pair = |first: usize, mirrored: fn(usize) -> Source| {
            let mut both = [first, first + 1].map(|index| Source { index, factor: 1.0, offset: 0.0 });
            if self.mirrors_rows() {
                both[0] = mirrored(first);
            }
            if self.mirrors_columns() {
                both[1] = mirrored(first + 1);
            }
            if self.exchanges() {
                both.reverse();
            }
            [sources[first], sources[first + 1]] = both;
        };
        pair(PATCH, |index| Source { index, factor: -1.0, offset: 1.0 });
        for cell in 0..TARGET_CELLS {
            pair(OBSERVATION + cell * NUMBERS_PER_TARGET, |index| Source { index, factor: -1.0, offset: 0.0 });
        }
        sources
    }
}

#[cfg(test)]
mod tests {
    use super::super::encoder::{FeatureEncoder, PilotInput};
    use super::*;
    use crate::cluster::{Cluster, Observation};
    use crate::settings::{PilotInputKind, RewardSettings, Scenario};

    fn transformed(symmetry: Symmetry, input: &PilotInput) -> Vec<f32> {
        let mut numbers = Vec::new();
        symmetry.transform(input.numbers(MAX_LENGTH), MAX_LENGTH, &mut numbers);
        numbers
    }

    #[test]
    fn the_patch_is_transformed_as_the_moves_are() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(5);
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        let input = PilotInput::from(&observation);
        for symmetry in Symmetry::all() {
            let numbers = transformed(symmetry, &input);
            for action in Action::ALL {
                let ((down, right), (there_down, there_right)) =
                    (action.direction(), symmetry.action(action).direction());
                let mirrored = 3 * ((there_down + 1) * 3 + there_right + 1) as usize;
                assert_eq!(numbers[mirrored], observation.cell(down, right).cpu, "{symmetry:?} {action:?}");
            }
        }
    }

    #[test]
    fn the_offsets_of_targets_are_transformed_as_the_moves_are() {
        let cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut encoder = FeatureEncoder::new(PilotInputKind::Belief, 6, 6);
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        let input = encoder.encode(&observation, 0);
        let plain = transformed(Symmetry::IDENTITY, &input);
        assert_eq!(plain, input.numbers(MAX_LENGTH));
        let both = transformed(Symmetry::numbered(3), &input);
        let turned = transformed(Symmetry::numbered(4), &input);
        for cell in 0..TARGET_CELLS {
            let at = OBSERVATION + cell * NUMBERS_PER_TARGET;
            assert_eq!([both[at], both[at + 1]], [-plain[at], -plain[at + 1]]);
            assert_eq!([turned[at], turned[at + 1]], [plain[at + 1], plain[at]]);
            assert_eq!(both[at + 2..at + NUMBERS_PER_TARGET], plain[at + 2..at + NUMBERS_PER_TARGET]);
        }
        assert!((both[PATCH] - (1.0 - plain[PATCH])).abs() < 1e-6);
    }

    #[test]
    fn all_eight_differ_and_leave_actions_without_a_direction_alone() {
        let mapped: Vec<_> =
            Symmetry::all().map(|symmetry| Action::ALL.map(|action| symmetry.action(action))).collect();
        assert!((0..8).all(|a| (0..a).all(|b| mapped[a] != mapped[b])));
        assert!(mapped.iter().all(|actions| actions[4..] == Action::ALL[4..]));
    }
}
