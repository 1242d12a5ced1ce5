//! The tables that this program writes, and traces.

use super::Findings;
use crate::storage::TableReader;
use crate::trace::{TraceError, import};
use csv::StringRecord;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// A kind of table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableKind {
    name: &'static str,
    /// Its first columns. Those after them may differ in other versions of the program.
    begins: &'static [&'static str],
    /// The column whose last value is shown, and what it is called.
    last: Option<(&'static str, &'static str)>,
    /// Whether the first column counts the rows from 0.
    counted: bool,
    /// The columns that may be empty; none means all.
    optional: Option<&'static [&'static str]>,
}

impl TableKind {
    const fn new(name: &'static str, begins: &'static [&'static str]) -> Self {
        Self { name, begins, last: None, counted: false, optional: None }
    }

    const fn of_run(self, last: (&'static str, &'static str), counted: bool) -> Self {
        Self { last: Some(last), counted, optional: Some(&FIGURES), ..self }
    }
}

/// Figures that a run does not have from its beginning.
const FIGURES: [&str; 5] =
    ["pilot_loss", "prophet_loss", "forecast_brier_skill", "forecast_auroc", "forecast_base_rate"];

/// All kinds.
const KINDS: [TableKind; 10] = [
    TableKind::new("table of a run's episodes (episodes.csv)", &["episode", "cluster", "global_step"])
        .of_run(("last step", "global_step"), true),
    TableKind::new("table of a run's steps (steps.csv)", &["tick", "global_step", "episode_step"])
        .of_run(("last step", "global_step"), false),
    TableKind::new("table of a run's commands (commands.csv)", &["tick", "command"])
        .of_run(("last tick", "tick"), false),
    TableKind::new("table of an evaluation (evaluate --out)", &["scenario", "policy", "episodes"]),
    TableKind::new("table of pairs of policies (evaluate --pairs)", &["scenario", "policy", "rival"]),
    TableKind::new(
        "table of forecasts (evaluate --forecast --out)",
        &["scenario", "trained_on", "policy", "method", "horizon", "quarter"],
    ),
    TableKind::new(
        "table of reliability (evaluate --reliability)",
        &["scenario", "trained_on", "policy", "method", "horizon", "group"],
    ),
    TableKind::new("table of a study (results.csv)", &["scenario", "variant", "seed"]),
    TableKind::new("table of evaluated episodes (evaluation.csv)", &["episode", "steps", "collapsed"])
        .of_run(("last episode", "episode"), true),
    TableKind::new("table of a search's trials (trials.csv)", &["trial", "state", "lost"]),
];

/// Columns that hold text. What is searched has its path as the name of its column, and may be text too.
const TEXT: [&str; 12] = [
    "action",
    "outcome",
    "command",
    "scenario",
    "policy",
    "rival",
    "trained_on",
    "method",
    "quarter",
    "variant",
    "state",
    "worst_seed",
];

/// Columns whose different values are shown.
const NAMES: [&str; 5] = ["scenario", "policy", "variant", "method", "state"];
/// Most values that are shown.
const MOST_NAMES: usize = 20;

/// Recognises a table by its header.
pub(super) fn recognise(header: &str) -> Option<TableKind> {
    let columns: Vec<_> = header.split(',').collect();
    KINDS.into_iter().find(|kind| columns.starts_with(kind.begins))
}

/// Inspects a table, row by row.
pub(super) fn inspect(path: &Path, table: TableKind) -> io::Result<Findings> {
    let mut reader = match TableReader::open(path)? {
        Ok(reader) => reader,
        Err(problem) => return Ok(Findings::broken(table.name, problem)),
    };
    let header = reader.header().clone();
    let mut rows = 0_u64;
    let mut trouble = None;
    let mut last = StringRecord::new();
    let mut row = StringRecord::new();
    let mut names = NAMES.map(|name| (name, header.iter().position(|column| column == name), BTreeSet::new()));
    loop {
        match reader.next(&mut row) {
            Ok(false) => break,
            Ok(true) => {
                if let Some(problem) = problem(table, rows, &header, &row) {
                    trouble = Some(format!("row {} (line {}): {problem}", rows + 1, rows + 2));
                    break;
                }
                for (_, at, values) in &mut names {
                    if let Some(value) = at.and_then(|at| row.get(at)).filter(|_| values.len() < MOST_NAMES) {
                        values.insert(value.to_owned());
                    }
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
    let mut findings = Findings::of(table.name).with("rows", rows);
    findings.trouble = trouble;
    let mut findings = findings.with("columns", header.len());
    for (name, _, values) in names.into_iter().filter(|(.., values)| !values.is_empty()) {
        findings = findings.with(name, values.into_iter().collect::<Vec<_>>().join(", "));
    }
    if let Some((name, column)) = table.last {
        let value = header.iter().position(|other| other == column).and_then(|at| last.get(at));
        findings = findings.with(name, value.unwrap_or("none"));
    }
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
        let may_be_empty = table.optional.is_none_or(|optional| optional.contains(&name));
        let valid = (TEXT.contains(&name) || name.contains('.')) && !value.is_empty()
            || may_be_empty && value.is_empty()
            || value.parse::<f64>().is_ok_and(f64::is_finite);
        if !valid {
            return Some(format!("{name} is \"{}\", which is not a finite number", value.escape_debug()));
        }
    }
    let in_order = !table.counted || row.get(0).and_then(|text| text.parse().ok()) == Some(number);
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
