//! The agent's belief about the torus: what it last saw of each cell, when, and how fast the cell's memory grows.
//!
//! It is updated from observations alone, so it holds nothing that the agent has not seen. Growth is estimated from the
//! increments between two sightings of a cell, starting from a prior ([`Growth`]).

use super::growth::{Growth, MIN_GROWTH, time_left};
use crate::cluster::Observation;
use crate::cluster::torus::{shifted, shortest_way};

/// Prior of a cell's growth, worth 10 steps of observation. Three times the usual mean, so that unseen cells get visited.
const PRIOR: Growth = Growth::prior(0.015, 10.0);
/// Share of the older evidence that is kept per step of new evidence: leaks change with load, storms and time.
const DECAY: f32 = 0.99;
/// Memory of a cell never seen, assumed at the start of an episode.
const PRIOR_MEMORY: f32 = 0.05;

/// What the agent remembers of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellBelief {
    /// Memory when last seen, 0 to 1.
    pub memory: f32,
    /// CPU when last seen, 0 to 1.
    pub cpu: f32,
    /// Whether it is critical; false until it is seen.
    pub critical: bool,
    /// Step at which it was last seen; `None` if never.
    pub seen: Option<usize>,
    /// Observed growth of its memory, without the prior.
    pub(super) growth: Growth,
}

impl CellBelief {
    const UNSEEN: Self = Self { memory: PRIOR_MEMORY, cpu: 0.3, critical: false, seen: None, growth: Growth::NONE };

    /// Estimated growth of memory per step.
    pub fn growth(&self) -> f32 {
        PRIOR.combined(self.growth).per_step().max(MIN_GROWTH)
    }

    /// Estimated memory at step `now`; exceeds 1 where a failure is overdue.
    pub fn memory_at(&self, now: usize) -> f32 {
        self.memory + self.growth() * self.age(now) as f32
    }

    /// Estimated steps until the cell is out of memory, 0 to [`NEVER`](super::growth::NEVER).
    pub fn time_left(&self, now: usize) -> f32 {
        time_left(self.memory_at(now), self.growth())
    }

    /// Steps since the cell was seen, or since the start of the episode if it never was.
    pub fn age(&self, now: usize) -> usize {
        now.saturating_sub(self.seen.unwrap_or(0))
    }

    fn update(&mut self, cpu: f32, memory: f32, critical: bool, now: usize) {
        if let Some(seen) = self.seen {
            let steps = now.saturating_sub(seen) as f32;
            if steps > 0.0 {
                self.growth.add_over(memory - self.memory, steps, DECAY);
            }
        }
        (self.cpu, self.memory, self.critical, self.seen) = (cpu, memory, critical, Some(now));
    }
}

/// A remembered cell that needs the agent, and the way to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Rows down to it, the shorter way around.
    pub down: isize,
    /// Columns right to it, the shorter way around.
    pub right: isize,
    /// Estimated steps until it is out of memory.
    pub time_left: f32,
    /// What is remembered of it.
    pub cell: CellBelief,
}

impl Target {
    /// Moves to get there.
    pub fn distance(&self) -> usize {
        self.down.unsigned_abs() + self.right.unsigned_abs()
    }

    /// Sort key, the most urgent lowest: cells that fail soon first, and near before far, because all cells decay during a
    /// long walk. One ordinary cell may fail without a collapse, so it can wait a little longer.
    fn rank(&self) -> f32 {
        let allowance = if self.cell.critical { 0.0 } else { 5.0 };
        self.time_left + allowance + self.distance() as f32
    }
}

/// The agent's memory of the whole torus, updated from observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief {
    rows: usize,
    columns: usize,
    /// Row by row.
    pub(super) cells: Vec<CellBelief>,
    /// Step of the last observation.
    pub(super) now: usize,
    /// Row and column of the agent.
    pub(super) agent: (usize, usize),
}

impl Belief {
    /// The belief at the start of an episode, on a torus of this size.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns, cells: vec![CellBelief::UNSEEN; rows * columns], now: 0, agent: (0, 0) }
    }

    /// Forgets everything, for a new episode.
    pub fn clear(&mut self) {
        self.cells.fill(CellBelief::UNSEEN);
        self.now = 0;
    }

    /// Updates the cells in view at step `now` of the episode. Repeating an observation changes nothing.
    pub fn observe(&mut self, observation: &Observation, now: usize) {
        self.now = now;
        self.agent = observation.agent(self.rows, self.columns);
        for down in -1..=1 {
            for right in -1..=1 {
                let seen = observation.cell(down, right);
                let row = shifted(self.agent.0, down, self.rows);
                let index = row * self.columns + shifted(self.agent.1, right, self.columns);
                self.cells[index].update(seen.cpu, seen.mem, seen.is_critical(), now);
            }
        }
    }

    /// Step of the last observation.
    pub fn now(&self) -> usize {
        self.now
    }

    /// All cells, row by row.
    pub fn cells(&self) -> &[CellBelief] {
        &self.cells
    }

    /// The `N` most urgent cells, the most urgent first; `None` beyond the number of cells.
    pub fn targets<const N: usize>(&self) -> [Option<Target>; N] {
        let mut urgent: [Option<Target>; N] = [None; N];
        for (index, cell) in self.cells.iter().enumerate() {
            let target = Target {
                down: shortest_way(self.agent.0, index / self.columns, self.rows),
                right: shortest_way(self.agent.1, index % self.columns, self.columns),
                time_left: cell.time_left(self.now),
                cell: *cell,
            };
            let rank = target.rank();
            let at = urgent.partition_point(|other| other.is_some_and(|other| other.rank() <= rank));
            if at < N {
                urgent[at..].rotate_right(1);
                urgent[at] = Some(target);
            }
        }
        urgent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{OBSERVATION, PATCH};

    /// The observation in the middle of a 5x5 torus whose visible cells are alike, except the one right of the agent.
    fn observation(memory: f32, right: f32) -> Observation {
        let mut numbers = [0.0; OBSERVATION];
        for cell in numbers[..PATCH].chunks_exact_mut(3) {
            cell.copy_from_slice(&[0.3, memory, 0.5]);
        }
        numbers[3 * 5 + 1] = right;
        numbers[3 * 5 + 2] = 1.0;
        (numbers[PATCH], numbers[PATCH + 1]) = (0.5, 0.5);
        Observation(numbers)
    }

    fn cell(belief: &Belief, row: usize, column: usize) -> CellBelief {
        belief.cells()[row * 5 + column]
    }

    #[test]
    fn growth_is_learned_from_sightings_and_a_clean_up_does_not_count() {
        let mut belief = Belief::new(5, 5);
        for step in 0..200 {
            belief.observe(&observation(0.0, 0.002 * step as f32), step);
        }
        let right = cell(&belief, 2, 3);
        assert!(right.critical && (right.growth() - 0.002).abs() < 0.0015, "{right:?}");
        belief.observe(&observation(0.0, 0.0), 200);
        assert_eq!(cell(&belief, 2, 3).growth(), right.growth());
        assert_eq!(cell(&belief, 2, 3).memory, 0.0);
    }

    #[test]
    fn a_cell_out_of_view_ages_and_fills_up() {
        let mut belief = Belief::new(5, 5);
        belief.observe(&observation(0.4, 0.4), 10);
        let unseen = cell(&belief, 0, 0);
        assert_eq!((unseen.seen, unseen.age(10)), (None, 10));
        let right = cell(&belief, 2, 3);
        assert!(right.memory_at(20) > 0.4 && right.time_left(20) < right.time_left(10));
    }

    #[test]
    fn the_first_target_is_the_cell_that_fails_first() {
        let mut belief = Belief::new(5, 5);
        belief.observe(&observation(0.1, 0.9), 0);
        let [first, second] = belief.targets::<2>();
        let first = first.expect("a 5x5 torus has cells");
        assert_eq!((first.down, first.right, first.distance()), (0, 1, 1));
        assert!(second.is_some_and(|second| second.rank() > first.rank()));
    }

    #[test]
    fn observing_the_same_step_twice_changes_nothing() {
        let mut belief = Belief::new(5, 5);
        (0..9).for_each(|step| belief.observe(&observation(0.1, 0.01 * step as f32), step));
        let before = belief.cells().to_vec();
        belief.observe(&observation(0.1, 0.08), 8);
        assert_eq!(belief.cells(), before);
        belief.clear();
        assert!(belief.cells().iter().all(|cell| cell.seen.is_none()));
    }

    #[test]
    fn a_small_torus_has_fewer_targets_than_asked_for() {
        let mut belief = Belief::new(3, 1);
        belief.now = 4;
        assert_eq!(belief.targets::<6>().iter().flatten().count(), 3);
    }
}
