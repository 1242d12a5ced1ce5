//! Collects the readings of all formats by node, and counts what was dropped and clamped.

use super::Imported;
use super::error::TraceError;
use super::format::TraceFormat;
use super::grid;
use super::report::ImportReport;
use super::table::LoadTable;
use std::collections::HashMap;

/// Longest name of a node in bytes.
pub(super) const MAX_NAME: usize = 256;

/// The contents of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading<'a> {
    /// Time in microseconds.
    pub time: i64,
    /// Name of the node, not empty.
    pub node: &'a str,
    /// Share of the CPU in use, not yet clamped; `None` if missing.
    pub cpu: Option<f64>,
    /// Share of the memory in use, likewise.
    pub memory: Option<f64>,
}

/// What is kept of a row: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    /// Time in microseconds.
    pub time: i64,
    /// Share of the CPU in use, from 0 to 1.
    pub cpu: f32,
    /// Share of the memory in use, from 0 to 1; NaN if missing.
    pub memory: f32,
}

/// Limits on the size of an import.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Nodes.
    pub nodes: usize,
    /// Rows with a cpu value.
    pub rows: usize,
    /// Points of the grid over all nodes.
    pub samples: usize,
}

impl Limits {
    /// Bounds the memory of an import to about two gigabytes in the worst case.
    pub const DEFAULT: Self = Self { nodes: 100_000, rows: 64_000_000, samples: 64_000_000 };
}

/// The samples of every node so far.
#[derive(Debug)]
pub(super) struct Collector<'f> {
    file: &'f str,
    limits: Limits,
    nodes: HashMap<String, Vec<Sample>>,
    rows_read: usize,
    rows_dropped: usize,
    values_clamped: usize,
}

impl<'f> Collector<'f> {
    /// An empty collector; `file` is the name in errors and the report.
    pub fn new(file: &'f str, limits: Limits) -> Self {
        Self { file, limits, nodes: HashMap::new(), rows_read: 0, rows_dropped: 0, values_clamped: 0 }
    }

    /// Adds the row of line `line`.
    pub fn push(&mut self, line: usize, reading: Reading<'_>) -> Result<(), TraceError> {
        self.rows_read += 1;
        let Some(cpu) = reading.cpu else {
            self.rows_dropped += 1;
            return Ok(());
        };
        if self.rows_read - self.rows_dropped > self.limits.rows {
            return Err(TraceError::TooManyRows { file: self.file.to_owned(), line, limit: self.limits.rows });
        }
        let cpu = self.clamped(cpu);
        let memory = reading.memory.map_or(f32::NAN, |memory| self.clamped(memory));
        let sample = Sample { time: reading.time, cpu, memory };
        let full = self.nodes.len() >= self.limits.nodes;
        // `entry` would allocate a name for every row; this looks up twice only for a new node.
        match self.nodes.get_mut(reading.node) {
            Some(samples) => samples.push(sample),
            None if full => {
                return Err(TraceError::TooManyNodes { file: self.file.to_owned(), line, limit: self.limits.nodes });
            }
            None => {
                self.nodes.insert(reading.node.to_owned(), vec![sample]);
            }
        }
        Ok(())
    }

    /// `value` clamped to 0 to 1; counts the values that change.
    fn clamped(&mut self, value: f64) -> f32 {
        self.values_clamped += usize::from(!(0.0..=1.0).contains(&value));
        value.clamp(0.0, 1.0) as f32
    }

    /// Resamples the samples onto one grid, and reports.
    pub fn finish(self, format: TraceFormat) -> Result<Imported, TraceError> {
        if self.nodes.is_empty() {
            return Err(TraceError::NoRows { file: self.file.to_owned(), rows_read: self.rows_read });
        }
        let gridded = grid::resample(self.file, self.limits.samples, self.nodes)?;
        let table = LoadTable::new(gridded.step_s, gridded.nodes)?;
        let report = ImportReport {
            file: self.file.to_owned(),
            format,
            rows_read: self.rows_read,
            rows_dropped: self.rows_dropped + gridded.rows_merged,
            values_clamped: self.values_clamped,
            gaps_filled: gridded.gaps_filled,
            nodes: table.nodes().len(),
            samples: table.len(),
            step_s: table.step_s(),
            has_memory: table.nodes().iter().any(|node| node.memory.is_some()),
        };
        Ok(Imported { table, report })
    }
}
