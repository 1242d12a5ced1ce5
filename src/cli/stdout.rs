//! Standard output. Whoever reads it may stop reading, as `head` does: that is no failure and no panic.

use std::fmt::Arguments;
use std::io::{self, Write};

/// Writes to standard output; what nobody reads any more is dropped.
pub(super) fn write(text: Arguments<'_>) {
    let mut out = io::stdout().lock();
    // The only other thing that can go wrong is a full disk behind a redirection, and there is no place to tell it.
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
