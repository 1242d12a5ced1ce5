//! What the Prophet is given: the state of the cluster and, with the inputs `trend`, where it is heading.
//!
//! The Prophet is the cluster's monitoring. It sees the memory of every cell, how full the purse is and where the agent
//! stands, and it watches all of that change. It never sees a leak rate: how fast a cell fills up is estimated from the
//! increments of its memory.

use super::growth::{Growth, NEVER, time_left};
use crate::cluster::{Cluster, Observation, STATISTICS, Statistics};
use crate::settings::ProphetInputKind;

/// Steps over which the changes of the statistics are taken.
const SPANS: [usize; 3] = [5, 10, 20];
/// States of the past that are kept: the longest span and the present.
const KEPT: usize = SPANS[SPANS.len() - 1] + 1;
/// Cells told of, of the critical ones and of the others.
const WORST: usize = 4;
/// Numbers per cell.
const PER_CELL: usize = 2;
/// First number that tells of single cells.
const CELLS: usize = STATISTICS * (1 + SPANS.len()) + 2;
/// Length of the longest input.
const LONGEST: usize = CELLS + 2 * WORST * PER_CELL;

/// The Prophet's input. Numbers beyond the length of the chosen inputs are 0 and never read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProphetInput(pub(crate) [f32; LONGEST]);

impl Default for ProphetInput {
    fn default() -> Self {
        Self([0.0; LONGEST])
    }
}

impl From<Statistics> for ProphetInput {
    fn from(statistics: Statistics) -> Self {
        let mut prophet_input = Self::default();
        prophet_input.0[..STATISTICS].copy_from_slice(&statistics);
        prophet_input
    }
}

impl ProphetInput {
    /// Length of the longest input, that of the trends.
    pub const LENGTH: usize = LONGEST;
    /// Numbers at its end that tell of single cells.
    pub const OF_CELLS: usize = LONGEST - CELLS;

    /// Numbers that a Prophet with these inputs is given.
    pub fn length(inputs: ProphetInputKind) -> usize {
        match inputs {
            ProphetInputKind::Statistics => STATISTICS,
            ProphetInputKind::Trends => LONGEST,
        }
    }

    /// The last numbers, which tell of single cells.
    pub fn of_cells(&self) -> &[f32] {
        &self.0[CELLS..]
    }

    /// The numbers of the trends in groups by what they tell, as a name and places: for ablations.
    pub fn groups() -> Vec<(&'static str, Vec<usize>)> {
        let per_cell = |number: usize| (CELLS + number..LONGEST).step_by(PER_CELL).collect();
        vec![
            ("changes", (STATISTICS..CELLS - 2).collect()),
            ("budget", vec![CELLS - 2]),
            ("time", vec![CELLS - 1]),
            ("time-left", per_cell(0)),
            ("distance", per_cell(1)),
        ]
    }

    /// The first `length` numbers.
    pub fn numbers(&self, length: usize) -> &[f32] {
        &self.0[..length]
    }
}

/// The memory of one cell and how it grows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cell {
    pub(super) memory: f32,
    pub(super) growth: Growth,
}

/// Steps on a scale of logarithms: 0 for none, 1 for [`NEVER`].
fn logarithmic(steps: f32) -> f32 {
    steps.ln_1p() / NEVER.ln_1p()
}

/// A cell about to fail.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CellAtRisk {
    /// Steps left.
    time_left: f32,
    /// Moves of the agent to get there.
    distance: usize,
}

/// The least times first.
type CellsAtRisk = [Option<CellAtRisk>; WORST];

fn insert(threats: &mut CellsAtRisk, threat: CellAtRisk) {
    let at = threats.partition_point(|other| other.is_some_and(|other| other.time_left <= threat.time_left));
    if at < WORST {
        threats[at..].rotate_right(1);
        threats[at] = Some(threat);
    }
}

/// Watches one cluster, a look per step.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendTracker {
    inputs: ProphetInputKind,
    pub(super) cells: Vec<Cell>,
    /// The statistics of the last steps, that of step `t` at `t` modulo the length.
    pub(super) past: [Statistics; KEPT],
    pub(super) now: usize,
}

impl TrendTracker {
    /// A watch over a cluster of so many cells.
    pub fn new(inputs: ProphetInputKind, cells: usize) -> Self {
        let cells = match inputs {
            ProphetInputKind::Statistics => Vec::new(),
            ProphetInputKind::Trends => vec![Cell::default(); cells],
        };
        Self { inputs, cells, past: [Statistics::default(); KEPT], now: 0 }
    }

    /// Looks at the cluster and tells what the Prophet is given. `observation` is that of the same moment. To be called
    /// at every step; step 0 forgets the episode before, and a second look at the same step changes nothing.
    ///
    /// All numbers lie in about [-1, 1]. With the inputs `seed` they are the five statistics; with `trend` these are
    /// followed by their changes over 5, 10 and 20 steps (since the beginning of the episode where it is younger), the
    /// budget as a share of the largest, the share of the episode that is over, and two numbers for each of the 4 critical
    /// and the 4 other cells that fail first: the time left by the average growth (1 for none, 0 for 400 steps or no such
    /// cell, logarithmic) and the agent's way there (0 for none, logarithmic).
    pub fn watch(&mut self, cluster: &Cluster, observation: &Observation) -> ProphetInput {
        let statistics = observation.statistics();
        if self.inputs == ProphetInputKind::Statistics {
            return ProphetInput::from(statistics);
        }
        self.look(cluster, statistics);
        self.tell(cluster, observation, |_, cell| cell.growth.per_step())
    }

    /// What [`TrendTracker::watch`] would have told just now if it knew the hidden leaks: a bound on what watching can reach.
    pub fn omniscient(&self, cluster: &Cluster, observation: &Observation) -> ProphetInput {
        self.tell(cluster, observation, |index, _| cluster.leak_now(index) as f32)
    }

    /// The signs, by the growth that `growth` tells of each cell.
    fn tell(&self, cluster: &Cluster, observation: &Observation, growth: impl Fn(usize, &Cell) -> f32) -> ProphetInput {
        let statistics = observation.statistics();
        let mut prophet_input = ProphetInput::from(statistics);
        let (changes, others) = prophet_input.0[STATISTICS..CELLS].split_at_mut(STATISTICS * SPANS.len());
        for (changes, span) in changes.chunks_exact_mut(STATISTICS).zip(SPANS) {
            let before = self.past[self.now.saturating_sub(span) % KEPT];
            for (change, (now, before)) in changes.iter_mut().zip(statistics.iter().zip(before)) {
                *change = now - before;
            }
        }
        let scenario = cluster.scenario();
        let over = self.now as f32 / scenario.max_steps as f32;
        others.copy_from_slice(&[observation.budget(), over]);
        let numbers = prophet_input.0[CELLS..].chunks_exact_mut(PER_CELL);
        for (numbers, threat) in numbers.zip(self.threats(cluster, growth).into_iter().flatten()) {
            let Some(threat) = threat else { continue };
            numbers.copy_from_slice(&[1.0 - logarithmic(threat.time_left), logarithmic(threat.distance as f32)]);
        }
        prophet_input
    }

    /// Takes down the memory of all cells and the statistics.
    fn look(&mut self, cluster: &Cluster, statistics: Statistics) {
        let memories = self.cells.iter_mut().zip(&cluster.cells().mem);
        if cluster.time() == 0 {
            memories.for_each(|(cell, memory)| *cell = Cell { memory: *memory, growth: Growth::default() });
        } else if cluster.time() != self.now {
            memories.for_each(|(cell, memory)| {
                cell.growth.add(memory - cell.memory);
                cell.memory = *memory;
            });
        }
        self.now = cluster.time();
        self.past[self.now % KEPT] = statistics;
    }

    /// The critical cells that fail first, and the others that do.
    fn threats(&self, cluster: &Cluster, growth: impl Fn(usize, &Cell) -> f32) -> [CellsAtRisk; 2] {
        let mut threats = [[None; WORST]; 2];
        for (index, cell) in self.cells.iter().enumerate() {
            let time_left = time_left(cell.memory, growth(index, cell));
            let threat = CellAtRisk { time_left, distance: cluster.distance(index) };
            insert(&mut threats[usize::from(!cluster.is_critical(index))], threat);
        }
        threats
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Action;
    use crate::settings::{RewardSettings, Scenario, load_scenario};

    /// The signs of so many steps on a scenario, with the statistics of each, the cluster left as it is at the last.
    fn watched(scenario: Scenario, steps: usize) -> (Cluster, Vec<(Statistics, ProphetInput)>) {
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
            let prophet_input = trends.watch(&cluster, &observation);
            assert_eq!(trends.watch(&cluster, &observation), prophet_input, "a second look changes nothing");
            seen.push((cluster.statistics(), prophet_input));
        }
        (cluster, seen)
    }

    fn cell(prophet_input: &ProphetInput, place: usize) -> &[f32] {
        &prophet_input.0[CELLS + PER_CELL * place..][..PER_CELL]
    }

    #[test]
    fn signs_have_the_same_length_and_range_on_every_torus() {
        for name in ["classic", "default", "cascade"] {
            for rows in [3, 20] {
                let scenario = Scenario { rows, ..load_scenario(name).unwrap() };
                for (_, prophet_input) in watched(scenario, 60).1 {
                    assert!(prophet_input.0.iter().all(|number| (-1.0..=1.0).contains(number)), "{prophet_input:?}");
                }
            }
        }
        assert_eq!(ProphetInput::length(ProphetInputKind::Statistics), STATISTICS);
        assert_eq!(ProphetInput::default().numbers(ProphetInput::length(ProphetInputKind::Trends)).len(), LONGEST);
    }

    #[test]
    fn the_seed_is_given_the_five_statistics_alone() {
        let mut trends = TrendTracker::new(ProphetInputKind::Statistics, 36);
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.step(Action::Up);
        let mut observation = Observation::default();
        cluster.observe(&mut observation);
        assert_eq!(trends.watch(&cluster, &observation), ProphetInput::from(cluster.statistics()));
    }

    #[test]
    fn changes_are_taken_over_5_10_and_20_steps_or_since_the_beginning() {
        let (_, seen) = watched(Scenario::default(), 40);
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
        let (cluster, seen) = watched(scenario, 50);
        let prophet_input = seen[49].1;
        assert!((0..WORST).all(|place| cell(&prophet_input, place) == [0.0; PER_CELL]), "no cell is critical");
        // All cells are alike but for where they began and the noise.
        let fullest = cluster.statistics()[2];
        let expected = 1.0 - logarithmic((0.99 - fullest) / 0.01);
        for place in WORST..2 * WORST {
            assert!(
                (cell(&prophet_input, place)[0] - expected).abs() < 0.15,
                "{:?}, expected {expected}",
                cell(&prophet_input, place)
            );
        }
        let left: Vec<_> = (WORST..2 * WORST).map(|place| cell(&prophet_input, place)[0]).collect();
        assert!(left.is_sorted_by(|a, b| a >= b), "the first to fail comes first: {left:?}");
    }

    #[test]
    fn the_way_to_a_cell_is_the_shorter_one_around_the_torus() {
        let (cluster, seen) = watched(Scenario::default(), 30);
        let far = (Scenario::default().rows / 2 + Scenario::default().columns / 2) as f32;
        assert!((0..2 * WORST).all(|place| (0.0..=logarithmic(far)).contains(&cell(&seen[29].1, place)[1])));
        let (row, column) = cluster.agent();
        for (down, right, distance) in [(0, 0, 0), (1, 0, 1), (5, 0, 1), (3, 3, 6), (4, 1, 3)] {
            assert_eq!(cluster.distance(cluster.index((row + down) % 6, (column + right) % 6)), distance);
        }
    }

    #[test]
    fn steps_on_the_scale_run_from_none_to_never() {
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
                prophet_input.push(trends.watch(&cluster, &observation));
                cluster.step(Action::Down);
            }
            prophet_input
        };
        assert_eq!(episode(), episode());
    }
}
