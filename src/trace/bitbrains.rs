//! Rows of a Bitbrains GWA-T-12 file, fastStorage or Rnd: one virtual machine.

use super::collect::Reading;
use super::error::TraceError;
use super::format::RowParser;
use super::row::{Column, Header, LATEST_SECOND, Row};

/// Columns of a Bitbrains file, and the name of its machine, which the file does not contain.
pub(super) struct Bitbrains {
    node: String,
    time: Column,
    cpu: Column,
    memory_used: Column,
    memory_provisioned: Column,
}

impl Bitbrains {
    /// Finds the columns.
    pub fn new(header: &Header<'_>, node: String) -> Result<Self, TraceError> {
        Ok(Self {
            node,
            time: header.require("Timestamp [ms]")?,
            cpu: header.require("CPU usage [%]")?,
            memory_used: header.require("Memory usage [KB]")?,
            memory_provisioned: header.require("Memory capacity provisioned [KB]")?,
        })
    }
}

impl RowParser for Bitbrains {
    fn reading<'r>(&'r self, row: &Row<'r>) -> Result<Reading<'r>, TraceError> {
        const TIME: &str = "a time since 1970, in seconds up to 1e11 or in milliseconds up to 1e14";
        const SIZE: &str = "a number of KB";
        // The header says milliseconds, but the published files contain seconds. 1e11 seconds are in the year 5138, 1e11
        // milliseconds in early 1973, and no trace is from either.
        let time = row.time(self.time, TIME, |time| if time.abs() > LATEST_SECOND { time / 1000.0 } else { time })?;
        let cpu = row.number(self.cpu, "a percentage, a number between 0 and 100")?.map(|percent| percent / 100.0);
        let used = row.number(self.memory_used, SIZE)?;
        let provisioned = row.number(self.memory_provisioned, SIZE)?;
        // For a machine without provisioned memory, such as one that is switched off, the share is undefined.
        let provisioned = provisioned.filter(|size| *size > 0.0 && size.is_finite());
        let memory = used.zip(provisioned).map(|(used, provisioned)| used / provisioned);
        Ok(Reading { time, node: &self.node, cpu, memory })
    }
}
