//! Exploration: epsilon, its schedule, and the Prophet's fear that suppresses it.

use crate::cluster::{Action, Stream};
use crate::settings::{EpsilonDecay, ExplorationSettings};
use rand::RngExt;

/// An action and how it came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The action.
    pub action: Action,
    /// Whether it was tried, at random or after the guide, rather than judged best.
    pub explored: bool,
    /// Epsilon after suppression by fear.
    pub effective_epsilon: f64,
}

/// The epsilon-greedy rule and its schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Exploration {
    settings: ExplorationSettings,
    /// Steps over which the linear schedule falls.
    decay_steps: f64,
    /// Product of the per-episode factors so far.
    episodes_factor: f64,
}

impl Exploration {
    /// The schedule of a run of `run_steps` environment steps.
    pub fn new(settings: ExplorationSettings, run_steps: u64) -> Self {
        let decay_steps = (settings.decay_share * run_steps as f64).max(1.0);
        Self { settings, decay_steps, episodes_factor: 1.0 }
    }

    /// Epsilon before suppression, after `steps` environment steps.
    pub fn epsilon(&self, steps: u64) -> f64 {
        let (start, end) = (self.settings.epsilon_start, self.settings.epsilon_end);
        match self.settings.decay {
            EpsilonDecay::Linear => start + (end - start) * (steps as f64 / self.decay_steps).min(1.0),
            EpsilonDecay::PerEpisode => (start * self.episodes_factor).max(end),
        }
    }

    /// Epsilon times `1 - fear * risk`: survive first, optimise later.
    pub fn suppressed(&self, epsilon: f64, risk: f32) -> f64 {
        epsilon * (1.0 - self.settings.fear * f64::from(risk))
    }

    /// Chooses between the best of `q_values`, the guide's action and a random one. Draws the same dice either way.
    pub fn choose(
        &self,
        q_values: &[f32; Action::COUNT],
        guide: Option<Action>,
        risk: f32,
        epsilon: f64,
        dice: &mut Stream,
    ) -> Choice {
        let effective_epsilon = self.suppressed(epsilon, risk);
        let explored = dice.random::<f64>() < effective_epsilon;
        let random = Action::ALL[dice.random_range(0..Action::COUNT)];
        let guided = dice.random::<f64>() < self.settings.guide_share;
        let action = match guide {
            _ if !explored => greedy_action(q_values),
            Some(action) if guided => action,
            _ => random,
        };
        Choice { action, explored, effective_epsilon }
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
    use crate::cluster::{Purpose, stream};

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
        let exploration = Exploration::new(ExplorationSettings::default(), 1000);
        let mut dice = stream(3, 0, Purpose::Exploration);
        let explored =
            (0..20_000).filter(|_| exploration.choose(&[0.0; 8], None, 1.0, 0.5, &mut dice).explored).count();
        // 0.5 * (1 - 0.9) = 0.05, standard error 0.0015.
        assert!((explored as f64 / 20_000.0 - 0.05).abs() < 0.007, "{explored}");
    }
}
