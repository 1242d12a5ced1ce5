//! The mind as plain data: all that decides its future besides the settings and the model.

use super::adam_state::AdamState;
use super::device::device;
use super::learner::Learner;
use super::network::NetworkError;
use super::{ForecastMetrics, LabelMemory, Losses, Model, ModelError, Pilot, Prophet, QLearner, ReplayBuffer, Weights};
use crate::cluster::RngStream;
use crate::settings::{Settings, UpdateTiming};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use thiserror::Error;

/// What a [`Model`] lacks to learn on as if nothing had been. The large memories are borrowed where it is made, and owned
/// where it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LearnerSnapshot<'a> {
    target: Option<Weights>,
    pilot_moments: AdamState,
    prophet_moments: AdamState,
    replay: Cow<'a, ReplayBuffer>,
    labels: Cow<'a, LabelMemory>,
    forecast_metrics: Cow<'a, ForecastMetrics>,
    replay_rng: RngStream,
    label_rng: RngStream,
    frozen: Option<u64>,
    steps: u64,
    updated_until: u64,
    episodes: u64,
    losses: Losses,
}

/// Why a snapshot cannot be gone on from.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LearnerSnapshotError {
    /// Its networks are others.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its target network or an optimizer is none of these networks.
    #[error("the {0} of this file cannot be used: {1}")]
    Network(&'static str, NetworkError),
    /// Another part is broken or was made under other settings.
    #[error("the {0} of this file cannot be used: it is broken or was made under other settings")]
    Part(&'static str),
}

/// Counters beyond this are none that a run ever reaches.
const LARGEST: u64 = 1 << 60;

impl Learner {
    /// The state as plain data, without what [`Learner::model`] tells.
    pub fn snapshot(&self) -> LearnerSnapshot<'_> {
        LearnerSnapshot {
            target: self.pilot.target().filter(|_| self.table.is_none()),
            pilot_moments: self.pilot.moments(),
            prophet_moments: self.prophet.moments(),
            replay: Cow::Borrowed(&self.replay),
            labels: Cow::Borrowed(&self.labels),
            forecast_metrics: Cow::Borrowed(&self.forecast_metrics),
            replay_rng: self.replay_rng.clone(),
            label_rng: self.label_rng.clone(),
            frozen: self.frozen,
            steps: self.steps,
            updated_until: self.updated_until,
            episodes: self.episodes,
            losses: self.losses,
        }
    }

    /// Goes on from a model and a snapshot of the same moment and settings, exactly. Nothing changes on an error.
    ///
    /// # Errors
    /// The first part that does not fit the settings, or is broken.
    pub fn restore(
        &mut self,
        settings: &Settings,
        model: &Model,
        snapshot: LearnerSnapshot<'_>,
    ) -> Result<(), LearnerSnapshotError> {
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)?;
        let part = |fits: bool, name| if fits { Ok(()) } else { Err(LearnerSnapshotError::Part(name)) };
        let network = |name| move |problem| LearnerSnapshotError::Network(name, problem);
        // A Q-table's Pilot is there and never learns.
        let acting = model.table.is_none().then_some(&model.pilot);
        let wants_target = acting.is_some() && settings.pilot.target_every > 0;
        part(snapshot.target.is_some() == wants_target, "target network")?;
        if let Some(target) = &snapshot.target {
            target.check(&Pilot::sizes(&settings.pilot)).map_err(network("target network"))?;
        }
        let none = Weights(Vec::new());
        snapshot.pilot_moments.check(acting.unwrap_or(&none)).map_err(network("Pilot's optimizer"))?;
        snapshot.prophet_moments.check(&model.prophet).map_err(network("Prophet's optimizer"))?;
        let mut replay = snapshot.replay.into_owned();
        part(replay.rebuild(&settings.pilot), "replay memory")?;
        let labels = snapshot.labels.into_owned();
        part(labels.is_consistent(settings.prophet.replay_capacity), "Prophet's memory")?;
        let forecast_metrics = snapshot.forecast_metrics.into_owned();
        part(forecast_metrics.is_consistent(), "score of the forecasts")?;
        let (steps, episodes) = (snapshot.steps, snapshot.episodes);
        let (now, price) = match settings.pilot.update_timing {
            UpdateTiming::Steps => (steps, settings.pilot.train_every),
            UpdateTiming::EpisodeEnd => (episodes, 1),
        };
        let counted = snapshot.frozen.unwrap_or(steps) == model.steps && steps.max(episodes).max(model.steps) < LARGEST;
        let updated_until = snapshot.updated_until <= now && now - snapshot.updated_until < price;
        part(counted && (updated_until || snapshot.frozen.is_some()) && model.updates < LARGEST, "counters")?;
        part((0.0..=1.0).contains(&model.episodes_factor), "epsilon")?;
        part(snapshot.frozen.is_some() != settings.run.policy.is_empty(), "part that says whether it learns")?;

        let device = device(settings.run.backend);
        if let Some(table) = &model.table {
            self.table = Some(QLearner::with_table(table.clone(), model.updates));
        } else {
            let moments = snapshot.pilot_moments;
            self.pilot = Pilot::restored(&settings.pilot, &device, model, snapshot.target, moments);
        }
        self.prophet = Prophet::restored(&settings.prophet, &device, &model.prophet, snapshot.prophet_moments);
        self.episodes_factor = model.episodes_factor;
        (self.replay, self.labels, self.forecast_metrics) = (replay, labels, forecast_metrics);
        (self.replay_rng, self.label_rng) = (snapshot.replay_rng, snapshot.label_rng);
        self.steps = model.steps;
        if snapshot.frozen.is_some() {
            self.freeze(settings);
            self.steps = steps;
        }
        (self.updated_until, self.episodes, self.losses) = (snapshot.updated_until, episodes, snapshot.losses);
        Ok(())
    }
}
