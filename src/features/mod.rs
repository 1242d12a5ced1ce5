//! What the networks are given, worked out of observations: the Pilot's input with what the agent believes of the cells
//! that it does not see, the Prophet's input with the trends of the whole, and the symmetries of the torus.
//!
//! Pure Rust: knows settings and the cluster; no burn, no Bevy, no files, no clocks. Nothing here learns.

mod belief;
mod encoder;
pub mod growth;
#[cfg(feature = "learn")]
mod saved;
mod symmetry;
mod trends;

pub use belief::{Belief, CellBelief, Target};
pub(crate) use encoder::{CELLS, LONGEST, PER_CELL};
pub use encoder::{FeatureEncoder, PilotInput};
pub use symmetry::Symmetry;
pub use trends::{ProphetInput, TrendTracker};
