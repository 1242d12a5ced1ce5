//! Training data of the Prophet: states labelled by whether a collapse followed.

use super::ring_buffer::RingBuffer;
use crate::cluster::Outcome;
use crate::features::ProphetInput;
use crate::settings::{ProphetLabel, ProphetSettings};
use std::collections::VecDeque;

/// A state that waits for its label: the Prophet's input and its forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelCandidate {
    /// The Prophet's input.
    pub prophet_input: ProphetInput,
    /// The forecast that was made from it, 0 to 1.
    pub risk: f32,
}

/// The states of one agent that wait for their label.
///
/// With [`ProphetLabel::Horizon`] a state is labelled 1 if the cluster collapsed within the next H steps and 0 once H
/// steps have passed; it gets no label if the episode was truncated before that, since its future is unknown.
/// With [`ProphetLabel::EpisodeOutcome`] all states of an episode get its outcome.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelBuffer {
    pub(super) waiting: VecDeque<LabelCandidate>,
}

impl LabelBuffer {
    /// Whether no state has waited too long for its label.
    pub(super) fn has_room(&self, settings: &ProphetSettings) -> bool {
        settings.label != ProphetLabel::Horizon || self.waiting.len() < settings.horizon
    }

    /// Adds the state before a step with the outcome after it, and passes every state that now has a label to `emit`.
    pub fn push(
        &mut self,
        settings: &ProphetSettings,
        state: LabelCandidate,
        outcome: Outcome,
        mut emit: impl FnMut(LabelCandidate, bool),
    ) {
        self.waiting.push_back(state);
        match settings.label {
            _ if outcome.is_collapse() => self.waiting.drain(..).for_each(|state| emit(state, true)),
            ProphetLabel::Horizon => {
                // The horizon of the state H steps back is over.
                if self.waiting.len() >= settings.horizon
                    && let Some(state) = self.waiting.pop_front()
                {
                    emit(state, false);
                }
            }
            ProphetLabel::EpisodeOutcome if outcome.is_over() => {
                self.waiting.drain(..).for_each(|state| emit(state, false));
            }
            ProphetLabel::EpisodeOutcome => {}
        }
        if outcome.is_over() {
            // The future of the states that still wait will stay unknown.
            self.waiting.clear();
        }
    }

    /// Drops the waiting states of an episode that was aborted.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// The label of state `index` (0-based) of a complete episode of `steps` steps under [`ProphetLabel::Horizon`]; `None` if a
/// truncation cut off its future.
pub fn horizon_label(index: usize, steps: usize, collapsed: bool, horizon: usize) -> Option<bool> {
    let left = steps - index;
    if collapsed { Some(left <= horizon) } else { (left >= horizon).then_some(false) }
}

/// The Prophet's replay buffer: inputs and their labels.
pub type LabelMemory = RingBuffer<(ProphetInput, bool)>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::CollapseCause;

    fn labels(label: ProphetLabel, steps: usize, last: Outcome) -> Vec<(f32, bool)> {
        let settings = ProphetSettings { label, horizon: 3, ..ProphetSettings::default() };
        let mut buffer = LabelBuffer::default();
        let mut labelled = Vec::new();
        for at in 0..steps {
            let outcome = if at + 1 == steps { last } else { Outcome::Running };
            let state = LabelCandidate { prophet_input: ProphetInput::default(), risk: at as f32 };
            buffer.push(&settings, state, outcome, |state, collapsed| labelled.push((state.risk, collapsed)));
        }
        labelled
    }

    #[test]
    fn only_the_last_h_states_before_a_collapse_are_labelled_1() {
        let collapse = Outcome::Terminated(CollapseCause::CriticalOom);
        let expected = [(0.0, false), (1.0, false), (2.0, true), (3.0, true), (4.0, true)];
        assert_eq!(labels(ProphetLabel::Horizon, 5, collapse), expected);
    }

    #[test]
    fn states_whose_future_was_cut_off_get_no_label() {
        assert_eq!(labels(ProphetLabel::Horizon, 5, Outcome::Truncated), [(0.0, false), (1.0, false), (2.0, false)]);
    }

    #[test]
    fn horizon_label_agrees_with_the_buffer() {
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
    fn the_episode_outcome_labels_every_state_of_the_episode() {
        let collapse = Outcome::Terminated(CollapseCause::OomLimit);
        assert_eq!(labels(ProphetLabel::EpisodeOutcome, 2, collapse), [(0.0, true), (1.0, true)]);
        assert_eq!(labels(ProphetLabel::EpisodeOutcome, 2, Outcome::Truncated), [(0.0, false), (1.0, false)]);
    }
}
