//! Inputs, beliefs and trends as files hold them, and back.

use super::belief::{Belief, CellBelief};
use super::growth::Growth;
use super::trends::{TrackedCell, TrendTracker};
use super::{FeatureEncoder, PilotInput, ProphetInput};
use crate::cluster::STATISTICS;
use crate::schema::{Packed, SavedBelief, SavedTrends};

/// What does not match, as the end of a sentence.
type Mismatch = &'static str;

impl PilotInput {
    /// Its numbers.
    pub(crate) fn to_saved(self) -> Packed<f32> {
        self.0[..].into()
    }

    /// The input of these numbers.
    ///
    /// # Errors
    /// Another number of them.
    pub(crate) fn from_saved(saved: &Packed<f32>) -> Result<Self, Mismatch> {
        saved.array().map(Self)
    }
}

impl ProphetInput {
    /// Its numbers.
    pub(crate) fn to_saved(self) -> Packed<f32> {
        self.0[..].into()
    }

    /// The input of these numbers.
    ///
    /// # Errors
    /// Another number of them.
    pub(crate) fn from_saved(saved: &Packed<f32>) -> Result<Self, Mismatch> {
        saved.array().map(Self)
    }
}

impl Belief {
    /// The complete belief.
    pub(crate) fn to_saved(&self) -> SavedBelief {
        let cells = self.cells().iter();
        SavedBelief {
            memory: cells.clone().map(|cell| cell.memory).collect(),
            cpu: cells.clone().map(|cell| cell.cpu).collect(),
            critical: cells.clone().map(|cell| u8::from(cell.critical)).collect(),
            seen: cells.clone().map(|cell| cell.seen.map_or(0, |step| 1 + step as u64)).collect(),
            growth_sum: cells.clone().map(|cell| cell.growth.grown).collect(),
            growth_steps: cells.map(|cell| cell.growth.steps).collect(),
            now: self.now as u64,
            row: self.agent.0 as u64,
            column: self.agent.1 as u64,
        }
    }

    /// The belief about a torus of this size.
    ///
    /// # Errors
    /// A belief about a torus of another size.
    pub(crate) fn from_saved(saved: &SavedBelief, rows: usize, columns: usize) -> Result<Self, Mismatch> {
        let SavedBelief { memory, cpu, critical, seen, growth_sum, growth_steps, now, row, column } = saved;
        let (agent, count) = ((*row as usize, *column as usize), rows * columns);
        let lengths = [memory.len(), cpu.len(), critical.len(), seen.len(), growth_sum.len(), growth_steps.len()];
        if lengths.iter().any(|length| *length != count) || agent.0 >= rows || agent.1 >= columns {
            return Err("its belief is about another torus");
        }
        let observed = memory.iter().zip(cpu.iter()).zip(critical.iter().zip(seen.iter()));
        let cells = observed.zip(growth_sum.iter().zip(growth_steps.iter()));
        let cells = cells.map(|(((memory, cpu), (critical, seen)), (grown, steps))| CellBelief {
            memory,
            cpu,
            critical: critical != 0,
            seen: seen.checked_sub(1).map(|step| step as usize),
            growth: Growth { grown, steps },
        });
        let mut belief = Self::new(rows, columns);
        (belief.cells, belief.now, belief.agent) = (cells.collect(), *now as usize, agent);
        Ok(belief)
    }
}

impl FeatureEncoder {
    /// Its belief, if it keeps one.
    pub(crate) fn to_saved(&self) -> Option<SavedBelief> {
        self.belief().map(Belief::to_saved)
    }

    /// Restores the belief about a torus of this size.
    ///
    /// # Errors
    /// An encoder for other inputs, or a belief about another torus.
    pub(crate) fn restore(&mut self, saved: Option<&SavedBelief>, rows: usize, columns: usize) -> Result<(), Mismatch> {
        match (self.belief(), saved) {
            (None, None) => {}
            (Some(_), Some(saved)) => *self = Self::from(Belief::from_saved(saved, rows, columns)?),
            _ => return Err("its inputs are different"),
        }
        Ok(())
    }
}

impl TrendTracker {
    /// Everything it has tracked.
    pub(crate) fn to_saved(&self) -> SavedTrends {
        let cells = self.cells.iter();
        SavedTrends {
            memory: cells.clone().map(|cell| cell.memory).collect(),
            growth_sum: cells.clone().map(|cell| cell.growth.grown).collect(),
            growth_weight: cells.map(|cell| cell.growth.steps).collect(),
            statistics: self.past.iter().flatten().copied().collect(),
            now: self.now as u64,
        }
    }

    /// Restores what was tracked.
    ///
    /// # Errors
    /// Trends of another cluster or for other inputs.
    pub(crate) fn restore(&mut self, saved: &SavedTrends) -> Result<(), Mismatch> {
        let SavedTrends { memory, growth_sum, growth_weight, statistics, now } = saved;
        let cells = self.cells.len();
        let past = statistics.to_vec();
        let matches = [memory.len(), growth_sum.len(), growth_weight.len()].iter().all(|length| *length == cells);
        if !matches || past.len() != self.past.len() * STATISTICS {
            return Err("its trends are of another cluster");
        }
        let numbers = memory.iter().zip(growth_sum.iter().zip(growth_weight.iter()));
        self.cells = numbers
            .map(|(memory, (sum, weight))| TrackedCell { memory, growth: Growth { grown: sum, steps: weight } })
            .collect();
        self.past.copy_from_slice(past.as_chunks().0);
        self.now = *now as usize;
        Ok(())
    }
}
