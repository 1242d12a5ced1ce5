//! The header and the rows under it: columns by name, typed fields, and errors that point at the field.

use super::error::TraceError;
use super::fields::Splitter;
use super::format::TraceFormat;
use super::lines::Line;
use crate::bounded::quoted;

/// Latest time in seconds (and, negated, the earliest). Since 1970 it is in the year 5138; larger numbers are milliseconds.
pub(super) const LATEST_SECOND: f64 = 1e11;

/// A column that a format reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    index: usize,
    name: &'static str,
}

/// The header: names and positions of the columns.
#[derive(Debug)]
pub(super) struct Header<'a> {
    line: Line<'a>,
    format: TraceFormat,
    fields: Splitter,
}

impl<'a> Header<'a> {
    /// Parses the header in `line`, with the separator of `format`.
    pub fn new(line: &Line<'a>, format: TraceFormat) -> Result<Self, TraceError> {
        let mut fields = Splitter::default();
        cut(line, format, &mut fields)?;
        Ok(Self { line: *line, format, fields })
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.fields.len()
    }

    /// The column called `name`, if there is one.
    pub fn find(&self, name: &'static str) -> Result<Option<Column>, TraceError> {
        let mut with_name = (0..self.fields.len()).filter(|&index| self.fields.text(self.line.text, index) == name);
        let found = with_name.next();
        match with_name.next() {
            Some(second) => Err(self.bad(second, format!("there are two columns \"{name}\""))),
            None => Ok(found.map(|index| Column { index, name })),
        }
    }

    /// The column called `name`, which the format requires.
    pub fn require(&self, name: &'static str) -> Result<Column, TraceError> {
        self.find(name)?.ok_or_else(|| self.bad(self.fields.len(), format!("there is no column \"{name}\"")))
    }

    fn bad(&self, index: usize, problem: String) -> TraceError {
        TraceError::BadHeader {
            file: self.line.file.to_owned(),
            line: self.line.number,
            column: column_of(&self.line, &self.fields, index),
            problem,
            format: self.format,
        }
    }
}

/// One row of data.
#[derive(Debug)]
pub(super) struct Row<'a> {
    line: Line<'a>,
    fields: &'a Splitter,
}

impl<'a> Row<'a> {
    /// Splits the row of `expected` fields in `line`, using the buffers of `splitter`.
    pub fn new(
        line: Line<'a>,
        format: TraceFormat,
        expected: usize,
        splitter: &'a mut Splitter,
    ) -> Result<Self, TraceError> {
        cut(&line, format, splitter)?;
        let found = splitter.len();
        if found != expected {
            return Err(TraceError::FieldCount {
                file: line.file.to_owned(),
                line: line.number,
                column: column_of(&line, splitter, expected),
                found,
                expected,
            });
        }
        Ok(Self { line, fields: splitter })
    }

    /// The text of a field, without surrounding blanks and quotes.
    pub fn text(&self, column: Column) -> &'a str {
        self.fields.text(self.line.text, column.index)
    }

    /// The number in a field, possibly infinite; `None` if it is empty or marked as missing.
    pub fn number(&self, column: Column, expected: &'static str) -> Result<Option<f64>, TraceError> {
        let text = self.text(column);
        if ["", "nan", "null", "na"].iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
            return Ok(None);
        }
        let number: f64 = text.parse().map_err(|_| self.bad(column, expected))?;
        Ok(Some(number).filter(|number| !number.is_nan()))
    }

    /// The time in a field, in microseconds; `to_seconds` converts the number in the field to seconds.
    ///
    /// Whole microseconds have exact differences. Times since 1970 as floats are so coarse that, with gaps of a tenth of a
    /// second, a grid with their step would drift away from the samples within a day.
    pub fn time(
        &self,
        column: Column,
        expected: &'static str,
        to_seconds: impl Fn(f64) -> f64,
    ) -> Result<i64, TraceError> {
        let seconds = self.number(column, expected)?.map(to_seconds);
        match seconds.filter(|seconds| seconds.abs() <= LATEST_SECOND) {
            Some(seconds) => Ok((seconds * 1e6).round() as i64),
            None => Err(self.bad(column, expected)),
        }
    }

    /// The error for a field that is not `expected`.
    pub fn bad(&self, column: Column, expected: &'static str) -> TraceError {
        TraceError::BadField {
            file: self.line.file.to_owned(),
            line: self.line.number,
            column: column_of(&self.line, self.fields, column.index),
            field: column.name,
            value: quoted(self.text(column)),
            expected,
        }
    }
}

/// Splits a line; a bad quote becomes an error with its position.
fn cut(line: &Line<'_>, format: TraceFormat, splitter: &mut Splitter) -> Result<(), TraceError> {
    splitter.split(line.text, format.separator()).map_err(|bad| TraceError::BadQuote {
        file: line.file.to_owned(),
        line: line.number,
        column: line.column(bad.at),
        problem: bad.problem,
    })
}

/// The column, in characters, at which a field begins; one past the end of the line for a missing field.
fn column_of(line: &Line<'_>, fields: &Splitter, index: usize) -> usize {
    line.column(fields.start(index).unwrap_or(line.text.len()))
}
