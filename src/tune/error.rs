//! Errors of searches.

use crate::settings::SettingsError;
use crate::simulation::SimulationError;
use crate::storage::RecordError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a search cannot begin or continue.
#[derive(Debug, Error)]
pub enum TuneError {
    /// Invalid settings or values of the search space.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A run could not be prepared.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// A file could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A parameter cannot be searched.
    #[error("the search space cannot be used: {path}: {problem}")]
    Space {
        /// Path of the setting.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The folder belongs to another search.
    #[error(
        "{} holds another search: {difference}. Give the options it began with, or name another folder with --out",
        folder.display()
    )]
    OtherSearch {
        /// The folder.
        folder: PathBuf,
        /// The first difference.
        difference: String,
    },
    /// A file of the folder cannot be used.
    #[error("{} is not a file of this search: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl TuneError {
    /// Whether the input is to blame (exit code 2) rather than the system.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Settings(error) => error.is_bad_input(),
            Self::Simulation(error) => error.is_bad_input(),
            Self::Record(error) => error.is_bad_input(),
            Self::Space { .. } | Self::OtherSearch { .. } | Self::Unreadable { .. } => true,
        }
    }
}
