//! The command line as a user meets it: the real binary, its exit codes, its sentences and its files.

mod forecasts;
mod listing;
#[path = "../program/mod.rs"]
mod program;
mod refusals;
mod runs;
#[cfg(unix)]
mod stopping;
