//! The eight actions and what they do to the grid (docs/model.md, "Actions").

use super::reward::PreviousState;
use super::torus::shifted;
use super::{CRITICAL, Cluster};

/// What the agent can do. The discriminant is the index of the action in the Pilot's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One column left.
    Left,
    /// One column right.
    Right,
    /// This cell: cpu -0.5, memory to 0.
    FullClean,
    /// Every affordable hotspot, worst first: cpu and memory -0.3.
    Scale,
    /// This cell: memory to 0.
    MemoryClean,
    /// This cell: cpu -0.4.
    Throttle,
}

impl Action {
    /// All actions in the order of their index.
    pub const ALL: [Self; 8] = [
        Self::Up,
        Self::Down,
        Self::Left,
        Self::Right,
        Self::FullClean,
        Self::Scale,
        Self::MemoryClean,
        Self::Throttle,
    ];

    /// Number of actions.
    pub const COUNT: usize = Self::ALL.len();

    /// Index in [`Action::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Name shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::FullClean => "full clean",
            Self::Scale => "scale",
            Self::MemoryClean => "memory clean",
            Self::Throttle => "throttle",
        }
    }

    /// Rows down and columns right that the action moves.
    pub fn direction(self) -> (isize, isize) {
        match self {
            Self::Up => (-1, 0),
            Self::Down => (1, 0),
            Self::Left => (0, -1),
            Self::Right => (0, 1),
            _ => (0, 0),
        }
    }
}

/// What an action did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effect {
    /// Budget spent, in units.
    pub spent: f64,
    /// CPU and memory taken off the agent's cell by a clean or throttle; `None` for any other action, or if the budget
    /// did not cover the cost.
    pub cleaned: Option<f64>,
    /// Priority of the cleaned cell.
    pub priority: f64,
    /// Hotspots before a scale action.
    pub hotspots: usize,
    /// Hotspots relieved.
    pub scaled: usize,
    /// Penalty for an action that the budget did not cover or that had nothing to do, 0 to 0.5.
    pub refused: f64,
}

/// Penalty for an action that does nothing.
const REFUSED: f64 = 0.2;
/// Penalty for a scale action that the budget does not cover.
const REFUSED_SCALE: f64 = 0.5;

/// Rank of a hotspot for [`Action::Scale`], the highest first: `10 * priority + cpu + mem`.
pub fn urgency(cpu: f32, mem: f32, priority: f32) -> f32 {
    10.0 * priority + cpu + mem
}

impl Cluster {
    /// Applies `action`, the first part of a step. Call [`Cluster::decay`] and [`Cluster::judge`] next.
    pub fn act(&mut self, action: Action) -> Effect {
        self.before = PreviousState { load: self.mean_load(), potential: self.potential() };
        let costs = [self.scenario.full_clean_cost, self.scenario.memory_clean_cost, self.scenario.throttle_cost];
        match action {
            Action::Up | Action::Down | Action::Left | Action::Right => {
                let (down, right) = action.direction();
                self.row = shifted(self.row, down, self.scenario.rows);
                self.column = shifted(self.column, right, self.scenario.columns);
                Effect::default()
            }
            Action::FullClean => self.clean(costs[0], 0.5, true),
            Action::MemoryClean => self.clean(costs[1], 0.0, true),
            Action::Throttle => self.clean(costs[2], 0.4, false),
            Action::Scale => self.scale(),
        }
    }

    fn clean(&mut self, cost: f64, cpu_relief: f32, memory: bool) -> Effect {
        if self.budget < cost {
            return Effect { refused: REFUSED, ..Effect::default() };
        }
        self.budget -= cost;
        let here = self.index(self.row, self.column);
        let (cpu, mem) = (self.cells.cpu[here], self.cells.mem[here]);
        self.cells.cpu[here] = (cpu - cpu_relief).max(0.0);
        if memory {
            self.cells.mem[here] = 0.0;
        }
        let cleaned = cpu - self.cells.cpu[here] + mem - self.cells.mem[here];
        Effect {
            spent: cost,
            cleaned: Some(f64::from(cleaned)),
            priority: f64::from(self.cells.priority[here]),
            ..Effect::default()
        }
    }

    /// Relieves hotspots, the most urgent first. Repeated scans need no allocation, and the budget covers few.
    fn scale(&mut self) -> Effect {
        let hotspots = (0..self.cells.cpu.len()).filter(|&index| self.is_hotspot(index)).count();
        let affordable = (self.budget / self.scenario.scale_cost) as usize;
        let scaled = hotspots.min(affordable);
        let refused = match (hotspots, affordable) {
            (0, _) => REFUSED,
            (_, 0) => REFUSED_SCALE,
            _ => 0.0,
        };
        for _ in 0..scaled {
            let worst = (0..self.cells.cpu.len())
                .filter(|&index| self.is_hotspot(index))
                .max_by(|&a, &b| self.urgency(a).total_cmp(&self.urgency(b)).then(b.cmp(&a)));
            let Some(index) = worst else { break };
            // At most 0.7 is left of either, below the threshold of a hotspot, so no cell is relieved twice.
            self.cells.cpu[index] = (self.cells.cpu[index] - 0.3).max(0.0);
            self.cells.mem[index] = (self.cells.mem[index] - 0.3).max(0.0);
        }
        // Where the quotient above was rounded up, the product slightly exceeds the budget.
        let spent = (scaled as f64 * self.scenario.scale_cost).min(self.budget);
        self.budget -= spent;
        Effect { spent, hotspots, scaled, refused, ..Effect::default() }
    }

    fn urgency(&self, index: usize) -> f32 {
        urgency(self.cells.cpu[index], self.cells.mem[index], self.cells.priority[index])
    }

    /// Whether cell `index` is critical.
    pub fn is_critical(&self, index: usize) -> bool {
        self.cells.priority[index] > CRITICAL
    }
}
