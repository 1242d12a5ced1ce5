//! Sentences about studies that cannot begin or go on.

use crate::settings::SettingsError;
use crate::simulation::SimulationError;
use crate::storage::RecordError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a study cannot begin or go on.
#[derive(Debug, Error)]
pub enum TuneError {
    /// Settings that are refused, of a search space too.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A run that cannot be set up.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// A file that cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A parameter that cannot be searched.
    #[error("the search space is no good: {path}: {problem}")]
    Space {
        /// Path of the setting.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The folder is another study's.
    #[error(
        "{} holds another study: {difference}. Give the options it began with, or name another folder with --out",
        folder.display()
    )]
    OtherStudy {
        /// The folder.
        folder: PathBuf,
        /// The first difference.
        difference: String,
    },
    /// A file of a study that is none.
    #[error("{} is no file of a study: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl TuneError {
    /// Whether the user named something that cannot be used (exit code 2), rather than the system failing.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Record(error) => error.is_bad_input(),
            _ => true,
        }
    }
}
