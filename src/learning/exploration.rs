//! Exploration: epsilon, its schedule, and the Prophet's fear that suppresses it.

use crate::cluster::{Action, RngStream};
use crate::settings::{EpsilonDecay, ExplorationSettings, FearRule, Settings};
use rand::RngExt;

/// A chosen action and how it was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActionChoice {
    /// The action.
    pub action: Action,
    /// Whether it is exploratory (random or the guide's) rather than greedy.
    pub explored: bool,
    /// Whether the guide acted in the Pilot's place.
    pub handed_over: bool,
    /// Epsilon after fear has suppressed it, 0 to 1.
    pub effective_epsilon: f64,
}

/// The epsilon-greedy rule at one moment of a run.
#[derive(Debug, Clone, Copy)]
pub struct Exploration<'a> {
    settings: &'a ExplorationSettings,
    /// Environment steps so far.
    steps: f64,
    /// Environment steps of the whole run.
    run_steps: f64,
    /// Product of the per-episode factors so far.
    episodes_factor: f64,
    /// Whether nothing is explored and the guide, if there is one, chooses every action.
    frozen: bool,
}

impl<'a> Exploration<'a> {
    /// The rule after `steps` environment steps of a run; `episodes_factor` is the product of the per-episode factors so
    /// far.
    pub fn new(settings: &'a Settings, steps: u64, episodes_factor: f64) -> Self {
        let (steps, run_steps) = (steps as f64, settings.run.steps as f64);
        Self { settings: &settings.exploration, steps, run_steps, episodes_factor, frozen: false }
    }

    /// The same rule, frozen if `frozen`: nothing is explored and the guide, if there is one, chooses every action.
    pub(super) fn frozen(self, frozen: bool) -> Self {
        Self { frozen, ..self }
    }

    /// Epsilon before fear.
    pub fn epsilon(&self) -> f64 {
        let (start, end) = (self.settings.epsilon_start, self.settings.epsilon_end);
        let decay_steps = (self.settings.decay_share * self.run_steps).max(1.0);
        match self.settings.decay {
            _ if self.frozen => 0.0,
            EpsilonDecay::Linear => start + (end - start) * (self.steps / decay_steps).min(1.0),
            EpsilonDecay::PerEpisode => (start * self.episodes_factor).max(end),
        }
    }

    /// Epsilon suppressed by fear of this risk.
    pub fn suppressed(&self, risk: f32) -> f64 {
        let epsilon = self.epsilon();
        match self.settings.fear_rule {
            FearRule::Suppress => epsilon * (1.0 - self.settings.fear * f64::from(risk)),
            FearRule::Greedy if self.afraid(risk) => 0.0,
            _ => epsilon,
        }
    }

    /// Whether this risk is above the fear threshold, early enough in the run for fear to count.
    pub fn afraid(&self, risk: f32) -> bool {
        f64::from(risk) > self.settings.fear_threshold && self.steps < self.settings.fear_share * self.run_steps
    }

    /// Chooses between the greedy action, the guide's and a random one. Consumes the same number of random numbers in every
    /// case.
    pub fn choose(
        &self,
        q_values: &[f32; Action::COUNT],
        guide: Option<Action>,
        risk: f32,
        rng: &mut RngStream,
    ) -> ActionChoice {
        let settings = self.settings;
        let effective_epsilon = self.suppressed(risk);
        let explored = rng.random::<f64>() < effective_epsilon;
        let random = Action::ALL[rng.random_range(0..Action::COUNT)];
        let guided = rng.random::<f64>() < settings.guide_share;
        let at_random = rng.random::<f64>() < settings.hand_over_share || self.frozen;
        let afraid = self.afraid(risk);
        let handed_over = guide.is_some() && (at_random || (afraid && settings.fear_rule == FearRule::HandOver));
        let follows_guide = guided || (afraid && settings.fear_rule == FearRule::Guide);
        let action = match guide {
            Some(action) if handed_over || (explored && follows_guide) => action,
            _ if explored => random,
            _ => greedy_action(q_values),
        };
        ActionChoice { action, explored, handed_over, effective_epsilon }
    }
}

/// The action with the highest value, the first of equals.
pub fn greedy_action(q_values: &[f32; Action::COUNT]) -> Action {
    let mut best = 0;
    for (index, value) in q_values.iter().enumerate() {
        if *value > q_values[best] {
            best = index;
        }
    }
    Action::ALL[best]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};

    /// Settings of a run of 1,000 steps with this exploration.
    fn settings(exploration: ExplorationSettings) -> Settings {
        let mut settings = Settings { exploration, ..Default::default() };
        settings.run.steps = 1000;
        settings
    }

    #[test]
    fn epsilon_falls_linearly_and_then_stays() {
        let settings = settings(ExplorationSettings::default());
        let epsilon = |steps| Exploration::new(&settings, steps, 1.0).epsilon();
        assert_eq!(epsilon(0), 1.0);
        assert!((epsilon(150) - 0.525).abs() < 1e-12);
        assert!((epsilon(300) - 0.05).abs() < 1e-12);
        assert!((epsilon(900) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn a_frozen_agent_explores_nothing_and_leaves_every_action_to_its_guide() {
        let settings = settings(ExplorationSettings { epsilon_start: 1.0, epsilon_end: 1.0, ..Default::default() });
        let exploration = Exploration::new(&settings, 0, 1.0).frozen(true);
        let mut rng = stream(3, 0, RngPurpose::Exploration);
        for guide in [None, Some(Action::Scale)] {
            let choice = exploration.choose(&[0.0; 8], guide, 0.5, &mut rng);
            assert_eq!((choice.explored, choice.effective_epsilon, choice.handed_over), (false, 0.0, guide.is_some()));
            assert_eq!(choice.action, guide.unwrap_or(Action::Up));
        }
    }

    #[test]
    fn fear_suppresses_exploration_by_the_share_in_its_formula() {
        let exploration =
            ExplorationSettings { epsilon_start: 0.5, fear_rule: FearRule::Suppress, fear: 0.9, ..Default::default() };
        let settings = settings(exploration);
        let exploration = Exploration::new(&settings, 0, 1.0);
        let mut rng = stream(3, 0, RngPurpose::Exploration);
        let explored = (0..20_000).filter(|_| exploration.choose(&[0.0; 8], None, 1.0, &mut rng).explored).count();
        // 0.5 * (1 - 0.9) = 0.05, standard error 0.0015.
        assert!((explored as f64 / 20_000.0 - 0.05).abs() < 0.007, "{explored}");
    }

    #[test]
    fn an_afraid_agent_follows_its_fear_rule() {
        let q_values = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let with = |fear_rule, hand_over_share| ExplorationSettings {
            fear_rule,
            hand_over_share,
            guide_share: 0.0,
            fear_threshold: 0.2,
            fear_share: 0.5,
            ..Default::default()
        };
        // How often in 4,000 choices the guide's action, the greedy one and any other was taken.
        let count = |with, risk, epsilon, steps| {
            let settings = settings(ExplorationSettings { epsilon_start: epsilon, epsilon_end: epsilon, ..with });
            let exploration = Exploration::new(&settings, steps, 1.0);
            let mut rng = stream(3, 0, RngPurpose::Exploration);
            let mut counts = [0; 3];
            for _ in 0..4_000 {
                match exploration.choose(&q_values, Some(Action::Scale), risk, &mut rng).action {
                    Action::Scale => counts[0] += 1,
                    Action::MemoryClean => counts[1] += 1,
                    _ => counts[2] += 1,
                }
            }
            counts
        };
        assert_eq!(count(with(FearRule::Greedy, 0.0), 0.3, 1.0, 0), [0, 4000, 0]);
        assert_eq!(count(with(FearRule::Guide, 0.0), 0.3, 1.0, 0), [4000, 0, 0]);
        assert_eq!(count(with(FearRule::Guide, 0.0), 0.3, 0.0, 0), [0, 4000, 0]);
        assert_eq!(count(with(FearRule::HandOver, 0.0), 0.3, 0.0, 499), [4000, 0, 0]);
        assert_eq!(count(with(FearRule::HandOver, 0.0), 0.3, 0.0, 500), [0, 4000, 0], "fear no longer counts");
        for rule in [FearRule::Nothing, FearRule::Greedy, FearRule::Guide, FearRule::HandOver] {
            assert_eq!(count(with(rule, 0.0), 0.1, 0.0, 0), [0, 4000, 0], "{rule:?}: below its threshold");
            let [guide, best, other] = count(with(rule, 0.0), 0.1, 1.0, 0);
            assert!(guide < 700 && best < 700 && other > 2800, "{rule:?}: random below its threshold");
        }
        let [at_random, ..] = count(with(FearRule::Nothing, 0.25), 0.0, 0.0, 0);
        assert!((900..1100).contains(&at_random), "{at_random}");
    }
}
