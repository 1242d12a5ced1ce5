//! Black boxes: recordings of episodes that ended in a collapse, their replay, and reports about them.
//!
//! Owns the action log of an episode (everything that was done in it, and a hash of every state), the file of a black box,
//! its replay and verification, and the post-mortem. Knows settings, cluster, learning (what a decision is) and the envelope
//! of binary files; no Bevy, no window.

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
