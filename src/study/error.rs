//! Sentences about studies that cannot be.

use crate::evaluate::PolicyError;
use crate::settings::SettingsError;
use crate::simulation::SimulationError;
use crate::storage::RecordError;
use std::path::PathBuf;
use thiserror::Error;

/// Why a study could not be planned, resumed or carried out.
#[derive(Debug, Error)]
pub enum StudyError {
    /// A study file that is refused.
    #[error(transparent)]
    File(#[from] SettingsError),
    /// A run that could not be prepared.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// A policy that could not be had.
    #[error(transparent)]
    Contestant(#[from] PolicyError),
    /// Something that could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A folder that holds something else than this study.
    #[error(
        "{} holds {problem}; variants, seeds, scenarios and policies may be added to a study, for anything else name \
         another folder with --out",
        folder.display()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        problem: String,
    },
    /// A table of results that is none.
    #[error("{} is no table of this study's results: {problem}; without it the evaluations are made again", path.display())]
    Results {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No threads could be had.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
