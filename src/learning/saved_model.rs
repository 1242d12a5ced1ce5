//! Networks and models as files hold them, and back.

use super::adam_state::{AdamState, TensorMoments};
use super::survival::interval_ends;
use super::{LayerWeights, Model, QTable, Weights};
use crate::cluster::Action;
use crate::schema::{Bounded, Finite, Packed, SavedLayer, SavedModel, SavedNetwork, SavedTensorMoments};
use crate::settings::Settings;

impl Weights {
    /// The layers.
    pub(crate) fn to_saved(&self) -> SavedNetwork {
        let layer = |layer: &LayerWeights| {
            let LayerWeights { inputs, outputs, weight, bias } = layer;
            let (inputs, outputs) = (*inputs as u64, *outputs as u64);
            SavedLayer { inputs, outputs, weight: weight[..].into(), bias: bias[..].into() }
        };
        self.0.iter().map(layer).collect()
    }

    /// The weights of these layers. [`Weights::check`] checks their shapes.
    pub(crate) fn from_saved(saved: &SavedNetwork) -> Self {
        let layer = |layer: &SavedLayer| {
            let SavedLayer { inputs, outputs, weight, bias } = layer;
            let (inputs, outputs) = (*inputs as usize, *outputs as usize);
            LayerWeights { inputs, outputs, weight: weight.to_vec(), bias: bias.to_vec() }
        };
        Self(saved.0.iter().map(layer).collect())
    }
}

impl QTable {
    /// The values, row by row.
    pub(crate) fn to_saved(&self) -> Packed<f32> {
        self.0.iter().flatten().copied().collect()
    }

    /// The table of these values, which [`QTable::check`] checks.
    ///
    /// # Errors
    /// An incomplete row.
    pub(crate) fn from_saved(saved: &Packed<f32>) -> Result<Self, &'static str> {
        let values = saved.to_vec();
        let (rows, rest) = values.as_chunks::<{ Action::COUNT }>();
        if rest.is_empty() { Ok(Self(rows.to_vec())) } else { Err("a row of its Q-table is incomplete") }
    }
}

impl Model {
    /// The model of a run with these settings.
    pub(crate) fn to_saved(&self, settings: String) -> SavedModel {
        // The architecture follows from the settings.
        let Self { pilot, pilot_average, prophet, layer_norm: _, horizons: _, steps, updates, episodes_factor, table } =
            self;
        SavedModel {
            settings,
            pilot: pilot.to_saved(),
            pilot_average: pilot_average.as_ref().map(Weights::to_saved),
            prophet: prophet.to_saved(),
            q_table: table.as_ref().map(QTable::to_saved),
            steps: *steps,
            updates: *updates,
            episodes_factor: Finite(*episodes_factor),
        }
    }

    /// The model of a run with these settings, which `saved` holds as text; [`Model::check`] checks it.
    ///
    /// # Errors
    /// As [`QTable::from_saved`].
    pub(crate) fn from_saved(saved: &SavedModel, settings: &Settings) -> Result<Self, &'static str> {
        let SavedModel { settings: _, pilot, pilot_average, prophet, q_table, steps, updates, episodes_factor } = saved;
        Ok(Self {
            pilot: Weights::from_saved(pilot),
            pilot_average: pilot_average.as_ref().map(Weights::from_saved),
            prophet: Weights::from_saved(prophet),
            layer_norm: settings.pilot.layer_norm,
            horizons: interval_ends(&settings.prophet).to_vec(),
            steps: *steps,
            updates: *updates,
            episodes_factor: episodes_factor.0,
            table: q_table.as_ref().map(QTable::from_saved).transpose()?,
        })
    }
}

impl AdamState {
    /// The state, tensor by tensor.
    pub fn to_saved(&self) -> Bounded<SavedTensorMoments, 32> {
        let moment = |moment: &TensorMoments| {
            let TensorMoments { time, first, second } = moment;
            SavedTensorMoments { time: *time, first: first[..].into(), second: second[..].into() }
        };
        self.0.iter().map(moment).collect()
    }

    /// The state of these tensors, which [`AdamState::check`] checks.
    pub fn from_saved(saved: &Bounded<SavedTensorMoments, 32>) -> Self {
        let moment = |moment: &SavedTensorMoments| {
            let SavedTensorMoments { time, first, second } = moment;
            TensorMoments { time: *time, first: first.to_vec(), second: second.to_vec() }
        };
        Self(saved.0.iter().map(moment).collect())
    }
}
