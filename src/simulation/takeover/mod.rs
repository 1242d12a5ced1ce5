//! Taking over: a person drives an agent by hand while those who could act in the person's place play on beside it.
//!
//! Owns the drive in progress, its rivals, the report of how it went, and what of all that a checkpoint keeps.

pub(in crate::simulation) mod drive;
pub(in crate::simulation) mod state;

pub use drive::{DriveReport, EpisodeProgress, ManualControl, ManualDrive, Rival, StandIn, advice, stand_ins};
