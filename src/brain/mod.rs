//! The mind: Pilot and Prophet, their memories and how they learn. burn lives in this room and nowhere else.
//!
//! Owns the networks, the Q-table, the replay memory, n-step returns, the Prophet's inputs, labels and score, exploration and
//! the learner. It
//! knows observations and outcomes from the cluster; it knows nothing of Bevy, files or windows.
//!
//! In the order of one tick: [`Prophet::risks`] foresees, [`Pilot::q_values`] and [`Exploration`] decide,
//! [`NStep`] and [`LabelBuffer`] remember, [`Brain::learn`] learns.

mod device;
mod exploration;
mod forecaster;
mod head;
mod influence;
mod labels;
mod learner;
mod moments;
mod network;
mod notebook;
mod nstep;
mod pilot;
mod priority;
mod prophet;
mod qtable;
mod replay;
mod ring;
mod sight;
mod skill;
mod snapshot;
mod symmetry;
mod trends;

pub use device::{Device, device};
pub use exploration::{Choice, Exploration, greedy_action};
pub use forecaster::{Examples, Forecaster, Recipe};
pub use influence::{PilotInfluence, STATISTICS_NAMES};
pub use labels::{Foreseen, LabelBuffer, LabelMemory, horizon_label};
pub use learner::{Brain, Losses, Model, ModelError};
pub use network::{LayerWeights, Network, NetworkError, Weights};
pub use notebook::{Errand, NEVER, Note, Notebook};
pub use nstep::NStep;
pub use pilot::{Actor, Pilot, QValues};
pub use prophet::Prophet;
pub use qtable::{QLearner, QTable, STATES, TableError, state};
pub use replay::{Replay, Transition};
pub use ring::Ring;
pub use sight::{Eyes, Sight};
pub use skill::{JudgedForecasts, Skill};
pub use snapshot::{BrainSnapshot, SnapshotError};
pub use symmetry::Symmetry;
pub use trends::{Signs, Trends};
