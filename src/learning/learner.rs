//! The learner: both networks, both memories, and when they take gradient steps.

use super::device::device;
use super::replay_buffer::Batch;
use super::{
    Exploration, ForecastMetrics, ForecastSkill, LabelCandidate, LabelMemory, Pilot, Prophet, QLearner, QTable,
    QValues, ReplayBuffer, RingBuffer, Transition, Weights,
};
use crate::cluster::{RngPurpose, RngStream, stream};
use crate::features::ProphetInput;
use crate::settings::tree::NamedOption;
use crate::settings::{AgentKind, PilotSettings, ProphetSettings, Settings, UpdateTiming};
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

/// A learning rate that falls in a line from `start` to the share `last` of it, when the share `done` of the run is over.
fn falling(start: f64, last: f64, done: f64) -> f64 {
    start * (1.0 + (last - 1.0) * done.clamp(0.0, 1.0))
}

/// Everything that learns. It keeps no settings: whoever owns them hands them in, always those of the run that it was made
/// for, but for what may change while the run goes on.
pub struct Learner {
    /// The network that acts.
    pub pilot: Pilot,
    /// The Q-table that acts in its place, where the settings say so.
    pub(super) table: Option<QLearner>,
    /// The network that forecasts.
    pub prophet: Prophet,
    pub(super) replay: ReplayBuffer,
    pub(super) labels: LabelMemory,
    pub(super) judged: ForecastMetrics,
    pub(super) replay_rng: RngStream,
    pub(super) label_rng: RngStream,
    /// Product of the per-episode factors of epsilon so far.
    pub(super) episodes_factor: f64,
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
            replay: ReplayBuffer::new(&settings.pilot),
            labels: RingBuffer::new(settings.prophet.replay_capacity),
            judged: ForecastMetrics::default(),
            replay_rng: stream(seed, 0, RngPurpose::Replay),
            label_rng: stream(seed, 0, RngPurpose::ProphetMemory),
            episodes_factor: 1.0,
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

    /// How the agent tries things out just now.
    pub fn exploration<'a>(&self, settings: &'a Settings) -> Exploration<'a> {
        Exploration::new(settings, self.steps, self.episodes_factor).frozen(self.frozen.is_some())
    }

    /// From here on the networks only act and forecast: nothing is tried, remembered or learned, and where there is a guide
    /// it acts.
    pub fn freeze(&mut self, settings: &Settings) {
        self.frozen = Some(self.steps);
        self.steps = 0;
        self.pilot.act_as_evaluated(&settings.pilot);
    }

    /// Values of all actions for a batch of sights, by what acts.
    ///
    /// # Shapes
    /// `pilot_inputs` is `[batch, PilotInput::length(pilot.inputs)]`, row by row; the answer has one row per sight.
    pub fn q_values(&self, pilot_inputs: &[f32]) -> Vec<QValues> {
        let Some(learner) = &self.table else { return self.pilot.q_values(pilot_inputs) };
        let pilot_inputs = pilot_inputs.chunks_exact(self.pilot.inputs());
        pilot_inputs.map(|pilot_input| learner.table().q_values(pilot_input)).collect()
    }

    /// Whether a network acts, and not a table.
    pub fn has_network(&self) -> bool {
        self.table.is_none()
    }

    /// Remembers a transition for the Pilot; a Q-table learns from it at once.
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
    pub fn learn(&mut self, settings: &Settings, steps: u64, episodes: u64) {
        self.steps += steps;
        self.episodes += episodes;
        (0..episodes).for_each(|_| self.episodes_factor *= settings.exploration.episode_factor);
        if self.frozen.is_some() {
            return;
        }
        let pilot = &settings.pilot;
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
            (0..updates).for_each(|_| self.update(settings));
        }
    }

    /// One gradient step of each network that has something to learn from. The two are independent, so they run side
    /// by side where there are threads, with the same result.
    fn update(&mut self, settings: &Settings) {
        let Settings { run, pilot: of_pilot, prophet: of_prophet, .. } = settings;
        let done = self.steps as f64 / run.steps as f64;
        let learning_rate = falling(of_pilot.learning_rate, of_pilot.final_learning_rate, done);
        let prophet_rate = of_pilot.learning_rate * of_prophet.learning_rate_share;
        let prophet_rate = falling(prophet_rate, of_prophet.final_learning_rate, done);
        let (pilot, batch) = (&mut self.pilot, &mut self.batch);
        let (replay, rng) = (&mut self.replay, &mut self.replay_rng);
        let mut teach_pilot = move || {
            (!replay.is_empty()).then(|| {
                replay.draw(of_pilot, done, batch, rng);
                let (loss, errors) = pilot.learn(of_pilot, batch, learning_rate);
                replay.learned(of_pilot, batch, &errors);
                loss
            })
        };
        let (prophet, states, labels) = (&mut self.prophet, &mut self.states, &mut self.state_labels);
        let (memory, rng) = (&self.labels, &mut self.label_rng);
        let teachable = of_prophet.learning_rate_share > 0.0;
        let mut teach_prophet = move || {
            (!memory.is_empty() && teachable).then(|| {
                states.clear();
                labels.clear();
                for (state, collapsed) in memory.draw(of_prophet.batch_size, rng) {
                    states.extend_from_slice(state.numbers(ProphetInput::length(of_prophet.inputs)));
                    labels.push(f32::from(u8::from(*collapsed)));
                }
                prophet.learn(of_prophet, states, labels, prophet_rate)
            })
        };
        let (pilot_loss, prophet_loss) =
            if run.threads > 1 { rayon::join(teach_pilot, teach_prophet) } else { (teach_pilot(), teach_prophet()) };
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
            episodes_factor: self.episodes_factor,
            table: self.table.as_ref().map(|learner| learner.table().clone()),
        }
    }

    /// Takes over a model: its networks act and learn on from here, their optimizers and memories start afresh.
    /// Nothing changes on an error.
    ///
    /// # Errors
    /// Another kind of agent, a network whose sizes are not those of the settings, or numbers that are not finite.
    pub fn load(&mut self, settings: &Settings, model: &Model) -> Result<(), ModelError> {
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)?;
        let device = device(settings.run.backend);
        if let Some(table) = &model.table {
            self.table = Some(QLearner::with_table(table.clone(), model.updates));
        } else {
            self.pilot = Pilot::with_weights(&settings.pilot, &device, &model.pilot, model.pilot_average.as_ref());
            self.pilot.set_updates(model.updates);
        }
        self.prophet = Prophet::with_weights(&settings.prophet, &device, &model.prophet);
        self.episodes_factor = model.episodes_factor;
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Observation};
    use crate::features::PilotInput;
    use crate::settings::EpsilonDecay;

    /// Settings of a Pilot or a table that learns at every step.
    fn settings(agent: AgentKind) -> Settings {
        let mut settings = Settings::default();
        (settings.run.agent, settings.run.steps, settings.run.threads) = (agent, 100, 1);
        (settings.pilot.hidden, settings.pilot.batch_size) = (vec![4], 4);
        (settings.pilot.warmup, settings.pilot.train_every) = (0, 1);
        settings
    }

    /// Takes a step with a reward and learns from it; answers what acts.
    fn learned(learner: &mut Learner, settings: &Settings) -> Model {
        let pilot_input = PilotInput::from(&Observation([0.5; 35]));
        let (action, reward, next, discount) = (Action::Scale, 1.0, pilot_input, 0.0);
        learner.remember(settings, Transition { pilot_input, action, reward, next, discount });
        learner.learn(settings, 1, 0);
        learner.model()
    }

    #[test]
    fn a_learning_rate_that_changes_is_that_of_the_next_update() {
        for agent in [AgentKind::Dqn, AgentKind::QTable] {
            let mut settings = settings(agent);
            let mut learner = Learner::new(&settings);
            let first = learned(&mut learner, &settings);
            (settings.pilot.learning_rate, settings.qtable.learning_rate) = (0.0, 0.0);
            let still = learned(&mut learner, &settings);
            assert!(still.updates > first.updates, "{agent:?} learns on");
            assert!((&still.pilot, &still.table) == (&first.pilot, &first.table), "{agent:?} stands still");
            learner.load(&settings, &still).unwrap();
            let loaded = learned(&mut learner, &settings);
            assert!((&loaded.pilot, &loaded.table) == (&first.pilot, &first.table), "{agent:?} still does");
            (settings.pilot.learning_rate, settings.qtable.learning_rate) = (0.1, 0.1);
            let moved = learned(&mut learner, &settings);
            assert!((&moved.pilot, &moved.table) != (&first.pilot, &first.table), "{agent:?} moves again");
        }
    }

    #[test]
    fn the_schedule_of_epsilon_is_that_of_the_settings_until_the_brain_is_frozen() {
        let mut settings = settings(AgentKind::Dqn);
        let mut learner = Learner::new(&settings);
        (0..15).for_each(|_| learner.learn(&settings, 1, 0));
        let epsilon = |learner: &Learner, settings: &Settings| learner.exploration(settings).epsilon();
        assert!((epsilon(&learner, &settings) - 0.525).abs() < 1e-12);
        settings.run.steps = 200;
        assert!((epsilon(&learner, &settings) - 0.7625).abs() < 1e-12, "the run became twice as long");
        settings.exploration.decay = EpsilonDecay::PerEpisode;
        settings.exploration.episode_factor = 0.5;
        learner.learn(&settings, 1, 2);
        let factor = learner.model().episodes_factor;
        assert_eq!(epsilon(&learner, &settings), factor);
        learner.freeze(&settings);
        assert_eq!((epsilon(&learner, &settings), learner.model().episodes_factor), (0.0, factor));
    }

    #[test]
    fn a_learning_rate_falls_in_a_line_and_stays() {
        let rates = [-1.0, 0.0, 0.5, 1.0, 2.0].map(|done| falling(0.4, 0.25, done));
        assert_eq!(rates, [0.4, 0.4, 0.25, 0.1, 0.1]);
    }
}
