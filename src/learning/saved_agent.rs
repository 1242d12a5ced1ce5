//! What an agent is given, believes and has not finished, as files hold it, and back.

use super::belief::{Belief, CellBelief};
use super::labels::{LabelBuffer, LabelCandidate};
use super::nstep::{NStepBuffer, Pending};
use super::trends::{Ewma, Growth, TrendTracker};
use super::{ActionChoice, FeatureEncoder, ForecastSkill, PilotInput, ProphetInput, QValues};
use crate::cluster::{Action, STATISTICS};
use crate::schema::{
    Bounded, Finite, Packed, SavedBelief, SavedDecisions, SavedPendingLabels, SavedPendingReturn, SavedSkill,
    SavedTrends,
};

type Misfit = &'static str;

impl PilotInput {
    /// Its numbers.
    pub(crate) fn to_saved(self) -> Packed<f32> {
        self.0[..].into()
    }

    /// The input of these numbers.
    ///
    /// # Errors
    /// There are more or fewer.
    pub(crate) fn from_saved(saved: &Packed<f32>) -> Result<Self, Misfit> {
        saved.array().map(Self)
    }
}

impl ProphetInput {
    /// Its numbers.
    pub(crate) fn to_saved(self) -> Packed<f32> {
        self.0[..].into()
    }

    /// The input of these numbers.
    ///
    /// # Errors
    /// There are more or fewer.
    pub(crate) fn from_saved(saved: &Packed<f32>) -> Result<Self, Misfit> {
        saved.array().map(Self)
    }
}

impl Belief {
    /// All that it tells.
    pub(crate) fn to_saved(&self) -> SavedBelief {
        let notes = self.notes().iter();
        SavedBelief {
            memory: notes.clone().map(|note| note.memory).collect(),
            cpu: notes.clone().map(|note| note.cpu).collect(),
            critical: notes.clone().map(|note| u8::from(note.critical)).collect(),
            seen: notes.clone().map(|note| note.seen.map_or(0, |step| 1 + step as u64)).collect(),
            growth_sum: notes.clone().map(|note| note.grown).collect(),
            growth_steps: notes.map(|note| note.steps).collect(),
            now: self.now as u64,
            row: self.place.0 as u64,
            column: self.place.1 as u64,
        }
    }

    /// The notebook of a torus of this size.
    ///
    /// # Errors
    /// It is of another one.
    pub(crate) fn from_saved(saved: &SavedBelief, rows: usize, columns: usize) -> Result<Self, Misfit> {
        let SavedBelief { memory, cpu, critical, seen, growth_sum, growth_steps, now, row, column } = saved;
        let (place, cells) = ((*row as usize, *column as usize), rows * columns);
        let lengths = [memory.len(), cpu.len(), critical.len(), seen.len(), growth_sum.len(), growth_steps.len()];
        if lengths.iter().any(|length| *length != cells) || place.0 >= rows || place.1 >= columns {
            return Err("it remembers another torus");
        }
        let looks = memory.iter().zip(cpu.iter()).zip(critical.iter().zip(seen.iter()));
        let notes = looks.zip(growth_sum.iter().zip(growth_steps.iter()));
        let notes = notes.map(|(((memory, cpu), (critical, seen)), (grown, steps))| CellBelief {
            memory,
            cpu,
            critical: critical != 0,
            seen: seen.checked_sub(1).map(|step| step as usize),
            grown,
            steps,
        });
        let mut belief = Self::new(rows, columns);
        (belief.notes, belief.now, belief.place) = (notes.collect(), *now as usize, place);
        Ok(belief)
    }
}

impl FeatureEncoder {
    /// What they remember, where their view has that.
    pub(crate) fn to_saved(&self) -> Option<SavedBelief> {
        self.belief().map(Belief::to_saved)
    }

    /// Makes them go on from there, on a torus of this size.
    ///
    /// # Errors
    /// They have another view, or it is of another torus.
    pub(crate) fn restore(&mut self, saved: Option<&SavedBelief>, rows: usize, columns: usize) -> Result<(), Misfit> {
        match (self.belief(), saved) {
            (None, None) => {}
            (Some(_), Some(saved)) => *self = Self::from(Belief::from_saved(saved, rows, columns)?),
            _ => return Err("its view is another"),
        }
        Ok(())
    }
}

impl TrendTracker {
    /// All that it has seen.
    pub(crate) fn to_saved(&self) -> SavedTrends {
        let cells = self.cells.iter();
        SavedTrends {
            memory: cells.clone().map(|cell| cell.memory).collect(),
            growth_sum: cells.clone().map(|cell| cell.average.sum).collect(),
            growth_weight: cells.map(|cell| cell.average.weight).collect(),
            statistics: self.past.iter().flatten().copied().collect(),
            now: self.now as u64,
        }
    }

    /// Makes it go on from there.
    ///
    /// # Errors
    /// It watches another cluster or for other inputs.
    pub(crate) fn restore(&mut self, saved: &SavedTrends) -> Result<(), Misfit> {
        let SavedTrends { memory, growth_sum, growth_weight, statistics, now } = saved;
        let cells = self.cells.len();
        let past = statistics.to_vec();
        let fit = [memory.len(), growth_sum.len(), growth_weight.len()].iter().all(|length| *length == cells);
        if !fit || past.len() != self.past.len() * STATISTICS {
            return Err("it watched another cluster");
        }
        let numbers = memory.iter().zip(growth_sum.iter().zip(growth_weight.iter()));
        self.cells = numbers.map(|(memory, (sum, weight))| Growth { memory, average: Ewma { sum, weight } }).collect();
        self.past.copy_from_slice(past.as_chunks().0);
        self.now = *now as usize;
        Ok(())
    }
}

impl NStepBuffer {
    /// The steps that wait.
    pub(crate) fn to_saved(&self) -> Bounded<SavedPendingReturn, 1024> {
        let pending = |pending: &Pending| {
            let Pending { pilot_input, action, reward, discount } = *pending;
            SavedPendingReturn {
                pilot_input: pilot_input.to_saved(),
                action: action.code(),
                reward: Finite(reward),
                discount: Finite(discount),
            }
        };
        self.pending.iter().map(pending).collect()
    }

    /// Makes them wait.
    ///
    /// # Errors
    /// There are more than may wait, or they are damaged.
    pub(crate) fn restore(&mut self, saved: &Bounded<SavedPendingReturn, 1024>) -> Result<(), Misfit> {
        if saved.0.len() >= self.steps {
            return Err("more steps wait for their return than may");
        }
        let pending = |saved: &SavedPendingReturn| {
            let SavedPendingReturn { pilot_input, action, reward, discount } = saved;
            let (pilot_input, action) = (PilotInput::from_saved(pilot_input)?, Action::from_code(*action)?);
            Ok(Pending { pilot_input, action, reward: reward.0, discount: discount.0 })
        };
        self.pending = saved.0.iter().map(pending).collect::<Result<_, Misfit>>()?;
        Ok(())
    }
}

impl LabelBuffer {
    /// The states that wait.
    pub(crate) fn to_saved(&self) -> SavedPendingLabels {
        let mut saved = SavedPendingLabels::default();
        for LabelCandidate { prophet_input, risk } in &self.waiting {
            saved.prophet_input.extend_from_slice(&prophet_input.0);
            saved.risk.extend_from_slice(&[*risk]);
        }
        saved
    }

    /// Makes them wait.
    ///
    /// # Errors
    /// There are more than may wait, or they are damaged.
    pub(crate) fn restore(&mut self, saved: &SavedPendingLabels) -> Result<(), Misfit> {
        let SavedPendingLabels { prophet_input, risk } = saved;
        if prophet_input.len() != risk.len() * ProphetInput::LENGTH {
            return Err("the states that wait for their label are damaged");
        }
        let inputs = prophet_input.to_vec();
        let states = inputs.as_chunks().0.iter().zip(risk.iter());
        self.waiting = states
            .map(|(prophet_input, risk)| LabelCandidate { prophet_input: ProphetInput(*prophet_input), risk })
            .collect();
        if self.has_room() { Ok(()) } else { Err("more states wait for their label than may") }
    }
}

impl SavedDecisions {
    /// Adds what an agent was told and decided in a step.
    pub(crate) fn add(&mut self, risk: f32, q_values: &QValues, epsilon: f64, choice: ActionChoice) {
        let ActionChoice { action, explored, handed_over, effective_epsilon } = choice;
        self.risk.extend_from_slice(&[risk]);
        self.q_values.extend_from_slice(q_values);
        self.epsilon.extend_from_slice(&[epsilon]);
        self.action.extend_from_slice(&[action.code()]);
        self.explored.extend_from_slice(&[u8::from(explored)]);
        self.guided.extend_from_slice(&[u8::from(handed_over)]);
        self.effective_epsilon.extend_from_slice(&[effective_epsilon]);
    }

    /// Risk, values, epsilon and choice of each step.
    ///
    /// # Errors
    /// Lists that contradict each other.
    pub(crate) fn rows(&self) -> Result<Vec<(f32, QValues, f64, ActionChoice)>, Misfit> {
        let Self { risk, q_values, epsilon, action, explored, guided, effective_epsilon } = self;
        let (values, steps) = (q_values.to_vec(), action.len());
        let (values, rest) = values.as_chunks();
        let lengths = [risk.len(), values.len(), epsilon.len(), explored.len(), guided.len(), effective_epsilon.len()];
        if !rest.is_empty() || lengths.iter().any(|length| *length != steps) {
            return Err("the decisions of its agent are damaged");
        }
        let message = risk.iter().zip(values).zip(epsilon.iter());
        let decided = action.iter().zip(explored.iter().zip(guided.iter())).zip(effective_epsilon.iter());
        let mut rows = Vec::with_capacity(steps);
        for (((risk, values), epsilon), ((action, (explored, guided)), effective_epsilon)) in message.zip(decided) {
            let (action, explored, handed_over) = (Action::from_code(action)?, explored != 0, guided != 0);
            rows.push((risk, *values, epsilon, ActionChoice { action, explored, handed_over, effective_epsilon }));
        }
        Ok(rows)
    }
}

impl From<ForecastSkill> for SavedSkill {
    fn from(skill: ForecastSkill) -> Self {
        let ForecastSkill { forecasts, base_rate, brier_skill, auroc, calibration } = skill;
        let [base_rate, brier_skill, auroc, calibration] = [base_rate, brier_skill, auroc, calibration].map(Finite);
        Self { forecasts: forecasts as u64, base_rate, brier_skill, auroc, calibration }
    }
}

impl From<SavedSkill> for ForecastSkill {
    fn from(saved: SavedSkill) -> Self {
        let SavedSkill { forecasts, base_rate, brier_skill, auroc, calibration } = saved;
        Self {
            forecasts: forecasts as usize,
            base_rate: base_rate.0,
            brier_skill: brier_skill.0,
            auroc: auroc.0,
            calibration: calibration.0,
        }
    }
}
