//! The learner: both networks, both replay buffers, and when they take gradient steps.

use super::device::device;
use super::replay_buffer::Batch;
use super::{
    Exploration, ForecastMetrics, ForecastSkill, LabelMemory, LabelledState, Model, ModelError, Pilot, Prophet,
    QLearner, QValues, ReplayBuffer, RingBuffer, SurvivalTime, Transition, Weights,
};
use crate::cluster::{RngPurpose, RngStream, stream};
use crate::features::ProphetInput;
use crate::settings::{AgentKind, Settings, UpdateTiming};

/// Losses, smoothed over about a hundred updates; `None` before the first update.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Losses {
    /// Temporal-difference loss of the Pilot, or of the Q-table.
    pub pilot: Option<f32>,
    /// Loss of the Prophet.
    pub prophet: Option<f32>,
}

/// Share of its old value that a smoothed loss keeps at each update.
const SMOOTHING: f32 = 0.99;

/// Moves a smoothed loss towards the latest one, if there is one.
fn smooth(loss: &mut Option<f32>, latest: Option<f32>) {
    if let Some(latest) = latest {
        *loss = Some(loss.map_or(latest, |old| SMOOTHING * old + (1.0 - SMOOTHING) * latest));
    }
}

/// A learning rate that falls linearly from `start` to `start * final_share`; `progress` is the share of the run that is
/// done.
fn scheduled_rate(start: f64, final_share: f64, progress: f64) -> f64 {
    start * (1.0 + (final_share - 1.0) * progress.clamp(0.0, 1.0))
}

/// Everything that learns: networks, optimizers, replay buffers and counters. It keeps no copy of the settings: callers
/// pass those of the run it was made for, in which only what may change during a run may differ.
pub struct Learner {
    /// The network that acts.
    pub pilot: Pilot,
    /// The Q-table that acts instead of the Pilot, if the settings say so.
    pub(super) table: Option<QLearner>,
    /// The network that forecasts.
    pub prophet: Prophet,
    pub(super) replay: ReplayBuffer,
    pub(super) labels: LabelMemory,
    pub(super) forecast_metrics: ForecastMetrics,
    pub(super) replay_rng: RngStream,
    pub(super) label_rng: RngStream,
    /// Product of the per-episode factors of epsilon so far.
    pub(super) episodes_factor: f64,
    /// Environment steps learned from before the learner was frozen; `None` while it learns.
    pub(super) frozen: Option<u64>,
    /// Environment steps so far, over all clusters.
    pub(super) steps: u64,
    /// Environment steps (or episodes, if updates happen at their end) whose updates have been taken.
    pub(super) updated_until: u64,
    pub(super) episodes: u64,
    batch: Batch,
    states: Vec<f32>,
    survival: Vec<SurvivalTime>,
    pub(super) losses: Losses,
}

impl Learner {
    /// An untrained learner; its weights and random streams derive from the run's seed.
    pub fn new(settings: &Settings) -> Self {
        let seed = settings.run.seed;
        let device = device(settings.run.backend);
        Self {
            pilot: Pilot::new(&settings.pilot, &device, &mut stream(seed, 0, RngPurpose::PilotWeights)),
            table: (settings.run.agent == AgentKind::QTable).then(|| QLearner::new(&settings.qtable)),
            prophet: Prophet::new(&settings.prophet, &device, &mut stream(seed, 0, RngPurpose::ProphetWeights)),
            replay: ReplayBuffer::new(&settings.pilot),
            labels: RingBuffer::new(settings.prophet.replay_capacity),
            forecast_metrics: ForecastMetrics::default(),
            replay_rng: stream(seed, 0, RngPurpose::Replay),
            label_rng: stream(seed, 0, RngPurpose::ProphetMemory),
            episodes_factor: 1.0,
            frozen: None,
            steps: 0,
            updated_until: 0,
            episodes: 0,
            batch: Batch::default(),
            states: Vec::new(),
            survival: Vec::new(),
            losses: Losses::default(),
        }
    }

    /// Environment steps so far, over all clusters; once frozen, those since then.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The exploration rule at this moment of the run.
    pub fn exploration<'a>(&self, settings: &'a Settings) -> Exploration<'a> {
        Exploration::new(settings, self.steps, self.episodes_factor).frozen(self.frozen.is_some())
    }

    /// From here on the networks only act and forecast: nothing is explored, stored or learned, and a guide, if there is
    /// one, chooses every action.
    pub fn freeze(&mut self, settings: &Settings) {
        self.frozen = Some(self.steps);
        self.steps = 0;
        self.pilot.use_evaluation_mode(&settings.pilot);
    }

    /// Q-values of all actions for a batch of inputs, from the Pilot or the Q-table, whichever acts.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, PilotInput::length(pilot.inputs)]`, row by row; returns one row per input.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        let Some(learner) = &self.table else { return self.pilot.q_values(pilot_inputs) };
        let pilot_inputs = pilot_inputs.chunks_exact(self.pilot.inputs());
        pilot_inputs.map(|pilot_input| learner.table().q_values(pilot_input)).collect()
    }

    /// Whether the Pilot's network acts, rather than a Q-table.
    pub fn has_network(&self) -> bool {
        self.table.is_none()
    }

    /// Stores a transition for the Pilot; a Q-table learns from it at once.
    pub fn remember(&mut self, settings: &Settings, transition: Transition) {
        match &mut self.table {
            _ if self.frozen.is_some() => {}
            Some(learner) => {
                let loss = learner.learn(&transition, settings.qtable.learning_rate);
                smooth(&mut self.losses.pilot, Some(loss));
            }
            None => self.replay.push(transition),
        }
    }

    /// Scores the forecast of a labelled state and stores the state for the Prophet.
    pub fn remember_label(&mut self, labelled: LabelledState) {
        let LabelledState { state, survival, scored } = labelled;
        if scored {
            self.forecast_metrics.add(state.risk, survival.collapsed);
        }
        if self.frozen.is_none() {
            self.labels.push((state.prophet_input, survival));
        }
    }

    /// How good the latest forecasts were; `None` before both outcomes have occurred.
    pub fn skill(&self) -> Option<ForecastSkill> {
        self.forecast_metrics.skill()
    }

    /// Counts `steps` environment steps and `episodes` ended episodes, and takes the gradient steps that are due.
    pub fn learn(&mut self, settings: &Settings, steps: u64, episodes: u64) {
        self.steps += steps;
        self.episodes += episodes;
        (0..episodes).for_each(|_| self.episodes_factor *= settings.exploration.episode_factor);
        if self.frozen.is_some() {
            return;
        }
        let pilot = &settings.pilot;
        let (now, interval, updates) = match pilot.update_timing {
            UpdateTiming::Steps => (self.steps, pilot.train_every, 1),
            UpdateTiming::EpisodeEnd => (self.episodes, 1, pilot.updates_per_episode),
        };
        // A model that was loaded has taken its steps, but its memory is empty.
        let gathered = if self.has_network() { self.replay.len() as u64 } else { self.steps };
        if self.steps < pilot.warmup || gathered < pilot.warmup.min(pilot.replay_capacity as u64) {
            self.updated_until = now;
            return;
        }
        while self.updated_until + interval <= now {
            self.updated_until += interval;
            (0..updates).for_each(|_| self.update(settings));
        }
    }

    /// One gradient step of each network that has data to learn from. The two are independent, so with several threads
    /// they run in parallel, with the same result.
    fn update(&mut self, settings: &Settings) {
        let Settings { run, pilot: pilot_settings, prophet: prophet_settings, .. } = settings;
        let progress = self.steps as f64 / run.steps as f64;
        let learning_rate = scheduled_rate(pilot_settings.learning_rate, pilot_settings.final_learning_rate, progress);
        let prophet_rate = pilot_settings.learning_rate * prophet_settings.learning_rate_share;
        let prophet_rate = scheduled_rate(prophet_rate, prophet_settings.final_learning_rate, progress);
        let (pilot, batch) = (&mut self.pilot, &mut self.batch);
        let (replay, rng) = (&mut self.replay, &mut self.replay_rng);
        let mut update_pilot = move || {
            (!replay.is_empty()).then(|| {
                replay.draw(pilot_settings, progress, batch, rng);
                let (loss, errors) = pilot.learn(pilot_settings, batch, learning_rate);
                replay.update_priorities(pilot_settings, batch, &errors);
                loss
            })
        };
        let (prophet, states, survival) = (&mut self.prophet, &mut self.states, &mut self.survival);
        let (memory, rng) = (&self.labels, &mut self.label_rng);
        let warm = memory.len() as u64 >= pilot_settings.warmup.clamp(1, prophet_settings.replay_capacity as u64);
        let learns = prophet_settings.learning_rate_share > 0.0;
        let mut update_prophet = move || {
            (warm && learns).then(|| {
                states.clear();
                survival.clear();
                for (state, time) in memory.draw(prophet_settings.batch_size, rng) {
                    states.extend_from_slice(state.numbers(ProphetInput::length(prophet_settings.inputs)));
                    survival.push(*time);
                }
                prophet.learn(prophet_settings, states, survival, prophet_rate)
            })
        };
        let (pilot_loss, prophet_loss) = if run.threads > 1 {
            rayon::join(update_pilot, update_prophet)
        } else {
            (update_pilot(), update_prophet())
        };
        smooth(&mut self.losses.pilot, pilot_loss);
        smooth(&mut self.losses.prophet, prophet_loss);
    }

    /// The smoothed losses.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// The trained networks and counters.
    pub fn model(&self) -> Model {
        Model {
            pilot: if self.table.is_some() { Weights(Vec::new()) } else { self.pilot.weights() },
            pilot_average: self.pilot.average().filter(|_| self.table.is_none()).cloned(),
            prophet: self.prophet.weights(),
            layer_norm: self.pilot.layer_norm(),
            horizons: self.prophet.ends().to_vec(),
            steps: self.frozen.unwrap_or(self.steps),
            updates: self.table.as_ref().map_or(self.pilot.updates(), QLearner::updates),
            episodes_factor: self.episodes_factor,
            table: self.table.as_ref().map(|learner| learner.table().clone()),
        }
    }

    /// Loads a model: its networks act and go on learning from here, as soon as `pilot.warmup` transitions are gathered;
    /// optimizers and replay buffers start afresh. A frozen learner stays frozen. Nothing changes on an error.
    ///
    /// # Errors
    /// A model of the other kind of agent, networks of another architecture than the settings ask for, or numbers that are
    /// not finite.
    pub fn load(&mut self, settings: &Settings, model: &Model) -> Result<(), ModelError> {
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)?;
        let device = device(settings.run.backend);
        if let Some(table) = &model.table {
            self.table = Some(QLearner::with_table(table.clone(), model.updates));
        } else {
            let average = model.pilot_average.as_ref();
            // As in an evaluation, the average acts where nothing is learned.
            let acting = average.filter(|_| self.frozen.is_some()).unwrap_or(&model.pilot);
            self.pilot = Pilot::with_weights(&settings.pilot, &device, acting, average);
            self.pilot.set_updates(model.updates);
        }
        self.prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
        self.episodes_factor = model.episodes_factor;
        if self.frozen.is_some() {
            let played = self.steps;
            self.steps = model.steps;
            self.freeze(settings);
            self.steps = played;
        } else {
            self.steps = model.steps;
        }
        self.updated_until = match settings.pilot.update_timing {
            UpdateTiming::Steps => model.steps,
            UpdateTiming::EpisodeEnd => self.episodes,
        };
        self.replay = ReplayBuffer::new(&settings.pilot);
        self.labels = RingBuffer::new(settings.prophet.replay_capacity);
        self.forecast_metrics = ForecastMetrics::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
