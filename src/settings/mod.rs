//! Settings: every number that a user may change, with its default, range, unit and help text.
//!
//! Owns the settings tree, its RON form, the built-in scenarios and profiles, and the errors for bad values. Knows no other
//! room. One [`Settings`] value describes a run completely: the run folder keeps it as `settings.ron`, and starting again
//! from it gives the same bytes.

mod error;
mod load;
mod resume;
mod ron_location;
mod scenario;
mod sections;
pub mod tree;
mod whole;
mod world;

pub use error::SettingsError;
pub use load::{PROFILES, SCENARIOS, load_scenario, load_settings, nearest, scenario_from, settings_from};
pub use resume::{Difference, MAY_CHANGE};
pub use scenario::Scenario;
pub use sections::{
    AgentKind, Backend, EpsilonDecay, ExplorationSettings, FearRule, GuidePolicy, Head, Loss, PilotInputKind,
    PilotSettings, ProphetInputKind, ProphetLabel, ProphetSettings, QTableSettings, RewardProfile, RewardSettings,
    RunSettings, StartRow, TraceSettings, UpdateTiming, ViewSettings,
};

pub(crate) use load::{find, parse, read_small};
pub(crate) use whole::Whole;

use crate::bounded::quoted;
use load::RefusedValue;
use std::path::Path;
use tree::{SettingSlot, SettingSpec, settings};

settings! {
    /// The complete configuration of a run.
    pub struct Settings {
        /// Length, seed and pace of the run.
        run: RunSettings = RunSettings::default();
        /// The cluster: its size, load, decay and budget.
        cluster: Scenario = Scenario::default();
        /// What the agent is rewarded for.
        reward: RewardSettings = RewardSettings::default();
        /// Real load instead of the synthetic one.
        trace: TraceSettings = TraceSettings::default();
        /// The network that acts.
        pilot: PilotSettings = PilotSettings::default();
        /// The Q-table that acts, with the agent `qtable`.
        qtable: QTableSettings = QTableSettings::default();
        /// How the agent explores.
        exploration: ExplorationSettings = ExplorationSettings::default();
        /// The network that forecasts collapses.
        prophet: ProphetSettings = ProphetSettings::default();
        /// The window.
        view: ViewSettings = ViewSettings::default();
    }
}

impl Settings {
    /// Visits every setting in order.
    pub fn each(&mut self, visitor: &mut dyn FnMut(&str, &'static SettingSpec, SettingSlot<'_>)) {
        tree::visit(self, visitor);
    }

    /// Sets one value by its path, such as `pilot.gamma` to `0.95`. Nothing changes on an error.
    ///
    /// # Errors
    /// An unknown path (with the nearest match), text of the wrong kind, or a value out of range.
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), SettingsError> {
        let mut changed = self.clone();
        changed.assign(path, text)?;
        changed.check(None)?;
        *self = changed;
        Ok(())
    }

    /// Sets one of several values, in any order; call [`Settings::check`] after the last to find contradictions. After an
    /// error the settings may be half-changed.
    ///
    /// # Errors
    /// As [`Settings::set`], except contradictions.
    pub fn assign(&mut self, path: &str, text: &str) -> Result<(), SettingsError> {
        let mut result = Ok(());
        let found = tree::find(self, path, &mut |spec, mut slot| {
            if !(slot.parse(text) && slot.in_range(spec)) {
                let (path, value, expected) = (path.to_owned(), quoted(text), slot.expectation(spec));
                result = Err(SettingsError::BadValue { path, value, expected });
            }
        });
        if !found {
            let mut paths = Vec::new();
            self.each(&mut |path, _, _| paths.push(path.to_owned()));
            return Err(SettingsError::unknown("setting", path, paths.iter().map(String::as_str)));
        }
        result?;
        if path == "reward.profile" {
            self.reward = RewardSettings::for_profile(self.reward.profile);
        }
        Ok(())
    }

    /// Checks every range and the relations between settings. `source` is the file and its text, so that the error can name
    /// the line.
    ///
    /// # Errors
    /// The first value that is out of range or contradicts another.
    pub fn check(&self, source: Option<(&Path, &str)>) -> Result<(), SettingsError> {
        let mut copy = self.clone();
        let mut first = None;
        copy.each(&mut |path, spec, slot| {
            if first.is_none() && !slot.in_range(spec) {
                let (value, expected) = (slot.text(), slot.expectation(spec));
                first = Some(RefusedValue { path: path.to_owned(), value, expected, other: None });
            }
        });
        match first.or_else(|| self.contradiction()) {
            None => Ok(()),
            Some(refused) => Err(refused.into_error(source)),
        }
    }

    fn contradiction(&self) -> Option<RefusedValue> {
        let refused = |path: &str, value: String, expected: String, other: &str| {
            Some(RefusedValue { path: path.to_owned(), value, expected, other: Some(other.to_owned()) })
        };
        let cluster = &self.cluster;
        let pairs = [
            ("cluster.base_low", cluster.base_low, "cluster.base_high", cluster.base_high),
            ("cluster.burst_low", cluster.burst_low, "cluster.burst_high", cluster.burst_high),
            ("cluster.initial_budget", cluster.initial_budget, "cluster.max_budget", cluster.max_budget),
            ("cluster.leak_median", cluster.leak_median, "cluster.leak_max", cluster.leak_max),
            (
                "exploration.epsilon_end",
                self.exploration.epsilon_end,
                "exploration.epsilon_start",
                self.exploration.epsilon_start,
            ),
        ];
        for (low_name, low, high_name, high) in pairs {
            if low > high {
                let expected = format!("at most {high_name}, which is {high}");
                return refused(low_name, low.to_string(), expected, high_name);
            }
        }
        if cluster.priority_low_share + cluster.priority_mid_share > 1.0 + 1e-9 {
            let (low, mid) = (cluster.priority_low_share, cluster.priority_mid_share);
            let expected = format!("at most 1 - cluster.priority_low_share, which is {}", 1.0 - low);
            return refused("cluster.priority_mid_share", mid.to_string(), expected, "cluster.priority_low_share");
        }
        let exploration = &self.exploration;
        let needs_guide =
            matches!(exploration.fear_rule, FearRule::Guide | FearRule::HandOver) || exploration.hand_over_share > 0.0;
        if needs_guide && exploration.guide == GuidePolicy::Nobody {
            let expected = "patrol or notebook, because fear or hand_over_share hands over to the guide".to_owned();
            return refused("exploration.guide", "nobody".to_owned(), expected, "exploration.fear_rule");
        }
        if !self.run.against.is_empty() && self.run.policy.is_empty() {
            let expected = "empty while run.policy is empty: a comparison needs two policies".to_owned();
            return refused("run.against", self.run.against.clone(), expected, "run.policy");
        }
        let horizons = &self.prophet.horizons;
        if !horizons.is_sorted_by(|one, next| one < next) {
            let expected = "ascending numbers of steps, such as [2, 5, 10]".to_owned();
            return refused("prophet.horizons", format!("{horizons:?}"), expected, "prophet.horizons");
        }
        if self.pilot.batch_size > self.pilot.replay_capacity {
            let expected = format!("at most pilot.replay_capacity, which is {}", self.pilot.replay_capacity);
            return refused("pilot.batch_size", self.pilot.batch_size.to_string(), expected, "pilot.replay_capacity");
        }
        None
    }

    /// Steps n of the agent's n-step returns, and its discount gamma per step. A Q-table uses one-step returns.
    pub fn returns(&self) -> (usize, f64) {
        match self.run.agent {
            AgentKind::Dqn => (self.pilot.n_step, self.pilot.gamma),
            AgentKind::QTable => (1, self.qtable.gamma),
        }
    }

    /// Path and value of the agent's learning rate.
    pub fn learning_rate(&self) -> (&'static str, f64) {
        match self.run.agent {
            AgentKind::Dqn => ("pilot.learning_rate", self.pilot.learning_rate),
            AgentKind::QTable => ("qtable.learning_rate", self.qtable.learning_rate),
        }
    }

    /// The settings as indented RON, as kept in a run folder.
    pub fn to_ron(&self) -> String {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::new())
            .expect("a tree of numbers and names always has a RON form")
    }
}
