//! A moment of a cluster as a tape keeps it.

use crate::cluster::{Cluster, Intervention, Observation};
use crate::features::{PilotInput, ProphetInput};
use crate::simulation::{ActionResult, Decision, Forecast};

/// What brought a moment about.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Cause {
    /// An episode began.
    #[default]
    Start,
    /// A tick: the agent acted and time passed.
    Tick,
    /// A person intervened.
    Intervention(Intervention),
}

/// A moment of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// What brought it about.
    pub cause: Cause,
    /// Ticks of the run that were done.
    pub tick: u64,
    /// Number of the cluster's episode.
    pub episode: u64,
    /// Steps of the episode that were done.
    pub time: usize,
    /// Row and column of the agent.
    pub agent: (usize, usize),
    /// Budget left, in units.
    pub budget: f64,
    /// Mean load, 0 to 1.
    pub load: f64,
    /// CPU of every cell, 0 to 1.
    pub cpu: Vec<f32>,
    /// Memory drift of every cell, 0 to 1.
    pub mem: Vec<f32>,
    /// Priority of every cell, 0 to 1.
    pub priority: Vec<f32>,
    /// Whether what the agent was told and decided is known, and not only what it did: of every tick but those of an
    /// episode that was played again from its course.
    pub known: bool,
    /// What the agent saw before it acted; of no meaning unless the cause is a tick, as all below.
    pub observation: Observation,
    /// What the Prophet told it.
    pub forecast: Forecast,
    /// What it decided, and why.
    pub decision: Decision,
    /// What the action did and how it was judged.
    pub action_result: ActionResult,
}

impl Frame {
    /// Bytes that a frame of so many cells takes.
    pub(in crate::simulation) fn bytes(cells: usize) -> usize {
        size_of::<Self>() + 3 * size_of::<f32>() * cells
    }

    /// What the agent was told and what it decided, if that is known.
    pub fn forecast_and_decision(&self) -> Option<(&Forecast, &Decision)> {
        self.known.then_some((&self.forecast, &self.decision))
    }

    /// Takes over the state of the cluster.
    pub(in crate::simulation) fn show(&mut self, cluster: &Cluster) {
        let cells = cluster.cells();
        self.time = cluster.time();
        self.agent = cluster.agent();
        self.budget = cluster.budget();
        self.load = cluster.mean_load();
        self.cpu.clone_from(&cells.cpu);
        self.mem.clone_from(&cells.mem);
        self.priority.clone_from(&cells.priority);
    }
}

/// What the networks were given before a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkInputs {
    /// What the Pilot was given.
    pub pilot_input: PilotInput,
    /// What the Prophet was given.
    pub prophet_input: ProphetInput,
}
