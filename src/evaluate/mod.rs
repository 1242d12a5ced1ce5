//! Policies compared over episodes.
//!
//! Owns the playing of evaluation episodes, their statistics and the table. All policies meet the same episodes: the
//! seeds derive from the evaluation's seed alone, and an episode's weather does not depend on what the agent does.
//! Knows the cluster and the policies; no Bevy.

mod contest;
mod interval;
mod score;

pub use contest::{Contest, Contestant, ContestantError, Result as EpisodeResult};
pub use interval::{Interval, mean, rate};
pub use score::{Score, table, write_csv};
