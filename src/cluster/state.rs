//! The state of a cluster: dense arrays over its cells, the agent's position, the budget and the clock.

use super::intervention::ActiveEffect;
use super::reward::PreviousState;
use super::torus::{shifted, shortest_way};
use super::{Outcome, RngPurpose, RngStream, TraceLoad, stream};
use crate::settings::{RewardSettings, Scenario};

/// Memory at which a cell is out of memory.
pub const OOM: f32 = 0.99;
/// Priority above which a cell is critical.
pub const CRITICAL: f32 = 0.8;
/// CPU or memory above which a cell is a hotspot.
pub const HOTSPOT: f32 = 0.8;

/// The cells as a structure of arrays, row by row. All shares lie in [0, 1].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells {
    /// CPU use.
    pub cpu: Vec<f32>,
    /// Memory drift: the share of memory that has silted up.
    pub mem: Vec<f32>,
    /// Priority: 0.2, 0.5 or 1.0 (critical).
    pub priority: Vec<f32>,
    /// Hidden: memory lost per step, before the factors of load, storm and time.
    pub leak: Vec<f32>,
    /// Hidden: demand level.
    pub(super) base: Vec<f32>,
    /// Hidden: slow random wandering of the demand, an AR(1) process.
    pub(super) wander: Vec<f32>,
    /// Hidden: sine and cosine of the phase of the cell's daily wave.
    pub(super) phase: Vec<(f32, f32)>,
    /// Hidden: steps left of the running burst.
    pub(super) burst_left: Vec<u32>,
    /// Hidden: height of the running burst.
    pub(super) burst_height: Vec<f32>,
    /// Hidden: whether the running storm hits this cell.
    pub(super) in_storm: Vec<bool>,
    /// Scratch: neighbours that were out of memory before this step's entropy.
    pub(super) failing_neighbours: Vec<u8>,
}

impl Cells {
    fn zeroed(count: usize) -> Self {
        Self {
            cpu: vec![0.0; count],
            mem: vec![0.0; count],
            priority: vec![0.0; count],
            leak: vec![0.0; count],
            base: vec![0.0; count],
            wander: vec![0.0; count],
            phase: vec![(0.0, 1.0); count],
            burst_left: vec![0; count],
            burst_height: vec![0.0; count],
            in_storm: vec![false; count],
            failing_neighbours: vec![0; count],
        }
    }

    /// Whether every array has length `count`.
    pub(super) fn all_have_length(&self, count: usize) -> bool {
        let Self {
            cpu,
            mem,
            priority,
            leak,
            base,
            wander,
            phase,
            burst_left,
            burst_height,
            in_storm,
            failing_neighbours,
        } = self;
        let numbers = [cpu, mem, priority, leak, base, wander, burst_height].map(Vec::len);
        let others = [phase.len(), burst_left.len(), in_storm.len(), failing_neighbours.len()];
        numbers.into_iter().chain(others).all(|length| length == count)
    }
}

/// The environment: one cluster and the agent on it.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(super) scenario: Scenario,
    pub(super) weights: RewardSettings,
    pub(super) load: Option<TraceLoad>,
    pub(super) cells: Cells,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) budget: f64,
    pub(super) time: usize,
    pub(super) storm_left: usize,
    /// Lasting effects of interventions, in the order of the cells.
    pub(super) active_effects: Vec<ActiveEffect>,
    pub(super) before: PreviousState,
    pub(super) outcome: Outcome,
    pub(super) seed: u64,
    pub(super) entropy: RngStream,
}

impl Cluster {
    /// A cluster of `scenario` with reward `weights`, driven by a trace if `load` is given. It begins with the episode of
    /// seed 0; see [`Cluster::reset`].
    pub fn new(scenario: Scenario, weights: RewardSettings, load: Option<TraceLoad>) -> Self {
        let mut cluster = Self {
            cells: Cells::zeroed(scenario.cells()),
            scenario,
            weights,
            load,
            row: 0,
            column: 0,
            budget: 0.0,
            time: 0,
            storm_left: 0,
            active_effects: Vec::new(),
            before: PreviousState::default(),
            outcome: Outcome::Running,
            seed: 0,
            entropy: stream(0, 0, RngPurpose::Entropy),
        };
        cluster.reset(0);
        cluster
    }

    /// The scenario's constants.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The cells.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Row and column of the agent.
    pub fn agent(&self) -> (usize, usize) {
        (self.row, self.column)
    }

    /// Budget left, in units.
    pub fn budget(&self) -> f64 {
        self.budget
    }

    /// Steps since the episode began.
    pub fn time(&self) -> usize {
        self.time
    }

    /// Seed of the running episode.
    pub fn episode_seed(&self) -> u64 {
        self.seed
    }

    /// Outcome of the last step.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Changes the step limit, of the running episode too.
    pub fn set_max_steps(&mut self, max_steps: usize) {
        self.scenario.max_steps = max_steps.max(1);
    }

    /// Index of the cell at `row`, `column`.
    pub fn index(&self, row: usize, column: usize) -> usize {
        row * self.scenario.columns + column
    }

    /// Index of the cell `down` rows below and `right` columns right of `(row, column)`, around the torus.
    /// Each offset is -1, 0 or 1.
    pub(super) fn neighbour(&self, row: usize, column: usize, down: isize, right: isize) -> usize {
        self.index(shifted(row, down, self.scenario.rows), shifted(column, right, self.scenario.columns))
    }

    /// Moves from the agent to cell `index`, the shorter way around the torus.
    pub fn distance(&self, index: usize) -> usize {
        let (rows, columns) = (self.scenario.rows, self.scenario.columns);
        let down = shortest_way(self.row, index / columns, rows);
        down.unsigned_abs() + shortest_way(self.column, index % columns, columns).unsigned_abs()
    }

    /// Memory that cell `index` leaks per step at present, without the noise (hidden from the agent).
    pub fn leak_now(&self, index: usize) -> f64 {
        let cells = &self.cells;
        let busy = (f64::from(cells.cpu[index]) - 0.5).max(0.0) / 0.5;
        f64::from(cells.leak[index])
            * self.escalation()
            * (1.0 + self.scenario.cpu_coupling * busy)
            * self.storm_factor(index)
            + f64::from(self.effect_leak(index))
    }

    /// The growth of all leaks with time: `1 + escalation * t / 500`.
    pub(super) fn escalation(&self) -> f64 {
        1.0 + self.scenario.escalation * self.time as f64 / 500.0
    }

    pub(super) fn storm_factor(&self, index: usize) -> f64 {
        if self.storm_left > 0 && self.cells.in_storm[index] { self.scenario.storm_factor } else { 1.0 }
    }

    /// Mean over the cells of (cpu + mem) / 2.
    pub fn mean_load(&self) -> f64 {
        let sum: f32 = self.cells.cpu.iter().chain(&self.cells.mem).sum();
        f64::from(sum) / (2 * self.cells.cpu.len()) as f64
    }

    /// Whether cell `index` is a hotspot: cpu or mem above 0.8.
    pub fn is_hotspot(&self, index: usize) -> bool {
        self.cells.cpu[index] > HOTSPOT || self.cells.mem[index] > HOTSPOT
    }

    /// Number of cells out of memory, and how many of them are critical.
    pub fn out_of_memory(&self) -> (usize, usize) {
        let failed = self.cells.mem.iter().zip(&self.cells.priority);
        failed
            .filter(|(mem, _)| **mem >= OOM)
            .fold((0, 0), |(all, critical), (_, priority)| (all + 1, critical + usize::from(*priority > CRITICAL)))
    }
}
