//! What the Prophet is taught: states labelled by what really happened after them.

use super::ProphetInput;
use super::ring::RingBuffer;
use crate::cluster::Outcome;
use crate::settings::ProphetLabel;
use std::collections::VecDeque;

/// A state as the Prophet was given it, and what it foretold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelCandidate {
    /// The Prophet's input.
    pub prophet_input: ProphetInput,
    /// Its forecast when the state was seen.
    pub risk: f32,
}

/// States of one agent that wait for their label.
///
/// With [`ProphetLabel::Horizon`] a state is labelled 1 if the cluster collapsed within the next H steps, 0 once H more
/// steps have passed, and never where the episode was truncated before that: what would have come is unknown.
/// With [`ProphetLabel::EpisodeOutcome`] all states of an episode get its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelBuffer {
    label: ProphetLabel,
    horizon: usize,
    pub(super) waiting: VecDeque<LabelCandidate>,
}

impl LabelBuffer {
    /// A buffer for one agent.
    pub fn new(label: ProphetLabel, horizon: usize) -> Self {
        Self { label, horizon, waiting: VecDeque::new() }
    }

    /// Whether no state has waited too long.
    pub(super) fn has_room(&self) -> bool {
        self.label != ProphetLabel::Horizon || self.waiting.len() < self.horizon
    }

    /// Takes the state before a step and how the step ended, and hands every state that now has a label to
    /// `emit`.
    pub fn push(&mut self, state: LabelCandidate, outcome: Outcome, mut emit: impl FnMut(LabelCandidate, bool)) {
        self.waiting.push_back(state);
        match (outcome, self.label) {
            (Outcome::Terminated(_), _) => {
                self.waiting.drain(..).for_each(|state| emit(state, true));
            }
            (Outcome::Truncated, ProphetLabel::Horizon) => {
                // The state H steps back has seen its whole horizon; the younger ones never will.
                if self.waiting.len() >= self.horizon
                    && let Some(state) = self.waiting.pop_front()
                {
                    emit(state, false);
                }
                self.waiting.clear();
            }
            (Outcome::Truncated, ProphetLabel::EpisodeOutcome) => {
                self.waiting.drain(..).for_each(|state| emit(state, false));
            }
            (Outcome::Running, ProphetLabel::Horizon) => {
                if self.waiting.len() >= self.horizon
                    && let Some(state) = self.waiting.pop_front()
                {
                    emit(state, false);
                }
            }
            (Outcome::Running, ProphetLabel::EpisodeOutcome) => {}
        }
    }

    /// Forgets the states of an episode that was broken off.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// The label of state `at` (0-based) of a whole episode of `steps` steps by the rule of [`ProphetLabel::Horizon`]; none where
/// its future was cut off.
pub fn horizon_label(at: usize, steps: usize, collapsed: bool, horizon: usize) -> Option<bool> {
    let left = steps - at;
    if collapsed { Some(left <= horizon) } else { (left >= horizon).then_some(false) }
}

/// The Prophet's memory: labelled states.
pub type LabelMemory = RingBuffer<(ProphetInput, bool)>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::CollapseCause;

    fn labels(label: ProphetLabel, steps: usize, last: Outcome) -> Vec<(f32, bool)> {
        let mut buffer = LabelBuffer::new(label, 3);
        let mut labelled = Vec::new();
        for at in 0..steps {
            let outcome = if at + 1 == steps { last } else { Outcome::Running };
            let state = LabelCandidate { prophet_input: ProphetInput::default(), risk: at as f32 };
            buffer.push(state, outcome, |state, collapsed| labelled.push((state.risk, collapsed)));
        }
        labelled
    }

    #[test]
    fn only_the_last_h_states_before_a_collapse_are_dangerous() {
        let collapse = Outcome::Terminated(CollapseCause::CriticalOom);
        let expected = [(0.0, false), (1.0, false), (2.0, true), (3.0, true), (4.0, true)];
        assert_eq!(labels(ProphetLabel::Horizon, 5, collapse), expected);
    }

    #[test]
    fn states_whose_future_was_cut_off_stay_unused() {
        assert_eq!(labels(ProphetLabel::Horizon, 5, Outcome::Truncated), [(0.0, false), (1.0, false), (2.0, false)]);
    }

    #[test]
    fn the_label_of_a_whole_episode_is_that_of_its_states_one_by_one() {
        for outcome in [Outcome::Terminated(CollapseCause::OomLimit), Outcome::Truncated] {
            for steps in 1..9 {
                let label = |at| Some((at as f32, horizon_label(at, steps, outcome.is_collapse(), 3)?));
                assert_eq!(
                    labels(ProphetLabel::Horizon, steps, outcome),
                    (0..steps).filter_map(label).collect::<Vec<_>>()
                );
            }
        }
    }

    #[test]
    fn the_old_label_is_the_outcome_of_the_episode() {
        let collapse = Outcome::Terminated(CollapseCause::OomLimit);
        assert_eq!(labels(ProphetLabel::EpisodeOutcome, 2, collapse), [(0.0, true), (1.0, true)]);
        assert_eq!(labels(ProphetLabel::EpisodeOutcome, 2, Outcome::Truncated), [(0.0, false), (1.0, false)]);
    }
}
