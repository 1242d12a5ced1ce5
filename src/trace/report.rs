//! The report of an import.

use super::format::TraceFormat;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an import read, dropped, clamped and filled. Displayed as a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The file, as the caller named it.
    pub file: String,
    /// The format recognised.
    pub format: TraceFormat,
    /// Rows of data in the file: lines that are neither blank nor the header.
    pub rows_read: usize,
    /// Rows without cpu, and rows that were averaged into another row of the same node and point.
    pub rows_dropped: usize,
    /// Values of cpu and memory that were outside 0 to 1.
    pub values_clamped: usize,
    /// Points that were filled because the cpu of a node, or its memory if it has any, was missing.
    pub gaps_filled: usize,
    /// Nodes in the table.
    pub nodes: usize,
    /// Samples per node.
    pub samples: usize,
    /// Seconds between two samples.
    pub step_s: f64,
    /// Whether any node has memory.
    pub has_memory: bool,
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}, {} read, {} dropped, {} clamped, {} filled; {} x {} of {} s, {}.",
            self.file,
            self.format,
            counted(self.rows_read, "row"),
            grouped(self.rows_dropped as u64),
            counted(self.values_clamped, "value"),
            counted(self.gaps_filled, "gap"),
            counted(self.nodes, "node"),
            counted(self.samples, "sample"),
            self.step_s,
            if self.has_memory { "cpu and memory" } else { "cpu only" },
        )
    }
}

/// "1 row", "1,000 rows".
pub(crate) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count as u64))
}

/// A number with a comma before every third digit from the right.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_plain_sentence() {
        let mut report = ImportReport {
            file: "machines.csv".to_owned(),
            format: TraceFormat::Canonical,
            rows_read: 142_179,
            rows_dropped: 0,
            values_clamped: 0,
            gaps_filled: 12,
            nodes: 6,
            samples: 23_696,
            step_s: 60.0,
            has_memory: true,
        };
        assert_eq!(
            report.to_string(),
            "machines.csv: canonical CSV, 142,179 rows read, 0 dropped, 0 values clamped, 12 gaps filled; \
             6 nodes x 23,696 samples of 60 s, cpu and memory."
        );
        report = ImportReport { gaps_filled: 1, nodes: 1, step_s: 0.5, has_memory: false, ..report };
        assert!(report.to_string().ends_with(" 1 gap filled; 1 node x 23,696 samples of 0.5 s, cpu only."));
    }

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
