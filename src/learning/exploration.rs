//! Exploration: epsilon, its schedule, and the Prophet's fear that suppresses it.

use crate::cluster::{Action, RngStream};
use crate::settings::{EpsilonDecay, ExplorationSettings, FearRule};
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

/// The epsilon-greedy rule and its schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Exploration {
    settings: ExplorationSettings,
    /// Steps over which the linear schedule falls.
    decay_steps: f64,
    /// Steps during which the threshold rules of fear hold.
    afraid_steps: f64,
    /// Product of the per-episode factors so far.
    episodes_factor: f64,
}

impl Exploration {
    /// The schedule of a run of `run_steps` environment steps.
    pub fn new(settings: ExplorationSettings, run_steps: u64) -> Self {
        let mut exploration = Self { settings, decay_steps: 1.0, afraid_steps: 0.0, episodes_factor: 1.0 };
        exploration.set_run_steps(run_steps);
        exploration
    }

    /// From here on the schedule is that of a run of so many environment steps.
    pub fn set_run_steps(&mut self, run_steps: u64) {
        self.decay_steps = (self.settings.decay_share * run_steps as f64).max(1.0);
        self.afraid_steps = self.settings.fear_share * run_steps as f64;
    }

    /// Epsilon before fear, after `steps` environment steps.
    pub fn epsilon(&self, steps: u64) -> f64 {
        let (start, end) = (self.settings.epsilon_start, self.settings.epsilon_end);
        match self.settings.decay {
            EpsilonDecay::Linear => start + (end - start) * (steps as f64 / self.decay_steps).min(1.0),
            EpsilonDecay::PerEpisode => (start * self.episodes_factor).max(end),
        }
    }

    /// Epsilon after `steps` environment steps, suppressed by fear of this risk.
    pub fn suppressed(&self, steps: u64, risk: f32) -> f64 {
        let epsilon = self.epsilon(steps);
        match self.settings.fear_rule {
            FearRule::Suppress => epsilon * (1.0 - self.settings.fear * f64::from(risk)),
            FearRule::Greedy if self.afraid(steps, risk) => 0.0,
            _ => epsilon,
        }
    }

    /// Whether a rule with a threshold is afraid of this risk after `steps` environment steps.
    pub fn afraid(&self, steps: u64, risk: f32) -> bool {
        f64::from(risk) > self.settings.fear_threshold && (steps as f64) < self.afraid_steps
    }

    /// Chooses after `steps` environment steps between the best of `q_values`, the guide's action and a random one. Draws the
    /// same dice either way.
    pub fn choose(
        &self,
        q_values: &[f32; Action::COUNT],
        guide: Option<Action>,
        risk: f32,
        steps: u64,
        rng: &mut RngStream,
    ) -> ActionChoice {
        let settings = &self.settings;
        let effective_epsilon = self.suppressed(steps, risk);
        let explored = rng.random::<f64>() < effective_epsilon;
        let random = Action::ALL[rng.random_range(0..Action::COUNT)];
        let guided = rng.random::<f64>() < settings.guide_share;
        let by_lot = rng.random::<f64>() < settings.hand_over_share;
        let afraid = self.afraid(steps, risk);
        let handed_over = guide.is_some() && (by_lot || (afraid && settings.fear_rule == FearRule::HandOver));
        let careful = guided || (afraid && settings.fear_rule == FearRule::Guide);
        let action = match guide {
            Some(action) if handed_over || (explored && careful) => action,
            _ if explored => random,
            _ => greedy_action(q_values),
        };
        ActionChoice { action, explored, handed_over, effective_epsilon }
    }

    /// From here on nothing is tried, and the guide acts where there is one.
    pub(super) fn freeze(&mut self) {
        (self.settings.epsilon_start, self.settings.epsilon_end, self.settings.hand_over_share) = (0.0, 0.0, 1.0);
    }

    /// Tells the schedule that an episode ended.
    pub fn end_episode(&mut self) {
        self.episodes_factor *= self.settings.episode_factor;
    }

    /// Product of the per-episode factors so far, for checkpoints.
    pub fn episodes_factor(&self) -> f64 {
        self.episodes_factor
    }

    /// Continues from a checkpoint.
    pub fn restore(&mut self, episodes_factor: f64) {
        self.episodes_factor = episodes_factor;
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

    #[test]
    fn epsilon_falls_in_a_line_and_stays() {
        let exploration = Exploration::new(ExplorationSettings::default(), 1000);
        assert_eq!(exploration.epsilon(0), 1.0);
        assert!((exploration.epsilon(150) - 0.525).abs() < 1e-12);
        assert!((exploration.epsilon(300) - 0.05).abs() < 1e-12);
        assert!((exploration.epsilon(900) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn fear_suppresses_exploration_as_often_as_it_says() {
        let settings =
            ExplorationSettings { epsilon_start: 0.5, fear_rule: FearRule::Suppress, fear: 0.9, ..Default::default() };
        let exploration = Exploration::new(settings, 1000);
        let mut rng = stream(3, 0, RngPurpose::Exploration);
        let explored = (0..20_000).filter(|_| exploration.choose(&[0.0; 8], None, 1.0, 0, &mut rng).explored).count();
        // 0.5 * (1 - 0.9) = 0.05, standard error 0.0015.
        assert!((explored as f64 / 20_000.0 - 0.05).abs() < 0.007, "{explored}");
    }

    #[test]
    fn an_afraid_agent_does_what_its_rule_says() {
        let q_values = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let settings = |fear_rule, hand_over_share| ExplorationSettings {
            fear_rule,
            hand_over_share,
            guide_share: 0.0,
            fear_threshold: 0.2,
            fear_share: 0.5,
            ..Default::default()
        };
        // How often of 4,000 the guide's action, the best one and another was taken, at a risk and epsilon 1 or 0.
        let count = |settings, risk, epsilon, steps| {
            let settings = ExplorationSettings { epsilon_start: epsilon, epsilon_end: epsilon, ..settings };
            let exploration = Exploration::new(settings, 1000);
            let mut rng = stream(3, 0, RngPurpose::Exploration);
            let mut counts = [0; 3];
            for _ in 0..4_000 {
                match exploration.choose(&q_values, Some(Action::Scale), risk, steps, &mut rng).action {
                    Action::Scale => counts[0] += 1,
                    Action::MemoryClean => counts[1] += 1,
                    _ => counts[2] += 1,
                }
            }
            counts
        };
        assert_eq!(count(settings(FearRule::Greedy, 0.0), 0.3, 1.0, 0), [0, 4000, 0]);
        assert_eq!(count(settings(FearRule::Guide, 0.0), 0.3, 1.0, 0), [4000, 0, 0]);
        assert_eq!(count(settings(FearRule::Guide, 0.0), 0.3, 0.0, 0), [0, 4000, 0]);
        assert_eq!(count(settings(FearRule::HandOver, 0.0), 0.3, 0.0, 499), [4000, 0, 0]);
        assert_eq!(count(settings(FearRule::HandOver, 0.0), 0.3, 0.0, 500), [0, 4000, 0], "fear is over by now");
        for rule in [FearRule::Nothing, FearRule::Greedy, FearRule::Guide, FearRule::HandOver] {
            assert_eq!(count(settings(rule, 0.0), 0.1, 0.0, 0), [0, 4000, 0], "{rule:?}: below its threshold");
            let [guide, best, other] = count(settings(rule, 0.0), 0.1, 1.0, 0);
            assert!(guide < 700 && best < 700 && other > 2800, "{rule:?}: random below its threshold");
        }
        let [by_lot, ..] = count(settings(FearRule::Nothing, 0.25), 0.0, 0.0, 0);
        assert!((900..1100).contains(&by_lot), "{by_lot}");
    }
}
