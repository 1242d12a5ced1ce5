//! Black boxes: what a collapse leaves behind, and what can be told from it.
//!
//! Owns the course of an episode (everything that was done to it, and a hash of every state), the file in which a
//! collapse is kept, its re-simulation and the report about it. Knows settings, cluster, brain (what a decision is) and
//! the frame of a file; no Bevy, no window.

mod check;
mod course;
mod file;
mod moment;
mod player;
mod report;
mod verify;

pub use course::{Course, Driven, LONGEST_COURSE, Link, Outside};
pub use file::{BlackBox, BlackBoxError, TraceIdentity};
pub(crate) use file::{format_version, read};
pub use moment::{Moment, Thought};
pub use player::{Deed, Played, Player};
pub use report::report;
pub use verify::{Difference, Verdict};
