//! The learner: both networks, both memories, and when they take gradient steps.

use super::device::device;
use super::replay::Batch;
use super::{
    Exploration, ForecastMetrics, ForecastSkill, LabelCandidate, LabelMemory, Pilot, PilotInput, Prophet, ProphetInput,
    QLearner, QTable, QValues, ReplayBuffer, RingBuffer, Transition, Weights,
};
use crate::cluster::{RngPurpose, RngStream, stream};
use crate::settings::tree::NamedOption;
use crate::settings::{AgentKind, ExplorationSettings, PilotSettings, ProphetSettings, Settings, UpdateTiming};
use thiserror::Error;

/// Losses, smoothed over about a hundred updates; none before the first update.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Losses {
    /// Temporal-difference loss of the Pilot, or of the Q-table.
    pub pilot: Option<f32>,
    /// Loss of the Prophet.
    pub prophet: Option<f32>,
}

/// The trained networks as plain data: what a checkpoint holds and a policy needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The Pilot's acting weights; none where a Q-table acts.
    pub pilot: Weights,
    /// Their average, where the settings keep one.
    pub pilot_average: Option<Weights>,
    /// The Prophet's weights.
    pub prophet: Weights,
    /// Environment steps learned from.
    pub steps: u64,
    /// Gradient steps of the Pilot, or updates of the Q-table.
    pub updates: u64,
    /// Product of the per-episode factors of epsilon.
    pub episodes_factor: f64,
    /// The Q-table, where that is what acts.
    pub table: Option<QTable>,
}

/// The most steps or updates that a model may count: far more than any run takes, and far from where sums have no place.
const LARGEST_COUNT: u64 = 1_000_000_000_000_000;

/// Why a model does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {part} of this file cannot be used: {problem}")]
pub struct ModelError {
    part: &'static str,
    problem: String,
}

impl Model {
    /// What this model acts with.
    pub fn agent(&self) -> AgentKind {
        if self.table.is_some() { AgentKind::QTable } else { AgentKind::Dqn }
    }

    /// Checks that this is the model of such an agent.
    ///
    /// # Errors
    /// It is that of another.
    pub fn check_agent(&self, wanted: AgentKind) -> Result<(), ModelError> {
        let found = self.agent();
        if found == wanted {
            return Ok(());
        }
        let problem = format!("it is {}, and {} is needed", found.chosen(), wanted.chosen());
        Err(ModelError { part: "agent", problem })
    }

    /// Checks every network against the sizes in the settings, and the Q-table where that is what acts.
    ///
    /// # Errors
    /// The first part that does not fit.
    pub fn check(&self, pilot: &PilotSettings, prophet: &ProphetSettings) -> Result<(), ModelError> {
        let (pilot, prophet) = (Pilot::sizes(pilot), Prophet::sizes(prophet));
        let refused = |part, problem: &dyn ToString| ModelError { part, problem: problem.to_string() };
        for (count, what) in [(self.steps, "steps"), (self.updates, "updates")] {
            if count > LARGEST_COUNT {
                return Err(refused("counters", &format!("{count} {what} are more than any run takes")));
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
}

/// Share of its old value that a smoothed loss keeps at each update.
const SMOOTHING: f32 = 0.99;

/// Moves a smoothed loss towards the latest one, if there is one.
fn smooth(loss: &mut Option<f32>, latest: Option<f32>) {
    if let Some(latest) = latest {
        *loss = Some(loss.map_or(latest, |old| SMOOTHING * old + (1.0 - SMOOTHING) * latest));
    }
}

/// Everything that learns.
pub struct Learner {
    /// The network that acts.
    pub pilot: Pilot,
    /// The Q-table that acts in its place, where the settings say so.
    pub(super) table: Option<QLearner>,
    /// The network that forecasts.
    pub prophet: Prophet,
    /// How the agent tries things out.
    pub exploration: Exploration,
    pub(super) replay: ReplayBuffer,
    pub(super) labels: LabelMemory,
    pub(super) judged: ForecastMetrics,
    pub(super) replay_rng: RngStream,
    pub(super) label_rng: RngStream,
    pub(super) settings: Settings,
    /// If nothing is tried and learned any more: the environment steps that were learned from until then.
    pub(super) frozen: Option<u64>,
    /// Environment steps so far, over all clusters.
    pub(super) steps: u64,
    /// Steps (or, in that rhythm, episodes) already paid for with updates.
    pub(super) paid: u64,
    pub(super) episodes: u64,
    batch: Batch,
    states: Vec<f32>,
    state_labels: Vec<f32>,
    pub(super) losses: Losses,
}

impl Learner {
    /// A brain that knows nothing, its dice derived from the run's seed.
    pub fn new(settings: &Settings) -> Self {
        let seed = settings.run.seed;
        let device = device(settings.run.backend);
        Self {
            pilot: Pilot::new(&settings.pilot, &device, &mut stream(seed, 0, RngPurpose::PilotWeights)),
            table: (settings.run.agent == AgentKind::QTable).then(|| QLearner::new(&settings.qtable)),
            prophet: Prophet::new(&settings.prophet, &device, &mut stream(seed, 0, RngPurpose::ProphetWeights)),
            exploration: Exploration::new(settings.exploration.clone(), settings.run.steps),
            replay: ReplayBuffer::new(&settings.pilot),
            labels: RingBuffer::new(settings.prophet.replay_capacity),
            judged: ForecastMetrics::default(),
            replay_rng: stream(seed, 0, RngPurpose::Replay),
            label_rng: stream(seed, 0, RngPurpose::ProphetMemory),
            settings: settings.clone(),
            frozen: None,
            steps: 0,
            paid: 0,
            episodes: 0,
            batch: Batch::default(),
            states: Vec::new(),
            state_labels: Vec::new(),
            losses: Losses::default(),
        }
    }

    /// Environment steps so far, over all clusters; since it was frozen, if it is.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Epsilon before suppression.
    pub fn epsilon(&self) -> f64 {
        self.exploration.epsilon(self.steps)
    }

    /// From here on the networks only act and forecast: nothing is tried, remembered or learned, and where there is a guide
    /// it acts.
    pub fn freeze(&mut self) {
        self.frozen = Some(self.steps);
        self.steps = 0;
        self.exploration.freeze();
        self.pilot.act_as_evaluated();
    }

    /// Values of all actions for a batch of sights, by what acts.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, PilotInput::length(pilot.inputs)]`, row by row; the answer has one row per sight.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        let Some(learner) = &self.table else { return self.pilot.q_values(pilot_inputs) };
        let pilot_inputs = pilot_inputs.chunks_exact(PilotInput::length(self.settings.pilot.inputs));
        pilot_inputs.map(|pilot_input| learner.table().q_values(pilot_input)).collect()
    }

    /// Whether a network acts, and not a table.
    pub fn has_network(&self) -> bool {
        self.table.is_none()
    }

    /// Remembers a transition for the Pilot; a Q-table learns from it at once.
    pub fn remember(&mut self, transition: Transition) {
        match &mut self.table {
            _ if self.frozen.is_some() => {}
            Some(learner) => smooth(&mut self.losses.pilot, Some(learner.learn(&transition))),
            None => self.replay.push(transition),
        }
    }

    /// Scores the forecast of a labelled state, and remembers the state for the Prophet.
    pub fn remember_label(&mut self, state: LabelCandidate, collapsed: bool) {
        self.judged.add(state.risk, collapsed);
        if self.frozen.is_none() {
            self.labels.push((state.prophet_input, collapsed));
        }
    }

    /// How good the latest forecasts were; none before both outcomes were seen.
    pub fn skill(&self) -> Option<ForecastSkill> {
        self.judged.skill()
    }

    /// Counts `steps` environment steps and `episodes` ended episodes, and takes the gradient steps that are due.
    pub fn learn(&mut self, steps: u64, episodes: u64) {
        self.steps += steps;
        self.episodes += episodes;
        (0..episodes).for_each(|_| self.exploration.end_episode());
        if self.frozen.is_some() {
            return;
        }
        let pilot = &self.settings.pilot;
        let (now, price, updates) = match pilot.update_timing {
            UpdateTiming::Steps => (self.steps, pilot.train_every, 1),
            UpdateTiming::EpisodeEnd => (self.episodes, 1, pilot.updates_per_episode),
        };
        if self.steps < pilot.warmup {
            self.paid = now;
            return;
        }
        while self.paid + price <= now {
            self.paid += price;
            (0..updates).for_each(|_| self.update());
        }
    }

    /// One gradient step of each network that has something to learn from. The two are independent, so they run side
    /// by side where there are threads, with the same result.
    fn update(&mut self) {
        let done = self.steps as f64 / self.settings.run.steps as f64;
        let learning_rate = self.pilot.learning_rate(done);
        let prophet = &self.settings.prophet;
        let prophet_rate = self.pilot.learning_rate(0.0)
            * prophet.learning_rate_share
            * (1.0 + (prophet.final_learning_rate - 1.0) * done.clamp(0.0, 1.0));
        let inputs_of_prophet = ProphetInput::length(prophet.inputs);
        let (pilot, batch) = (&mut self.pilot, &mut self.batch);
        let (replay, settings, rng) = (&mut self.replay, &self.settings.pilot, &mut self.replay_rng);
        let mut teach_pilot = move || {
            (!replay.is_empty()).then(|| {
                replay.draw(settings, done, batch, rng);
                let (loss, errors) = pilot.learn(batch, learning_rate);
                replay.learned(batch, &errors);
                loss
            })
        };
        let (prophet, states, labels) = (&mut self.prophet, &mut self.states, &mut self.state_labels);
        let (memory, size, rng) = (&self.labels, self.settings.prophet.batch_size, &mut self.label_rng);
        let teachable = self.settings.prophet.learning_rate_share > 0.0;
        let mut teach_prophet = move || {
            (!memory.is_empty() && teachable).then(|| {
                states.clear();
                labels.clear();
                for (state, collapsed) in memory.draw(size, rng) {
                    states.extend_from_slice(state.numbers(inputs_of_prophet));
                    labels.push(f32::from(u8::from(*collapsed)));
                }
                prophet.learn(states, labels, prophet_rate)
            })
        };
        let (pilot_loss, prophet_loss) = if self.settings.run.threads > 1 {
            rayon::join(teach_pilot, teach_prophet)
        } else {
            (teach_pilot(), teach_prophet())
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
            steps: self.frozen.unwrap_or(self.steps),
            updates: self.table.as_ref().map_or(self.pilot.updates(), QLearner::updates),
            episodes_factor: self.exploration.episodes_factor(),
            table: self.table.as_ref().map(|learner| learner.table().clone()),
        }
    }

    /// Takes over a model: its networks act and learn on from here, their optimizers and memories start afresh.
    /// Nothing changes on an error.
    ///
    /// # Errors
    /// Another kind of agent, a network whose sizes are not those of the settings, or numbers that are not finite.
    pub fn load(&mut self, model: &Model) -> Result<(), ModelError> {
        let settings = &self.settings;
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)?;
        let device = device(settings.run.backend);
        if let Some(table) = &model.table {
            self.table = Some(QLearner::with_table(&settings.qtable, table.clone(), model.updates));
        } else {
            self.pilot = Pilot::with_weights(&settings.pilot, &device, &model.pilot, model.pilot_average.as_ref());
            self.pilot.set_updates(model.updates);
        }
        self.prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
        self.exploration.restore(model.episodes_factor);
        self.steps = model.steps;
        self.paid = match settings.pilot.update_timing {
            UpdateTiming::Steps => model.steps,
            UpdateTiming::EpisodeEnd => self.episodes,
        };
        self.replay = ReplayBuffer::new(&settings.pilot);
        self.labels = RingBuffer::new(settings.prophet.replay_capacity);
        self.judged = ForecastMetrics::default();
        Ok(())
    }

    /// Explores by these settings from here on; what the schedule has come through so far stays.
    pub fn set_exploration(&mut self, settings: &ExplorationSettings) {
        let passed = self.exploration.episodes_factor();
        self.exploration = Exploration::new(settings.clone(), self.settings.run.steps);
        self.exploration.restore(passed);
        self.settings.exploration = settings.clone();
    }

    /// From here on the schedules are those of a run of so many environment steps.
    pub fn set_run_steps(&mut self, steps: u64) {
        self.settings.run.steps = steps;
        self.exploration.set_run_steps(steps);
    }

    /// Changes the learning rate that the schedule starts from.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        if let Some(learner) = &mut self.table {
            learner.set_learning_rate(learning_rate);
            return;
        }
        self.settings.pilot.learning_rate = learning_rate;
        self.pilot.set_learning_rate(learning_rate);
    }
}
