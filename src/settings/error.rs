//! Errors in settings.

use crate::bounded::{is_bad_input, quoted};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why settings were refused. Each message says what, where, and what is allowed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SettingsError {
    /// An unknown name.
    #[error("there is no {kind} \"{name}\"{suggestion}; known: {known}")]
    Unknown {
        /// What it should name: a setting, scenario, profile or policy.
        kind: &'static str,
        /// The name given.
        name: String,
        /// " (did you mean ...?)", or empty.
        suggestion: String,
        /// The known names, joined by commas.
        known: String,
    },
    /// A value of the wrong kind or out of range.
    #[error("{path} is \"{value}\", expected {expected}")]
    BadValue {
        /// Path of the setting.
        path: String,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// [`SettingsError::BadValue`] in a file.
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
    /// A file that is not RON, or does not have the expected fields.
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
    /// A file that cannot be read.
    #[error("cannot read {}: {problem}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: String,
        /// Its kind.
        kind: ErrorKind,
    },
}

impl SettingsError {
    /// The error for a file that the system cannot open or read.
    pub(super) fn unreadable(file: &Path, problem: &Error) -> Self {
        Self::Unreadable { file: file.to_owned(), problem: problem.to_string(), kind: problem.kind() }
    }

    /// Whether the input is to blame rather than the system.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Unreadable { kind, .. } => is_bad_input(*kind),
            _ => true,
        }
    }

    /// The error for an unknown name, with the closest known one.
    pub fn unknown<'a>(kind: &'static str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        let suggestion =
            super::nearest(name, known.clone()).map(|near| format!(" (did you mean \"{near}\"?)")).unwrap_or_default();
        Self::Unknown { kind, name: quoted(name), suggestion, known: known.collect::<Vec<_>>().join(", ") }
    }
}
