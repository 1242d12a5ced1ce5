//! Policies compared over episodes.
//!
//! Owns the playing of evaluation episodes, their statistics and the table, and in [`forecast`] the comparison of
//! forecasters. All policies meet the same episodes: the
//! seeds derive from the evaluation's seed alone, and an episode's weather does not depend on what the agent does.
//! Knows the cluster and the policies; no Bevy.

mod evaluation;
pub mod forecast;
mod improvement;
mod interval;
mod policy_under_test;
pub mod report;
mod score;
mod statistics;
mod table;

pub use evaluation::{EpisodeResult, Evaluation, play};
pub use improvement::{Improvement, improvements, write_improvements};
pub use interval::{Interval, mean, rate, shared_rate};
pub(crate) use interval::{decimals, percent};
pub use policy_under_test::{PolicyError, PolicyUnderTest, TrainedPolicy, TrainingRun};
pub use score::{Score, SeedScore, write_csv};
pub use statistics::{RESAMPLES, bootstrap, interquartile_mean, median, probability_of_improvement, quantile};
pub use table::{improvement_table, table};
