//! Finds a setting in RON text: its line and column, and the text of its value.

/// Line and column (1-based) of the field at `path`, if the text has it.
///
/// A path such as `pilot.gamma` is looked for inside the section `pilot`. In a scenario file the fields of `cluster` have
/// no section around them.
pub(super) fn locate(text: &str, path: &str) -> Option<(usize, usize)> {
    let from = offset(text, path)?;
    let before = &text[..from];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Some((before.matches('\n').count() + 1, text[line_start..from].chars().count() + 1))
}

/// The text of the value of the field at `path`: up to the next comma, bracket or line end.
pub(super) fn value_of<'a>(text: &'a str, path: &str) -> Option<&'a str> {
    let value = text[offset(text, path)?..].split_once(':')?.1.trim_start();
    let end = match value.chars().next()? {
        '[' => value.find(']').map(|at| at + 1),
        '"' => Some(string_length(value)),
        _ => value.find([',', ')', '\n']),
    };
    Some(value[..end.unwrap_or(value.len())].trim_end())
}

/// Byte at which the field at `path` begins.
fn offset(text: &str, path: &str) -> Option<usize> {
    let bare = without_comments_and_strings(text);
    let (mut from, mut to) = (0, bare.len());
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        match find_field(&bare[from..to], name) {
            Some(at) => from += at,
            None if name == "cluster" => continue,
            None => return None,
        }
        if names.peek().is_some() {
            to = from + section_length(&bare[from..to]);
        }
    }
    Some(from)
}

/// Byte at which the field `name` begins: the whole word, then a colon.
fn find_field(text: &str, name: &str) -> Option<usize> {
    text.match_indices(name).map(|(at, _)| at).find(|&at| {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let starts = !text[..at].ends_with(word);
        starts && text[at + name.len()..].trim_start().starts_with(':')
    })
}

/// Length of the section at the start of `text`, up to its closing bracket.
fn section_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth <= 1 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The text with comments and strings replaced by as many blanks, byte for byte.
fn without_comments_and_strings(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hidden = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            string_length(rest)
        } else {
            0
        };
        if hidden == 0 {
            bare.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            bare.extend(std::iter::repeat_n(' ', hidden));
            rest = &rest[hidden..];
        }
    }
    bare
}

/// Length of the string literal at the start of `text`, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_in_its_own_section() {
        let text = "(\n  prophet: (batch_size: 1),\n  pilot: (\n    n_batch_size: 3, batch_size: 2,\n  ),\n)";
        assert_eq!(locate(text, "prophet.batch_size"), Some((2, 13)));
        assert_eq!(locate(text, "pilot.batch_size"), Some((4, 22)));
        assert_eq!(locate(text, "pilot.gamma"), None);
        assert_eq!(locate(text, "run.batch_size"), None);
    }

    #[test]
    fn a_scenario_needs_no_section() {
        assert_eq!(locate("(\n  name: \"a\",\n  rows: 4,\n)", "cluster.rows"), Some((3, 3)));
    }

    #[test]
    fn comments_and_strings_are_skipped() {
        let text = "(\n  // rows: 1\n  name: \"\\\"rows: 2 \u{e4}\", /* rows: 3\n */ rows: 4,\n)";
        assert_eq!(locate(text, "cluster.rows"), Some((4, 5)));
    }
}
