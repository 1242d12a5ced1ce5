//! Sentences about files that cannot be written or read.

use crate::learning::ModelError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why something could not be recorded or loaded.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The run folder is there already.
    #[error(
        "{} is taken by another run, and nothing is overwritten: name another folder with --out (free: {}), or leave \
         --out away to get a numbered one",
        folder.display(), free.display()
    )]
    Taken {
        /// The folder asked for.
        folder: PathBuf,
        /// A name that is free.
        free: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {}: {problem}", path.display())]
    Io {
        /// What was tried: write, read, create.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        problem: std::io::Error,
    },
    /// A file that is no checkpoint, or a damaged one.
    #[error("{} is no checkpoint that can be used: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A table that is none of a run.
    #[error("{} is no table of a run's episodes: {problem}", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process writes into the folder.
    #[error("{} is in use: another process writes into it; end that one first, or name another folder", _0.display())]
    Busy(PathBuf),
    /// A folder that is no run to go on with.
    #[error("{} is no run that can be gone on with: {problem}", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
        /// What is missing or wrong.
        problem: String,
    },
    /// The run folder could not be written; all was saved elsewhere.
    #[error(
        "{problem}; so everything that was in memory is saved in {}, from where `resonetics train --resume {}` goes on",
        folder.display(), folder.display()
    )]
    Rescued {
        /// The first problem.
        problem: Box<RecordError>,
        /// Where everything is.
        folder: PathBuf,
    },
    /// The run folder could not be written, and nothing else either.
    #[error("{problem}; what was in memory could not be saved elsewhere: {rescue}")]
    Lost {
        /// The first problem.
        problem: Box<RecordError>,
        /// Why it could not be saved elsewhere.
        rescue: Box<RecordError>,
    },
    /// A checkpoint of other networks.
    #[error("{}: {problem}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        problem: ModelError,
    },
}

impl RecordError {
    /// The system's refusal of `action` on `path`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |problem| Self::Io { action, path, problem }
    }

    /// A file that is no checkpoint that can be used.
    pub(crate) fn unusable(path: &Path, problem: impl ToString) -> Self {
        Self::Checkpoint { path: path.to_owned(), problem: problem.to_string() }
    }

    /// Whether the user named something that cannot be used (exit code 2), rather than the system failing.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Taken { .. } | Self::Checkpoint { .. } | Self::Model { .. } | Self::Rows { .. } => true,
            Self::Busy(_) | Self::NoRun { .. } => true,
            Self::Rescued { .. } | Self::Lost { .. } => false,
            Self::Io { problem, .. } => crate::bounded::is_bad_input(problem),
        }
    }
}
