//! Why a file of a run cannot be written or read.

use crate::learning::ModelError;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a run, a checkpoint or a table could not be written or read.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The run folder exists already.
    #[error(
        "{} exists, and nothing is overwritten: name another folder with --out ({} is free), or leave \
         out --out to get a numbered one",
        folder.display(), free.display()
    )]
    Taken {
        /// The folder asked for.
        folder: PathBuf,
        /// A name that is free.
        free: PathBuf,
    },
    /// A file that a person named exists already.
    #[error("{} exists and is not overwritten: name another file", _0.display())]
    Exists(PathBuf),
    /// A model that holds numbers which are not finite, so that nothing could load it again.
    #[error(
        "{} is not written: the training of the {part} has diverged, and its numbers are not finite any more; go back to an \
         earlier checkpoint, and lower the learning rate", path.display()
    )]
    Diverged {
        /// The file.
        path: PathBuf,
        /// The network or table.
        part: &'static str,
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
    /// A file that is not a checkpoint, or is damaged.
    #[error("{} is not a usable checkpoint: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that is not the table of a run's episodes.
    #[error("{} is not a table of a run's episodes: {problem}", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process writes into the folder.
    #[error("{} is in use: another process writes into it; end that process first, or name another folder", _0.display())]
    Busy(PathBuf),
    /// A folder from which no run can resume.
    #[error("{} holds no run that can be resumed: {problem}", folder.display())]
    NotResumable {
        /// The folder.
        folder: PathBuf,
        /// What is missing or wrong.
        problem: String,
    },
    /// The run folder could not be written; all was saved elsewhere.
    #[error(
        "{problem}; so everything that was in memory is saved in {}: resume it with `resonetics train --resume {}`",
        folder.display(), folder.display()
    )]
    Rescued {
        /// The first problem.
        problem: Box<RecordError>,
        /// Where everything is.
        folder: PathBuf,
    },
    /// Neither the run folder nor any other folder could be written.
    #[error("{problem}; what was in memory could not be saved elsewhere: {rescue}")]
    Lost {
        /// The first problem.
        problem: Box<RecordError>,
        /// Why it could not be saved elsewhere.
        rescue: Box<RecordError>,
    },
    /// A checkpoint whose networks do not match its settings.
    #[error("{}: {problem}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What does not match.
        problem: ModelError,
    },
}

impl RecordError {
    /// An I/O error of `action` on `path`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |problem| Self::Io { action, path, problem }
    }

    /// A file that is not a usable checkpoint.
    pub(crate) fn unusable(path: &Path, problem: impl ToString) -> Self {
        Self::Checkpoint { path: path.to_owned(), problem: problem.to_string() }
    }

    /// Whether the user named something that cannot be used (exit code 2), rather than the system failing.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Taken { .. } | Self::Exists(_) | Self::Checkpoint { .. } | Self::Model { .. } | Self::Rows { .. } => {
                true
            }
            Self::Busy(_) | Self::NotResumable { .. } => true,
            Self::Diverged { .. } | Self::Rescued { .. } | Self::Lost { .. } => false,
            Self::Io { problem, .. } => crate::bounded::is_bad_input(problem.kind()),
        }
    }
}
