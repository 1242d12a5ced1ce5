//! The binary: parse, run one command, map errors to exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    resonetics::cli::main()
}
