//! Splits a line into fields.
//!
//! Fields are separated by commas or semicolons; blanks around them are ignored. A field may be in double quotes, with `""`
//! for a quote inside, and may not span lines. The `csv` crate is not used because it has positions of whole records only,
//! and errors here name the column of a field.

use std::ops::Range;

/// What is wrong with a quoted field, and at which byte of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadQuote {
    /// Byte of the line at which the problem is.
    pub at: usize,
    /// What is wrong, and what to write instead.
    pub problem: &'static str,
}

/// One field: where it begins and where its text is.
#[derive(Debug, Clone)]
struct Field {
    /// Byte of the line at which it begins.
    at: usize,
    /// Range of its text, in the line or, if `escaped`, in [`Splitter::unescaped`].
    text: Range<usize>,
    /// Whether it contains `""`.
    escaped: bool,
}

/// Splits one line after another, reusing its buffers.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    fields: Vec<Field>,
    unescaped: String,
}

impl Splitter {
    /// Splits `line` at `separator`, an ASCII character that is not a blank.
    pub fn split(&mut self, line: &str, separator: u8) -> Result<(), BadQuote> {
        self.fields.clear();
        self.unescaped.clear();
        let mut from = 0;
        loop {
            let at = from + blanks(&line[from..]);
            let end = if line[at..].starts_with('"') {
                self.quoted(line, at, separator)?
            } else {
                let length = line[at..].bytes().position(|byte| byte == separator);
                let end = length.map_or(line.len(), |length| at + length);
                let text = at..at + line[at..end].trim_end().len();
                self.fields.push(Field { at, text, escaped: false });
                end
            };
            if end >= line.len() {
                return Ok(());
            }
            from = end + 1;
        }
    }

    /// Adds the field whose opening quote is at `at`, and returns where it ends: at a separator or the end of the line.
    fn quoted(&mut self, line: &str, at: usize, separator: u8) -> Result<usize, BadQuote> {
        let bytes = line.as_bytes();
        let mut close = at + 1;
        let mut escaped = false;
        loop {
            match line[close..].find('"') {
                None => {
                    let problem = "the quote opened here is not closed on this line; close it, or remove it";
                    return Err(BadQuote { at, problem });
                }
                Some(length) if bytes.get(close + length + 1) == Some(&b'"') => {
                    escaped = true;
                    close += length + 2;
                }
                Some(length) => {
                    close += length;
                    break;
                }
            }
        }
        let inside = line[at + 1..close].trim();
        let text = if escaped {
            let start = self.unescaped.len();
            self.unescaped.push_str(&inside.replace("\"\"", "\""));
            start..self.unescaped.len()
        } else {
            let start = at + 1 + blanks(&line[at + 1..close]);
            start..start + inside.len()
        };
        self.fields.push(Field { at, text, escaped });

        let after = close + 1;
        let end = after + blanks(&line[after..]);
        if end < line.len() && bytes[end] != separator {
            let problem = "text after a closing quote; write a quote inside a field as two";
            return Err(BadQuote { at: end, problem });
        }
        Ok(end)
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Text of a field of `line`, which must be the line last split. Empty if there is no such field.
    pub fn text<'a>(&'a self, line: &'a str, index: usize) -> &'a str {
        self.fields.get(index).map_or("", |field| {
            let source = if field.escaped { &self.unescaped } else { line };
            source.get(field.text.clone()).unwrap_or("")
        })
    }

    /// Byte at which a field begins, if there is one.
    pub fn start(&self, index: usize) -> Option<usize> {
        self.fields.get(index).map(|field| field.at)
    }
}

/// Bytes of blanks at the start of `text`.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(line: &str) -> Result<Vec<(usize, String)>, BadQuote> {
        let mut splitter = Splitter::default();
        splitter.split(line, b',')?;
        let field = |i| (splitter.start(i).unwrap(), splitter.text(line, i).to_owned());
        Ok((0..splitter.len()).map(field).collect())
    }

    #[test]
    fn blanks_around_fields_do_not_count_and_empty_fields_do() {
        let expected = [(0, "a"), (3, "b c"), (9, ""), (10, ""), (11, "")];
        assert_eq!(fields("a, b c ,\t,,"), Ok(expected.map(|(at, text)| (at, text.to_owned())).to_vec()));
    }

    #[test]
    fn a_quoted_field_may_hold_separators_and_doubled_quotes() {
        let texts: Vec<_> =
            fields(r#"1, "a,b" ,"say ""hi"", twice","""""#).unwrap().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["1", "a,b", r#"say "hi", twice"#, "\""]);
    }

    #[test]
    fn bad_quotes_are_shown_where_they_begin() {
        assert_eq!(fields(r#"1,"a"#).map_err(|bad| bad.at), Err(2));
        assert_eq!(fields(r#"1,"a"","#).map_err(|bad| bad.at), Err(2));
        assert_eq!(fields(r#"1,"a" b"#).map_err(|bad| bad.at), Err(6));
    }

    proptest! {
        #[test]
        fn any_line_is_cut_without_a_panic_and_plain_ones_as_the_standard_library_cuts_them(line in r#"[ab ,;\t"é\u{2003}]{0,20}"#) {
            let cut = fields(&line);
            if !line.contains('"') {
                let expected: Vec<_> = line.split(',').map(|field| field.trim().to_owned()).collect();
                let found: Vec<_> = cut.unwrap().into_iter().map(|(_, text)| text).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
