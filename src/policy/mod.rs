//! One trait, many minds: the scripted baselines, the greedy Pilot and the trained Q-table.
//!
//! Owns how a mind chooses an action. The local minds read only the observation and the public costs of the
//! scenario; `omniscient` alone looks into the cluster. Knows the cluster and the brain, no Bevy and no file.

mod belief;
mod greedy;
mod heuristic;
mod idle;
mod omniscient;
mod patrol;
mod random;
mod tabular;

pub use belief::Notebook;
pub use greedy::GreedyPilot;
pub use heuristic::Heuristic;
pub use idle::Idle;
pub use omniscient::Omniscient;
pub use patrol::Patrol;
pub use random::Random;
pub use tabular::GreedyQTable;

use crate::cluster::{Action, Cluster, Observation, RngStream};
use crate::learning::Belief;
use crate::schema::SavedMemory;
use crate::settings::{GuidePolicy, SettingsError};

/// A mind that can play episodes.
pub trait Policy: Send + Sync {
    /// Forgets the last episode. `seed` is for the mind's own dice, never for the cluster's.
    fn begin(&mut self, seed: u64);

    /// Chooses an action. `observation` is what the agent sees; `cluster` gives the public costs of the
    /// scenario, and its hidden state to a mind that says it is omniscient.
    fn act(&mut self, cluster: &Cluster, observation: &Observation) -> Action;

    /// Another one that goes on from here with all that this one remembers; none where that cannot be had.
    fn fork(&self) -> Option<Box<dyn Policy>> {
        None
    }

    /// What it remembers in the middle of an episode. A mind without memory need not say.
    fn policy_state(&self) -> PolicyState {
        PolicyState::Nothing
    }

    /// Goes on from what it remembered; false, and nothing changes, if that is the recollection of another kind of mind.
    fn pilot_inputs(&mut self, policy_state: PolicyState) -> bool {
        policy_state == PolicyState::Nothing
    }
}

/// What a mind remembers in the middle of an episode, as plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyState {
    /// Nothing: the next action depends on the present alone.
    Nothing,
    /// The place of its dice.
    Dice(Box<RngStream>),
    /// Its notes about the torus.
    Notes(Belief),
}

impl PolicyState {
    /// The place of a mind's dice, where that is all it remembers.
    fn of_dice(rng: &RngStream) -> Self {
        Self::Dice(Box::new(rng.clone()))
    }

    /// Puts `rng` where they were; false, and nothing changes, if it is of another kind of mind.
    fn into_dice(self, rng: &mut RngStream) -> bool {
        let Self::Dice(place) = self else { return false };
        *rng = *place;
        true
    }

    /// As files hold it.
    pub(crate) fn to_saved(&self) -> SavedMemory {
        match self {
            Self::Nothing => SavedMemory::Nothing,
            Self::Dice(rng) => SavedMemory::Rng(rng.to_saved()),
            Self::Notes(belief) => SavedMemory::Belief(belief.to_saved()),
        }
    }

    /// What is saved of a policy on a torus of this size.
    ///
    /// # Errors
    /// It was on another one, or it is damaged.
    pub(crate) fn from_saved(saved: &SavedMemory, rows: usize, columns: usize) -> Result<Self, &'static str> {
        Ok(match saved {
            SavedMemory::Nothing => Self::Nothing,
            SavedMemory::Rng(rng) => Self::Dice(Box::new(RngStream::from_saved(rng)?)),
            SavedMemory::Belief(belief) => Self::Notes(Belief::from_saved(belief, rows, columns)?),
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
        "idle" => Box::new(Idle::default()),
        "random" => Box::new(Random::default()),
        "heuristic" => Box::new(Heuristic::default()),
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

/// The four moves with their direction, rows down and columns right.
const MOVES: [(Action, (isize, isize)); 4] =
    [(Action::Up, (-1, 0)), (Action::Down, (1, 0)), (Action::Left, (0, -1)), (Action::Right, (0, 1))];
