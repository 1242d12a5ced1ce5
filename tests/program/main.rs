//! The command line as a user runs it: the binary, its exit codes, its messages and its files.

mod evaluation;
mod forecasts;
mod learning;
mod listing;
mod outputs;
mod refusals;
#[path = "../support/running.rs"]
mod running;
mod runs;
#[cfg(unix)]
mod stopping;
mod study;
#[path = "../support/mod.rs"]
mod support;
mod tuning;
