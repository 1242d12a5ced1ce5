//! Take-overs: a person drives an agent while the policies that could act instead continue on copies of the cluster.
//!
//! Owns the drive in progress, its rivals, the report of the last drive, and their state in checkpoints.

pub(in crate::simulation) mod drive;
pub(in crate::simulation) mod state;

pub use drive::{DriveReport, EpisodeProgress, ManualControl, ManualDrive, Rival, StandIn, advice, stand_ins};
