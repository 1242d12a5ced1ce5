//! The command line as a user runs it: the binary, its exit codes, its messages and its files.

mod forecasts;
mod listing;
#[path = "../program/mod.rs"]
mod program;
mod refusals;
mod runs;
#[cfg(unix)]
mod stopping;
