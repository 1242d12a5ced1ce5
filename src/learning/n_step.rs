//! n-step returns: single steps go in, transitions over n steps come out.

use super::{PilotInput, Transition};
use crate::cluster::{Action, Outcome};
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pending {
    pub(super) pilot_input: PilotInput,
    pub(super) action: Action,
    /// Discounted rewards so far.
    pub(super) reward: f32,
    /// Discount that the next reward gets.
    pub(super) discount: f32,
}

/// The accumulator of one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct NStepBuffer {
    pub(super) steps: usize,
    gamma: f32,
    pub(super) pending: VecDeque<Pending>,
}

impl NStepBuffer {
    /// Sums `steps` rewards with discount `gamma`.
    pub fn new(steps: usize, gamma: f64) -> Self {
        Self { steps, gamma: gamma as f32, pending: VecDeque::with_capacity(steps) }
    }

    /// Takes one step and hands every finished transition to `emit`. At the end of an episode all pending ones
    /// finish: with discount 0 after a collapse, bootstrapping from `next` after a truncation.
    pub fn push(
        &mut self,
        pilot_input: &PilotInput,
        action: Action,
        reward: f64,
        next: &PilotInput,
        outcome: Outcome,
        mut emit: impl FnMut(Transition),
    ) {
        self.pending.push_back(Pending { pilot_input: *pilot_input, action, reward: 0.0, discount: 1.0 });
        for pending in &mut self.pending {
            pending.reward += pending.discount * reward as f32;
            pending.discount *= self.gamma;
        }
        while self.pending.len() >= self.steps || (outcome.is_over() && !self.pending.is_empty()) {
            let Some(done) = self.pending.pop_front() else { break };
            emit(Transition {
                pilot_input: done.pilot_input,
                action: done.action,
                reward: done.reward,
                next: *next,
                discount: if outcome.is_collapse() { 0.0 } else { done.discount },
            });
        }
    }

    /// Forgets the steps of an episode that was broken off.
    pub fn clear(&mut self) {
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{CollapseCause, Observation};

    fn pilot_input(mark: f32) -> PilotInput {
        PilotInput::from(&Observation([mark; 35]))
    }

    fn run(rewards: &[f64], last: Outcome) -> Vec<Transition> {
        let mut accumulator = NStepBuffer::new(3, 0.5);
        let mut transitions = Vec::new();
        for (at, reward) in rewards.iter().enumerate() {
            let outcome = if at + 1 == rewards.len() { last } else { Outcome::Running };
            let (now, next) = (pilot_input(at as f32), pilot_input(at as f32 + 1.0));
            accumulator.push(&now, Action::Up, *reward, &next, outcome, |done| transitions.push(done));
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
    fn a_collapse_is_worth_nothing_more() {
        let transitions = run(&[1.0, 2.0], Outcome::Terminated(CollapseCause::OomLimit));
        let rewards: Vec<_> = transitions.iter().map(|done| (done.reward, done.discount)).collect();
        assert_eq!(rewards, [(2.0, 0.0), (2.0, 0.0)]);
    }

    #[test]
    fn a_truncation_bootstraps_from_the_last_observation() {
        let transitions = run(&[1.0, 2.0], Outcome::Truncated);
        let rewards: Vec<_> = transitions.iter().map(|done| (done.reward, done.discount)).collect();
        assert_eq!(rewards, [(2.0, 0.25), (2.0, 0.5)]);
        assert!(transitions.iter().all(|done| done.next == pilot_input(2.0)));
    }
}
