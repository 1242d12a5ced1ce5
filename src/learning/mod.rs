//! The mind: Pilot and Prophet, their memories and how they learn. burn lives in this room and nowhere else.
//!
//! Owns the networks, the Q-table, the replay memory, n-step returns, the Prophet's inputs, labels and score, exploration and
//! the learner. It
//! knows observations and outcomes from the cluster; it knows nothing of Bevy, files or windows.
//!
//! In the order of one tick: [`Prophet::risks`] foresees, [`Pilot::q_values`] and [`Exploration`] decide,
//! [`NStepBuffer`] and [`LabelBuffer`] remember, [`Learner::learn`] learns.

mod belief;
mod device;
mod exploration;
mod forecaster;
mod head;
mod influence;
mod labels;
mod learner;
mod moments;
mod network;
mod nstep;
mod pilot;
mod pilot_input;
mod priority;
mod prophet;
mod qtable;
mod replay;
mod ring;
mod saved_agent;
mod saved_memory;
mod saved_model;
mod skill;
mod snapshot;
mod symmetry;
mod trends;

pub use belief::{Belief, CellBelief, NEVER, Target};
pub use device::{Device, device};
pub use exploration::{ActionChoice, Exploration, greedy_action};
pub use forecaster::{FitConfig, Forecaster, TrainingSet};
pub use influence::{PilotInfluence, STATISTICS_NAMES};
pub use labels::{LabelBuffer, LabelCandidate, LabelMemory, horizon_label};
pub use learner::{Learner, Losses, Model, ModelError};
pub use network::{LayerWeights, Network, NetworkError, Weights};
pub use nstep::NStepBuffer;
pub use pilot::{Actor, Pilot, QValues};
pub use pilot_input::{FeatureEncoder, PilotInput};
pub use prophet::Prophet;
pub use qtable::{QLearner, QTable, STATES, TableError, state};
pub use replay::{ReplayBuffer, Transition};
pub use ring::RingBuffer;
pub use skill::{ForecastMetrics, ForecastSkill};
pub use snapshot::LearnerSnapshotError;
pub use symmetry::Symmetry;
pub use trends::{ProphetInput, TrendTracker};
