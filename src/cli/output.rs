//! Standard output and standard error. Nobody may be reading them any more (`head`, a closed terminal), or they lie on a full
//! disk; that must not end a run, so nothing here fails or panics.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

/// Why standard output was first refused, unless its reader just left.
static REFUSAL: OnceLock<io::Error> = OnceLock::new();

/// Writes to standard output.
pub(super) fn write_out(text: Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        // The first one counts.
        let _ = REFUSAL.set(error);
    }
}

/// Writes to standard error, in one piece.
pub(super) fn write_err(text: Arguments<'_>) {
    // There is no other place that could be told.
    let _ = io::stderr().write_all(text.to_string().as_bytes());
}

/// Why standard output could not be written, if it could not, as a sentence. A reader that left early, as `head` does, is no
/// reason.
pub(super) fn refusal() -> Option<String> {
    REFUSAL.get().map(|error| format!("the output could not be written in full: {error}"))
}

/// Writes a text to standard output.
macro_rules! out {
    ($($part:tt)*) => { $crate::cli::output::write_out(format_args!($($part)*)) };
}

/// Writes a line to standard output.
macro_rules! outln {
    ($($part:tt)*) => { $crate::cli::output::write_out(format_args!("{}\n", format_args!($($part)*))) };
}

/// Writes a line to standard error.
macro_rules! errln {
    ($($part:tt)*) => { $crate::cli::output::write_err(format_args!("{}\n", format_args!($($part)*))) };
}

pub(super) use {errln, out, outln};
