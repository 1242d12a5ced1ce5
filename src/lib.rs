//! Resonetics: a cluster that decays, and an agent that learns to keep it alive.
//!
//! The rooms, each of which knows only those above it:
//!
//! | room | owns | feature |
//! |---|---|---|
//! | `bounded` | files read up to a limit | |
//! | `schema` | the content of the binary files of the program | `learn` |
//! | [`settings`] | every number a user may change | |
//! | [`trace`] | importers of real telemetry | |
//! | [`cluster`] | the environment | |
//! | [`features`] | the inputs of the networks | |
//! | [`policy`] | the policy trait and the scripted baselines | |
//! | `learning` | Pilot and Prophet and how they learn; burn lives here | `learn` |
//! | `storage` | the run folder, file formats, models in and out | `learn` |
//! | `blackbox` | recordings of collapses, and their replay | `learn` |
//! | `evaluate` | policies compared over episodes | `learn` |
//! | `simulation` | the ECS: one schedule, many clusters | `run` |
//! | `study` | many trainings compared by one command | `run` |
//! | `tune` | the search for settings that an agent learns best with | `run` |
//! | `inspect` | what a file is, and whether it is intact | `run` |
//! | `view`, `overlay` | the window | `visual` |
//! | `cli` | the commands of the program | `run` |
//!
//! Each feature contains the one before it. Without any, the library is the environment alone: `cargo build
//! --no-default-features` compiles neither burn nor Bevy.

#![cfg_attr(
    not(feature = "run"),
    expect(
        dead_code,
        unused_imports,
        reason = "some helpers of the lower rooms serve only rooms that this build leaves out"
    )
)]

#[cfg(test)]
mod architecture;
#[cfg(feature = "learn")]
pub mod blackbox;
mod bounded;
#[cfg(feature = "run")]
pub mod cli;
pub mod cluster;
#[cfg(feature = "learn")]
pub mod evaluate;
pub mod features;
#[cfg(feature = "run")]
pub mod inspect;
#[cfg(feature = "learn")]
pub mod learning;
#[cfg(feature = "visual")]
pub mod overlay;
pub mod policy;
#[cfg(feature = "learn")]
pub mod schema;
pub mod settings;
#[cfg(feature = "run")]
pub mod simulation;
#[cfg(feature = "learn")]
pub mod storage;
#[cfg(feature = "run")]
pub mod study;
pub mod trace;
#[cfg(feature = "run")]
pub mod tune;
#[cfg(feature = "visual")]
pub mod view;
