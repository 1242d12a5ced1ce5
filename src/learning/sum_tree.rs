//! Prioritised sampling (Schaul et al. 2016): transitions are drawn in proportion to a power of their latest error.

use crate::cluster::RngStream;
use rand::RngExt;

/// Added to every error, so that no transition gets probability 0.
const MIN_ERROR: f32 = 1e-3;

/// A tree whose inner nodes hold the sums of the leaves below; one leaf per slot of the replay buffer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SumTree {
    /// Number of leaves, a power of two.
    leaves: usize,
    /// Node 1 is the root, the children of `n` are `2n` and `2n + 1`.
    sums: Vec<f64>,
    /// Largest priority so far, which new transitions get.
    largest: f32,
}

impl SumTree {
    /// The tree over `slots` slots of which the first have these priorities; none if they do not fit or are broken.
    pub fn of(priorities: &[f32], largest: f32, slots: usize) -> Option<Self> {
        let sound = priorities.iter().chain([&largest]).all(|priority| *priority > 0.0);
        if !sound || priorities.len() > slots {
            return None;
        }
        let mut tree = Self { largest, ..Self::new(slots) };
        let leaves = tree.sums[tree.leaves..].iter_mut();
        leaves.zip(priorities).for_each(|(leaf, priority)| *leaf = f64::from(*priority));
        // Each sum is that of its two children, as it always is: the same bits.
        for node in (1..tree.leaves).rev() {
            tree.sums[node] = tree.sums[2 * node] + tree.sums[2 * node + 1];
        }
        Some(tree)
    }

    /// Priorities of the slots that were ever filled, the first first: every one is above 0.
    pub fn filled(&self) -> impl Iterator<Item = f32> {
        self.sums[self.leaves..].iter().map(|priority| *priority as f32).take_while(|priority| *priority > 0.0)
    }

    /// The largest priority so far.
    pub fn largest(&self) -> f32 {
        self.largest
    }

    pub fn new(slots: usize) -> Self {
        let leaves = slots.next_power_of_two();
        Self { leaves, sums: vec![0.0; 2 * leaves], largest: 1.0 }
    }

    /// Gives the new transition in `slot` the largest priority so far.
    pub fn insert(&mut self, slot: usize) {
        self.set(slot, self.largest);
    }

    /// Sets the priority of `slot` from the latest temporal-difference error of its transition; `exponent` is the paper's
    /// alpha.
    pub fn update(&mut self, slot: usize, error: f32, exponent: f64) {
        let priority = (error.abs() + MIN_ERROR).powf(exponent as f32);
        self.largest = self.largest.max(priority);
        self.set(slot, priority);
    }

    fn set(&mut self, slot: usize, priority: f32) {
        let mut node = self.leaves + slot;
        self.sums[node] = f64::from(priority);
        while node > 1 {
            node /= 2;
            self.sums[node] = self.sums[2 * node] + self.sums[2 * node + 1];
        }
    }

    /// Draws a slot; returns it and its probability.
    pub fn draw(&self, rng: &mut RngStream) -> (usize, f32) {
        let mut rest = rng.random::<f64>() * self.sums[1];
        let mut node = 1;
        while node < self.leaves {
            node *= 2;
            // Never goes right into an empty subtree: rounding must not lead to an empty slot.
            if rest >= self.sums[node] && self.sums[node + 1] > 0.0 {
                rest -= self.sums[node];
                node += 1;
            }
        }
        (node - self.leaves, (self.sums[node] / self.sums[1]) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};

    #[test]
    fn slots_are_drawn_in_proportion_to_a_power_of_their_errors() {
        let mut priorities = SumTree::new(5);
        (0..5).for_each(|slot| priorities.insert(slot));
        for (slot, error) in [(0, 9.0), (1, 4.0), (2, 1.0), (3, 0.0), (4, 16.0)] {
            priorities.update(slot, error, 0.5);
        }
        let mut rng = stream(1, 0, RngPurpose::Replay);
        let mut counts = [0_u32; 5];
        for _ in 0..20_000 {
            let (slot, probability) = priorities.draw(&mut rng);
            counts[slot] += 1;
            assert!(probability > 0.0 && probability < 1.0);
        }
        // Roots of the errors: 3, 2, 1, about 0.03 and 4, of a sum of 10.
        for (count, share) in counts.into_iter().zip([0.3, 0.2, 0.1, 0.003, 0.4]) {
            assert!((f64::from(count) / 20_000.0 - share).abs() < 0.015, "{counts:?}");
        }
    }

    #[test]
    fn deserialised_priorities_have_the_same_sums() {
        let mut priorities = SumTree::new(11);
        (0..7).for_each(|slot| priorities.insert(slot));
        (0..7).for_each(|slot| priorities.update(slot, (slot as f32).sin() * 3.0, 0.6));
        priorities.insert(2);
        let (filled, largest) = (priorities.filled().collect::<Vec<_>>(), priorities.largest());
        assert_eq!(filled.len(), 7);
        assert_eq!(SumTree::of(&filled, largest, 11), Some(priorities));
        let refused = |filled: &[f32], slots| SumTree::of(filled, largest, slots).is_none();
        assert!(refused(&filled, 6) && refused(&[1.0, 0.0], 11) && refused(&[1.0, -1.0], 11));
    }

    #[test]
    fn a_new_transition_is_as_likely_as_the_most_likely_one() {
        let mut priorities = SumTree::new(2);
        priorities.insert(0);
        priorities.update(0, 5.0, 1.0);
        priorities.insert(1);
        let (slot, probability) = priorities.draw(&mut stream(1, 0, RngPurpose::Replay));
        assert!(slot < 2 && (probability - 0.5).abs() < 1e-3);
    }
}
