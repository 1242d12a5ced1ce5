//! A trained model: the networks and counters that a checkpoint holds, and whether they fit the settings.

use super::network::LayerWeights;
use super::survival::interval_ends;
use super::{Pilot, Prophet, QTable, Weights};
use crate::settings::tree::NamedOption;
use crate::settings::{AgentKind, PilotSettings, ProphetSettings};
use thiserror::Error;

/// The trained networks as plain data: what a checkpoint holds and a policy needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The Pilot's weights; empty if a Q-table acts.
    pub pilot: Weights,
    /// Their moving average, if the settings ask for one.
    pub pilot_average: Option<Weights>,
    /// The Prophet's weights.
    pub prophet: Weights,
    /// Whether the Pilot normalises the numbers before each rectifier (`pilot.layer_norm`).
    pub layer_norm: bool,
    /// The ends of the intervals in which the Prophet's hazards hold, in steps ([`super::interval_ends`]).
    pub horizons: Vec<usize>,
    /// Environment steps learned from.
    pub steps: u64,
    /// Gradient steps of the Pilot, or updates of the Q-table.
    pub updates: u64,
    /// Product of the per-episode factors of epsilon.
    pub episodes_factor: f64,
    /// The Q-table, if one acts. Checkpoints store it separately.
    pub table: Option<QTable>,
}

/// The most steps or updates that a model may count: far more than any run takes, and far from an overflow.
const LARGEST_COUNT: u64 = 1_000_000_000_000_000;

/// Why a model cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {part} of this file cannot be used: {problem}")]
pub struct ModelError {
    part: &'static str,
    problem: String,
}

impl Model {
    /// The kind of agent this model belongs to.
    pub fn agent(&self) -> AgentKind {
        if self.table.is_some() { AgentKind::QTable } else { AgentKind::Dqn }
    }

    /// Checks that this is a model of the `wanted` kind of agent.
    ///
    /// # Errors
    /// It belongs to the other kind.
    pub fn check_agent(&self, wanted: AgentKind) -> Result<(), ModelError> {
        let found = self.agent();
        if found == wanted {
            return Ok(());
        }
        let problem = format!("it is {}, and {} is needed", found.chosen(), wanted.chosen());
        Err(ModelError { part: "agent", problem })
    }

    /// Checks the counters, every network against the architecture in the settings, and the Q-table if one acts.
    ///
    /// # Errors
    /// The first part that does not match.
    pub fn check(&self, pilot: &PilotSettings, prophet: &ProphetSettings) -> Result<(), ModelError> {
        let refused = |part, problem: &dyn ToString| ModelError { part, problem: problem.to_string() };
        // The same weights would compute another function.
        if self.table.is_none() && self.layer_norm != pilot.layer_norm {
            let (found, wanted) = (self.layer_norm, pilot.layer_norm);
            let problem = format!("it was trained with pilot.layer_norm={found}, and {wanted} is set");
            return Err(refused("Pilot", &problem));
        }
        if self.horizons != interval_ends(prophet) {
            let (found, wanted) = (&self.horizons, interval_ends(prophet));
            let problem =
                format!("it forecasts {found:?} steps ahead, and prophet.horizons and prophet.label say {wanted:?}");
            return Err(refused("Prophet", &problem));
        }
        let (pilot, prophet) = (Pilot::sizes(pilot), Prophet::sizes(prophet));
        for (count, what) in [(self.steps, "steps"), (self.updates, "updates")] {
            if count > LARGEST_COUNT {
                return Err(refused("counters", &format!("{count} {what} is more than any run takes")));
            }
        }
        if !(0.0..=1.0).contains(&self.episodes_factor) {
            let problem = format!("it is {}, expected a number from 0 to 1", self.episodes_factor);
            return Err(refused("factor of epsilon", &problem));
        }
        if let Some(table) = &self.table {
            table.check().map_err(|problem| refused("Q-table", &problem))?;
        }
        let acting = self.table.is_none().then_some(&self.pilot);
        let networks = [
            ("Pilot", acting, &pilot),
            ("Pilot's average", self.pilot_average.as_ref(), &pilot),
            ("Prophet", Some(&self.prophet), &prophet),
        ];
        for (network, weights, sizes) in networks {
            if let Some(weights) = weights {
                weights.check(sizes).map_err(|problem| refused(network, &problem))?;
            }
        }
        Ok(())
    }

    /// The first part with a number that is not finite, if any: the training of such a model has diverged.
    pub fn not_finite(&self) -> Option<&'static str> {
        let networks = [("Pilot", Some(&self.pilot)), ("Prophet", Some(&self.prophet))];
        let networks = networks.into_iter().chain([("Pilot's average", self.pilot_average.as_ref())]);
        let broken =
            networks.filter_map(|(part, weights)| (!weights?.0.iter().all(LayerWeights::is_finite)).then_some(part));
        let table = self.table.as_ref().filter(|table| !table.0.iter().flatten().all(|value| value.is_finite()));
        broken.chain(table.map(|_| "Q-table")).next()
    }
}
