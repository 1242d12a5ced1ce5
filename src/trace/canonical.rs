//! Rows of the canonical CSV: `time_s,node,cpu[,memory]`.

use super::collect::{MAX_NAME, Reading};
use super::error::TraceError;
use super::format::RowParser;
use super::row::{Column, Header, Row};

/// Columns of a canonical file; others are ignored.
pub(super) struct Canonical {
    time: Column,
    node: Column,
    cpu: Column,
    memory: Option<Column>,
}

impl Canonical {
    /// Finds the columns.
    pub fn new(header: &Header<'_>) -> Result<Self, TraceError> {
        Ok(Self {
            time: header.require("time_s")?,
            node: header.require("node")?,
            cpu: header.require("cpu")?,
            memory: header.find("memory")?,
        })
    }
}

impl RowParser for Canonical {
    fn reading<'r>(&'r self, row: &Row<'r>) -> Result<Reading<'r>, TraceError> {
        const SHARE: &str = "a number between 0 and 1";
        let time = row.time(self.time, "a time in seconds (not milliseconds), at most 1e11", |seconds| seconds)?;
        let node = row.text(self.node);
        if node.is_empty() || node.len() > MAX_NAME {
            return Err(row.bad(self.node, "a name of 1 to 256 bytes"));
        }
        let cpu = row.number(self.cpu, SHARE)?;
        let memory = self.memory.map(|memory| row.number(memory, SHARE)).transpose()?.flatten();
        Ok(Reading { time, node, cpu, memory })
    }
}
