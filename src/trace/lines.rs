//! Reads lines, one at a time, into one bounded buffer.

use super::error::TraceError;
use std::io::{BufRead, BufReader, Read};

/// Longest line in bytes, without its end.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// A line that is not blank, without its end and its trailing blanks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Name of the file in errors.
    pub file: &'a str,
    /// Number of the line, from 1.
    pub number: usize,
    /// The text.
    pub text: &'a str,
}

impl Line<'_> {
    /// The column, in characters from 1, of the byte at `byte`.
    pub fn column(&self, byte: usize) -> usize {
        column(self.text.as_bytes(), byte)
    }
}

/// Counts the characters before `byte`. Works on bytes so that it also serves text that turned out not to be UTF-8.
fn column(text: &[u8], byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or(text);
    // Every character has one byte that is not a continuation byte (10xxxxxx).
    before.iter().filter(|byte| (**byte & 0xC0) != 0x80).count() + 1
}

/// Reads lines. Blank ones are skipped but counted; a byte order mark at the start is dropped.
pub(super) struct Lines<'f, R> {
    file: &'f str,
    reader: BufReader<R>,
    buffer: Vec<u8>,
    number: usize,
}

impl<'f, R: Read> Lines<'f, R> {
    /// Lines of `reader`; `file` is its name in errors.
    pub fn new(file: &'f str, reader: R) -> Self {
        Self { file, reader: BufReader::with_capacity(MAX_LINE, reader), buffer: Vec::new(), number: 0 }
    }

    /// The next line that is not blank; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Line<'_>>, TraceError> {
        while self.fill()? {
            if !self.buffer.is_empty() {
                let text = str::from_utf8(&self.buffer).map_err(|error| TraceError::NotText {
                    file: self.file.to_owned(),
                    line: self.number,
                    column: column(&self.buffer, error.valid_up_to()),
                })?;
                return Ok(Some(Line { file: self.file, number: self.number, text }));
            }
        }
        Ok(None)
    }

    /// Reads one line into the buffer, without its end and trailing blanks. Returns false at the end of the file.
    fn fill(&mut self) -> Result<bool, TraceError> {
        // Room for the longest line, "\r\n", and a byte order mark.
        const MOST: u64 = MAX_LINE as u64 + 5;
        self.buffer.clear();
        let read = (&mut self.reader)
            .take(MOST)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|error| TraceError::unreadable(self.file, &error))?;
        if read == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.number == 1 && self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.buffer.drain(..3);
        }
        let ended = self.buffer.ends_with(b"\n");
        let end = if ended { self.buffer.trim_ascii_end().len() } else { self.buffer.len() };
        if end > MAX_LINE {
            return Err(TraceError::LineTooLong { file: self.file.to_owned(), line: self.number });
        }
        self.buffer.truncate(self.buffer.trim_ascii_end().len());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(usize, String)>, TraceError> {
        let mut lines = Lines::new("f", bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next()? {
            found.push((line.number, line.text.to_owned()));
        }
        Ok(found)
    }

    #[test]
    fn blank_lines_are_skipped_but_counted_and_ends_are_cut() {
        let found = all(b"\xEF\xBB\xBFa\r\n\r\n  \t\nb \t \nc").unwrap();
        let expected = [(1, "a"), (4, "b"), (5, "c")].map(|(n, text)| (n, text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_of_blanks_has_no_line() {
        for bytes in [&b""[..], b"\n\r\n \n", b"\xEF\xBB\xBF"] {
            assert_eq!(all(bytes), Ok(vec![]));
        }
    }

    #[test]
    fn the_longest_line_is_read_and_a_longer_one_refused() {
        for end in ["", "\n", "\r\n"] {
            for start in ["", "\u{FEFF}"] {
                let longest = format!("{start}{}{end}", "x".repeat(MAX_LINE));
                assert_eq!(all(longest.as_bytes()).unwrap()[0].1.len(), MAX_LINE);
                let longer = format!("{start}x{}{end}", "x".repeat(MAX_LINE));
                let refused = TraceError::LineTooLong { file: "f".to_owned(), line: 1 };
                assert_eq!(all(longer.as_bytes()), Err(refused), "{end:?} {start:?}");
            }
        }
    }

    #[test]
    fn a_byte_that_is_not_text_is_shown_by_its_character_column() {
        let error = all("a\nüü".as_bytes().iter().copied().chain([0xFF]).collect::<Vec<_>>().as_slice());
        assert_eq!(error, Err(TraceError::NotText { file: "f".to_owned(), line: 2, column: 3 }));
    }
}
