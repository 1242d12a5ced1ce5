//! `resonetics study` as a user runs it: the binary, its folder, its tables and its errors.

mod refusals;
mod repeated;
mod worlds;
