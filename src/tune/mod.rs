//! The tuner: which settings an agent learns best with.
//!
//! Owns the search spaces, the sampling of trials, their pruning, and the study folder. A trial trains an agent with
//! several seeds, without a window and without run folders, and is judged by greedy episodes whose seeds are used for
//! nothing else. Knows settings, the tick and evaluation.
//!
//! Trials are proposed by a Tree-structured Parzen Estimator (Bergstra et al. 2011) and pruned at the median of the
//! trials before (Golovin et al. 2017). What is proposed depends on the seed of the study, the number of the trial and
//! the trials before it, and on nothing else: a study that was stopped goes on as if it had not been.

mod error;
mod folder;
mod sampler;
mod search;
mod space;
mod training;

pub use error::TuneError;
pub use folder::{SearchPlan, plan_from, trials_from};
pub use search::{MARKS, Search, SearchProgress, Trial, TrialFigures};
pub use space::{Parameter, Range, check as check_space, load_space, space_from, space_of};
