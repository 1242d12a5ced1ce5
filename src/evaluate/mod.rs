//! Evaluation: compares policies over the same episodes.
//!
//! Owns the playing of evaluation episodes, their statistics, tables and report, and in [`forecast`] the comparison of
//! forecasters. All policies play the same episodes: the seeds derive from the evaluation's seed alone, and the random events
//! of an episode do not depend on the actions. Knows the cluster, the policies, learning and storage; no Bevy.

mod evaluation;
pub mod forecast;
mod improvement;
mod interval;
mod other_world;
mod policy_under_test;
pub mod report;
mod score;
mod seed_interval;
mod statistics;
mod table;

pub use evaluation::{EpisodeResult, Evaluation, play};
pub use improvement::{Improvement, improvements, write_improvements};
pub use interval::{Interval, mean, rate, shared_rate};
pub(crate) use interval::{decimals, percent};
pub use other_world::other_world;
pub use policy_under_test::{PolicyError, PolicyUnderTest, TrainedPolicy, TrainingRun};
pub use score::{Score, SeedScore, write_csv};
use seed_interval::seed_half_width;
pub use seed_interval::{collapse_rate_difference, collapse_rate_interval, share};
pub use statistics::{RESAMPLES, bootstrap, interquartile_mean, median, probability_of_improvement, quantile};
pub use table::{improvement_table, table};
