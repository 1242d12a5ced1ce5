//! The Pilot's replay memory: n-step transitions, sampled uniformly or by priority.

use super::RingBuffer;
use super::sum_tree::SumTree;
use crate::cluster::{Action, RngStream};
use crate::features::{PilotInput, Symmetry};
use crate::settings::PilotSettings;
use rand::RngExt;

/// How much of the bias of prioritised sampling is corrected at the start of a run (beta).
const FIRST_CORRECTION: f64 = 0.4;

/// An n-step transition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// What the agent saw.
    pub pilot_input: PilotInput,
    /// What it did.
    pub action: Action,
    /// Discounted sum of the rewards of the next n steps.
    pub reward: f32,
    /// What it saw n steps later, or at the end of the episode.
    pub next: PilotInput,
    /// Discount of the value of `next`: gamma to the power of the steps in between, 0 after a collapse.
    pub discount: f32,
}

/// The replay memory: uniform, or prioritised.
#[derive(Debug, Clone)]
pub struct ReplayBuffer {
    pub(super) transitions: RingBuffer<Transition>,
    pub(super) priorities: Option<SumTree>,
}

/// A sampled batch, as flat arrays for the networks.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// `[batch, inputs]`.
    pub pilot_inputs: Vec<f32>,
    /// `[batch]`.
    pub actions: Vec<i32>,
    /// `[batch]`.
    pub rewards: Vec<f32>,
    /// `[batch, inputs]`.
    pub next: Vec<f32>,
    /// `[batch]`.
    pub discounts: Vec<f32>,
    /// `[batch]`, how much each transition counts; empty where all count alike.
    pub weights: Vec<f32>,
    /// `[batch]`, where in the memory each lies; empty where nobody wants to know.
    pub slots: Vec<usize>,
}

impl Batch {
    fn clear(&mut self) {
        [&mut self.pilot_inputs, &mut self.rewards, &mut self.next, &mut self.discounts, &mut self.weights]
            .into_iter()
            .for_each(Vec::clear);
        self.actions.clear();
        self.slots.clear();
    }

    fn push(&mut self, transition: &Transition, inputs: usize, symmetry: Symmetry) {
        symmetry.transform(transition.pilot_input.numbers(inputs), inputs, &mut self.pilot_inputs);
        self.actions.push(symmetry.action(transition.action).index() as i32);
        self.rewards.push(transition.reward);
        symmetry.transform(transition.next.numbers(inputs), inputs, &mut self.next);
        self.discounts.push(transition.discount);
    }
}

impl ReplayBuffer {
    /// An empty memory as the settings want it.
    pub fn new(settings: &PilotSettings) -> Self {
        let capacity = settings.replay_capacity;
        let priorities = (settings.priority > 0.0).then(|| SumTree::new(capacity));
        Self { transitions: RingBuffer::new(capacity), priorities }
    }

    /// Whether nothing is held yet.
    pub fn is_empty(&self) -> bool {
        self.transitions.is_empty()
    }

    /// Remembers a transition.
    pub fn push(&mut self, transition: Transition) {
        let slot = self.transitions.push(transition);
        if let Some(priorities) = &mut self.priorities {
            priorities.renew(slot);
        }
    }

    /// Fills `batch` with transitions drawn with replacement, as many and seen as the settings say, when the share `done` of
    /// the run is over.
    pub fn draw(&self, settings: &PilotSettings, done: f64, batch: &mut Batch, rng: &mut RngStream) {
        batch.clear();
        if self.is_empty() {
            return;
        }
        let inputs = PilotInput::length(settings.inputs);
        for _ in 0..settings.batch_size {
            let slot = match &self.priorities {
                Some(priorities) => {
                    let (slot, probability) = priorities.draw(rng);
                    batch.slots.push(slot);
                    batch.weights.push(probability);
                    slot
                }
                None => rng.random_range(0..self.transitions.len()),
            };
            let symmetry = if settings.symmetry_augmentation {
                Symmetry::numbered(rng.random_range(0..Symmetry::COUNT))
            } else {
                Symmetry::IDENTITY
            };
            if let Some(transition) = self.transitions.get(slot) {
                batch.push(transition, inputs, symmetry);
            }
        }
        // The bias of drawing by priority is taken back by weights, more so the further the run is, the largest being 1.
        let power = -(FIRST_CORRECTION + (1.0 - FIRST_CORRECTION) * done.clamp(0.0, 1.0)) as f32;
        batch.weights.iter_mut().for_each(|weight| *weight = weight.powf(power));
        let largest = batch.weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        batch.weights.iter_mut().for_each(|weight| *weight /= largest);
    }

    /// The transitions of `batch` were learned from, with these errors.
    pub fn learned(&mut self, settings: &PilotSettings, batch: &Batch, errors: &[f32]) {
        if let Some(priorities) = &mut self.priorities {
            let learned = batch.slots.iter().zip(errors);
            learned.for_each(|(slot, error)| priorities.update(*slot, *error, settings.priority));
        }
    }
}
