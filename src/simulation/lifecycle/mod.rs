//! The life of a run: set up, written down, saved, gone back, resumed and shut down.
//!
//! Owns the resources of a run in progress and everything that ties it to its run folder. It calls [`crate::storage`] for
//! files and knows no format.

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
