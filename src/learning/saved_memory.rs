//! Replay buffer, Prophet's memory and scored forecasts as files hold them, and back.

use super::forecast_metrics::WINDOW;
use super::sum_tree::SumTree;
use super::survival::SurvivalTime;
use super::{ForecastMetrics, LabelMemory, ReplayBuffer, RingBuffer, Transition};
use crate::cluster::Action;
use crate::features::{MAX_LENGTH, PilotInput, ProphetInput};
use crate::schema::{
    Finite, Pieces, SavedForecasts, SavedLabelledStates, SavedPriorities, SavedProphetMemory, SavedReplay,
    SavedTransitions,
};
use crate::settings::PilotSettings;

/// Items per piece: a few hundred kilobytes.
const PIECE: usize = 256;

/// The items in pieces, each converted by `convert` when it is written.
fn pieces<'a, T, U: 'a>(items: &'a [T], convert: fn(&[T]) -> U) -> Pieces<'a, U> {
    let piece = move |at: usize| {
        let rest = &items[at * PIECE..];
        convert(&rest[..rest.len().min(PIECE)])
    };
    Pieces::Unwritten(items.len().div_ceil(PIECE), Box::new(piece))
}

impl ReplayBuffer {
    /// Everything it contains.
    pub(super) fn to_saved(&self) -> SavedReplay<'_> {
        let convert = |items: &[Transition]| {
            let mut piece = SavedTransitions::default();
            for Transition { pilot_input, action, reward, next, discount } in items {
                piece.pilot_input.extend_from_slice(&pilot_input.0);
                piece.action.extend_from_slice(&[action.code()]);
                piece.reward.extend_from_slice(&[*reward]);
                piece.next_pilot_input.extend_from_slice(&next.0);
                piece.discount.extend_from_slice(&[*discount]);
            }
            piece
        };
        SavedReplay {
            oldest: self.transitions.oldest() as u64,
            transitions: pieces(self.transitions.items(), convert),
            priorities: self.priorities.as_ref().map(SumTree::to_saved),
        }
    }

    /// The buffer with these transitions; none if it is damaged or does not match the settings.
    pub(super) fn from_saved(saved: SavedReplay<'_>, settings: &PilotSettings) -> Option<Self> {
        let pieces = saved.transitions.into_vec();
        let count: usize = pieces.iter().map(|piece| piece.pilot_input.len()).sum();
        let mut items = Vec::with_capacity(count / MAX_LENGTH);
        for piece in pieces {
            let SavedTransitions { pilot_input, action, reward, next_pilot_input, discount } = piece;
            let (count, inputs, next) = (action.len(), pilot_input.to_vec(), next_pilot_input.to_vec());
            let ((inputs, rest), (next, after)) = (inputs.as_chunks(), next.as_chunks());
            let complete = rest.is_empty() && after.is_empty();
            if !complete || [inputs.len(), next.len(), reward.len(), discount.len()] != [count; 4] {
                return None;
            }
            let numbers = action.iter().zip(reward.iter().zip(discount.iter()));
            for ((pilot_input, next), (action, (reward, discount))) in inputs.iter().zip(next).zip(numbers) {
                let action = Action::from_code(action).ok()?;
                items.push(Transition {
                    pilot_input: PilotInput(*pilot_input),
                    action,
                    reward,
                    next: PilotInput(*next),
                    discount,
                });
            }
        }
        let (capacity, filled) = (settings.replay_capacity, items.len());
        let priorities = match saved.priorities {
            Some(_) if settings.priority == 0.0 => return None,
            Some(saved) => Some(SumTree::from_saved(&saved, capacity, filled)?),
            None if settings.priority > 0.0 => return None,
            None => None,
        };
        Some(Self { transitions: RingBuffer::of(capacity, items, saved.oldest as usize)?, priorities })
    }
}

impl SumTree {
    /// The priorities of the filled slots, in order. The sums follow from them.
    fn to_saved(&self) -> SavedPriorities {
        SavedPriorities { priority: self.filled().collect(), largest: Finite(self.largest()) }
    }

    /// The priorities of a buffer of `slots` slots of which `filled` are filled; none if damaged or of another number.
    fn from_saved(saved: &SavedPriorities, slots: usize, filled: usize) -> Option<Self> {
        (saved.priority.len() == filled).then(|| Self::of(&saved.priority.to_vec(), saved.largest.0, slots)).flatten()
    }
}

/// The Prophet's memory.
pub(super) fn saved_labels(memory: &LabelMemory) -> SavedProphetMemory<'_> {
    let convert = |items: &[(ProphetInput, SurvivalTime)]| {
        let mut piece = SavedLabelledStates::default();
        for (prophet_input, SurvivalTime { steps, collapsed }) in items {
            piece.prophet_input.extend_from_slice(&prophet_input.0);
            piece.steps.extend_from_slice(&[*steps]);
            piece.collapsed.extend_from_slice(&[u8::from(*collapsed)]);
        }
        piece
    };
    SavedProphetMemory { oldest: memory.oldest() as u64, states: pieces(memory.items(), convert) }
}

/// The Prophet's memory with these states; none if it is damaged or of another capacity.
pub(super) fn restored_labels(saved: SavedProphetMemory<'_>, capacity: usize) -> Option<LabelMemory> {
    let mut items = Vec::new();
    for SavedLabelledStates { prophet_input, steps, collapsed } in saved.states.into_vec() {
        let inputs = prophet_input.to_vec();
        let (inputs, rest) = inputs.as_chunks();
        if !rest.is_empty() || [steps.len(), collapsed.len()] != [inputs.len(); 2] {
            return None;
        }
        let times = steps.iter().zip(collapsed.iter());
        let times = times.map(|(steps, collapsed)| SurvivalTime { steps, collapsed: collapsed != 0 });
        items.extend(inputs.iter().map(|prophet_input| ProphetInput(*prophet_input)).zip(times));
    }
    RingBuffer::of(capacity, items, saved.oldest as usize)
}

impl ForecastMetrics {
    /// The forecasts, and the sums with their rounding.
    pub(super) fn to_saved(&self) -> SavedForecasts {
        SavedForecasts {
            risk: self.forecasts.iter().map(|(risk, _)| *risk).collect(),
            collapsed: self.forecasts.iter().map(|(_, collapsed)| u8::from(*collapsed)).collect(),
            class_sum: self.bins.iter().map(|bin| bin.sum).collect(),
            squares: Finite(self.squares),
        }
    }

    /// The metrics, counted again from the forecasts; none if damaged.
    pub(super) fn from_saved(saved: &SavedForecasts) -> Option<Self> {
        let SavedForecasts { risk, collapsed, class_sum, squares } = saved;
        let mut judged = Self::default();
        if risk.len() != collapsed.len() || risk.len() > WINDOW || class_sum.len() != judged.bins.len() {
            return None;
        }
        risk.iter().zip(collapsed.iter()).for_each(|(risk, collapsed)| judged.add(risk, collapsed != 0));
        judged.bins.iter_mut().zip(class_sum.iter()).for_each(|(bin, sum)| bin.sum = sum);
        judged.squares = squares.0;
        Some(judged)
    }
}
