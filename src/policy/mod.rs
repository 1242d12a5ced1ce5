//! Policies: the trait, and the scripted baselines.
//!
//! Owns the trait [`Policy`] and the policies that need no training. They read only the observation and the costs of the
//! scenario; `omniscient` alone reads hidden state. Knows the cluster and the features; no burn, no Bevy, no files. Trained
//! policies implement the trait in `learning`.

mod heuristic;
mod idle;
mod notebook;
mod omniscient;
mod patrol;
mod random;
mod stochastic;

pub use heuristic::Heuristic;
pub use idle::Idle;
pub use notebook::Notebook;
pub use omniscient::Omniscient;
pub use patrol::Patrol;
pub use random::Random;
pub use stochastic::{Rule, Stochastic};

use crate::cluster::{Action, Cluster, Observation, RngStream};
use crate::features::Belief;
#[cfg(feature = "learn")]
use crate::schema::SavedPolicyState;
use crate::settings::{GuidePolicy, SettingsError};

/// Chooses the agent's actions.
pub trait Policy: Send + Sync {
    /// Prepares for a new episode. `seed` is for the policy's own random numbers, not for the cluster's.
    fn begin(&mut self, seed: u64);

    /// Chooses an action. `cluster` provides the costs of the scenario; only an omniscient policy may read its hidden state.
    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action;

    /// A copy with the same state; `None` if the policy cannot be copied.
    fn fork(&self) -> Option<Box<dyn Policy>> {
        None
    }

    /// Its state in the middle of an episode. A policy without state keeps the default.
    fn policy_state(&self) -> PolicyState {
        PolicyState::Nothing
    }

    /// Restores a state; returns false and changes nothing if it belongs to another kind of policy.
    fn restore(&mut self, policy_state: PolicyState) -> bool {
        policy_state == PolicyState::Nothing
    }
}

/// The state of a policy in the middle of an episode, as plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyState {
    /// No state: the next action depends on the present alone.
    Nothing,
    /// Its random number generator.
    Rng(Box<RngStream>),
    /// Its belief about the torus.
    Belief(Belief),
}

#[cfg(feature = "learn")]
impl PolicyState {
    /// As files hold it.
    pub(crate) fn to_saved(&self) -> SavedPolicyState {
        match self {
            Self::Nothing => SavedPolicyState::Nothing,
            Self::Rng(rng) => SavedPolicyState::Rng(rng.to_saved()),
            Self::Belief(belief) => SavedPolicyState::Belief(belief.to_saved()),
        }
    }

    /// What is saved of a policy on a torus of this size.
    ///
    /// # Errors
    /// It was on another one, or it is damaged.
    pub(crate) fn from_saved(saved: &SavedPolicyState, rows: usize, columns: usize) -> Result<Self, &'static str> {
        Ok(match saved {
            SavedPolicyState::Nothing => Self::Nothing,
            SavedPolicyState::Rng(rng) => Self::Rng(Box::new(RngStream::from_saved(rng)?)),
            SavedPolicyState::Belief(belief) => Self::Belief(Belief::from_saved(belief, rows, columns)?),
        })
    }
}

/// Names of the scripted policies, weakest first.
pub const SCRIPTED: [&str; 6] = ["idle", "random", "heuristic", "patrol", "notebook", "omniscient"];

/// A scripted policy by name.
///
/// # Errors
/// A name that is not in [`SCRIPTED`], with the nearest match.
pub fn scripted(name: &str) -> Result<Box<dyn Policy>, SettingsError> {
    Ok(match name {
        "idle" => Box::new(Stochastic::new(Idle)),
        "random" => Box::new(Stochastic::new(Random)),
        "heuristic" => Box::new(Stochastic::new(Heuristic)),
        "patrol" => Box::new(Patrol),
        "notebook" => Box::new(Notebook::default()),
        "omniscient" => Box::new(Omniscient),
        _ => {
            let known = SCRIPTED.into_iter().chain(["qtable", "pilot:FILE"]);
            return Err(SettingsError::unknown("policy", name, known));
        }
    })
}

/// The scripted policy that an exploring agent follows, if any.
pub fn guide(guide: GuidePolicy) -> Option<Box<dyn Policy>> {
    match guide {
        GuidePolicy::Nobody => None,
        GuidePolicy::Patrol => Some(Box::new(Patrol)),
        GuidePolicy::Notebook => Some(Box::new(Notebook::default())),
    }
}

/// The four moves, each with its rows down and columns right.
const MOVES: [(Action, (isize, isize)); 4] =
    [(Action::Up, (-1, 0)), (Action::Down, (1, 0)), (Action::Left, (0, -1)), (Action::Right, (0, 1))];

/// The first move towards an offset of so many rows down and columns right; rows come before columns.
fn first_move((down, right): (isize, isize)) -> Action {
    match (down.signum(), right.signum()) {
        (-1, _) => Action::Up,
        (1, _) => Action::Down,
        (_, -1) => Action::Left,
        _ => Action::Right,
    }
}

/// The clean-up for a cell with this CPU: a full one if it is busy and there is budget to spare.
fn clean(cluster: &Cluster, cpu: f32) -> Action {
    let can_spare = cluster.budget() > 0.2 * cluster.scenario().max_budget;
    if cpu > 0.6 && can_spare { Action::FullClean } else { Action::MemoryClean }
}
