//! The environment: a torus of cells that always decays, and one agent on it (docs/model.md).
//!
//! Owns the cells' state, the actions, entropy, termination, the observation and the reward. Pure Rust: no Bevy, no burn, no
//! files, no clocks. Nothing here allocates after [`Cluster::new`], except interventions.
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

/// Reward and outcome of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepResult {
    /// The weighted reward, term by term.
    pub reward: RewardTerms,
    /// Whether and how the episode ended.
    pub outcome: Outcome,
}

impl Cluster {
    /// The part of the trace that drove the running episode so far; `None` under synthetic load.
    pub fn trace_slice(&self) -> Option<TraceSlice> {
        let load = self.load.as_ref()?;
        let mut start = load.clone();
        start.begin(self.seed);
        Some(TraceSlice::recorded(load, start.position(), self.time, self.cells.cpu.len()))
    }

    /// Hash of the trace that drives the cluster, if any.
    pub fn trace_fingerprint(&self) -> Option<u64> {
        self.load.as_ref().map(TraceLoad::fingerprint)
    }

    /// One environment step: [`Cluster::act`], [`Cluster::decay`] and [`Cluster::judge`]. The stages of a tick call these
    /// one by one.
    pub fn step(&mut self, action: Action) -> StepResult {
        let effect = self.act(action);
        self.decay();
        self.judge(&effect)
    }
}
