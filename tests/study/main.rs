//! `resonetics study` as a user meets it: the real binary, its folder, its tables and its refusals.

#[path = "../program/mod.rs"]
mod program;
mod refusals;
mod repeated;
