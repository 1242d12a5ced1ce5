//! The reward: a weighted sum of terms, each switchable and logged on its own (docs/model.md, "Reward").

use super::{Cluster, Effect, StepResult};

/// Number of terms.
pub const TERMS: usize = RewardTerm::ALL.len();

/// Discount of the potential shaping, fixed by the model; the Pilot's own discount is a setting.
const POTENTIAL_DISCOUNT: f64 = 0.99;
/// Cleaning less than this is a waste and earns [`WASTED`].
const WORTHWHILE: f64 = 0.2;
const WASTED: f64 = -0.1;
/// Cleaning this much or more earns full credit.
const FULL_CREDIT: f64 = 1.5;

/// A term of the reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewardTerm {
    /// Every step.
    Step,
    /// A clean-up, by what it cleaned.
    Clean,
    /// A scale action, by the share of hotspots it relieved.
    Scale,
    /// An action that did nothing.
    Refused,
    /// Cells out of memory.
    Oom,
    /// Critical cells out of memory.
    CriticalOom,
    /// Fall of the mean load.
    Load,
    /// Collapse.
    Collapse,
    /// Budget spent.
    Spend,
    /// Potential shaping.
    Potential,
}

impl RewardTerm {
    /// All terms, in the order of their index.
    pub const ALL: [Self; 10] = [
        Self::Step,
        Self::Clean,
        Self::Scale,
        Self::Refused,
        Self::Oom,
        Self::CriticalOom,
        Self::Load,
        Self::Collapse,
        Self::Spend,
        Self::Potential,
    ];

    /// Column name in `episodes.csv`.
    pub fn column(self) -> &'static str {
        match self {
            Self::Step => "reward_step",
            Self::Clean => "reward_clean",
            Self::Scale => "reward_scale",
            Self::Refused => "reward_refused",
            Self::Oom => "reward_oom",
            Self::CriticalOom => "reward_critical_oom",
            Self::Load => "reward_load",
            Self::Collapse => "reward_collapse",
            Self::Spend => "reward_spend",
            Self::Potential => "reward_potential",
        }
    }
}

/// The reward of a step as weighted terms, by index of [`RewardTerm`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RewardTerms(pub [f64; TERMS]);

impl RewardTerms {
    /// The reward: the sum of the terms.
    pub fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    /// Adds the terms of another step.
    pub fn add(&mut self, other: &Self) {
        for (sum, term) in self.0.iter_mut().zip(other.0) {
            *sum += term;
        }
    }
}

/// State before the step, for terms that are differences.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct PreviousState {
    pub load: f64,
    pub potential: f64,
}

impl Cluster {
    /// Computes reward and outcome, the third part of a step; `effect` is that of its action.
    pub fn judge(&mut self, effect: &Effect) -> StepResult {
        let (oom, critical) = self.out_of_memory();
        self.outcome = self.determine_outcome(oom, critical);
        let collapsed = self.outcome.is_collapse();
        let clean = effect.cleaned.map_or(0.0, |cleaned| {
            if cleaned < WORTHWHILE { WASTED } else { (cleaned / FULL_CREDIT).min(1.0) * (1.0 + effect.priority) }
        });
        let scale = if effect.hotspots > 0 { effect.scaled as f64 / effect.hotspots as f64 } else { 0.0 };
        let potential = if collapsed { 0.0 } else { self.potential() };
        let weights = &self.weights;
        let weighted = |weight: f64, term: f64| if weight == 0.0 { 0.0 } else { weight * term };
        let terms = [
            weights.step,
            weighted(weights.clean, clean),
            weighted(weights.scale, scale),
            weighted(weights.refused, effect.refused),
            weighted(weights.oom, oom as f64),
            weighted(weights.critical_oom, critical as f64),
            weighted(weights.load, self.before.load - self.mean_load()),
            weighted(weights.collapse, f64::from(u8::from(collapsed))),
            weighted(weights.spend, effect.spent),
            weighted(weights.potential, POTENTIAL_DISCOUNT * potential - self.before.potential),
        ];
        StepResult { reward: RewardTerms(terms), outcome: self.outcome }
    }

    /// The potential `F = -sum (1 + [critical]) * mem^3`.
    pub(super) fn potential(&self) -> f64 {
        let cells = self.cells.mem.iter().zip(&self.cells.priority);
        let sum: f32 = cells
            .map(|(mem, priority)| (1.0 + f32::from(u8::from(*priority > super::CRITICAL))) * mem * mem * mem)
            .sum();
        -f64::from(sum)
    }
}
