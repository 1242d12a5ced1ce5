//! n-step returns: single steps go in, transitions over n steps come out.

use super::Transition;
use crate::cluster::{Action, Outcome};
use crate::features::PilotInput;
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

/// One step of an agent.
#[derive(Debug, Clone, Copy)]
pub struct Experience<'a> {
    /// What the agent saw.
    pub pilot_input: &'a PilotInput,
    /// What it did.
    pub action: Action,
    /// What it was rewarded with.
    pub reward: f64,
    /// What it saw then.
    pub next: &'a PilotInput,
    /// How the episode stood then.
    pub outcome: Outcome,
}

/// The accumulator of one agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NStepBuffer {
    pub(super) pending: VecDeque<Pending>,
}

impl NStepBuffer {
    /// Whether it holds no more than one that sums so many rewards.
    pub fn fits(&self, steps: usize) -> bool {
        self.pending.len() < steps
    }

    /// Takes one step and hands every finished transition, the sum of `steps` rewards with discount `gamma`, to `emit`. At
    /// the end of an episode all pending ones finish: with discount 0 after a collapse, bootstrapping from `next` after a
    /// truncation.
    pub fn push(&mut self, (steps, gamma): (usize, f64), experience: Experience<'_>, mut emit: impl FnMut(Transition)) {
        let Experience { pilot_input, action, reward, next, outcome } = experience;
        self.pending.push_back(Pending { pilot_input: *pilot_input, action, reward: 0.0, discount: 1.0 });
        for pending in &mut self.pending {
            pending.reward += pending.discount * reward as f32;
            pending.discount *= gamma as f32;
        }
        while self.pending.len() >= steps || (outcome.is_over() && !self.pending.is_empty()) {
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
        let mut accumulator = NStepBuffer::default();
        let mut transitions = Vec::new();
        for (at, reward) in rewards.iter().enumerate() {
            let outcome = if at + 1 == rewards.len() { last } else { Outcome::Running };
            let (now, next) = (pilot_input(at as f32), pilot_input(at as f32 + 1.0));
            let step = Experience { pilot_input: &now, action: Action::Up, reward: *reward, next: &next, outcome };
            accumulator.push((3, 0.5), step, |done| transitions.push(done));
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
