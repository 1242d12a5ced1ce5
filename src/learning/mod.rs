//! Pilot and Prophet, their replay buffers and how they learn. burn lives in this room and nowhere else.
//!
//! Owns the networks, the Q-table, the replay buffer, n-step returns, the Prophet's labels and score, exploration and the
//! learner. Uses observations and outcomes of the cluster and the features made from them; knows nothing of Bevy, files
//! or windows.
//!
//! In the order of one tick: [`Prophet::forecast`] forecasts, [`Pilot::q_values`] and [`Exploration`] choose an action,
//! [`NStepBuffer`] and [`LabelBuffer`] collect experience, [`Learner::learn`] takes gradient steps.

mod adam_state;
mod device;
mod exploration;
mod forecast_metrics;
mod forecaster;
mod greedy_pilot;
mod greedy_q_table;
mod influence;
mod labels;
mod learner;
mod model;
mod n_step;
mod network;
mod pilot;
mod prophet;
mod qtable;
mod replay_buffer;
mod ring_buffer;
mod saved_agent;
mod saved_memory;
mod saved_model;
mod snapshot;
mod sum_tree;
mod survival;
mod value_head;

pub use device::{Device, device};
pub use exploration::{ActionChoice, Exploration, greedy_action};
pub use forecast_metrics::{ForecastMetrics, ForecastSkill};
pub use forecaster::{FitConfig, Forecaster, TrainingSet};
pub use greedy_pilot::GreedyPilot;
pub use greedy_q_table::GreedyQTable;
pub use influence::{PilotInfluence, STATISTICS_NAMES};
pub use labels::{EpisodeProgress, LabelBuffer, LabelCandidate, LabelMemory, LabelledState};
pub use learner::{Learner, Losses};
pub use model::{Model, ModelError};
pub use n_step::{Experience, NStepBuffer};
pub use network::{LayerWeights, Network, NetworkError, Weights};
pub use pilot::{Pilot, QNetwork, QValues};
pub use prophet::Prophet;
pub use qtable::{QLearner, QTable, QTableError, STATES, state_index};
pub use replay_buffer::{ReplayBuffer, Transition};
pub use ring_buffer::RingBuffer;
pub use snapshot::LearnerSnapshotError;
pub use survival::{MOST_HORIZONS, RiskCurve, SurvivalTime, collapse_probability, interval_ends};
