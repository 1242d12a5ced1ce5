//! How commands end: errors, and exit codes.

use crate::blackbox::BlackBoxError;
use crate::evaluate::PolicyError;
use crate::settings::SettingsError;
use crate::simulation::{ScriptError, SimulationError};
use crate::storage::RecordError;
use crate::study::StudyError;
use crate::trace::TraceError;
use crate::tune::TuneError;
use std::fmt;
use std::process::ExitCode;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is done: exit code 0.
    Done,
    /// It was ended from outside before it was done, and can go on from there: exit code 75, EX_TEMPFAIL of sysexits.h.
    Unfinished,
}

impl Ending {
    /// Done, or not.
    pub fn of(done: bool) -> Self {
        if done { Self::Done } else { Self::Unfinished }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::SUCCESS,
            Ending::Unfinished => Self::from(75),
        }
    }
}

/// An error message for the user, and whether the input or the program is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CliError {
    /// The input is invalid: exit code 2.
    BadInput(String),
    /// Something went wrong: exit code 1.
    Failed(String),
}

impl CliError {
    /// 2 for bad input, 1 for a failure.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::BadInput(_) => 2,
            Self::Failed(_) => 1,
        })
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadInput(sentence) | Self::Failed(sentence) => formatter.write_str(sentence),
        }
    }
}

/// Errors that know whether the input is to blame.
macro_rules! blamed {
    ($($error:ty),*) => { $(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                let sentence = error.to_string();
                if error.is_bad_input() { Self::BadInput(sentence) } else { Self::Failed(sentence) }
            }
        }
    )* };
}

blamed!(SettingsError, TraceError, SimulationError, ScriptError, BlackBoxError, TuneError);

impl From<RecordError> for CliError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Exists(_) => Self::BadInput(format!("{error}, or replace it with --force")),
            _ if error.is_bad_input() => Self::BadInput(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<StudyError> for CliError {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::File(error) => error.into(),
            StudyError::Trace(error) => error.into(),
            StudyError::Simulation(error) => error.into(),
            StudyError::Policy(error) => error.into(),
            StudyError::Record(error) => error.into(),
            StudyError::Folder { .. } | StudyError::Results { .. } => Self::BadInput(error.to_string()),
            StudyError::Threads(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<PolicyError> for CliError {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Name(error) => error.into(),
            PolicyError::Checkpoint(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn what_the_system_refuses_is_a_failure_and_what_cannot_be_used_is_wrong_input() {
        for (kind, bad_input) in [
            (ErrorKind::NotFound, true),
            (ErrorKind::InvalidData, true),
            (ErrorKind::PermissionDenied, false),
            (ErrorKind::StorageFull, false),
        ] {
            let problem = Error::from(kind).to_string();
            let trace = || TraceError::Unreadable { file: "load.csv".to_owned(), problem: problem.clone(), kind };
            let record = || RecordError::Io { action: "read", path: "run".into(), problem: kind.into() };
            let settings = || SettingsError::Unreadable { file: "a.ron".into(), problem: problem.clone(), kind };
            for error in [
                CliError::from(trace()),
                CliError::from(SimulationError::from(trace())),
                CliError::from(SimulationError::from(record())),
                CliError::from(SimulationError::from(settings())),
                CliError::from(StudyError::from(SimulationError::from(record()))),
                CliError::from(TuneError::from(SimulationError::from(record()))),
            ] {
                assert_eq!(matches!(error, CliError::BadInput(_)), bad_input, "{error}");
            }
        }
    }
}
