//! The life cycle of a run: setting up, rows and checkpoints, rewinding, resuming, shutdown.
//!
//! Owns the resources of the current run and its connection to the run folder. It calls [`crate::storage`] for files, and knows
//! what a run state contains but no file format.

mod retry_queue;
pub(in crate::simulation) mod rewind;
pub(in crate::simulation) mod run_writer;
mod saved_agent;
mod setup;
mod shutdown;
mod snapshot;

pub use run_writer::{RunNotice, RunWriter, record_steps, save_checkpoint};
pub use setup::{ActiveLearner, ActiveSettings, Simulation, SimulationError};
pub use shutdown::{RunEnd, shut_down};
pub use snapshot::largest_state;
