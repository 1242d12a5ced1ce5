//! Prioritised sampling (Schaul et al. 2016): transitions are drawn in proportion to a power of their latest error.

use crate::cluster::RngStream;
use rand::RngExt;
use serde::{Deserialize, Serialize, Serializer};

/// Added to every error, so that no transition gets probability 0.
const MIN_ERROR: f32 = 1e-3;

/// A tree whose inner nodes hold the sums of the leaves below; one leaf per slot of the replay buffer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "StoredPriorities")]
pub(super) struct SumTree {
    /// Number of leaves, a power of two.
    leaves: usize,
    /// Node 1 is the root, the children of `n` are `2n` and `2n + 1`.
    sums: Vec<f64>,
    /// Largest priority so far, which new transitions get.
    largest: f32,
}

/// The serialised form, without the sums, which follow from the rest.
#[derive(Serialize, Deserialize)]
struct StoredPriorities {
    /// Priorities of the filled slots, in order.
    slots: Vec<f32>,
    largest: f32,
}

impl From<StoredPriorities> for SumTree {
    /// Incomplete until [`SumTree::rebuild`] has added the sums.
    fn from(StoredPriorities { slots, largest }: StoredPriorities) -> Self {
        Self { leaves: 0, sums: slots.into_iter().map(f64::from).collect(), largest }
    }
}

impl Serialize for SumTree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Priorities are above 0, so a 0 marks the first slot that was never filled.
        let filled = self.sums[self.leaves..].iter().map(|priority| *priority as f32);
        StoredPriorities { slots: filled.take_while(|priority| *priority > 0.0).collect(), largest: self.largest }
            .serialize(serializer)
    }
}

impl SumTree {
    /// Rebuilds the sums of a deserialised tree for `slots` slots, of which `filled` are in use; false if the number of
    /// priorities differs or one is invalid.
    pub fn rebuild(&mut self, slots: usize, filled: usize) -> bool {
        let valid = |priority: f64| priority.is_finite() && priority > 0.0;
        if self.sums.len() != filled || filled > slots {
            return false;
        }
        if !self.sums.iter().all(|priority| valid(*priority)) || !valid(f64::from(self.largest)) {
            return false;
        }
        let empty = Self::new(slots);
        let priorities = std::mem::replace(&mut self.sums, empty.sums);
        self.leaves = empty.leaves;
        self.sums[empty.leaves..][..filled].copy_from_slice(&priorities);
        // Added in the same order as in `set`, so that the sums have the same bits.
        for node in (1..self.leaves).rev() {
            self.sums[node] = self.sums[2 * node] + self.sums[2 * node + 1];
        }
        true
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
        let bytes = postcard::to_stdvec(&priorities).unwrap();
        let mut restored: SumTree = postcard::from_bytes(&bytes).unwrap();
        let refused = |slots, filled| !restored.clone().rebuild(slots, filled);
        assert!(refused(11, 6) && refused(6, 7));
        let mut broken = restored.clone();
        broken.sums[3] = f64::NAN;
        assert!(!broken.rebuild(11, 7));
        assert!(restored.rebuild(11, 7));
        assert_eq!(restored, priorities);
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
