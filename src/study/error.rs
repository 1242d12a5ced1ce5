//! Errors of studies.

use crate::evaluate::PolicyError;
use crate::settings::SettingsError;
use crate::simulation::SimulationError;
use crate::storage::RecordError;
use crate::trace::TraceError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a study could not be planned, continued or run.
#[derive(Debug, Error)]
pub enum StudyError {
    /// The study file is invalid.
    #[error(transparent)]
    File(#[from] SettingsError),
    /// A trace could not be imported.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A run could not be prepared.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// A policy is unknown, or its checkpoint cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A file could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The folder holds something other than this study.
    #[error(
        "{} holds {problem}; a study may gain variants, seeds, scenarios and policies, for anything else name another \
         folder with --out",
        folder.display()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        problem: String,
    },
    /// `results.csv` cannot be read.
    #[error(
        "{} is not a table of results of this study: {problem}; delete it to repeat the evaluations",
        path.display()
    )]
    Results {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Threads could not be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
