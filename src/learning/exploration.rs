//! Exploration: epsilon, its schedule, and the Prophet's fear that suppresses it.

use crate::cluster::{Action, RngStream};
use crate::settings::{EpsilonDecay, ExplorationSettings, FearRule, Settings};
use rand::RngExt;

/// An action and how it came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActionChoice {
    /// The action.
    pub action: Action,
    /// Whether it was tried, at random or after the guide, rather than judged best.
    pub explored: bool,
    /// Whether the guide acted in the Pilot's place, whatever the Pilot would have done.
    pub handed_over: bool,
    /// Epsilon after suppression by fear.
    pub effective_epsilon: f64,
}

/// The epsilon-greedy rule at one moment of a run.
#[derive(Debug, Clone, Copy)]
pub struct Exploration<'a> {
    settings: &'a ExplorationSettings,
    /// Environment steps so far.
    steps: f64,
    /// Those of the whole run.
    run_steps: f64,
    /// Product of the per-episode factors so far.
    episodes_factor: f64,
    /// Whether nothing is tried any more, and the guide acts where there is one.
    frozen: bool,
}

impl<'a> Exploration<'a> {
    /// The rule after `steps` environment steps of a run with these settings, which have come through episodes with this
    /// product of factors.
    pub fn new(settings: &'a Settings, steps: u64, episodes_factor: f64) -> Self {
        let (steps, run_steps) = (steps as f64, settings.run.steps as f64);
        Self { settings: &settings.exploration, steps, run_steps, episodes_factor, frozen: false }
    }

    /// The same where nothing is tried any more, if that is so: the guide acts where there is one.
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

    /// Whether a rule with a threshold is afraid of this risk.
    pub fn afraid(&self, risk: f32) -> bool {
        f64::from(risk) > self.settings.fear_threshold && self.steps < self.settings.fear_share * self.run_steps
    }

    /// Chooses between the best of `q_values`, the guide's action and a random one. Draws the same dice either way.
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
        let by_lot = rng.random::<f64>() < settings.hand_over_share || self.frozen;
        let afraid = self.afraid(risk);
        let handed_over = guide.is_some() && (by_lot || (afraid && settings.fear_rule == FearRule::HandOver));
        let careful = guided || (afraid && settings.fear_rule == FearRule::Guide);
        let action = match guide {
            Some(action) if handed_over || (explored && careful) => action,
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

    /// The settings of a run of 1,000 steps that explores so.
    fn settings(exploration: ExplorationSettings) -> Settings {
        let mut settings = Settings { exploration, ..Default::default() };
        settings.run.steps = 1000;
        settings
    }

    #[test]
    fn epsilon_falls_in_a_line_and_stays() {
        let settings = settings(ExplorationSettings::default());
        let epsilon = |steps| Exploration::new(&settings, steps, 1.0).epsilon();
        assert_eq!(epsilon(0), 1.0);
        assert!((epsilon(150) - 0.525).abs() < 1e-12);
        assert!((epsilon(300) - 0.05).abs() < 1e-12);
        assert!((epsilon(900) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn a_frozen_agent_tries_nothing_and_leaves_all_to_its_guide() {
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
    fn fear_suppresses_exploration_as_often_as_it_says() {
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
    fn an_afraid_agent_does_what_its_rule_says() {
        let q_values = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let with = |fear_rule, hand_over_share| ExplorationSettings {
            fear_rule,
            hand_over_share,
            guide_share: 0.0,
            fear_threshold: 0.2,
            fear_share: 0.5,
            ..Default::default()
        };
        // How often of 4,000 the guide's action, the best one and another was taken, at a risk and epsilon 1 or 0.
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
        assert_eq!(count(with(FearRule::HandOver, 0.0), 0.3, 0.0, 500), [0, 4000, 0], "fear is over by now");
        for rule in [FearRule::Nothing, FearRule::Greedy, FearRule::Guide, FearRule::HandOver] {
            assert_eq!(count(with(rule, 0.0), 0.1, 0.0, 0), [0, 4000, 0], "{rule:?}: below its threshold");
            let [guide, best, other] = count(with(rule, 0.0), 0.1, 1.0, 0);
            assert!(guide < 700 && best < 700 && other > 2800, "{rule:?}: random below its threshold");
        }
        let [by_lot, ..] = count(with(FearRule::Nothing, 0.25), 0.0, 0.0, 0);
        assert!((900..1100).contains(&by_lot), "{by_lot}");
    }
}
