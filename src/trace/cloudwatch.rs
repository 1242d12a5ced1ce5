//! Rows of a CloudWatch CPU file as in the Numenta Anomaly Benchmark: `timestamp,value`, one machine.
//!
//! The value is percent of CPU, even in a file in which none exceeds 1: some idle machines of that benchmark stay below 3 %
//! for two weeks.

use super::collect::Reading;
use super::error::TraceError;
use super::format::RowParser;
use super::row::{Column, Header, Row};
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Columns of a CloudWatch file, and the name of its machine, which the file does not contain.
pub(super) struct CloudWatch {
    node: String,
    time: Column,
    cpu: Column,
}

impl CloudWatch {
    /// Finds the columns.
    pub fn new(header: &Header<'_>, node: String) -> Result<Self, TraceError> {
        Ok(Self { node, time: header.require("timestamp")?, cpu: header.require("value")? })
    }
}

impl RowParser for CloudWatch {
    fn reading<'r>(&'r self, row: &Row<'r>) -> Result<Reading<'r>, TraceError> {
        const TIME: &str = "a time as 2014-02-14 14:30:00, \"T\", a fraction and \"Z\" allowed, other zones not";
        let time = microseconds(row.text(self.time)).ok_or_else(|| row.bad(self.time, TIME))?;
        let percent = row.number(self.cpu, "a percentage, a number between 0 and 100")?;
        Ok(Reading { time, node: &self.node, cpu: percent.map(|percent| percent / 100.0), memory: None })
    }
}

/// A timestamp in microseconds since 1970. Always read as UTC, because only differences matter.
fn microseconds(text: &str) -> Option<i64> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    // jiff accepts more than this and would silently ignore an offset or a zone, so the shape is checked first.
    let (shape, fraction) = text.split_at_checked("YYYY-MM-DD HH:MM:SS".len())?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let right = shape.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        10 => matches!(byte, b' ' | b'T' | b't'),
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    }) && (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits));
    if !right {
        return None;
    }
    let time: DateTime = text.parse().ok()?;
    Offset::UTC.to_timestamp(time).ok().map(|timestamp| timestamp.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read_with_a_blank_or_t_a_fraction_and_z() {
        for text in ["2014-02-14 14:30:00", "2014-02-14T14:30:00", "2014-02-14 14:30:00.000000", "2014-02-14t14:30:00Z"]
        {
            assert_eq!(microseconds(text), Some(1_392_388_200_000_000), "{text}");
        }
        assert_eq!(microseconds("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        assert_eq!(microseconds("1969-12-31 23:59:59"), Some(-1_000_000));
    }

    #[test]
    fn a_malformed_time_or_another_time_zone_is_refused() {
        for text in [
            "",
            "Z",
            "2014-02-14",
            "2014-02-14 14:30",
            "2014-02-30 14:30:00",
            "2014-02-14 25:30:00",
            "2014-02-14 14:30:00.",
            "2014-02-14 14:30:00+02:00",
            "2014-02-14 14:30:00[Europe/Vienna]",
            "2014-02-14 14:30:00ZZ",
            "14/02/2014 14:30:00",
            "2014-02-14 14:30:0é",
        ] {
            assert_eq!(microseconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9:T .Zé+-]{0,30}|\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(\\.\\d{1,12})?") {
            let _ = microseconds(&text);
        }
    }
}
