//! Real telemetry: imports trace files as dense tables of load.
//!
//! Owns the formats, the [`LoadTable`] that each of them becomes, and the [`ImportReport`] about what was changed on the way.
//! Touches nothing but the file or reader it is given.
//!
//! A format is recognised by its header line, not by the name of the file:
//!
//! | format | header | nodes | values |
//! |---|---|---|---|
//! | canonical CSV | `time_s,node,cpu[,memory]`, any order, other columns ignored | named in the rows | shares, 0 to 1 |
//! | Bitbrains GWA-T-12 | `Timestamp [ms];` ..., separated by `;` and a tab | one, the file's stem | percent and KB |
//! | CloudWatch CSV | `timestamp,value`, no other column | one, the file's stem | percent of CPU, even if none exceeds 1 |
//!
//! What happens to a row:
//!
//! - **No cpu** (empty, `NaN`, `null`, `NA`): the row is dropped and counted. A missing memory value alone is a gap.
//! - **Outside 0 to 1**, or infinite: clamped and counted.
//! - **Malformed**: an error with file, line and column; the import fails as a whole.
//!
//! The rows may come in any order; the table does not depend on it. Its grid of times is regular, from the earliest to the
//! latest time of the file, and its step is the median gap between neighbouring times of a node. A row belongs to the nearest
//! point of the grid; several rows of a node at one point are averaged. Points without a row are interpolated linearly, or
//! hold the first or last value of the node.
//!
//! The text is streamed. Memory is bounded: 64 KiB per line, 100,000 nodes, 64 million rows, and 64 million points in the
//! grid; beyond that the import fails with an error that says what to do.

mod bitbrains;
mod canonical;
mod cloudwatch;
mod collect;
mod error;
mod fields;
mod format;
mod grid;
mod lines;
mod order;
mod report;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use error::TraceError;
pub use format::TraceFormat;
pub(crate) use order::natural;
pub use report::ImportReport;
pub(crate) use report::counted;
#[cfg(feature = "visual")]
pub(crate) use report::grouped;
pub use table::{LoadTable, NodeSeries};

use crate::bounded;
use collect::{Collector, Limits};
use fields::Splitter;
use lines::Lines;
use row::{Header, Row};
use std::io::Read;
use std::path::Path;

/// An imported trace: the table, and a report about the import.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Load of every node on one regular grid.
    pub table: LoadTable,
    /// Rows read, dropped, clamped and filled.
    pub report: ImportReport,
}

/// Imports the trace file at `path`.
///
/// # Errors
/// The file cannot be read, is in no known format, has a malformed line, has too little data for a grid, or would need too
/// large a grid. Every message names the file, and the line if there is one.
pub fn import(path: &Path) -> Result<Imported, TraceError> {
    let name = path.display().to_string();
    let file = bounded::open(path).map_err(|error| TraceError::unreadable(&name, &error))?;
    import_from(&name, file)
}

/// Imports a trace from `reader`, which need not be buffered. `name` is its name in errors and the report; in formats with
/// one node per file, the node gets the stem of `name`.
///
/// # Errors
/// As [`import`].
///
/// # Examples
/// ```
/// let text = "time_s,node,cpu\n0,a,0.25\n60,a,0.5\n180,a,1.5\n";
/// let imported = resonetics::trace::import_from("load.csv", text.as_bytes())?;
/// assert_eq!(imported.table.nodes()[0].cpu, [0.25, 0.5, 0.75, 1.0]);
/// assert_eq!(
///     imported.report.to_string(),
///     "load.csv: canonical CSV, 3 rows read, 0 dropped, 1 value clamped, 1 gap filled; \
///      1 node x 4 samples of 60 s, cpu only."
/// );
/// # Ok::<(), resonetics::trace::TraceError>(())
/// ```
pub fn import_from(name: &str, reader: impl Read) -> Result<Imported, TraceError> {
    import_within(Limits::DEFAULT, name, reader)
}

/// [`import_from`] with other limits, so that tests can reach them with small files.
fn import_within(limits: Limits, name: &str, reader: impl Read) -> Result<Imported, TraceError> {
    let mut lines = Lines::new(name, reader);
    let first = lines.next()?.ok_or_else(|| TraceError::Empty { file: name.to_owned() })?;
    let format = TraceFormat::recognise(&first)?;
    let header = Header::new(&first, format)?;
    let parser = format.parser(&header, name)?;
    let width = header.width();

    let mut splitter = Splitter::default();
    let mut collector = Collector::new(name, limits);
    while let Some(line) = lines.next()? {
        let row = Row::new(line, format, width, &mut splitter)?;
        collector.push(line.number, parser.reading(&row)?)?;
    }
    collector.finish(format)
}
