//! Sentences that refuse bad settings.

use crate::bounded::quoted;
use std::path::PathBuf;
use thiserror::Error;

/// Why settings were refused. Each message says what, where, and what is allowed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SettingsError {
    /// A name that is none of those known.
    #[error("there is no {kind} \"{name}\"{suggestion}; known: {known}")]
    Unknown {
        /// What was named: setting, scenario, profile, policy.
        kind: &'static str,
        /// The name given.
        name: String,
        /// " (did you mean ...?)" or nothing.
        suggestion: String,
        /// The names known, joined by commas.
        known: String,
    },
    /// A value of the wrong kind or out of its range.
    #[error("{path} is \"{value}\", expected {expected}")]
    BadValue {
        /// Path of the setting.
        path: String,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// The same, in a file.
    #[error("{}:{line}:{column}: {path} is \"{value}\", expected {expected}", file.display())]
    BadValueInFile {
        /// The file.
        file: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// Path of the setting.
        path: String,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// A file that is not RON, or not of this shape.
    #[error("{}:{line}:{column}: {problem}", file.display())]
    Ron {
        /// The file.
        file: PathBuf,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// A file that could not be read.
    #[error("cannot read {}: {problem}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: String,
    },
}

impl SettingsError {
    /// An unknown name, with the nearest of those known.
    pub fn unknown<'a>(kind: &'static str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        let suggestion =
            super::nearest(name, known.clone()).map(|near| format!(" (did you mean \"{near}\"?)")).unwrap_or_default();
        Self::Unknown { kind, name: quoted(name), suggestion, known: known.collect::<Vec<_>>().join(", ") }
    }
}
