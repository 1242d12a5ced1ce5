//! The Prophet's input: the state of the cluster and, with the input kind `trends`, how it changes.
//!
//! The Prophet is the cluster's monitoring: it sees the memory of every cell, the budget and the agent's position at every
//! step. It never sees a leak rate; how fast a cell fills up is estimated from the increments of its memory.

use super::growth::{Growth, NEVER, time_left};
use crate::cluster::{Cluster, Observation, STATISTICS, Statistics};
use crate::settings::ProphetInputKind;

/// Steps over which changes of the statistics are taken.
const SPANS: [usize; 3] = [5, 10, 20];
/// Steps of statistics that are kept: the longest span and the present.
const HISTORY: usize = SPANS[SPANS.len() - 1] + 1;
/// Cells in the input, of the critical ones and of the others.
const CELLS_PER_CLASS: usize = 4;
/// Numbers per cell.
const NUMBERS_PER_CELL: usize = 2;
/// Index of the first number about a single cell.
const FIRST_CELL: usize = STATISTICS * (1 + SPANS.len()) + 1;
/// Length of the longest input.
const MAX_LENGTH: usize = FIRST_CELL + 2 * CELLS_PER_CLASS * NUMBERS_PER_CELL;

/// The input vector of the Prophet's network. Numbers beyond the length of the input kind are 0 and never read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProphetInput(pub(crate) [f32; MAX_LENGTH]);

impl Default for ProphetInput {
    fn default() -> Self {
        Self([0.0; MAX_LENGTH])
    }
}

impl From<Statistics> for ProphetInput {
    fn from(statistics: Statistics) -> Self {
        let mut input = Self::default();
        input.0[..STATISTICS].copy_from_slice(&statistics);
        input
    }
}

impl ProphetInput {
    /// Length of the longest input, that of the kind `trends`.
    pub const LENGTH: usize = MAX_LENGTH;
    /// How many numbers at its end are about single cells.
    pub const CELL_NUMBERS: usize = MAX_LENGTH - FIRST_CELL;

    /// Index of the time left of the critical cell that fails first: its growth extrapolated along a straight line.
    pub const FIRST_FAILURE: usize = FIRST_CELL;

    /// Length of an input of this kind.
    pub fn length(kind: ProphetInputKind) -> usize {
        match kind {
            ProphetInputKind::Statistics => STATISTICS,
            ProphetInputKind::Trends => MAX_LENGTH,
        }
    }

    /// The numbers about single cells, [`ProphetInput::CELL_NUMBERS`] of them.
    pub fn cell_numbers(&self) -> &[f32] {
        &self.0[FIRST_CELL..]
    }

    /// The numbers beyond the statistics in named groups of indices, for ablations.
    pub fn groups() -> Vec<(&'static str, Vec<usize>)> {
        let per_cell = |number: usize| (FIRST_CELL + number..MAX_LENGTH).step_by(NUMBERS_PER_CELL).collect();
        vec![
            ("changes", (STATISTICS..FIRST_CELL - 1).collect()),
            ("budget", vec![FIRST_CELL - 1]),
            ("time-left", per_cell(0)),
            ("distance", per_cell(1)),
        ]
    }

    /// The first `length` numbers.
    pub fn numbers(&self, length: usize) -> &[f32] {
        &self.0[..length]
    }
}

/// Memory of one cell at the last step, and its growth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct TrackedCell {
    pub(super) memory: f32,
    pub(super) growth: Growth,
}

/// Steps on a logarithmic scale: 0 for none, 1 for [`NEVER`].
fn logarithmic(steps: f32) -> f32 {
    steps.ln_1p() / NEVER.ln_1p()
}

/// A cell about to fail.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CellAtRisk {
    /// Estimated steps until it is out of memory.
    time_left: f32,
    /// Moves of the agent to get there.
    distance: usize,
}

/// Sorted by time left, the shortest first.
type CellsAtRisk = [Option<CellAtRisk>; CELLS_PER_CLASS];

fn insert(cells: &mut CellsAtRisk, new: CellAtRisk) {
    let at = cells.partition_point(|other| other.is_some_and(|other| other.time_left <= new.time_left));
    if at < CELLS_PER_CLASS {
        cells[at..].rotate_right(1);
        cells[at] = Some(new);
    }
}

/// Tracks one cluster over time and encodes the Prophet's input, once per step.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendTracker {
    kind: ProphetInputKind,
    pub(super) cells: Vec<TrackedCell>,
    /// A ring buffer: the statistics of step `t` are at `t % HISTORY`.
    pub(super) past: [Statistics; HISTORY],
    pub(super) now: usize,
}

impl TrendTracker {
    /// A tracker for a cluster of `cells` cells.
    pub fn new(kind: ProphetInputKind, cells: usize) -> Self {
        let cells = match kind {
            ProphetInputKind::Statistics => Vec::new(),
            ProphetInputKind::Trends => vec![TrackedCell::default(); cells],
        };
        Self { kind, cells, past: [Statistics::default(); HISTORY], now: 0 }
    }

    /// Updates the trends and encodes the Prophet's input; `observation` is of the same step as `cluster`. Call it at every
    /// step. Step 0 forgets the episode before; a second call at the same step changes nothing.
    ///
    /// All numbers lie in about [-1, 1]. With the kind `statistics` they are the five statistics. With `trends` these are
    /// followed by their changes over 5, 10 and 20 steps (or since the start of a younger episode), the budget as a share of
    /// the largest, and two numbers for each of the 4 critical and the 4 other cells that fail first, both logarithmic: the
    /// time left (1 for none, 0 for 400 steps or no such cell) and the agent's distance (0 for none). How much of the episode
    /// has passed is not among them: a real cluster has no step limit.
    pub fn encode(&mut self, cluster: &Cluster, observation: &Observation) -> ProphetInput {
        let statistics = observation.statistics();
        if self.kind == ProphetInputKind::Statistics {
            return ProphetInput::from(statistics);
        }
        self.update(cluster, statistics);
        self.input(cluster, observation, |_, cell| cell.growth.per_step())
    }

    /// The input that [`TrendTracker::encode`] would have given at this step had it known the hidden leaks: an upper bound
    /// for forecasters.
    pub fn encode_with_hidden_leaks(&self, cluster: &Cluster, observation: &Observation) -> ProphetInput {
        self.input(cluster, observation, |index, _| cluster.leak_now(index) as f32)
    }

    /// The input, with `growth` as the growth of each cell.
    fn input(
        &self,
        cluster: &Cluster,
        observation: &Observation,
        growth: impl Fn(usize, &TrackedCell) -> f32,
    ) -> ProphetInput {
        let statistics = observation.statistics();
        let mut input = ProphetInput::from(statistics);
        for (changes, span) in input.0[STATISTICS..].chunks_exact_mut(STATISTICS).zip(SPANS) {
            let before = self.past[self.now.saturating_sub(span) % HISTORY];
            for (change, (now, before)) in changes.iter_mut().zip(statistics.iter().zip(before)) {
                *change = now - before;
            }
        }
        input.0[FIRST_CELL - 1] = observation.budget();
        let numbers = input.0[FIRST_CELL..].chunks_exact_mut(NUMBERS_PER_CELL);
        for (numbers, cell) in numbers.zip(self.cells_at_risk(cluster, growth).into_iter().flatten()) {
            let Some(cell) = cell else { continue };
            numbers.copy_from_slice(&[1.0 - logarithmic(cell.time_left), logarithmic(cell.distance as f32)]);
        }
        input
    }

    /// Records the memory of all cells and the statistics.
    fn update(&mut self, cluster: &Cluster, statistics: Statistics) {
        let memories = self.cells.iter_mut().zip(&cluster.cells().mem);
        if cluster.time() == 0 {
            memories.for_each(|(cell, memory)| *cell = TrackedCell { memory: *memory, growth: Growth::default() });
        } else if cluster.time() != self.now {
            memories.for_each(|(cell, memory)| {
                cell.growth.add(memory - cell.memory);
                cell.memory = *memory;
            });
        }
        self.now = cluster.time();
        self.past[self.now % HISTORY] = statistics;
    }

    /// The critical cells that fail first, and the other cells that do.
    fn cells_at_risk(&self, cluster: &Cluster, growth: impl Fn(usize, &TrackedCell) -> f32) -> [CellsAtRisk; 2] {
        let mut found = [[None; CELLS_PER_CLASS]; 2];
        for (index, cell) in self.cells.iter().enumerate() {
            let time_left = time_left(cell.memory, growth(index, cell));
            let cell = CellAtRisk { time_left, distance: cluster.distance(index) };
            insert(&mut found[usize::from(!cluster.is_critical(index))], cell);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Action;
    use crate::settings::{RewardSettings, Scenario, load_scenario};

    /// The statistics and inputs of `steps` steps on a scenario, and the cluster after the last.
    fn tracked(scenario: Scenario, steps: usize) -> (Cluster, Vec<(Statistics, ProphetInput)>) {
        let mut trends = TrendTracker::new(ProphetInputKind::Trends, scenario.cells());
        let mut cluster = Cluster::new(scenario, RewardSettings::default(), None);
        cluster.reset(5);
        let mut observation = Observation::default();
        let mut seen = Vec::new();
        for step in 0..steps {
            if step > 0 {
                cluster.step(if step % 3 == 0 { Action::MemoryClean } else { Action::Right });
            }
            cluster.observe(&mut observation);
            let prophet_input = trends.encode(&cluster, &observation);
            assert_eq!(trends.encode(&cluster, &observation), prophet_input, "a second call changes nothing");
            seen.push((cluster.statistics(), prophet_input));
        }
        (cluster, seen)
    }

    fn cell(prophet_input: &ProphetInput, place: usize) -> &[f32] {
        &prophet_input.0[FIRST_CELL + NUMBERS_PER_CELL * place..][..NUMBERS_PER_CELL]
    }

    #[test]
    fn inputs_have_the_same_length_and_range_on_every_torus() {
        for name in ["classic", "default", "cascade"] {
            for rows in [3, 20] {
                let scenario = Scenario { rows, ..load_scenario(name).unwrap() };
                for (_, prophet_input) in tracked(scenario, 60).1 {
                    assert!(prophet_input.0.iter().all(|number| (-1.0..=1.0).contains(number)), "{prophet_input:?}");
                }
            }
        }
        assert_eq!(ProphetInput::length(ProphetInputKind::Statistics), STATISTICS);
        assert_eq!(ProphetInput::default().numbers(ProphetInput::length(ProphetInputKind::Trends)).len(), MAX_LENGTH);
    }

    #[test]
    fn the_kind_statistics_is_the_five_statistics_alone() {
        let mut trends = TrendTracker::new(ProphetInputKind::Statistics, 36);
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.step(Action::Up);
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        assert_eq!(trends.encode(&cluster, &observation), ProphetInput::from(cluster.statistics()));
    }

    #[test]
    fn changes_are_taken_over_5_10_and_20_steps_or_since_the_beginning() {
        let (_, seen) = tracked(Scenario::default(), 40);
        for now in [0_usize, 3, 12, 39] {
            for (place, span) in SPANS.into_iter().enumerate() {
                let before = seen[now.saturating_sub(span)].0;
                let changes = &seen[now].1.0[STATISTICS * (1 + place)..][..STATISTICS];
                let expected: Vec<_> = seen[now].0.iter().zip(before).map(|(now, before)| now - before).collect();
                assert_eq!(changes, expected, "at step {now} over {span}");
            }
        }
    }

    #[test]
    fn the_time_left_is_estimated_from_the_memory_alone() {
        let (leak_median, leak_max, leak_sigma) = (0.01, 0.01, 0.0);
        let quiet = Scenario { leak_median, leak_max, leak_sigma, cpu_coupling: 0.0, ..Scenario::default() };
        let scenario =
            Scenario { escalation: 0.0, oom_limit: 99, priority_low_share: 1.0, priority_mid_share: 0.0, ..quiet };
        let (cluster, seen) = tracked(scenario, 50);
        let prophet_input = seen[49].1;
        assert!(
            (0..CELLS_PER_CLASS).all(|place| cell(&prophet_input, place) == [0.0; NUMBERS_PER_CELL]),
            "no cell is critical"
        );
        // The cells differ only in their first memory and the noise.
        let fullest = cluster.statistics()[2];
        let expected = 1.0 - logarithmic((0.99 - fullest) / 0.01);
        for place in CELLS_PER_CLASS..2 * CELLS_PER_CLASS {
            assert!(
                (cell(&prophet_input, place)[0] - expected).abs() < 0.15,
                "{:?}, expected {expected}",
                cell(&prophet_input, place)
            );
        }
        let left: Vec<_> = (CELLS_PER_CLASS..2 * CELLS_PER_CLASS).map(|place| cell(&prophet_input, place)[0]).collect();
        assert!(left.is_sorted_by(|a, b| a >= b), "the first to fail comes first: {left:?}");
    }

    #[test]
    fn the_distance_to_a_cell_is_the_shorter_one_around_the_torus() {
        let (cluster, seen) = tracked(Scenario::default(), 30);
        let far = (Scenario::default().rows / 2 + Scenario::default().columns / 2) as f32;
        assert!((0..2 * CELLS_PER_CLASS).all(|place| (0.0..=logarithmic(far)).contains(&cell(&seen[29].1, place)[1])));
        let (row, column) = cluster.agent();
        for (down, right, distance) in [(0, 0, 0), (1, 0, 1), (5, 0, 1), (3, 3, 6), (4, 1, 3)] {
            assert_eq!(cluster.distance(cluster.index((row + down) % 6, (column + right) % 6)), distance);
        }
    }

    #[test]
    fn the_logarithmic_scale_runs_from_none_to_never() {
        assert_eq!((logarithmic(0.0), logarithmic(NEVER)), (0.0, 1.0));
    }

    #[test]
    fn a_new_episode_forgets_the_one_before() {
        let mut trends = TrendTracker::new(ProphetInputKind::Trends, 36);
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut observation = Observation::default();
        let mut episode = || {
            cluster.reset(9);
            let mut prophet_input = Vec::new();
            for _ in 0..30 {
                cluster.observe(&mut observation);
                prophet_input.push(trends.encode(&cluster, &observation));
                cluster.step(Action::Down);
            }
            prophet_input
        };
        assert_eq!(episode(), episode());
    }
}
