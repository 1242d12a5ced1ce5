//! The eight symmetries of a square torus: mirrored or not in rows and in columns, rows and columns exchanged or not.
//!
//! A cluster seen in a mirror is a cluster with the same rules, so every transition is eight transitions, and a Pilot's
//! values can be averaged over eight views of the same moment. On a torus that is not square the exchange still holds for
//! all that the agent sees, for a sight does not tell the size of the torus.

use super::encoder::{CELLS, LONGEST, PER_CELL};
use crate::cluster::{Action, OBSERVATION, PATCH};
use std::sync::LazyLock;

/// One of the eight symmetries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symmetry(usize);

/// Where a number of the transformed sight comes from.
#[derive(Debug, Clone, Copy)]
struct Source {
    index: usize,
    factor: f32,
    offset: f32,
}

static SOURCES: LazyLock<[[Source; LONGEST]; Symmetry::COUNT]> =
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

    /// The symmetry of this number, from 0 to 7.
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

    /// Where a way of so many rows down and columns right leads in the transformed world: mirrored first, exchanged then.
    fn way(self, down: isize, right: isize) -> (isize, isize) {
        let down = if self.mirrors_rows() { -down } else { down };
        let right = if self.mirrors_columns() { -right } else { right };
        if self.exchanges() { (right, down) } else { (down, right) }
    }

    /// What an action is called in the transformed world.
    pub fn action(self, action: Action) -> Action {
        let (down, right) = action.direction();
        if (down, right) == (0, 0) {
            return action;
        }
        let way = self.way(down, right);
        Action::ALL.into_iter().find(|other| other.direction() == way).unwrap_or(action)
    }

    /// Appends the first `length` numbers of a sight as seen in the transformed world.
    pub fn transform(self, numbers: &[f32], length: usize, into: &mut Vec<f32>) {
        let sources = &SOURCES[self.0][..length];
        into.extend(sources.iter().map(|source| source.factor * numbers[source.index] + source.offset));
    }

    /// Adds a gradient by the numbers of a transformed sight to the one by the numbers of the sight itself.
    pub fn pull_back(self, gradient: &[f32], into: &mut [f32]) {
        for (source, gradient) in SOURCES[self.0].iter().zip(gradient) {
            into[source.index] += source.factor * gradient;
        }
    }

    fn sources(self) -> [Source; LONGEST] {
        let mut sources = std::array::from_fn(|index| Source { index, factor: 1.0, offset: 0.0 });
        let patch = |down: isize, right: isize| 3 * ((down + 1) * 3 + right + 1) as usize;
        for (down, right) in (-1..=1).flat_map(|down| (-1..=1).map(move |right| (down, right))) {
            let (from, (down, right)) = (patch(down, right), self.way(down, right));
            (0..3).for_each(|part| sources[patch(down, right) + part].index = from + part);
        }
        // Places run from 0 to 1 and are mirrored at their middle.
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
        for cell in 0..CELLS {
            pair(OBSERVATION + cell * PER_CELL, |index| Source { index, factor: -1.0, offset: 0.0 });
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

    fn seen(symmetry: Symmetry, pilot_input: &PilotInput) -> Vec<f32> {
        let mut numbers = Vec::new();
        symmetry.transform(pilot_input.numbers(LONGEST), LONGEST, &mut numbers);
        numbers
    }

    #[test]
    fn a_walk_in_the_mirror_sees_the_mirrored_patch() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(5);
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        let pilot_input = PilotInput::from(&observation);
        for symmetry in Symmetry::all() {
            let numbers = seen(symmetry, &pilot_input);
            for action in Action::ALL {
                let ((down, right), (there_down, there_right)) =
                    (action.direction(), symmetry.action(action).direction());
                let mirrored = 3 * ((there_down + 1) * 3 + there_right + 1) as usize;
                assert_eq!(numbers[mirrored], observation.cell(down, right).cpu, "{symmetry:?} {action:?}");
            }
        }
    }

    #[test]
    fn errands_lead_the_way_that_the_mirrored_agent_walks() {
        let cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut encoder = FeatureEncoder::new(PilotInputKind::Belief, 6, 6);
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        let pilot_input = encoder.encode(&observation, 0);
        let plain = seen(Symmetry::IDENTITY, &pilot_input);
        assert_eq!(plain, pilot_input.numbers(LONGEST));
        let both = seen(Symmetry::numbered(3), &pilot_input);
        let turned = seen(Symmetry::numbered(4), &pilot_input);
        for cell in 0..CELLS {
            let at = OBSERVATION + cell * PER_CELL;
            assert_eq!([both[at], both[at + 1]], [-plain[at], -plain[at + 1]]);
            assert_eq!([turned[at], turned[at + 1]], [plain[at + 1], plain[at]]);
            assert_eq!(both[at + 2..at + PER_CELL], plain[at + 2..at + PER_CELL]);
        }
        assert!((both[PATCH] - (1.0 - plain[PATCH])).abs() < 1e-6);
    }

    #[test]
    fn all_eight_are_different_and_keep_what_has_no_direction() {
        let names: Vec<_> = Symmetry::all().map(|symmetry| Action::ALL.map(|action| symmetry.action(action))).collect();
        assert!((0..8).all(|a| (0..a).all(|b| names[a] != names[b])));
        assert!(names.iter().all(|actions| actions[4..] == Action::ALL[4..]));
    }
}
