//! The Pilot's replay memory: n-step transitions, sampled uniformly.

use super::Sight;
use super::ring::Ring;
use crate::cluster::{Action, Stream};

/// An n-step transition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// What the agent saw.
    pub sight: Sight,
    /// What it did.
    pub action: Action,
    /// Discounted sum of the rewards of the next n steps.
    pub reward: f32,
    /// What it saw n steps later, or at the end of the episode.
    pub next: Sight,
    /// Discount of the value of `next`: gamma to the power of the steps in between, 0 after a collapse.
    pub discount: f32,
}

/// The replay memory.
pub type Replay = Ring<Transition>;

/// A sampled batch, as flat arrays for the networks.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// `[batch, inputs]`.
    pub sights: Vec<f32>,
    /// `[batch]`.
    pub actions: Vec<i32>,
    /// `[batch]`.
    pub rewards: Vec<f32>,
    /// `[batch, inputs]`.
    pub next: Vec<f32>,
    /// `[batch]`.
    pub discounts: Vec<f32>,
}

impl Batch {
    /// Fills the batch with `size` transitions of `replay`, drawn with replacement; each sight has `inputs` numbers.
    pub fn fill(&mut self, replay: &Replay, size: usize, inputs: usize, dice: &mut Stream) {
        self.sights.clear();
        self.actions.clear();
        self.rewards.clear();
        self.next.clear();
        self.discounts.clear();
        self.sights.reserve(size * inputs);
        self.next.reserve(size * inputs);
        for transition in replay.draw(size, dice) {
            self.sights.extend_from_slice(transition.sight.numbers(inputs));
            self.actions.push(transition.action.index() as i32);
            self.rewards.push(transition.reward);
            self.next.extend_from_slice(transition.next.numbers(inputs));
            self.discounts.push(transition.discount);
        }
    }
}
