//! Resonetics: a living cluster that an AI learns to keep alive.
//!
//! The rooms, from the pure to the visible:
//!
//! | room | owns |
//! |---|---|
//! | [`settings`] | every number a user may change |
//! | [`schema`] | what the program's own binary files hold |
//! | [`cluster`] | the environment |
//! | [`trace`] | importers of real telemetry |
//! | [`learner`] | Pilot, Prophet and how they learn; burn lives here |
//! | [`policy`] | one trait, many minds |
//! | [`record`] | the run folder and its files |
//! | [`blackbox`] | what a collapse leaves behind, and playing it again |
//! | [`tick`] | the ECS: one schedule, many clusters |
//! | [`evaluate`] | policies compared over episodes |
//! | [`study`] | many trainings compared by one command |
//! | [`inspect`] | what a file is, and whether it is intact |
//! | [`tune`] | which settings an agent learns best with |
//! | `view`, `overlay` | the window (feature `visual`) |
//! | [`cli`] | the commands |

pub mod blackbox;
mod bounded;
pub mod cli;
pub mod cluster;
pub mod evaluate;
pub mod inspect;
pub mod learner;
#[cfg(feature = "visual")]
pub mod overlay;
pub mod policy;
pub mod record;
pub mod schema;
pub mod settings;
pub mod study;
pub mod tick;
pub mod trace;
pub mod tune;
#[cfg(feature = "visual")]
pub mod view;
