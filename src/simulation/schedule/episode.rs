//! The running episode of a cluster: its number, its seed and the sums for its row in `episodes.csv`.

use crate::cluster::{RewardTerms, RngPurpose, derive_seed};
use bevy_ecs::component::Component;

/// The running episode of a cluster, and sums over its steps.
#[derive(Component, Debug, Clone, PartialEq)]
pub struct Episode {
    /// Seed from which the seeds of all episodes of this cluster derive.
    pub(in crate::simulation) root: u64,
    /// Number of earlier episodes of this cluster.
    pub number: u64,
    /// Steps so far.
    pub steps: u32,
    /// Sum of each reward term.
    pub reward: RewardTerms,
    /// Sum and maximum of the mean load.
    pub load: SumAndMax,
    /// Sum and maximum of the risk.
    pub risk: SumAndMax,
    /// Sum and maximum of the effective epsilon.
    pub epsilon: SumAndMax,
    /// Steps that were handed over to the guide.
    pub handed_over: u32,
    /// Steps that a person drove.
    pub manual: u32,
    /// Budget spent.
    pub spent: f64,
}

/// A sum, a maximum and a count.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SumAndMax {
    pub(in crate::simulation) sum: f64,
    pub(in crate::simulation) max: f64,
    pub(in crate::simulation) count: u32,
}

impl SumAndMax {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        self.max = if self.count == 0 { number } else { self.max.max(number) };
        self.sum += number;
        self.count += 1;
    }

    /// Mean of the numbers; 0 of none.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / f64::from(self.count) }
    }

    /// Largest of the numbers; 0 of none.
    pub fn max(&self) -> f64 {
        self.max
    }
}

impl Episode {
    /// The first episode of cluster `index` in a run of `seed`.
    pub fn first(seed: u64, index: usize) -> Self {
        Self::numbered(derive_seed(seed, index as u64, RngPurpose::Episodes), 0)
    }

    fn numbered(root: u64, number: u64) -> Self {
        Self {
            root,
            number,
            steps: 0,
            reward: RewardTerms::default(),
            load: SumAndMax::default(),
            risk: SumAndMax::default(),
            epsilon: SumAndMax::default(),
            handed_over: 0,
            manual: 0,
            spent: 0.0,
        }
    }

    /// Whether this is an episode of the same cluster and run as `other`.
    pub(in crate::simulation) fn has_same_root(&self, other: &Self) -> bool {
        self.root == other.root
    }

    /// Goes on to the next episode.
    pub fn advance(&mut self) {
        *self = Self::numbered(self.root, self.number + 1);
    }

    /// Seed of this episode: with the scenario, it determines all random events.
    pub fn seed(&self) -> u64 {
        derive_seed(self.root, self.number, RngPurpose::Episodes)
    }
}
