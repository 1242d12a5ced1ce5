//! Values of a cluster as files hold them, and back: random streams, actions, observations, outcomes, effects, rewards,
//! interventions, slices of traces.

use super::{
    Action, Effect, Intervention, Observation, Outcome, Region, RewardTerm, RewardTerms, RngStream, TraceSlice,
};
use super::{CollapseCause, TERMS};
use crate::schema::{
    Finite, Packed, SavedEffect, SavedIntervention, SavedOutcome, SavedReward, SavedRng, SavedTraceSlice,
};

impl RngStream {
    /// Its key and how much of it was drawn.
    pub(crate) fn to_saved(&self) -> SavedRng {
        let (key, position) = self.key_and_position();
        SavedRng { key: key[..].into(), position }
    }

    /// The stream at that position.
    ///
    /// # Errors
    /// A key of another length.
    pub(crate) fn from_saved(saved: &SavedRng) -> Result<Self, &'static str> {
        Ok(Self::at(saved.key.array()?, saved.position))
    }
}

impl Action {
    /// Its index as files hold it.
    pub(crate) fn code(self) -> u8 {
        self.index() as u8
    }

    /// The action of an index.
    ///
    /// # Errors
    /// An unknown index.
    pub(crate) fn from_code(code: u8) -> Result<Self, &'static str> {
        Self::ALL.get(usize::from(code)).copied().ok_or("it names an unknown action")
    }

    /// The actions of a list of indices.
    ///
    /// # Errors
    /// As [`Action::from_code`].
    pub(crate) fn from_codes(codes: &Packed<u8>) -> Result<Vec<Self>, &'static str> {
        codes.iter().map(Self::from_code).collect()
    }
}

impl Observation {
    /// Its numbers.
    pub(crate) fn to_saved(self) -> Packed<f32> {
        self.0[..].into()
    }

    /// The observation of these numbers.
    ///
    /// # Errors
    /// Another number of them.
    pub(crate) fn from_saved(saved: &Packed<f32>) -> Result<Self, &'static str> {
        saved.array().map(Self)
    }
}

impl From<Outcome> for SavedOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Running => Self::Running,
            Outcome::Truncated => Self::Truncated,
            Outcome::Terminated(CollapseCause::CriticalOom) => Self::CriticalOom,
            Outcome::Terminated(CollapseCause::OomLimit) => Self::OomLimit,
            Outcome::Terminated(CollapseCause::Overload) => Self::Overload,
        }
    }
}

impl From<SavedOutcome> for Outcome {
    fn from(saved: SavedOutcome) -> Self {
        match saved {
            SavedOutcome::Running => Self::Running,
            SavedOutcome::Truncated => Self::Truncated,
            SavedOutcome::CriticalOom => Self::Terminated(CollapseCause::CriticalOom),
            SavedOutcome::OomLimit => Self::Terminated(CollapseCause::OomLimit),
            SavedOutcome::Overload => Self::Terminated(CollapseCause::Overload),
        }
    }
}

impl From<Effect> for SavedEffect {
    fn from(effect: Effect) -> Self {
        let Effect { spent, cleaned, priority, hotspots, scaled, refused } = effect;
        Self {
            spent: Finite(spent),
            cleaned: cleaned.map(Finite),
            priority: Finite(priority),
            hotspots: hotspots as u64,
            scaled: scaled as u64,
            refused: Finite(refused),
        }
    }
}

impl From<SavedEffect> for Effect {
    fn from(saved: SavedEffect) -> Self {
        let SavedEffect { spent, cleaned, priority, hotspots, scaled, refused } = saved;
        Self {
            spent: spent.0,
            cleaned: cleaned.map(|cleaned| cleaned.0),
            priority: priority.0,
            hotspots: hotspots as usize,
            scaled: scaled as usize,
            refused: refused.0,
        }
    }
}

impl From<RewardTerms> for SavedReward {
    fn from(terms: RewardTerms) -> Self {
        let term = |term: RewardTerm| Finite(terms.0[term as usize]);
        Self {
            step: term(RewardTerm::Step),
            clean: term(RewardTerm::Clean),
            scale: term(RewardTerm::Scale),
            refused: term(RewardTerm::Refused),
            oom: term(RewardTerm::Oom),
            critical_oom: term(RewardTerm::CriticalOom),
            load: term(RewardTerm::Load),
            collapse: term(RewardTerm::Collapse),
            spend: term(RewardTerm::Spend),
            potential: term(RewardTerm::Potential),
        }
    }
}

impl From<SavedReward> for RewardTerms {
    fn from(saved: SavedReward) -> Self {
        let mut terms = [0.0; TERMS];
        for term in RewardTerm::ALL {
            let Finite(number) = match term {
                RewardTerm::Step => saved.step,
                RewardTerm::Clean => saved.clean,
                RewardTerm::Scale => saved.scale,
                RewardTerm::Refused => saved.refused,
                RewardTerm::Oom => saved.oom,
                RewardTerm::CriticalOom => saved.critical_oom,
                RewardTerm::Load => saved.load,
                RewardTerm::Collapse => saved.collapse,
                RewardTerm::Spend => saved.spend,
                RewardTerm::Potential => saved.potential,
            };
            terms[term as usize] = number;
        }
        Self(terms)
    }
}

impl From<Intervention> for SavedIntervention {
    fn from(intervention: Intervention) -> Self {
        match intervention {
            Intervention::Spike { cell, steps } => Self::Spike { cell, steps },
            Intervention::Leak { cell, per_step } => Self::Leak { cell, per_step: Finite(per_step) },
            Intervention::Kill { cell } => Self::Kill { cell },
            Intervention::Heal { cell } => Self::Heal { cell },
            Intervention::Prioritise { cell, priority } => Self::Prioritise { cell, priority: Finite(priority) },
            Intervention::Outage { region: Region { middle, radius }, steps } => Self::Outage { middle, radius, steps },
            Intervention::Storm { region: Region { middle, radius }, steps } => Self::Storm { middle, radius, steps },
        }
    }
}

impl From<SavedIntervention> for Intervention {
    fn from(saved: SavedIntervention) -> Self {
        match saved {
            SavedIntervention::Spike { cell, steps } => Self::Spike { cell, steps },
            SavedIntervention::Leak { cell, per_step } => Self::Leak { cell, per_step: per_step.0 },
            SavedIntervention::Kill { cell } => Self::Kill { cell },
            SavedIntervention::Heal { cell } => Self::Heal { cell },
            SavedIntervention::Prioritise { cell, priority } => Self::Prioritise { cell, priority: priority.0 },
            SavedIntervention::Outage { middle, radius, steps } => {
                Self::Outage { region: Region { middle, radius }, steps }
            }
            SavedIntervention::Storm { middle, radius, steps } => {
                Self::Storm { region: Region { middle, radius }, steps }
            }
        }
    }
}

impl TraceSlice {
    /// The slice of the trace with this name and hash.
    pub(crate) fn to_saved(&self, name: String, fingerprint: u64) -> SavedTraceSlice {
        SavedTraceSlice {
            name,
            fingerprint,
            rows: self.rows,
            first: self.first,
            step_s: Finite(self.step_s),
            measured: self.measured.iter().map(|measured| u8::from(*measured)).collect(),
            cpu: self.cpu[..].into(),
            memory: self.memory[..].into(),
        }
    }

    /// The slice of a file. [`TraceSlice::load`] checks whether its numbers are consistent.
    pub(crate) fn from_saved(saved: &SavedTraceSlice) -> Self {
        Self {
            rows: saved.rows,
            first: saved.first,
            step_s: saved.step_s.0,
            measured: saved.measured.iter().map(|measured| measured != 0).collect(),
            cpu: saved.cpu.to_vec(),
            memory: saved.memory.to_vec(),
        }
    }
}
