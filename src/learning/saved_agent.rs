//! Decisions and unfinished experience of an agent as files hold them, and back.

use super::labels::{LabelBuffer, LabelCandidate};
use super::n_step::{NStepBuffer, PendingStep};
use super::survival::{MOST_HORIZONS, RiskCurve};
use super::{ActionChoice, ForecastSkill, QValues};
use crate::cluster::Action;
use crate::features::{PilotInput, ProphetInput};
use crate::schema::{Bounded, Finite, SavedDecisions, SavedPendingLabels, SavedPendingReturn, SavedSkill};
use crate::settings::ProphetSettings;

/// What does not match, as the end of a sentence.
type Mismatch = &'static str;

impl NStepBuffer {
    /// The pending steps.
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

    /// Restores the pending steps of a return over `steps` steps.
    ///
    /// # Errors
    /// Too many pending steps, or damaged ones.
    pub(crate) fn restore(&mut self, steps: usize, saved: &Bounded<SavedPendingReturn, 1024>) -> Result<(), Mismatch> {
        if saved.0.len() >= steps {
            return Err("too many steps wait for their return");
        }
        let pending = |saved: &SavedPendingReturn| {
            let SavedPendingReturn { pilot_input, action, reward, discount } = saved;
            let (pilot_input, action) = (PilotInput::from_saved(pilot_input)?, Action::from_code(*action)?);
            Ok(PendingStep { pilot_input, action, reward: reward.0, discount: discount.0 })
        };
        self.pending = saved.0.iter().map(pending).collect::<Result<_, Mismatch>>()?;
        Ok(())
    }
}

impl LabelBuffer {
    /// The pending states.
    pub(crate) fn to_saved(&self) -> SavedPendingLabels {
        let mut saved = SavedPendingLabels::default();
        for LabelCandidate { prophet_input, risk } in &self.waiting {
            saved.prophet_input.extend_from_slice(&prophet_input.0);
            saved.risk.extend_from_slice(&[*risk]);
        }
        saved
    }

    /// Restores the pending states.
    ///
    /// # Errors
    /// Too many pending states, or damaged ones.
    pub(crate) fn restore(&mut self, settings: &ProphetSettings, saved: &SavedPendingLabels) -> Result<(), Mismatch> {
        let SavedPendingLabels { prophet_input, risk } = saved;
        if prophet_input.len() != risk.len() * ProphetInput::LENGTH {
            return Err("the states that wait for their label are damaged");
        }
        let inputs = prophet_input.to_vec();
        let states = inputs.as_chunks().0.iter().zip(risk.iter());
        self.waiting = states
            .map(|(prophet_input, risk)| LabelCandidate { prophet_input: ProphetInput(*prophet_input), risk })
            .collect();
        if self.has_room(settings) { Ok(()) } else { Err("too many states wait for their label") }
    }
}

impl SavedDecisions {
    /// Adds the forecast and the decision of a step. All forecasts of a list must have the same horizons.
    pub(crate) fn add(&mut self, forecast: &RiskCurve, q_values: &QValues, epsilon: f64, choice: ActionChoice) {
        let ActionChoice { action, explored, handed_over, effective_epsilon } = choice;
        self.collapse_within.extend_from_slice(forecast.within());
        self.q_values.extend_from_slice(q_values);
        self.epsilon.extend_from_slice(&[epsilon]);
        self.action.extend_from_slice(&[action.code()]);
        self.explored.extend_from_slice(&[u8::from(explored)]);
        self.guided.extend_from_slice(&[u8::from(handed_over)]);
        self.effective_epsilon.extend_from_slice(&[effective_epsilon]);
    }

    /// Forecast, values, epsilon and choice of each step.
    ///
    /// # Errors
    /// Lists of different lengths.
    pub(crate) fn rows(&self) -> Result<Vec<(RiskCurve, QValues, f64, ActionChoice)>, Mismatch> {
        let Self { collapse_within, q_values, epsilon, action, explored, guided, effective_epsilon } = self;
        let (values, steps) = (q_values.to_vec(), action.len());
        let (values, rest) = values.as_chunks();
        let lengths = [values.len(), epsilon.len(), explored.len(), guided.len(), effective_epsilon.len()];
        // A forecast that was never made has no horizons.
        let horizons = collapse_within.len() / steps.max(1);
        let damaged = horizons * steps != collapse_within.len() || horizons > MOST_HORIZONS || !rest.is_empty();
        if damaged || lengths.iter().any(|length| *length != steps) {
            return Err("the decisions of its agent are damaged");
        }
        let probabilities = collapse_within.to_vec();
        let curves = (0..steps).map(|step| RiskCurve::new(&probabilities[step * horizons..][..horizons]));
        let forecasts = curves.zip(values).zip(epsilon.iter());
        let decided = action.iter().zip(explored.iter().zip(guided.iter())).zip(effective_epsilon.iter());
        let mut rows = Vec::with_capacity(steps);
        for (((forecast, values), epsilon), ((action, (explored, guided)), effective_epsilon)) in forecasts.zip(decided)
        {
            let (action, explored, handed_over) = (Action::from_code(action)?, explored != 0, guided != 0);
            rows.push((forecast, *values, epsilon, ActionChoice { action, explored, handed_over, effective_epsilon }));
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
