//! n-step returns: turns single steps into transitions over n steps.

use super::Transition;
use crate::cluster::{Action, Outcome};
use crate::features::PilotInput;
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PendingStep {
    pub(super) pilot_input: PilotInput,
    pub(super) action: Action,
    /// Discounted rewards so far.
    pub(super) reward: f32,
    /// Discount that the next reward gets.
    pub(super) discount: f32,
}

/// One step of an agent.
#[derive(Debug, Clone, Copy)]
pub struct Experience<'a> {
    /// The Pilot's input when it acted.
    pub pilot_input: &'a PilotInput,
    /// The action taken.
    pub action: Action,
    /// The reward.
    pub reward: f64,
    /// The Pilot's input after the step.
    pub next: &'a PilotInput,
    /// The state of the episode after the step.
    pub outcome: Outcome,
}

/// The accumulator of one agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NStepBuffer {
    pub(super) pending: VecDeque<PendingStep>,
}

impl NStepBuffer {
    /// Whether it holds no more pending steps than a buffer for `steps` rewards can.
    pub fn is_consistent(&self, steps: usize) -> bool {
        self.pending.len() < steps
    }

    /// Adds one step and passes every finished transition, which sums `steps` rewards with discount `gamma`, to `emit`. The
    /// end of an episode finishes all pending ones: with discount 0 after a collapse, bootstrapping from `next` after a
    /// truncation.
    pub fn push(&mut self, (steps, gamma): (usize, f64), experience: Experience<'_>, mut emit: impl FnMut(Transition)) {
        let Experience { pilot_input, action, reward, next, outcome } = experience;
        self.pending.push_back(PendingStep { pilot_input: *pilot_input, action, reward: 0.0, discount: 1.0 });
        for pending in &mut self.pending {
            pending.reward += pending.discount * reward as f32;
            pending.discount *= gamma as f32;
        }
        while self.pending.len() >= steps || (outcome.is_over() && !self.pending.is_empty()) {
            let Some(finished) = self.pending.pop_front() else { break };
            emit(Transition {
                pilot_input: finished.pilot_input,
                action: finished.action,
                reward: finished.reward,
                next: *next,
                discount: if outcome.is_collapse() { 0.0 } else { finished.discount },
            });
        }
    }

    /// Drops the pending steps of an episode that was aborted.
    pub fn clear(&mut self) {
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{CollapseCause, Observation};

    fn pilot_input(value: f32) -> PilotInput {
        PilotInput::from(&Observation([value; 35]))
    }

    fn run(rewards: &[f64], last: Outcome) -> Vec<Transition> {
        let mut buffer = NStepBuffer::default();
        let mut transitions = Vec::new();
        for (at, reward) in rewards.iter().enumerate() {
            let outcome = if at + 1 == rewards.len() { last } else { Outcome::Running };
            let (now, next) = (pilot_input(at as f32), pilot_input(at as f32 + 1.0));
            let step = Experience { pilot_input: &now, action: Action::Up, reward: *reward, next: &next, outcome };
            buffer.push((3, 0.5), step, |transition| transitions.push(transition));
        }
        transitions
    }

    #[test]
    fn three_rewards_are_summed_and_bootstrapped() {
        let transitions = run(&[1.0, 2.0, 4.0, 8.0], Outcome::Running);
        assert_eq!(transitions.len(), 2);
        assert_eq!(transitions[0].reward, 1.0 + 0.5 * 2.0 + 0.25 * 4.0);
        assert_eq!(transitions[0].discount, 0.125);
        assert_eq!(transitions[0].next, pilot_input(3.0));
        assert_eq!(transitions[1].pilot_input, pilot_input(1.0));
    }

    #[test]
    fn a_collapse_ends_the_return() {
        let transitions = run(&[1.0, 2.0], Outcome::Terminated(CollapseCause::OomLimit));
        let rewards: Vec<_> = transitions.iter().map(|transition| (transition.reward, transition.discount)).collect();
        assert_eq!(rewards, [(2.0, 0.0), (2.0, 0.0)]);
    }

    #[test]
    fn a_truncation_bootstraps_from_the_last_observation() {
        let transitions = run(&[1.0, 2.0], Outcome::Truncated);
        let rewards: Vec<_> = transitions.iter().map(|transition| (transition.reward, transition.discount)).collect();
        assert_eq!(rewards, [(2.0, 0.25), (2.0, 0.5)]);
        assert!(transitions.iter().all(|transition| transition.next == pilot_input(2.0)));
    }
}
