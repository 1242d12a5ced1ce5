//! The environment: a torus of cells that always decays, and one agent on it (docs/design.md).
//!
//! Owns the cells' state, the actions, entropy, termination, the observation and the reward. Pure Rust: no
//! Bevy, no burn, no file, no clock. Nothing here allocates after [`Cluster::new`], unless a person intervenes.
//!
//! ```
//! use resonetics::cluster::{Action, Cluster, Outcome};
//! use resonetics::settings::{RewardSettings, Scenario};
//!
//! let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
//! cluster.reset(7);
//! let step = cluster.step(Action::MemoryClean);
//! assert_eq!(step.outcome, Outcome::Running);
//! ```

mod action;
mod entropy;
mod fingerprint;
mod intervention;
mod observation;
mod outcome;
mod reset;
mod reward;
mod rng;
#[cfg(feature = "learn")]
mod saved;
#[cfg(feature = "learn")]
mod snapshot;
mod state;
mod text;
pub mod torus;
mod trace_load;
mod trace_slice;

pub use action::{Action, Effect, urgency};
pub use intervention::{Intervention, Region};
pub use observation::{OBSERVATION, Observation, PATCH, STATISTICS, Statistics};
pub use outcome::{CollapseCause, Outcome};
pub use reward::{RewardTerm, RewardTerms, TERMS};
pub use rng::{RngPurpose, RngStream, derive_seed, stream};
pub use state::{CRITICAL, Cells, Cluster, HOTSPOT, OOM};
pub(crate) use text::{ParseError, Tokens};
pub use trace_load::TraceLoad;
pub use trace_slice::TraceSlice;

/// What one step brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepResult {
    /// The weighted reward, term by term.
    pub reward: RewardTerms,
    /// Whether the episode goes on.
    pub outcome: Outcome,
}

impl Cluster {
    /// The part of the trace that the running episode has met; none under synthetic load.
    pub fn trace_slice(&self) -> Option<TraceSlice> {
        let load = self.load.as_ref()?;
        let mut beginning = load.clone();
        beginning.begin(self.seed);
        Some(TraceSlice::of(load, beginning.place(), self.time, self.cells.cpu.len()))
    }

    /// Hash of the trace that drives it, if one does.
    pub fn trace_fingerprint(&self) -> Option<u64> {
        self.load.as_ref().map(TraceLoad::fingerprint)
    }

    /// One whole step: the action, entropy, and the judgement of both. The tick's stages call the same three
    /// parts one by one.
    pub fn step(&mut self, action: Action) -> StepResult {
        let effect = self.act(action);
        self.decay();
        self.judge(&effect)
    }
}
