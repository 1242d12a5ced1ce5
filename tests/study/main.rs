//! `resonetics study` as a user runs it: the binary, its folder, its tables and its errors.

#[path = "../program/mod.rs"]
mod program;
mod refusals;
mod repeated;
