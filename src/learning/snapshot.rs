//! The learner as files hold it, and back: everything that decides its future except settings and model.

use super::adam_state::AdamState;
use super::device::device;
use super::learner::Learner;
use super::network::NetworkError;
use super::saved_memory::{restored_labels, saved_labels};
use super::{ForecastMetrics, Losses, Model, ModelError, Pilot, Prophet, QLearner, ReplayBuffer, Weights};
use crate::cluster::RngStream;
use crate::schema::{Finite, SavedLearner};
use crate::settings::{Settings, UpdateTiming};
use thiserror::Error;

/// Why a learner cannot be restored from a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LearnerSnapshotError {
    /// Its networks do not match the settings.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its target network or an optimizer does not match the networks.
    #[error("the {0} of this file cannot be used: {1}")]
    Network(&'static str, NetworkError),
    /// Another part is damaged or was saved under other settings.
    #[error("the {0} of this file cannot be used: it is damaged or was saved under other settings")]
    Part(&'static str),
}

/// Larger counters are impossible.
const LARGEST: u64 = 1 << 60;

impl Learner {
    /// Everything besides [`Learner::model`] that it takes to resume learning exactly. The large buffers are borrowed.
    pub fn snapshot(&self) -> SavedLearner<'_> {
        let Losses { pilot, prophet } = self.losses;
        SavedLearner {
            target: self.pilot.target().filter(|_| self.table.is_none()).map(|target| target.to_saved()),
            pilot_optimizer: self.pilot.moments().to_saved(),
            prophet_optimizer: self.prophet.moments().to_saved(),
            replay: self.replay.to_saved(),
            prophet_memory: saved_labels(&self.labels),
            forecasts: self.forecast_metrics.to_saved(),
            replay_rng: self.replay_rng.to_saved(),
            prophet_rng: self.label_rng.to_saved(),
            frozen: self.frozen,
            steps: self.steps,
            updates_done_at: self.updated_until,
            episodes: self.episodes,
            pilot_loss: pilot.map(Finite),
            prophet_loss: prophet.map(Finite),
        }
    }

    /// Restores exactly the learner of a model and a snapshot, saved together under these settings. Nothing changes on an error.
    ///
    /// # Errors
    /// The first part that is damaged or does not match the settings.
    pub fn restore(
        &mut self,
        settings: &Settings,
        model: &Model,
        saved: SavedLearner<'_>,
    ) -> Result<(), LearnerSnapshotError> {
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)?;
        let damaged = LearnerSnapshotError::Part;
        let part = |valid: bool, name| if valid { Ok(()) } else { Err(damaged(name)) };
        let network = |name| move |problem| LearnerSnapshotError::Network(name, problem);
        // Beside a Q-table the Pilot exists but never learns.
        let acting = model.table.is_none().then_some(&model.pilot);
        let wants_target = acting.is_some() && settings.pilot.target_every > 0;
        part(saved.target.is_some() == wants_target, "target network")?;
        let target = saved.target.as_ref().map(Weights::from_saved);
        if let Some(target) = &target {
            target.check(&Pilot::sizes(&settings.pilot)).map_err(network("target network"))?;
        }
        let none = Weights(Vec::new());
        let pilot_moments = AdamState::from_saved(&saved.pilot_optimizer);
        pilot_moments.check(acting.unwrap_or(&none)).map_err(network("Pilot's optimizer"))?;
        let prophet_moments = AdamState::from_saved(&saved.prophet_optimizer);
        prophet_moments.check(&model.prophet).map_err(network("Prophet's optimizer"))?;
        let replay = ReplayBuffer::from_saved(saved.replay, &settings.pilot).ok_or(damaged("replay memory"))?;
        let labels = restored_labels(saved.prophet_memory, settings.prophet.replay_capacity);
        let labels = labels.ok_or(damaged("Prophet's memory"))?;
        let forecast_metrics =
            ForecastMetrics::from_saved(&saved.forecasts).ok_or(damaged("score of the forecasts"))?;
        let rng = |saved| RngStream::from_saved(saved).map_err(|_| damaged("random numbers"));
        let (replay_rng, label_rng) = (rng(&saved.replay_rng)?, rng(&saved.prophet_rng)?);
        let (steps, episodes) = (saved.steps, saved.episodes);
        let (now, interval) = match settings.pilot.update_timing {
            UpdateTiming::Steps => (steps, settings.pilot.train_every),
            UpdateTiming::EpisodeEnd => (episodes, 1),
        };
        let counted = saved.frozen.unwrap_or(steps) == model.steps && steps.max(episodes).max(model.steps) < LARGEST;
        let up_to_date = saved.updates_done_at <= now && now - saved.updates_done_at < interval;
        part(counted && (up_to_date || saved.frozen.is_some()) && model.updates < LARGEST, "counters")?;
        part((0.0..=1.0).contains(&model.episodes_factor), "epsilon")?;
        part(saved.frozen.is_some() != settings.run.policy.is_empty(), "part that says whether it learns")?;

        let device = device(settings.run.backend);
        if let Some(table) = &model.table {
            self.table = Some(QLearner::with_table(table.clone(), model.updates));
        } else {
            self.pilot = Pilot::restored(&settings.pilot, &device, model, target, pilot_moments);
        }
        self.prophet = Prophet::restored(&settings.prophet, &device, &model.prophet, prophet_moments);
        self.episodes_factor = model.episodes_factor;
        (self.replay, self.labels, self.forecast_metrics) = (replay, labels, forecast_metrics);
        (self.replay_rng, self.label_rng) = (replay_rng, label_rng);
        self.steps = model.steps;
        if saved.frozen.is_some() {
            self.freeze(settings);
            self.steps = steps;
        }
        (self.updated_until, self.episodes) = (saved.updates_done_at, episodes);
        let [pilot, prophet] = [saved.pilot_loss, saved.prophet_loss].map(|loss| loss.map(|loss| loss.0));
        self.losses = Losses { pilot, prophet };
        Ok(())
    }
}
