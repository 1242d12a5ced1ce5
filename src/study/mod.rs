//! A study: many trainings and their evaluations, compared and reproduced by one command.
//!
//! Owns the study file, the plan of trainings and evaluations that it describes, and the study folder with its
//! `results.csv` and `summary.md`. Every training runs the schedule of
//! [`crate::simulation`] and writes an ordinary run folder; every evaluation uses [`crate::evaluate`]. Knows nothing of
//! terminals: the command line passes callbacks for stopping and progress.

mod error;
mod file;
mod folder;
mod plan;
mod result_row;
mod runner;
mod table;

pub use error::StudyError;
pub use file::{EvaluationPlan, STUDIES, SettingChanges, Study, Variant};
pub use folder::{StudyFolder, rows_from};
pub use plan::{Job, Plan, Player, RowKey, StudyWorld, Traces};
pub use result_row::{EvaluationFigures, ResultRow, TrainingSummary};
pub use runner::{StudyOutcome, run_study};
pub use table::summary;
