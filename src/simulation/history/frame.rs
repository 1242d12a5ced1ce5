//! A recorded moment of a cluster.

use crate::cluster::{Cluster, Intervention, Observation};
use crate::features::{PilotInput, ProphetInput};
use crate::simulation::{ActionResult, Decision, Forecast};

/// What caused a frame.
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

/// The state of a cluster at one moment, with what its agent decided.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// What caused it.
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
    /// Whether forecast and decision are known, and not only the action. They are not for a tick that was replayed from an
    /// action log.
    pub decision_known: bool,
    /// What the agent saw before it acted. Like all fields below, it is meaningful only if the cause is a tick.
    pub observation: Observation,
    /// The forecast of the Prophet.
    pub forecast: Forecast,
    /// The decision of the agent.
    pub decision: Decision,
    /// Effect, reward and outcome of the action.
    pub action_result: ActionResult,
}

impl Frame {
    /// Size of a frame of `cells` cells, in bytes.
    pub(in crate::simulation) fn bytes(cells: usize) -> usize {
        size_of::<Self>() + 3 * size_of::<f32>() * cells
    }

    /// Forecast and decision, if they are known.
    pub fn forecast_and_decision(&self) -> Option<(&Forecast, &Decision)> {
        self.decision_known.then_some((&self.forecast, &self.decision))
    }

    /// Copies the state of the cluster into the frame.
    pub(in crate::simulation) fn copy_state(&mut self, cluster: &Cluster) {
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

/// The inputs of the networks before a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkInputs {
    /// Input of the Pilot.
    pub pilot_input: PilotInput,
    /// Input of the Prophet.
    pub prophet_input: ProphetInput,
}
