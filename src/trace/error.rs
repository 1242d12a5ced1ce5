//! Errors in traces.

use super::format::TraceFormat;
use super::lines::MAX_LINE;
use super::report::counted;
use crate::bounded::is_bad_input;
use std::io;
use thiserror::Error;

/// Why a trace was refused. Each message says what, where, and what to do. Lines and columns are counted from 1,
/// columns in characters.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TraceError {
    /// A file that could not be opened or read.
    #[error("cannot read {file}: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        problem: String,
        /// Its kind.
        kind: io::ErrorKind,
    },
    /// A file without a single line of text.
    #[error("{file} is empty, expected the header of a trace: {}", TraceFormat::accepted())]
    Empty {
        /// The file.
        file: String,
    },
    /// A first line that is not the header of a known format.
    #[error(
        "{file}:{line}:1: the first line is \"{first_line}\", which is not the header of a known trace format; \
         accepted: {}",
        TraceFormat::accepted()
    )]
    UnknownFormat {
        /// The file.
        file: String,
        /// Line of the header.
        line: usize,
        /// The line, shortened.
        first_line: String,
    },
    /// A header of a known format that lacks a column or has one twice.
    #[error("{file}:{line}:{column}: {problem}; the header of {format} is {}", format.header())]
    BadHeader {
        /// The file.
        file: String,
        /// Line of the header.
        line: usize,
        /// Column in it.
        column: usize,
        /// What is wrong.
        problem: String,
        /// The format recognised.
        format: TraceFormat,
    },
    /// A field that is not what its column holds.
    #[error("{file}:{line}:{column}: {field} is \"{value}\", expected {expected}")]
    BadField {
        /// The file.
        file: String,
        /// Line of the row.
        line: usize,
        /// Column at which the field begins.
        column: usize,
        /// Name of the field.
        field: &'static str,
        /// What was found, shortened.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// A row with more or fewer fields than the header.
    #[error("{file}:{line}:{column}: the row has {}, expected {expected} as in the header", counted(*found, "field"))]
    FieldCount {
        /// The file.
        file: String,
        /// Line of the row.
        line: usize,
        /// Column at which the first extra field begins, or the row ends early.
        column: usize,
        /// Fields found.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A quoted field that does not end as it should.
    #[error("{file}:{line}:{column}: {problem}")]
    BadQuote {
        /// The file.
        file: String,
        /// Line of the row.
        line: usize,
        /// Column of the problem.
        column: usize,
        /// What is wrong, and what to write instead.
        problem: &'static str,
    },
    /// Bytes that are not UTF-8.
    #[error("{file}:{line}:{column}: this is not UTF-8 text; export the trace as a plain UTF-8 CSV file")]
    NotText {
        /// The file.
        file: String,
        /// Line of the first bad byte.
        line: usize,
        /// Column of it.
        column: usize,
    },
    /// A line too long to be a row of a trace.
    #[error(
        "{file}:{line}:1: the line is longer than {} KiB; is this a text file with one row per line?",
        MAX_LINE / 1024
    )]
    LineTooLong {
        /// The file.
        file: String,
        /// The line.
        line: usize,
    },
    /// No row with a cpu value.
    #[error(
        "{file} has no row with a cpu value ({} read); a trace needs at least two times for one node",
        counted(*rows_read, "row")
    )]
    NoRows {
        /// The file.
        file: String,
        /// Rows read, all of them without cpu.
        rows_read: usize,
    },
    /// No node with two different times, so no step.
    #[error("{file} has no node with cpu values at two different times, so its step is unknown; add later rows")]
    SingleTime {
        /// The file.
        file: String,
    },
    /// More nodes than the limit.
    #[error("{file}:{line}:1: more than {}; cut the trace into files of fewer nodes", counted(*limit, "node"))]
    TooManyNodes {
        /// The file.
        file: String,
        /// Line of the first node too many.
        line: usize,
        /// Nodes allowed.
        limit: usize,
    },
    /// More rows than the limit.
    #[error("{file}:{line}:1: more than {}; cut the trace to a shorter time or fewer nodes", counted(*limit, "row"))]
    TooManyRows {
        /// The file.
        file: String,
        /// Line of the first row too many.
        line: usize,
        /// Rows allowed.
        limit: usize,
    },
    /// A grid with more points than the limit.
    #[error(
        "{file}: {} x {} of {step_s} s are more than {} in all; cut the trace to a shorter time or fewer nodes, \
         and look for a row whose time is far from the others",
        counted(*nodes, "node"),
        counted(*samples, "sample"),
        counted(*limit, "sample")
    )]
    TooManySamples {
        /// The file.
        file: String,
        /// Nodes.
        nodes: usize,
        /// Samples a node would have.
        samples: usize,
        /// Step of the grid in seconds.
        step_s: f64,
        /// Samples allowed over all nodes.
        limit: usize,
    },
    /// Series that do not make a [`LoadTable`](super::LoadTable).
    #[error("not a load table: {problem}")]
    Table {
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

impl TraceError {
    /// The error for a file that the system cannot open or read.
    pub(super) fn unreadable(file: &str, error: &io::Error) -> Self {
        Self::Unreadable { file: file.to_owned(), problem: error.to_string(), kind: error.kind() }
    }

    /// Whether the file is to blame rather than the system.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Unreadable { kind, .. } => is_bad_input(*kind),
            _ => true,
        }
    }
}
