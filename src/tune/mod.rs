//! Hyperparameter search: the settings that an agent learns best with.
//!
//! Owns the search spaces, the sampling of trials, their pruning, and the search folder. A trial trains an agent with
//! several seeds, without a window or run folders, and is evaluated by greedy episodes whose seeds are used for nothing
//! else. Uses settings, the tick and evaluation.
//!
//! Trials are proposed by a Tree-structured Parzen Estimator (Bergstra et al. 2011) and pruned at the median of the
//! earlier trials (Golovin et al. 2017). A proposal depends only on the seed of the search, the number of the trial and
//! the trials before it: an interrupted search continues as if it had not been interrupted.

mod error;
mod folder;
mod sampler;
mod search;
mod space;
mod training;

pub use error::TuneError;
pub use folder::{SearchPlan, plan_from, trials_from};
pub use search::{INTERIM_EVALUATIONS, Search, SearchProgress, Trial, TrialFigures};
pub use space::{Parameter, ValueRange, check as check_space, default_space, load_space, space_from};
