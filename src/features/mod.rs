//! Features: the inputs of the networks, computed from observations.
//!
//! Owns the agent's belief about cells out of view and the Pilot's input made from it, the trends that the Prophet is given,
//! and the symmetries of the torus. Knows the settings and the cluster; no burn, no Bevy, no files, no clocks. Nothing here
//! learns.

mod belief;
mod encoder;
pub mod growth;
#[cfg(feature = "learn")]
mod saved;
mod symmetry;
mod trends;

pub use belief::{Belief, CellBelief, Target};
pub use encoder::{FeatureEncoder, PilotInput};
#[cfg(feature = "learn")]
pub(crate) use encoder::{MAX_LENGTH, NUMBERS_PER_TARGET, TARGET_CELLS};
pub use symmetry::Symmetry;
pub use trends::{ProphetInput, TrendTracker};
