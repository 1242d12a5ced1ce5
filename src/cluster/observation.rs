//! What the agent sees: 35 numbers in [0, 1] (docs/model.md, "Observation").

use super::{CRITICAL, Cluster};

/// Length of an observation.
pub const OBSERVATION: usize = 35;
/// Numbers of the 3x3 patch: 9 cells of (cpu, mem, priority), rows from top to bottom.
pub const PATCH: usize = 27;
/// Number of global statistics, the Prophet's input.
pub const STATISTICS: usize = 5;

/// The five global statistics: mean cpu, mean mem, max mem, share of hotspots, highest mem of a critical cell.
pub type Statistics = [f32; STATISTICS];

/// One observation, in the order patch (27), row, column, budget, statistics (5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation(pub [f32; OBSERVATION]);

impl Default for Observation {
    fn default() -> Self {
        Self([0.0; OBSERVATION])
    }
}

/// One cell of the 3x3 patch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedCell {
    /// CPU use.
    pub cpu: f32,
    /// Memory drift.
    pub mem: f32,
    /// Priority.
    pub priority: f32,
}

impl ObservedCell {
    /// Whether the cell is critical.
    pub fn is_critical(self) -> bool {
        self.priority > CRITICAL
    }
}

impl Observation {
    /// The cell `down` rows below and `right` columns right of the agent; each is -1, 0 or 1.
    pub fn cell(&self, down: isize, right: isize) -> ObservedCell {
        let at = 3 * ((down + 1) * 3 + right + 1) as usize;
        ObservedCell { cpu: self.0[at], mem: self.0[at + 1], priority: self.0[at + 2] }
    }

    /// Row and column of the agent, on a torus of this size.
    pub fn agent(&self, rows: usize, columns: usize) -> (usize, usize) {
        let index = |share: f32, length: usize| (share * (length - 1) as f32).round() as usize;
        (index(self.0[PATCH], rows), index(self.0[PATCH + 1], columns))
    }

    /// Budget as a share of its maximum.
    pub fn budget(&self) -> f32 {
        self.0[PATCH + 2]
    }

    /// The five global statistics.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        statistics.copy_from_slice(&self.0[OBSERVATION - STATISTICS..]);
        statistics
    }

    /// Share of cells that are hotspots.
    pub fn hotspot_share(&self) -> f32 {
        self.0[OBSERVATION - 2]
    }

    /// Highest memory drift of a critical cell; 0 if no cell is critical.
    pub fn highest_critical(&self) -> f32 {
        self.0[OBSERVATION - 1]
    }
}

impl Cluster {
    /// Writes the current observation.
    pub fn observe(&self, observation: &mut Observation) {
        let numbers = &mut observation.0;
        let mut at = 0;
        for down in -1..=1 {
            for right in -1..=1 {
                let index = self.neighbour(self.row, self.column, down, right);
                numbers[at] = self.cells.cpu[index];
                numbers[at + 1] = self.cells.mem[index];
                numbers[at + 2] = self.cells.priority[index];
                at += 3;
            }
        }
        numbers[PATCH] = self.row as f32 / (self.scenario.rows - 1) as f32;
        numbers[PATCH + 1] = self.column as f32 / (self.scenario.columns - 1) as f32;
        numbers[PATCH + 2] = (self.budget / self.scenario.max_budget) as f32;
        numbers[OBSERVATION - STATISTICS..].copy_from_slice(&self.statistics());
    }

    /// The five global statistics.
    pub fn statistics(&self) -> Statistics {
        let cells = &self.cells;
        let count = cells.cpu.len() as f32;
        let (mut cpu, mut mem, mut highest, mut hotspots, mut critical) = (0.0, 0.0, 0.0_f32, 0.0, 0.0_f32);
        for index in 0..cells.cpu.len() {
            cpu += cells.cpu[index];
            mem += cells.mem[index];
            highest = highest.max(cells.mem[index]);
            hotspots += f32::from(u8::from(self.is_hotspot(index)));
            if self.is_critical(index) {
                critical = critical.max(cells.mem[index]);
            }
        }
        [cpu / count, mem / count, highest, hotspots / count, critical]
    }
}
