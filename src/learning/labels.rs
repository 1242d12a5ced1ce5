//! Training data of the Prophet: states, and how long the cluster lived on after them.

use super::ring_buffer::RingBuffer;
use super::survival::SurvivalTime;
use crate::cluster::Outcome;
use crate::features::ProphetInput;
use crate::settings::{ProphetLabel, ProphetSettings};
use std::collections::VecDeque;

/// A state whose future is not known yet: the Prophet's input and the risk it forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelCandidate {
    /// The Prophet's input.
    pub prophet_input: ProphetInput,
    /// The risk that was forecast from it, 0 to 1 ([`super::RiskCurve::risk`]).
    pub risk: f32,
}

/// A state and its future, as far as it was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelledState {
    /// The state.
    pub state: LabelCandidate,
    /// How long the cluster lived on, up to the longest horizon.
    pub survival: SurvivalTime,
    /// Whether the whole horizon could be seen, whatever happened: the step limit lay at least that far ahead. Only such
    /// states are scored. To score a state because its collapse was seen, and not because its survival was not, would
    /// make every forecast near the end of an episode look too low.
    pub scored: bool,
}

/// Where an episode stands after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpisodeProgress {
    /// The outcome so far.
    pub outcome: Outcome,
    /// Steps done.
    pub time: usize,
    /// The step limit.
    pub max_steps: usize,
}

/// The states of one agent whose future is not known yet.
///
/// With [`ProphetLabel::Survival`] the future of a state is known once the cluster collapsed, the longest horizon has passed
/// or the episode was truncated. With [`ProphetLabel::EpisodeOutcome`] it is known at the end of the episode.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelBuffer {
    pub(super) waiting: VecDeque<LabelCandidate>,
}

impl LabelBuffer {
    /// Whether no state has waited too long for its label.
    pub(super) fn has_room(&self, settings: &ProphetSettings) -> bool {
        settings.label != ProphetLabel::Survival || self.waiting.len() < settings.longest_horizon()
    }

    /// Adds the state before a step with what came after it, and passes every state whose future is known now to `emit`.
    pub fn push(
        &mut self,
        settings: &ProphetSettings,
        state: LabelCandidate,
        progress: EpisodeProgress,
        mut emit: impl FnMut(LabelledState),
    ) {
        self.waiting.push_back(state);
        let EpisodeProgress { outcome, time, max_steps } = progress;
        let (survival_label, horizon) = (settings.label == ProphetLabel::Survival, settings.longest_horizon());
        let known = match outcome.is_over() {
            true => self.waiting.len(),
            false => usize::from(!self.has_room(settings)),
        };
        for steps in (1..=self.waiting.len()).rev().take(known) {
            let Some(state) = self.waiting.pop_front() else { break };
            let survival = SurvivalTime { steps: steps as u32, collapsed: outcome.is_collapse() };
            let scored = !survival_label || time.saturating_sub(steps) + horizon <= max_steps;
            emit(LabelledState { state, survival, scored });
        }
    }

    /// Drops the waiting states of an episode that was aborted.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// The Prophet's replay buffer: inputs and how long the cluster lived on.
pub type LabelMemory = RingBuffer<(ProphetInput, SurvivalTime)>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::CollapseCause;

    const COLLAPSE: Outcome = Outcome::Terminated(CollapseCause::CriticalOom);

    /// Index, steps, whether it collapsed and whether it is scored, for each state of an episode with a horizon of 3.
    fn labels(label: ProphetLabel, steps: usize, last: Outcome, max_steps: usize) -> Vec<(usize, u32, bool, bool)> {
        let settings = ProphetSettings { label, horizons: vec![1, 3], ..ProphetSettings::default() };
        let mut buffer = LabelBuffer::default();
        let mut labelled = Vec::new();
        for at in 0..steps {
            let outcome = if at + 1 == steps { last } else { Outcome::Running };
            let state = LabelCandidate { prophet_input: ProphetInput::default(), risk: at as f32 };
            let progress = EpisodeProgress { outcome, time: at + 1, max_steps };
            buffer.push(&settings, state, progress, |LabelledState { state, survival, scored }| {
                labelled.push((state.risk as usize, survival.steps, survival.collapsed, scored));
            });
        }
        assert!(buffer.waiting.is_empty() || !last.is_over());
        labelled
    }

    #[test]
    fn a_state_lived_until_the_collapse_or_through_the_horizon() {
        let expected =
            [(0, 3, false, true), (1, 3, false, true), (2, 3, true, true), (3, 2, true, true), (4, 1, true, true)];
        assert_eq!(labels(ProphetLabel::Survival, 5, COLLAPSE, 300), expected);
        let running = [(0, 3, false, true), (1, 3, false, true), (2, 3, false, true)];
        assert_eq!(labels(ProphetLabel::Survival, 5, Outcome::Running, 300), running, "the rest waits");
    }

    #[test]
    fn a_truncated_future_is_known_to_have_lived_so_far_and_no_more() {
        let expected =
            [(0, 3, false, true), (1, 3, false, true), (2, 3, false, true), (3, 2, false, false), (4, 1, false, false)];
        assert_eq!(labels(ProphetLabel::Survival, 5, Outcome::Truncated, 5), expected);
    }

    #[test]
    fn which_states_are_scored_does_not_depend_on_how_the_episode_ended() {
        for max_steps in 1..9 {
            let scored = |last: Outcome| -> Vec<usize> {
                let labelled = labels(ProphetLabel::Survival, max_steps, last, max_steps);
                labelled.into_iter().filter(|(.., scored)| *scored).map(|(at, ..)| at).collect()
            };
            assert_eq!(scored(COLLAPSE), scored(Outcome::Truncated), "with {max_steps} steps");
            assert_eq!(scored(COLLAPSE).len(), (max_steps + 1).saturating_sub(3));
        }
    }

    #[test]
    fn the_episode_outcome_labels_every_state_of_the_episode() {
        for (last, collapsed) in [(COLLAPSE, true), (Outcome::Truncated, false)] {
            let labelled = labels(ProphetLabel::EpisodeOutcome, 6, last, 6);
            let expected: Vec<_> = (0..6).map(|at| (at, 6 - at as u32, collapsed, true)).collect();
            assert_eq!(labelled, expected);
        }
    }
}
