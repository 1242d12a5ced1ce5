//! The trace formats, and how each is recognised by its header.

use super::bitbrains::Bitbrains;
use super::canonical::Canonical;
use super::cloudwatch::CloudWatch;
use super::collect::Reading;
use super::error::TraceError;
use super::fields::Splitter;
use super::lines::Line;
use super::row::{Header, Row};
use crate::bounded::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// The trace formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TraceFormat {
    /// The project's own CSV: any number of nodes, cpu and memory as shares from 0 to 1.
    Canonical,
    /// Grid Workloads Archive T-12 (Bitbrains): one virtual machine per file.
    Bitbrains,
    /// CloudWatch CPU utilisation as in the Numenta Anomaly Benchmark: one machine per file.
    CloudWatch,
}

impl TraceFormat {
    /// Every format, in the order in which headers are tried.
    pub const ALL: [Self; 3] = [Self::Canonical, Self::Bitbrains, Self::CloudWatch];

    /// The header of the format, for messages.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Canonical => "time_s,node,cpu[,memory]",
            Self::Bitbrains => {
                "Timestamp [ms];<tab>...;<tab>CPU usage [%];<tab>Memory capacity provisioned [KB];<tab>Memory usage \
                 [KB];<tab>..."
            }
            Self::CloudWatch => "timestamp,value",
        }
    }

    /// Names and headers of all formats, for messages.
    pub(super) fn accepted() -> String {
        Self::ALL.map(|format| format!("{format} \"{}\"", format.header())).join(", ")
    }

    /// The format whose header `line` is.
    pub(super) fn recognise(line: &Line<'_>) -> Result<Self, TraceError> {
        let known = Self::ALL.into_iter().find(|format| {
            let mut fields = Splitter::default();
            fields.split(line.text, format.separator()).is_ok() && format.is_header(&fields, line.text)
        });
        known.ok_or_else(|| TraceError::UnknownFormat {
            file: line.file.to_owned(),
            line: line.number,
            first_line: quoted(line.text),
        })
    }

    fn is_header(self, fields: &Splitter, line: &str) -> bool {
        let has = |name| (0..fields.len()).any(|index| fields.text(line, index) == name);
        match self {
            Self::Canonical => ["time_s", "node", "cpu"].into_iter().all(has),
            Self::Bitbrains => fields.len() > 1 && fields.text(line, 0) == "Timestamp [ms]",
            // With a third column the rows may belong to several nodes, which must not be mixed into one.
            Self::CloudWatch => fields.len() == 2 && ["timestamp", "value"].into_iter().all(has),
        }
    }

    /// The character between two fields.
    pub(super) fn separator(self) -> u8 {
        match self {
            Self::Bitbrains => b';',
            Self::Canonical | Self::CloudWatch => b',',
        }
    }

    /// The parser for rows under `header`, in the file called `file`.
    pub(super) fn parser(self, header: &Header<'_>, file: &str) -> Result<Box<dyn RowParser>, TraceError> {
        Ok(match self {
            Self::Canonical => Box::new(Canonical::new(header)?),
            Self::Bitbrains => Box::new(Bitbrains::new(header, stem(file))?),
            Self::CloudWatch => Box::new(CloudWatch::new(header, stem(file))?),
        })
    }
}

impl fmt::Display for TraceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Canonical => "canonical CSV",
            Self::Bitbrains => "Bitbrains GWA-T-12",
            Self::CloudWatch => "CloudWatch CSV",
        })
    }
}

/// Parses rows of one format.
pub(super) trait RowParser {
    /// Parses `row`.
    fn reading<'r>(&'r self, row: &Row<'r>) -> Result<Reading<'r>, TraceError>;
}

/// Name of the only node of a file: the file's stem, or "node" if it has none.
fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().trim().to_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "node".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(text: &str) -> Result<TraceFormat, TraceError> {
        TraceFormat::recognise(&Line { file: "f", number: 1, text })
    }

    #[test]
    fn a_format_is_known_by_its_header_in_any_order_of_columns() {
        for (header, format) in [
            ("time_s,node,cpu", TraceFormat::Canonical),
            ("anomaly, cpu ,\"node\",memory,time_s", TraceFormat::Canonical),
            ("Timestamp [ms];\tCPU cores;\tCPU usage [%]", TraceFormat::Bitbrains),
            ("timestamp,value", TraceFormat::CloudWatch),
            ("value,timestamp", TraceFormat::CloudWatch),
        ] {
            assert_eq!(recognise(header), Ok(format), "{header}");
        }
    }

    #[test]
    fn another_first_line_is_refused_with_the_line_and_the_formats_accepted() {
        for header in ["", "time_s,node,mem", "timestamp,value,label", "Timestamp [ms]", "0,a,0.5", "\"time_s,node,cpu"]
        {
            assert!(recognise(header).is_err(), "{header}");
        }
        let message = recognise(&format!("cpu_util\u{7}{}", "x".repeat(100))).unwrap_err().to_string();
        assert!(message.starts_with("f:1:1: the first line is \"cpu_util\\u{7}xxx"), "{message}");
        assert!(message.contains("xxx...\", which is"), "{message}");
        for format in TraceFormat::ALL {
            assert!(message.contains(&format.to_string()) && message.contains(format.header()), "{message}");
        }
    }

    #[test]
    fn the_only_node_of_a_file_is_named_after_its_stem() {
        for (file, name) in [("a/b/vm-7.csv", "vm-7"), ("vm", "vm"), ("", "node"), ("..", "node"), (" .csv", "node")] {
            assert_eq!(stem(file), name, "{file}");
        }
    }
}
