//! Black boxes: what a collapse leaves behind, and what can be told from it.
//!
//! Owns the course of an episode (everything that was done to it, and a hash of every state), the file in which a
//! collapse is kept, its re-simulation and the report about it. Knows settings, cluster, brain (what a decision is) and
//! the frame of a file; no Bevy, no window.

mod action_log;
mod check;
mod file;
mod player;
mod report;
mod step_record;
mod verify;

pub use action_log::{ActionLog, ChainHash, ExternalEvent, MAX_MOMENTS, ManualSpans};
pub(crate) use file::{BLACK_BOX, read};
pub use file::{BlackBox, BlackBoxError, TraceIdentity};
pub use player::{EpisodePlayer, PlayedEvent, PlayedStep};
pub use report::report;
pub use step_record::{AgentRecord, StepRecord};
pub use verify::{Divergence, Verification};
