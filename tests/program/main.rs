//! The command line as a user meets it: the real binary, its exit codes, its sentences and its files.

mod evaluation;
mod forecasts;
mod listing;
mod refusals;
mod runs;
#[cfg(unix)]
mod stopping;
mod study;
#[path = "../support/mod.rs"]
mod support;
mod tuning;
