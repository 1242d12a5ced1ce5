//! Standard output. Its reader may close it early, as `head` does: that is neither a failure nor a panic.

use std::fmt::Arguments;
use std::io::{self, Write};

/// Writes to standard output; errors are ignored.
pub(super) fn write(text: Arguments<'_>) {
    let mut out = io::stdout().lock();
    // The only other error is a full disk behind a redirection, which cannot be reported here.
    let _ = out.write_fmt(text).and_then(|()| out.flush());
}

/// Writes a text to standard output.
macro_rules! out {
    ($($part:tt)*) => { $crate::cli::stdout::write(format_args!($($part)*)) };
}

/// Writes a line to standard output.
macro_rules! outln {
    ($($part:tt)*) => { $crate::cli::stdout::write(format_args!("{}\n", format_args!($($part)*))) };
}

pub(super) use {out, outln};
