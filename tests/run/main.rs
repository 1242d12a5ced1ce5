//! Runs: the schedule of a tick, what people do to a run, and the promise that the same seed gives the same bytes,
//! whatever happens to the process or to the disk.

mod commands_file;
mod determinism;
#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod kill;
mod qtable;
mod resume;
#[path = "../support/running.rs"]
mod running;
mod schedule;
#[path = "../support/mod.rs"]
mod support;
