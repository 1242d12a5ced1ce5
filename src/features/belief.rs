//! The agent's memory of the torus: what it saw of each cell, when, and how fast the cell was filling.
//!
//! It is fed with observations alone, so it knows nothing that the agent has not seen. A cell's growth is estimated from
//! the increments between two looks at it ([`Growth`]), which begin with an assumption.

use super::growth::{Growth, SLOWEST, time_left};
use crate::cluster::Observation;
use crate::cluster::torus::{shifted, shortest_way};

/// What is assumed of a cell before it is known, worth 10 steps of observation: three times the usual mean, for what is
/// not known must be looked at.
const PRIOR: Growth = Growth::assumed(0.015, 10.0);
/// Share of the older evidence that is kept per step of new evidence, for leaks change with load, storms and time.
const KEPT: f32 = 0.99;
/// Memory assumed of a cell never seen, at the start of an episode.
const PRIOR_MEMORY: f32 = 0.05;

/// What is remembered of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellBelief {
    /// Memory when it was last seen, 0 to 1.
    pub memory: f32,
    /// CPU when it was last seen, 0 to 1.
    pub cpu: f32,
    /// Whether it is critical; assumed not, before it is seen.
    pub critical: bool,
    /// Step at which it was last seen; none if never.
    pub seen: Option<usize>,
    /// What was seen of its growth.
    pub(super) growth: Growth,
}

impl CellBelief {
    const BLANK: Self = Self { memory: PRIOR_MEMORY, cpu: 0.3, critical: false, seen: None, growth: Growth::UNSEEN };

    /// Estimated growth of memory per step.
    pub fn growth(&self) -> f32 {
        PRIOR.with(self.growth).per_step().max(SLOWEST)
    }

    /// Estimated memory at step `now`; may exceed 1 where a failure is overdue.
    pub fn memory_at(&self, now: usize) -> f32 {
        self.memory + self.growth() * self.age(now) as f32
    }

    /// Estimated steps until the cell is out of memory, 0 to [`NEVER`](super::growth::NEVER).
    pub fn time_left(&self, now: usize) -> f32 {
        time_left(self.memory_at(now), self.growth())
    }

    /// Steps since the cell was seen; since the start of the episode if it never was.
    pub fn age(&self, now: usize) -> usize {
        now.saturating_sub(self.seen.unwrap_or(0))
    }

    fn look(&mut self, cpu: f32, memory: f32, critical: bool, now: usize) {
        if let Some(seen) = self.seen {
            let steps = now.saturating_sub(seen) as f32;
            // Nothing is learned from looking twice in one step.
            if steps > 0.0 {
                self.growth.add_over(memory - self.memory, steps, KEPT);
            }
        }
        (self.cpu, self.memory, self.critical, self.seen) = (cpu, memory, critical, Some(now));
    }
}

/// A cell and the way to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Rows down to it, by the shorter way around.
    pub down: isize,
    /// Columns right to it, by the shorter way around.
    pub right: isize,
    /// Estimated steps until it fails.
    pub time_left: f32,
    /// What is remembered of it.
    pub note: CellBelief,
}

impl Target {
    /// Moves to get there.
    pub fn distance(&self) -> usize {
        self.down.unsigned_abs() + self.right.unsigned_abs()
    }

    /// The order of errands, the least first: what fails soon, and of that what is near, for a long walk is paid by all
    /// cells. One ordinary cell may fail alone, so it can wait a little longer.
    fn rank(&self) -> f32 {
        let patience = if self.note.critical { 0.0 } else { 5.0 };
        self.time_left + patience + self.distance() as f32
    }
}

/// One note per cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief {
    rows: usize,
    columns: usize,
    pub(super) notes: Vec<CellBelief>,
    pub(super) now: usize,
    pub(super) place: (usize, usize),
}

impl Belief {
    /// A blank notebook for a torus of this size.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns, notes: vec![CellBelief::BLANK; rows * columns], now: 0, place: (0, 0) }
    }

    /// Forgets everything: a new episode.
    pub fn clear(&mut self) {
        self.notes.fill(CellBelief::BLANK);
        self.now = 0;
    }

    /// Takes down what the agent sees at step `now` of the episode. The same observation twice changes nothing.
    pub fn look(&mut self, observation: &Observation, now: usize) {
        self.now = now;
        self.place = observation.place(self.rows, self.columns);
        for down in -1..=1 {
            for right in -1..=1 {
                let seen = observation.cell(down, right);
                let row = shifted(self.place.0, down, self.rows);
                let index = row * self.columns + shifted(self.place.1, right, self.columns);
                self.notes[index].look(seen.cpu, seen.mem, seen.is_critical(), now);
            }
        }
    }

    /// The step that was last looked at.
    pub fn now(&self) -> usize {
        self.now
    }

    /// All notes, row by row.
    pub fn notes(&self) -> &[CellBelief] {
        &self.notes
    }

    /// The `N` most urgent cells, the first first; fewer than `N` cells leave the rest empty.
    pub fn targets<const N: usize>(&self) -> [Option<Target>; N] {
        let mut urgent: [Option<Target>; N] = [None; N];
        for (index, note) in self.notes.iter().enumerate() {
            let target = Target {
                down: shortest_way(self.place.0, index / self.columns, self.rows),
                right: shortest_way(self.place.1, index % self.columns, self.columns),
                time_left: note.time_left(self.now),
                note: *note,
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

    /// What an agent in the middle of a 5x5 torus sees when every visible cell is alike but the one right of it.
    fn seen(memory: f32, right: f32) -> Observation {
        let mut numbers = [0.0; OBSERVATION];
        for cell in numbers[..PATCH].chunks_exact_mut(3) {
            cell.copy_from_slice(&[0.3, memory, 0.5]);
        }
        numbers[3 * 5 + 1] = right;
        numbers[3 * 5 + 2] = 1.0;
        (numbers[PATCH], numbers[PATCH + 1]) = (0.5, 0.5);
        Observation(numbers)
    }

    fn note(belief: &Belief, row: usize, column: usize) -> CellBelief {
        belief.notes()[row * 5 + column]
    }

    #[test]
    fn growth_is_learned_from_looks_and_clean_ups_teach_nothing() {
        let mut belief = Belief::new(5, 5);
        for step in 0..200 {
            belief.look(&seen(0.0, 0.002 * step as f32), step);
        }
        let right = note(&belief, 2, 3);
        assert!(right.critical && (right.growth() - 0.002).abs() < 0.0015, "{right:?}");
        belief.look(&seen(0.0, 0.0), 200);
        assert_eq!(note(&belief, 2, 3).growth(), right.growth());
        assert_eq!(note(&belief, 2, 3).memory, 0.0);
    }

    #[test]
    fn what_is_out_of_sight_grows_older_and_fuller() {
        let mut belief = Belief::new(5, 5);
        belief.look(&seen(0.4, 0.4), 10);
        let unseen = note(&belief, 0, 0);
        assert_eq!((unseen.seen, unseen.age(10)), (None, 10));
        let right = note(&belief, 2, 3);
        assert!(right.memory_at(20) > 0.4 && right.time_left(20) < right.time_left(10));
    }

    #[test]
    fn the_first_errand_is_the_cell_that_fails_first() {
        let mut belief = Belief::new(5, 5);
        belief.look(&seen(0.1, 0.9), 0);
        let [first, second] = belief.targets::<2>();
        let first = first.expect("a 5x5 torus has cells");
        assert_eq!((first.down, first.right, first.distance()), (0, 1, 1));
        assert!(second.is_some_and(|second| second.rank() > first.rank()));
    }

    #[test]
    fn looking_twice_in_one_step_changes_nothing() {
        let mut belief = Belief::new(5, 5);
        (0..9).for_each(|step| belief.look(&seen(0.1, 0.01 * step as f32), step));
        let before = belief.notes().to_vec();
        belief.look(&seen(0.1, 0.08), 8);
        assert_eq!(belief.notes(), before);
        belief.clear();
        assert!(belief.notes().iter().all(|note| note.seen.is_none()));
    }

    #[test]
    fn a_small_torus_has_fewer_errands_than_asked_for() {
        let mut belief = Belief::new(3, 1);
        belief.now = 4;
        assert_eq!(belief.targets::<6>().iter().flatten().count(), 3);
    }
}
