//! The Q-table of the older program (v10): tabular one-step Q-learning (Watkins 1989) over 5x5x5 states.
//!
//! Owns the states, the table and its update. A state is the mean load, the budget and the risk of the cluster, each in
//! five equal bins. It holds nothing about the agent's surroundings: this baseline shows what can be done with global
//! statistics alone. Uses no burn.

use super::greedy_action;
use super::pilot::QValues;
use super::replay_buffer::Transition;
use crate::cluster::{Action, OBSERVATION, PATCH, STATISTICS};
use crate::settings::QTableSettings;
use thiserror::Error;

/// Bins of each of the three statistics.
const BINS: usize = 5;

/// Number of states.
pub const STATES: usize = BINS * BINS * BINS;

/// Why a Q-table was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QTableError {
    /// It has another number of states.
    #[error("it has {found} states, this program needs {STATES}")]
    Shape {
        /// States found.
        found: usize,
    },
    /// A value is infinite or not a number.
    #[error("state {state} holds a value that is not a finite number")]
    NotFinite {
        /// 0-based state.
        state: usize,
    },
}

/// The state, from 0 to [`STATES`] - 1, of an observation; `numbers` begins with its 35 numbers. The state is binned from
///
/// - mean load: half of mean cpu plus half of mean memory;
/// - budget, as a share of the largest;
/// - risk: the highest memory of a critical cell. The older program's measure of risk was never published; this is the
///   number in the observation that relates most closely to a collapse.
pub fn state_index(numbers: &[f32]) -> usize {
    let statistics = &numbers[OBSERVATION - STATISTICS..OBSERVATION];
    let load = (statistics[0] + statistics[1]) / 2.0;
    let bin = |share: f32| ((share * BINS as f32) as usize).min(BINS - 1);
    (bin(load) * BINS + bin(numbers[PATCH + 2])) * BINS + bin(statistics[STATISTICS - 1])
}

/// Q-values of the eight actions in every state.
#[derive(Debug, Clone, PartialEq)]
pub struct QTable(pub Vec<QValues>);

impl QTable {
    /// A table that holds `value` everywhere.
    pub fn filled(value: f32) -> Self {
        Self(vec![[value; Action::COUNT]; STATES])
    }

    /// Checks that there is a row per state and that every value is finite.
    ///
    /// # Errors
    /// The first mismatch.
    pub fn check(&self) -> Result<(), QTableError> {
        if self.0.len() != STATES {
            return Err(QTableError::Shape { found: self.0.len() });
        }
        let broken = self.0.iter().position(|row| row.iter().any(|value| !value.is_finite()));
        broken.map_or(Ok(()), |state| Err(QTableError::NotFinite { state }))
    }

    /// Q-values in the state of an observation, the first 35 of `numbers`.
    pub fn q_values(&self, numbers: &[f32]) -> QValues {
        self.0[state_index(numbers)]
    }

    /// The action with the highest value in the state of an observation, the first of equals.
    pub fn greedy(&self, numbers: &[f32]) -> Action {
        greedy_action(&self.q_values(numbers))
    }
}

/// Tabular Q-learning: a Q-table and its updates.
#[derive(Debug, Clone, PartialEq)]
pub struct QLearner {
    table: QTable,
    updates: u64,
}

impl QLearner {
    /// A learner whose table holds the initial value everywhere.
    pub fn new(settings: &QTableSettings) -> Self {
        Self::with_table(QTable::filled(settings.initial_value as f32), 0)
    }

    /// A learner that goes on from a checked table and its number of updates.
    pub fn with_table(table: QTable, updates: u64) -> Self {
        Self { table, updates }
    }

    /// Moves the value of the action taken by the share `learning_rate` towards `reward + discount * highest next value`;
    /// returns half the squared error before the update.
    pub fn learn(&mut self, transition: &Transition, learning_rate: f64) -> f32 {
        let best = self.table.q_values(transition.next.numbers(OBSERVATION)).into_iter().fold(f32::MIN, f32::max);
        let target = transition.reward + transition.discount * best;
        let row = &mut self.table.0[state_index(transition.pilot_input.numbers(OBSERVATION))];
        let value = &mut row[transition.action.index()];
        let error = target - *value;
        *value += learning_rate as f32 * error;
        self.updates += 1;
        0.5 * error * error
    }

    /// The table.
    pub fn table(&self) -> &QTable {
        &self.table
    }

    /// Updates so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, Observation};
    use crate::features::PilotInput;
    use crate::settings::{RewardSettings, Scenario};

    /// An observation of a cluster with this mean cpu, mean memory, budget and highest critical memory.
    fn observed(cpu: f32, mem: f32, budget: f32, critical: f32) -> Observation {
        let mut observation = Observation::default();
        observation.0[PATCH + 2] = budget;
        observation.0[OBSERVATION - STATISTICS] = cpu;
        observation.0[OBSERVATION - STATISTICS + 1] = mem;
        observation.0[OBSERVATION - 1] = critical;
        observation
    }

    #[test]
    fn each_of_the_three_statistics_has_five_equal_bins() {
        let index = |observation: Observation| state_index(&observation.0);
        assert_eq!(index(observed(0.0, 0.0, 0.0, 0.0)), 0);
        assert_eq!(index(observed(1.0, 1.0, 1.0, 1.0)), STATES - 1);
        // Load (0.5 + 0.3) / 2 = 0.4 is bin 2, budget 0.79 bin 3, risk 0.61 bin 3.
        assert_eq!(index(observed(0.5, 0.3, 0.79, 0.61)), 2 * 25 + 3 * 5 + 3);
        assert_eq!(index(observed(0.5, 0.29, 0.81, 0.59)), 25 + 4 * 5 + 2);
        let mut seen: Vec<_> = (0..125)
            .map(|at: usize| [at / 25, at / 5 % 5, at % 5].map(|bin| 0.1 + 0.2 * bin as f32))
            .map(|[load, budget, risk]| index(observed(load, load, budget, risk)))
            .collect();
        seen.dedup();
        assert_eq!(seen, (0..STATES).collect::<Vec<_>>());
    }

    #[test]
    fn the_state_of_a_real_observation_agrees_with_its_cluster() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(5);
        for _ in 0..60 {
            cluster.step(Action::Scale);
        }
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        let bin = |share: f64| ((share * 5.0) as usize).min(4);
        let budget = cluster.budget() / cluster.scenario().max_budget;
        let critical = f64::from(observation.highest_critical());
        assert!(critical > 0.2, "{critical}");
        assert_eq!(state_index(&observation.0), (bin(cluster.mean_load()) * 5 + bin(budget)) * 5 + bin(critical));
    }

    #[test]
    fn an_update_moves_one_value_by_the_learning_rate_times_the_error() {
        let settings = QTableSettings { initial_value: 2.0, ..QTableSettings::default() };
        let mut learner = QLearner::new(&settings);
        let (now, next) = (observed(0.5, 0.5, 0.5, 0.5), observed(0.1, 0.1, 0.9, 0.9));
        learner.table.0[state_index(&next.0)][3] = 6.0;
        let mut transition = Transition {
            pilot_input: PilotInput::from(&now),
            action: Action::Scale,
            reward: 1.0,
            next: PilotInput::from(&next),
            discount: 0.5,
        };
        let before = learner.table.clone();
        // The target is 1 + 0.5 * 6 = 4, the error 2.
        assert_eq!(learner.learn(&transition, 0.25), 2.0);
        let mut expected = before.clone();
        expected.0[state_index(&now.0)][Action::Scale.index()] = 2.5;
        assert_eq!((learner.table(), learner.updates()), (&expected, 1));
        // After a collapse the target is the reward alone, 1.
        transition.discount = 0.0;
        learner.learn(&transition, 0.25);
        assert_eq!(learner.table().0[state_index(&now.0)][Action::Scale.index()], 2.5 - 0.25 * 1.5);
        assert_eq!(learner.table().greedy(&next.0), Action::Right);
    }

    #[test]
    fn a_table_with_another_size_or_that_is_not_finite_is_refused() {
        assert_eq!(QTable::filled(0.5).check(), Ok(()));
        let mut short = QTable::filled(0.0);
        short.0.pop();
        assert_eq!(short.check(), Err(QTableError::Shape { found: 124 }));
        let mut broken = QTable::filled(0.0);
        broken.0[7][2] = f32::NAN;
        assert_eq!(broken.check(), Err(QTableError::NotFinite { state: 7 }));
    }
}
