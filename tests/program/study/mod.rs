//! `resonetics study` as a user meets it: the real binary, its folder, its tables and its refusals.

mod refusals;
mod repeated;
