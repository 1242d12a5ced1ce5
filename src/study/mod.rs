//! A study: many trainings compared, made again by one command.
//!
//! Owns the study file, the plan of trainings and evaluations that it describes, the study folder with its
//! `results.csv` and `summary.md`, and the intervals over training seeds. Every training goes through the schedule of
//! [`crate::simulation`] into an ordinary run folder, every evaluation through [`crate::evaluate`]. Knows nothing of
//! terminals: the command line hands in when to stop and hears how far the work is.

mod error;
mod file;
mod folder;
mod plan;
mod result_row;
mod runner;
mod seed_interval;
mod table;

pub use error::StudyError;
pub use file::{EvaluationPlan, STUDIES, SettingChanges, Study, Variant};
pub use folder::{StudyFolder, rows_from};
pub use plan::{Job, Plan, RowKey};
pub use result_row::{EvaluationFigures, ResultRow, TrainingSummary};
pub use runner::{StudyOutcome, carry_out};
pub use seed_interval::{difference, share};
pub use table::summary;
