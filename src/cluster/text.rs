//! Interventions as text, for logs and `commands.csv`: writes and parses them.

use super::{Intervention, Region};
use crate::bounded::quoted;
use std::str::FromStr;

/// Splits a text into words separated by single spaces, and reports where a word is wrong.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    /// Bytes at which the next word begins and the last one began.
    next: usize,
    last: usize,
}

/// Why a text could not be parsed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParseError {
    /// Number of characters before the wrong word.
    pub before: usize,
    /// What is wrong, as a sentence.
    pub problem: String,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, next: 0, last: 0 }
    }

    /// The next word; an empty one at the end.
    pub fn word(&mut self) -> &'a str {
        self.last = self.next;
        let rest = &self.text[self.next..];
        let (word, _) = rest.split_once(' ').unwrap_or((rest, ""));
        self.next = self.text.len().min(self.next + word.len() + 1);
        word
    }

    /// Everything after the last word.
    pub fn rest(&mut self) -> &'a str {
        self.last = self.next;
        self.next = self.text.len();
        &self.text[self.last..]
    }

    /// An error at the last word.
    pub fn refused(&self, problem: impl Into<String>) -> ParseError {
        ParseError { before: self.text[..self.last].chars().count(), problem: problem.into() }
    }

    fn unexpected(&self, word: &str, expected: &str) -> ParseError {
        let found = if word.is_empty() { "the text ends here".to_owned() } else { format!("\"{}\"", quoted(word)) };
        self.refused(format!("{found}, expected {expected}"))
    }

    /// Skips these words, which must come next.
    pub fn pass(&mut self, words: &[&str]) -> Result<(), ParseError> {
        for expected in words {
            let word = self.word();
            if word != *expected {
                return Err(self.unexpected(word, &format!("\"{expected}\"")));
            }
        }
        Ok(())
    }

    /// The next word as a number that is `valid`.
    pub fn number<T: FromStr>(&mut self, expected: &str, valid: impl Fn(&T) -> bool) -> Result<T, ParseError> {
        let word = self.word();
        word.parse().ok().filter(valid).ok_or_else(|| self.unexpected(word, expected))
    }

    /// The index of the cell in "row R column C", in a cluster of so many rows and columns.
    fn cell(&mut self, (rows, columns): (usize, usize)) -> Result<u32, ParseError> {
        self.pass(&["row"])?;
        let row = self.number(&format!("a row from 0 to {}", rows - 1), |row: &usize| *row < rows)?;
        self.pass(&["column"])?;
        let column = self.number(&format!("a column from 0 to {}", columns - 1), |column: &usize| *column < columns)?;
        Ok((row * columns + column) as u32)
    }

    fn steps(&mut self) -> Result<u32, ParseError> {
        self.pass(&["for"])?;
        let steps = self.number("a number of steps", |_: &u32| true)?;
        self.pass(&["steps"])?;
        Ok(steps)
    }

    /// The region in "3x3 cells around row R column C".
    fn region(&mut self, size: (usize, usize)) -> Result<Region, ParseError> {
        let word = self.word();
        let side = word.split_once('x').filter(|(down, right)| down == right);
        let side = side.and_then(|(side, _)| side.parse::<u32>().ok()).filter(|side| side % 2 == 1);
        let side = side.ok_or_else(|| self.unexpected(word, "a square with an odd side, such as 3x3"))?;
        self.pass(&["cells", "around"])?;
        Ok(Region { middle: self.cell(size)?, radius: side / 2 })
    }
}

impl Intervention {
    /// As text for logs and `commands.csv`, in a cluster with so many columns.
    pub fn describe(&self, columns: usize) -> String {
        let at = |cell: u32| format!("row {} column {}", cell as usize / columns, cell as usize % columns);
        let square = |region: Region| {
            let side = 2 * u64::from(region.radius) + 1;
            format!("{side}x{side} cells around {}", at(region.middle))
        };
        match *self {
            Self::Spike { cell, steps } => format!("spike {} for {steps} steps", at(cell)),
            Self::Leak { cell, per_step } => format!("leak {} by {per_step} per step", at(cell)),
            Self::Kill { cell } => format!("kill {}", at(cell)),
            Self::Heal { cell } => format!("heal {}", at(cell)),
            Self::Prioritise { cell, priority } => format!("priority {} to {priority}", at(cell)),
            Self::Outage { region, steps } => format!("outage of {} for {steps} steps", square(region)),
            Self::Storm { region, steps } => format!("storm over {} for {steps} steps", square(region)),
        }
    }

    /// Parses the text of [`Intervention::describe`] for a cluster of so many rows and columns; `None` if the first word is
    /// not that of an intervention.
    pub(crate) fn read(words: &mut Tokens, size: (usize, usize)) -> Result<Option<Self>, ParseError> {
        let share = |share: &f32| (0.0..=1.0).contains(share);
        Ok(Some(match words.word() {
            "spike" => Self::Spike { cell: words.cell(size)?, steps: words.steps()? },
            "leak" => {
                let cell = words.cell(size)?;
                words.pass(&["by"])?;
                let per_step = words.number("a share of memory from 0 to 1", share)?;
                words.pass(&["per", "step"])?;
                Self::Leak { cell, per_step }
            }
            "kill" => Self::Kill { cell: words.cell(size)? },
            "heal" => Self::Heal { cell: words.cell(size)? },
            "priority" => {
                let cell = words.cell(size)?;
                words.pass(&["to"])?;
                Self::Prioritise { cell, priority: words.number("a priority from 0 to 1", share)? }
            }
            "outage" => {
                words.pass(&["of"])?;
                Self::Outage { region: words.region(size)?, steps: words.steps()? }
            }
            "storm" => {
                words.pass(&["over"])?;
                Self::Storm { region: words.region(size)?, steps: words.steps()? }
            }
            _ => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows and columns of a cluster, and an intervention into it.
    fn interventions() -> impl Strategy<Value = ((usize, usize), Intervention)> {
        let parts = (1_usize..40, 1_usize..40, any::<u32>(), any::<u32>(), 0_u32..1 << 31, 0.0_f32..=1.0, 0..7);
        parts.prop_map(|(rows, columns, cell, steps, radius, share, kind)| {
            let cell = cell % (rows * columns) as u32;
            let region = Region { middle: cell, radius };
            let intervention = match kind {
                0 => Intervention::Spike { cell, steps },
                1 => Intervention::Leak { cell, per_step: share * share * share },
                2 => Intervention::Kill { cell },
                3 => Intervention::Heal { cell },
                4 => Intervention::Prioritise { cell, priority: share },
                5 => Intervention::Outage { region, steps },
                _ => Intervention::Storm { region, steps },
            };
            ((rows, columns), intervention)
        })
    }

    proptest! {
        #[test]
        fn an_intervention_is_parsed_as_it_was_written((size, intervention) in interventions()) {
            let text = intervention.describe(size.1);
            let mut words = Tokens::new(&text);
            prop_assert_eq!(Intervention::read(&mut words, size), Ok(Some(intervention)));
            prop_assert_eq!(words.rest(), "");
        }
    }

    #[test]
    fn a_parse_error_names_the_word_and_its_position() {
        let refusal = |text: &str| Intervention::read(&mut Tokens::new(text), (6, 6)).unwrap_err();
        for (text, before, problem) in [
            ("kill row 6 column 1", 9, "\"6\", expected a row from 0 to 5"),
            ("kill row 1 column", 17, "the text ends here, expected a column from 0 to 5"),
            ("kill cell 1", 5, "\"cell\", expected \"row\""),
            ("spike row 1 column 1 for -3 steps", 25, "\"-3\", expected a number of steps"),
            ("leak row 1 column 1 by NaN per step", 23, "\"NaN\", expected a share of memory from 0 to 1"),
            ("outage of 2x2 cells around row 1 column 1 for 3 steps", 10, "\"2x2\", expected a square"),
        ] {
            let refused = refusal(text);
            assert_eq!(refused.before, before, "{text}: {refused:?}");
            assert!(refused.problem.starts_with(problem), "{text}: {refused:?}");
        }
        assert_eq!(Intervention::read(&mut Tokens::new("drive up"), (6, 6)), Ok(None));
    }
}
