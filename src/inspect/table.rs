//! The tables of a run, and traces.

use super::Findings;
use crate::storage::{EpisodeRow, StepRow, TableReader};
use crate::trace::{TraceError, import};
use csv::StringRecord;
use std::io;
use std::path::Path;

/// A table of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableKind {
    /// `episodes.csv`.
    Episodes,
    /// `steps.csv`.
    Steps,
    /// `commands.csv`.
    Commands,
}

impl TableKind {
    fn name(self) -> &'static str {
        match self {
            Self::Episodes => "table of a run's episodes (episodes.csv)",
            Self::Steps => "table of a run's steps (steps.csv)",
            Self::Commands => "table of a run's commands (commands.csv)",
        }
    }

    /// Columns that hold words, or that may be empty.
    const WORDS: [&str; 3] = ["action", "outcome", "command"];
    const MAY_BE_EMPTY: [&str; 5] =
        ["pilot_loss", "prophet_loss", "forecast_brier_skill", "forecast_auroc", "forecast_base_rate"];
}

/// The table of a run whose header this is. Later and earlier versions of the program may have other columns after the
/// first three.
pub(super) fn recognise(header: &str) -> Option<TableKind> {
    let columns: Vec<_> = header.split(',').collect();
    let begins = |known: &mut dyn Iterator<Item = &'static str>| {
        columns.len() > 3 && known.take(3).eq(columns[..3].iter().copied())
    };
    if columns == ["tick", "command"] {
        Some(TableKind::Commands)
    } else if begins(&mut EpisodeRow::header()) {
        Some(TableKind::Episodes)
    } else if begins(&mut StepRow::HEADER.into_iter()) {
        Some(TableKind::Steps)
    } else {
        None
    }
}

/// Rows of a table, each looked at.
pub(super) fn inspect(path: &Path, table: TableKind) -> io::Result<Findings> {
    let mut reader = match TableReader::open(path)? {
        Ok(reader) => reader,
        Err(problem) => return Ok(Findings::broken(table.name(), problem)),
    };
    let header = reader.header().clone();
    let mut rows = 0_u64;
    let mut trouble = None;
    let mut last = StringRecord::new();
    let mut row = StringRecord::new();
    loop {
        match reader.next(&mut row) {
            Ok(false) => break,
            Ok(true) => {
                if let Some(problem) = problem(table, rows, &header, &row) {
                    trouble = Some(format!("row {} (line {}): {problem}", rows + 1, rows + 2));
                    break;
                }
                rows += 1;
                std::mem::swap(&mut last, &mut row);
            }
            Err(problem) => {
                trouble = Some(format!("row {}, {problem}", rows + 1));
                break;
            }
        }
    }
    let mut findings = Findings::of(table.name()).with("rows", rows);
    findings.trouble = trouble;
    let columns = findings.with("columns", header.len());
    let value = |name: &str| header.iter().position(|column| column == name).and_then(|at| last.get(at));
    let last = value("global_step").or_else(|| value("tick")).unwrap_or("none").to_owned();
    let findings = columns.with(if table == TableKind::Commands { "last tick" } else { "last step" }, last);
    // A run in progress may have one, and so may one that was killed: nobody is harmed by it.
    Ok(match reader.is_cut() {
        true => findings
            .with("last line", "it has no end, so it is no row: it is skipped, and cut off when the run goes on"),
        false => findings,
    })
}

/// What is wrong with a row, if anything is.
fn problem(table: TableKind, number: u64, header: &StringRecord, row: &StringRecord) -> Option<String> {
    for (name, value) in header.iter().zip(row) {
        let good = TableKind::WORDS.contains(&name) && !value.is_empty()
            || TableKind::MAY_BE_EMPTY.contains(&name) && value.is_empty()
            || value.parse::<f64>().is_ok_and(f64::is_finite);
        if !good {
            return Some(format!("{name} is \"{}\", which is no finite number", value.escape_debug()));
        }
    }
    let counted = table != TableKind::Episodes || row.get(0).and_then(|text| text.parse().ok()) == Some(number);
    (!counted).then(|| format!("its episode is {}, and {number} comes next", row.get(0).unwrap_or_default()))
}

/// What is in a trace; none if the file is in no format of traces.
pub(super) fn trace(path: &Path) -> Option<Findings> {
    match import(path) {
        Ok(imported) => {
            let report = imported.report;
            let findings = Findings::of(format!("trace, {}", report.format));
            let rows = format!(
                "{} ({} dropped, {} values clamped)",
                report.rows_read, report.rows_dropped, report.values_clamped
            );
            let findings = findings.with("rows", rows).with("nodes", report.nodes);
            let findings = findings.with("samples", format!("{} of {} s a node", report.samples, report.step_s));
            let findings = findings.with("gaps filled", report.gaps_filled);
            Some(findings.with("memory", if report.has_memory { "yes" } else { "no" }))
        }
        Err(TraceError::UnknownFormat { .. } | TraceError::Empty { .. } | TraceError::NotText { line: 1, .. }) => None,
        Err(TraceError::LineTooLong { line: 1, .. }) => None,
        Err(error) => Some(Findings::broken("trace", error)),
    }
}
