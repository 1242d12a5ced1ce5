//! The Pilot's replay buffer: n-step transitions, sampled uniformly or by priority.

use super::RingBuffer;
use super::sum_tree::SumTree;
use crate::cluster::{Action, RngStream};
use crate::features::{PilotInput, Symmetry};
use crate::settings::PilotSettings;
use rand::RngExt;

/// Share of the bias of prioritised sampling that is corrected at the start of a run (the paper's beta).
const INITIAL_BETA: f64 = 0.4;

/// An n-step transition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// The Pilot's input when it acted.
    pub pilot_input: PilotInput,
    /// The action taken.
    pub action: Action,
    /// Discounted sum of the rewards of the next n steps.
    pub reward: f32,
    /// The Pilot's input n steps later, or at the end of the episode.
    pub next: PilotInput,
    /// Discount of the value of `next`: gamma to the power of the steps between, 0 after a collapse.
    pub discount: f32,
}

/// The Pilot's replay buffer, with uniform or prioritised sampling.
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
    /// `[batch]`, importance weights; empty if sampling is uniform.
    pub weights: Vec<f32>,
    /// `[batch]`, slots in the buffer; empty if sampling is uniform.
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
    /// An empty buffer as the settings describe it.
    pub fn new(settings: &PilotSettings) -> Self {
        let capacity = settings.replay_capacity;
        let priorities = (settings.priority > 0.0).then(|| SumTree::new(capacity));
        Self { transitions: RingBuffer::new(capacity), priorities }
    }

    /// Number of transitions held.
    pub fn len(&self) -> usize {
        self.transitions.len()
    }

    /// Whether it holds no transitions.
    pub fn is_empty(&self) -> bool {
        self.transitions.is_empty()
    }

    /// Stores a transition, in place of the oldest if the buffer is full.
    pub fn push(&mut self, transition: Transition) {
        let slot = self.transitions.push(transition);
        if let Some(priorities) = &mut self.priorities {
            priorities.insert(slot);
        }
    }

    /// Fills `batch` with `pilot.batch_size` transitions, drawn with replacement and mirrored at random if the settings say
    /// so; `progress` is the share of the run that is done.
    pub fn draw(&self, settings: &PilotSettings, progress: f64, batch: &mut Batch, rng: &mut RngStream) {
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
        // Importance weights correct the bias of prioritised sampling, more so late in the run; the largest is 1.
        let power = -(INITIAL_BETA + (1.0 - INITIAL_BETA) * progress.clamp(0.0, 1.0)) as f32;
        batch.weights.iter_mut().for_each(|weight| *weight = weight.powf(power));
        let largest = batch.weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        batch.weights.iter_mut().for_each(|weight| *weight /= largest);
    }

    /// Updates the priorities of the transitions of `batch` from their temporal-difference errors.
    pub fn update_priorities(&mut self, settings: &PilotSettings, batch: &Batch, errors: &[f32]) {
        if let Some(priorities) = &mut self.priorities {
            batch
                .slots
                .iter()
                .zip(errors)
                .for_each(|(slot, error)| priorities.update(*slot, *error, settings.priority));
        }
    }
}
