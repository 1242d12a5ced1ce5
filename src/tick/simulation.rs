//! Setting a run up in a world, and taking it down again.

use super::driving::Resumed;
use super::snapshot::{RunSnapshot, SeatSnapshot, Whole, largest_state};
use super::{
    Agent, Cause, ClusterIndex, Contender, Decision, Dice, Episode, Forecast, Guidance, History, Journal, LiveCluster,
    Memory, Playing, Recall, Roster, Scoreboard, Script, Senses, Tally, Tape, Verdict, Watch,
};
use crate::brain::{Brain, Eyes, LabelBuffer, Model, NStep, Sight, Signs, Trends};
use crate::cluster::{Cluster, Load, Purpose, stream};
use crate::policy::{Greedy, Policy, Tabular, guide, scripted};
use crate::record::{BUILTIN, Checkpoint, Found, QTABLE, RecordError, RunFolder, builtin, qtable};
use crate::settings::{Settings, SettingsError};
use crate::trace::{ImportReport, TraceError, import};
use bevy::ecs::resource::Resource;
use bevy::ecs::world::World;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// The settings of the run in progress.
#[derive(Resource, Debug, Clone)]
pub struct ActiveSettings(pub Settings);

/// The networks and memories.
#[derive(Resource)]
pub struct Mind(pub Brain);

/// Frames that a cluster keeps where nobody looks at them and no black box is wanted.
const UNWATCHED: usize = 2;

/// Why a run could not be set up.
#[derive(Debug, Error)]
pub enum SimulationError {
    /// Settings that are out of range or contradict each other.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A trace that could not be imported.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A checkpoint of the policy to watch that cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] RecordError),
}

/// A cluster and its agent.
struct Seat {
    cluster: LiveCluster,
    episode: Episode,
    /// The tape of the running episode, where the run goes on.
    tape: Option<Tape>,
    agent: (Senses, Recall, Guidance, Watch, Forecast, Decision, Verdict, Memory, Dice),
}

/// All that a run changes.
struct Ready {
    seats: Vec<Seat>,
    tally: Tally,
    /// How the comparison stands, where two policies are compared.
    board: Option<Scoreboard>,
    /// The drive in progress, and how the last one went.
    wheel: Resumed,
    brain: Brain,
}

/// A run that is ready to begin or to go on: checked settings and the imported trace.
pub struct Simulation {
    settings: Settings,
    load: Option<Load>,
    /// The trained networks to watch, if that is what is wanted.
    watched: Option<Model>,
    /// What the policy that it is compared with acts with, if it is trained and there is one.
    opponent: Option<Checkpoint>,
    /// The run as it was when it was ended, and the seconds it had taken, if it goes on.
    resumed: Option<(Ready, f64)>,
    /// What the import of the trace had to say.
    pub report: Option<ImportReport>,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resumed = self.resumed.is_some();
        formatter
            .debug_struct("Simulation")
            .field("settings", &self.settings)
            .field("resumed", &resumed)
            .finish_non_exhaustive()
    }
}

impl Simulation {
    /// Checks the settings, imports the trace and loads the policy to watch that they name.
    ///
    /// # Errors
    /// Bad settings, a bad trace, or a bad checkpoint.
    pub fn prepare(mut settings: Settings, default_clusters: usize) -> Result<Self, SimulationError> {
        if settings.run.clusters == 0 {
            settings.run.clusters = default_clusters;
        }
        settings.check(None)?;
        let (mut watched, mut opponent) = (None, None);
        if !settings.run.against.is_empty() {
            settings.run.clusters = 2;
            opponent = trained(&settings.run.against, &settings)?;
            // The networks that are shown at work are those of the first contender that has any.
            watched = opponent.clone().map(|trained| adopt(&mut settings, trained));
        }
        if let Some(trained) = trained(&settings.run.policy, &settings)? {
            watched = Some(adopt(&mut settings, trained));
        }
        let (mut load, mut report) = (None, None);
        if !settings.trace.file.is_empty() {
            let imported = import(Path::new(&settings.trace.file))?;
            load = Some(Load::new(Arc::new(imported.table), &settings.trace));
            report = Some(imported.report);
        }
        Ok(Self { settings, load, watched, opponent, resumed: None, report })
    }

    /// The checked settings, every number resolved.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes on from a checkpoint of a run of these settings, in place of the beginning: exactly, if nothing that its future
    /// depends on has changed.
    ///
    /// # Errors
    /// A state that is damaged, or was made under other settings or another trace.
    pub fn resume(mut self, found: &Found) -> Result<Self, SimulationError> {
        let refused = |problem: String| RecordError::unusable(&found.path, problem);
        let snapshot = Whole::unpack(&found.state, largest_state(&self.settings)).map_err(refused)?;
        let ready = self.going_on(&found.checkpoint.model, snapshot).map_err(refused)?;
        self.resumed = Some((ready, found.state.bookmark.seconds));
        Ok(self)
    }

    fn going_on(&self, model: &Model, Whole { run, hands }: Whole<'_>) -> Result<Ready, String> {
        let RunSnapshot { seats, tally, board, brain } = run;
        let clusters = self.settings.run.clusters;
        if seats.len() != clusters {
            return Err(format!("it is of a run with {} clusters, and this one has {clusters}", seats.len()));
        }
        let mut ready = self.beginning();
        let same = match (&board, &ready.board) {
            (Some(board), Some(fresh)) => board.is_of(fresh),
            (None, None) => true,
            _ => false,
        };
        if !tally.is_sound() || !same || hands.driven.len() != clusters {
            return Err("its counters are damaged".to_owned());
        }
        let most = self.tape_length(true, true);
        for (index, ((seat, mut state), driven)) in ready.seats.iter_mut().zip(seats).zip(hands.driven).enumerate() {
            state.tape = state.tape.with_driven(driven);
            let restored = seat.restore(state, tally.ticks, most);
            restored.map_err(|problem| format!("cluster {index} cannot go on: {problem}"))?;
        }
        let lives: Vec<_> = ready.seats.iter().map(|seat| &seat.cluster.0).collect();
        ready.wheel = hands.wheel.restore(&self.settings, &lives, || self.guidance())?;
        let mut fresh = Brain::new(&self.settings);
        fresh.restore(model, brain).map_err(|problem| problem.to_string())?;
        (ready.tally, ready.board, ready.brain) = (tally, board, fresh);
        Ok(ready)
    }

    /// The clusters and agents at the beginning of the run.
    fn seats(&self) -> Vec<Seat> {
        let settings = &self.settings;
        let seed = settings.run.seed;
        let (n_step, gamma) = settings.returns();
        let compared = !settings.run.against.is_empty();
        let seat = |index: usize| {
            // Contenders play the same episodes.
            let episode = Episode::first(seed, if compared { 0 } else { index });
            let mut cluster = Cluster::new(settings.cluster.clone(), settings.reward.clone(), self.load.clone());
            cluster.reset(episode.seed());
            let recall = Recall {
                eyes: Eyes::new(settings.pilot.view, settings.cluster.rows, settings.cluster.columns),
                now: Sight::default(),
                next: Sight::default(),
            };
            let trends = Trends::new(settings.prophet.inputs, settings.cluster.cells());
            let watch = Watch { trends, signs: Signs::default() };
            let memory = Memory {
                n_step: NStep::new(n_step, gamma),
                labels: LabelBuffer::new(settings.prophet.label, settings.prophet.horizon),
            };
            let agent = (
                Senses::default(),
                recall,
                Guidance(if index > 0 && compared { self.opposition() } else { self.guidance() }),
                watch,
                Forecast::default(),
                Decision::default(),
                Verdict::default(),
                memory,
                Dice(stream(seed, index as u64, Purpose::Exploration)),
            );
            Seat { cluster: LiveCluster(cluster), episode, tape: None, agent }
        };
        (0..settings.run.clusters).map(seat).collect()
    }

    /// The beginning of the run.
    fn beginning(&self) -> Ready {
        let settings = &self.settings;
        let mut brain = Brain::new(settings);
        if let Some(model) = &self.watched {
            brain.load(model).expect("the model was checked against these very settings when it was read");
        }
        if !settings.run.policy.is_empty() {
            brain.freeze();
        }
        let compared = !settings.run.against.is_empty();
        let names = [&settings.run.policy, &settings.run.against].map(Clone::clone);
        let board = compared.then(|| Scoreboard::new(names));
        Ready { seats: self.seats(), tally: Tally::default(), board, wheel: Resumed::default(), brain }
    }

    /// Puts the run into `world`, in place of one that is there already.
    pub fn start(mut self, world: &mut World, folder: Option<RunFolder>) {
        Self::clear(world);
        let (ready, seconds) = self.resumed.take().unwrap_or_else(|| (self.beginning(), 0.0));
        let mut roster = Roster::default();
        let watched = world.contains_resource::<History>();
        let length = self.tape_length(watched, folder.is_some());
        let boxed = folder.is_some() && self.settings.run.black_box_ticks > 0;
        for (index, Seat { cluster, episode, tape, agent }) in ready.seats.into_iter().enumerate() {
            let tape = match tape {
                Some(tape) => tape.holding(length),
                None => {
                    let mut tape = if boxed { Tape::new(length).with_course() } else { Tape::new(length) };
                    tape.record(&cluster.0, Cause::Start, |_| {});
                    tape
                }
            };
            let tape = if watched { tape.with_given() } else { tape };
            let cluster = world.spawn((ClusterIndex(index), cluster, episode, tape)).id();
            if let Some(side) = ready.board.as_ref().and_then(|board| board.sides.get(index)) {
                world.entity_mut(cluster).insert(Contender { name: side.name.clone() });
            }
            let agent = world.spawn((Agent { cluster }, agent)).id();
            roster.0.push((cluster, agent));
        }
        if let Some(mut history) = world.get_resource_mut::<History>() {
            *history = History::default();
        }
        let mut journal = Journal::new(folder);
        journal.went_on_after(seconds);
        world.insert_resource(Playing(roster.0.clone()));
        world.insert_resource(ready.wheel.seat(&roster));
        world.insert_resource(roster);
        if let Some(board) = ready.board {
            world.insert_resource(board);
        }
        world.insert_resource(ready.tally);
        world.insert_resource(journal);
        world.insert_resource(Mind(ready.brain));
        world.insert_resource(ActiveSettings(self.settings));
    }

    /// Frames that each cluster keeps: as many as memory allows where somebody looks at them, and those of a black box
    /// where one can be written.
    fn tape_length(&self, watched: bool, recorded: bool) -> usize {
        let Settings { run, cluster, .. } = &self.settings;
        let fitting = Tape::fitting(run.tape_memory / run.clusters as f64, cluster.cells());
        if watched { fitting } else { fitting.min(if recorded { run.black_box_ticks } else { 0 }).max(UNWATCHED) }
    }

    /// Takes the run away that is in `world`, if there is one.
    fn clear(world: &mut World) {
        world.remove_resource::<Scoreboard>();
        // Commands of another run, or of a time that comes again.
        world.remove_resource::<Script>();
        if let Some(roster) = world.remove_resource::<Roster>() {
            for (cluster, agent) in roster.0 {
                world.despawn(agent);
                world.despawn(cluster);
            }
        }
    }
}

/// The trained policy of this name; none of a scripted one, or of nobody.
fn trained(policy: &str, settings: &Settings) -> Result<Option<Checkpoint>, SimulationError> {
    let checkpoint = match policy.strip_prefix("pilot:") {
        Some(BUILTIN) => builtin(&settings.cluster.name)?,
        Some(path) => Checkpoint::load(Path::new(path))?,
        None if policy == QTABLE => qtable()?,
        None if policy.is_empty() => return Ok(None),
        None => {
            scripted(policy)?;
            return Ok(None);
        }
    };
    Ok(Some(checkpoint.for_acting()))
}

/// Makes the settings those of a trained policy; answers what it acts with.
fn adopt(settings: &mut Settings, Checkpoint { settings: trained, model }: Checkpoint) -> Model {
    settings.run.agent = trained.run.agent;
    (settings.pilot, settings.prophet, settings.qtable) = (trained.pilot, trained.prophet, trained.qtable);
    model
}

impl Simulation {
    /// Who acts in the place of what the brain values most: a guide now and then while it learns, always what is watched,
    /// unless that is a network.
    fn guidance(&self) -> Option<Box<dyn Policy>> {
        let settings = &self.settings;
        if settings.run.policy.is_empty() {
            return guide(settings.exploration.guide);
        }
        if let Ok(scripted) = scripted(&settings.run.policy) {
            return Some(scripted);
        }
        let table = self.watched.as_ref()?.table.clone()?;
        Some(Box::new(Tabular::new(table, settings.qtable.random_share)))
    }

    /// The policy that is compared with what is watched.
    fn opposition(&self) -> Option<Box<dyn Policy>> {
        let Some(Checkpoint { settings, model }) = &self.opponent else {
            return scripted(&self.settings.run.against).ok();
        };
        Some(match &model.table {
            Some(table) => Box::new(Tabular::new(table.clone(), settings.qtable.random_share)),
            None => Box::new(Greedy::new(model, settings)),
        })
    }
}

impl Seat {
    /// Goes on from a state of the same seat.
    /// `ticks` of the run were done, and at most `most` frames of the past are of use.
    fn restore(&mut self, state: SeatSnapshot, ticks: u64, most: usize) -> Result<(), String> {
        let (senses, recall, guidance, watch, forecast, decision, verdict, memory, dice) = &mut self.agent;
        let scenario = self.cluster.0.scenario();
        let (rows, columns) = (scenario.rows, scenario.columns);
        if !state.episode.is_of(&self.episode) {
            return Err("it was made under another seed".to_owned());
        }
        let fits = state.recall.eyes.fit(&recall.eyes)
            && state.watch.trends.fits(&watch.trends)
            && state.memory.n_step.fits(&memory.n_step)
            && state.memory.labels.fits(&memory.labels);
        if !fits {
            return Err("what its agent remembers was made under other settings".to_owned());
        }
        match (&mut guidance.0, state.guidance) {
            (None, None) => {}
            (Some(guide), Some(recollection)) if recollection.fits(rows, columns) => {
                if !guide.recall(recollection) {
                    return Err("its guide is another".to_owned());
                }
            }
            _ => return Err("its guide is another".to_owned()),
        }
        let mut live = self.cluster.0.clone();
        live.restore(state.cluster)?;
        // The episode is played again from its beginning, which brings back what was seen of it.
        let (fresh, seed, number) = (self.cluster.0.clone(), state.episode.seed(), state.episode.number);
        let mut tape = Tape::new(most).restore(state.tape, fresh, seed, number, ticks)?;
        if tape.latest().is_none() {
            tape.push(&live, Cause::Start, |frame| (frame.tick, frame.episode) = (ticks, number));
        }
        (self.cluster.0, self.tape) = (live, Some(tape));
        self.episode = state.episode;
        (*senses, *recall, *watch, *memory, *dice) =
            (state.senses, state.recall, state.watch, state.memory, state.dice);
        (*forecast, *decision, *verdict) = (state.forecast, state.decision, state.verdict);
        Ok(())
    }
}
