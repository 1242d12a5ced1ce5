//! Errors of commands and their exit codes.

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

impl From<SettingsError> for CliError {
    fn from(error: SettingsError) -> Self {
        Self::BadInput(error.to_string())
    }
}

impl From<SimulationError> for CliError {
    fn from(error: SimulationError) -> Self {
        Self::BadInput(error.to_string())
    }
}

impl From<TraceError> for CliError {
    fn from(error: TraceError) -> Self {
        Self::BadInput(error.to_string())
    }
}

impl From<RecordError> for CliError {
    fn from(error: RecordError) -> Self {
        if error.is_bad_input() { Self::BadInput(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}

impl From<ScriptError> for CliError {
    fn from(error: ScriptError) -> Self {
        if error.is_bad_input() { Self::BadInput(error.to_string()) } else { Self::Failed(error.to_string()) }
    }
}

impl From<BlackBoxError> for CliError {
    fn from(error: BlackBoxError) -> Self {
        if error.is_bad_input() { Self::BadInput(error.to_string()) } else { Self::Failed(error.to_string()) }
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

impl From<TuneError> for CliError {
    fn from(error: TuneError) -> Self {
        if error.is_bad_input() { Self::BadInput(error.to_string()) } else { Self::Failed(error.to_string()) }
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
