//! What an agent has decided and not finished, as files hold it, and back.

use super::labels::{LabelBuffer, LabelCandidate};
use super::n_step::{NStepBuffer, PendingStep};
use super::{ActionChoice, ForecastSkill, QValues};
use crate::cluster::Action;
use crate::features::{PilotInput, ProphetInput};
use crate::schema::{Bounded, Finite, SavedDecisions, SavedPendingLabels, SavedPendingReturn, SavedSkill};
use crate::settings::ProphetSettings;

/// What does not fit, as the end of a sentence.
type Misfit = &'static str;

impl NStepBuffer {
    /// The steps that wait.
    pub(crate) fn to_saved(&self) -> Bounded<SavedPendingReturn, 1024> {
        let pending = |pending: &PendingStep| {
            let PendingStep { pilot_input, action, reward, discount } = *pending;
            SavedPendingReturn {
                pilot_input: pilot_input.to_saved(),
                action: action.code(),
                reward: Finite(reward),
                discount: Finite(discount),
            }
        };
        self.pending.iter().map(pending).collect()
    }

    /// Makes them wait for a return over `steps` steps.
    ///
    /// # Errors
    /// There are more than may wait, or they are damaged.
    pub(crate) fn restore(&mut self, steps: usize, saved: &Bounded<SavedPendingReturn, 1024>) -> Result<(), Misfit> {
        if saved.0.len() >= steps {
            return Err("more steps wait for their return than may");
        }
        let pending = |saved: &SavedPendingReturn| {
            let SavedPendingReturn { pilot_input, action, reward, discount } = saved;
            let (pilot_input, action) = (PilotInput::from_saved(pilot_input)?, Action::from_code(*action)?);
            Ok(PendingStep { pilot_input, action, reward: reward.0, discount: discount.0 })
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
    pub(crate) fn restore(&mut self, settings: &ProphetSettings, saved: &SavedPendingLabels) -> Result<(), Misfit> {
        let SavedPendingLabels { prophet_input, risk } = saved;
        if prophet_input.len() != risk.len() * ProphetInput::LENGTH {
            return Err("the states that wait for their label are damaged");
        }
        let inputs = prophet_input.to_vec();
        let states = inputs.as_chunks().0.iter().zip(risk.iter());
        self.waiting = states
            .map(|(prophet_input, risk)| LabelCandidate { prophet_input: ProphetInput(*prophet_input), risk })
            .collect();
        if self.has_room(settings) { Ok(()) } else { Err("more states wait for their label than may") }
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
