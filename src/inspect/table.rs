//! The tables of a run, and traces.

use super::Findings;
use crate::storage::{EpisodeRow, StepRow, TableReader};
use crate::trace::{TraceError, import};
use csv::StringRecord;
use std::io;
use std::path::Path;

/// A table in a run folder.
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

    /// Columns that hold text.
    const TEXT_COLUMNS: [&str; 3] = ["action", "outcome", "command"];
    /// Columns that may be empty.
    const OPTIONAL_COLUMNS: [&str; 5] =
        ["pilot_loss", "prophet_loss", "forecast_brier_skill", "forecast_auroc", "forecast_base_rate"];
}

/// Recognises a table by its header. Columns after the first three may differ in other versions of the program.
pub(super) fn recognise(header: &str) -> Option<TableKind> {
    let columns: Vec<_> = header.split(',').collect();
    let starts_with = |names: &mut dyn Iterator<Item = &'static str>| {
        columns.len() > 3 && names.take(3).eq(columns[..3].iter().copied())
    };
    if columns == ["tick", "command"] {
        Some(TableKind::Commands)
    } else if starts_with(&mut EpisodeRow::header()) {
        Some(TableKind::Episodes)
    } else if starts_with(&mut StepRow::HEADER.into_iter()) {
        Some(TableKind::Steps)
    } else {
        None
    }
}

/// Inspects a table, row by row.
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
    // A run in progress or one that was killed may end like this, which does no harm.
    Ok(match reader.is_cut() {
        true => findings
            .with("last line", "it has no end, so it is no row: it is skipped, and cut off when the run goes on"),
        false => findings,
    })
}

/// What is wrong with a row, if anything.
fn problem(table: TableKind, number: u64, header: &StringRecord, row: &StringRecord) -> Option<String> {
    for (name, value) in header.iter().zip(row) {
        let valid = TableKind::TEXT_COLUMNS.contains(&name) && !value.is_empty()
            || TableKind::OPTIONAL_COLUMNS.contains(&name) && value.is_empty()
            || value.parse::<f64>().is_ok_and(f64::is_finite);
        if !valid {
            return Some(format!("{name} is \"{}\", which is not a finite number", value.escape_debug()));
        }
    }
    let in_order = table != TableKind::Episodes || row.get(0).and_then(|text| text.parse().ok()) == Some(number);
    (!in_order).then(|| format!("its episode is {}, expected {number}", row.get(0).unwrap_or_default()))
}

/// Inspects a trace; `None` if the file has no trace format.
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
