//! What is counted on the heap: a program of its own, because there is one allocator for the whole process.

mod fuzz;
mod heap;
mod no_allocation;
#[path = "../support/older_program.rs"]
mod older_program;
