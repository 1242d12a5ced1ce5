//! Interventions: faults that people inject into a cluster, and relief (docs/model.md, "Interventions").
//!
//! An intervention draws no random numbers, so the random events of an episode are the same with and without it.

use super::Cluster;
use super::torus::shifted;

/// A square of cells around a centre, on the torus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Index of the cell at the centre.
    pub middle: u32,
    /// Cells from the centre to the edge: 0 is one cell, 1 is 3x3.
    pub radius: u32,
}

/// A change that a person makes to a cluster between two steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Intervention {
    /// A cell's CPU jumps to 1, and its demand is raised by 1 for some steps.
    Spike {
        /// Index of the cell.
        cell: u32,
        /// How long it lasts.
        steps: u32,
    },
    /// A cell leaks more memory until the episode ends.
    Leak {
        /// Index of the cell.
        cell: u32,
        /// Added share of memory per step, 0 to 1, before the factors of load, storm and time.
        per_step: f32,
    },
    /// A cell runs out of memory at once.
    Kill {
        /// Index of the cell.
        cell: u32,
    },
    /// A cell becomes idle and clean, stops leaking, and is freed from earlier interventions.
    Heal {
        /// Index of the cell.
        cell: u32,
    },
    /// A cell gets another priority.
    Prioritise {
        /// Index of the cell.
        cell: u32,
        /// The priority, 0 to 1; above 0.8 the cell is critical.
        priority: f32,
    },
    /// A region is down for some steps: its cells serve nothing, and the cells around it take over their load.
    Outage {
        /// The region.
        region: Region,
        /// How long it lasts.
        steps: u32,
    },
    /// A leak storm over a region for some steps.
    Storm {
        /// The region.
        region: Region,
        /// How long it lasts.
        steps: u32,
    },
}

/// Memory per step that [`Intervention::Storm`] adds to every cell of its region.
const STORM_LEAK: f32 = 0.02;
/// Largest leak per step: all of the memory.
const MAX_LEAK: f32 = 1.0;

/// The lasting effect of an intervention on one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ActiveEffect {
    pub(super) cell: u32,
    /// Added to the demand for CPU.
    pub(super) demand: f32,
    /// Added to the memory at each step.
    pub(super) leak: f32,
    /// Steps left.
    pub(super) left: u32,
}

impl ActiveEffect {
    /// Cell, demand, leak and steps left, for hashing.
    pub(super) fn numbers(&self) -> (u32, f32, f32, u32) {
        (self.cell, self.demand, self.leak, self.left)
    }
}

impl Intervention {
    /// Whether it is valid for a cluster of `cells` cells: the cell exists and the number is in its range.
    pub fn fits(&self, cells: usize) -> bool {
        let exists = |cell: u32| (cell as usize) < cells;
        match *self {
            Self::Spike { cell, .. } | Self::Kill { cell } | Self::Heal { cell } => exists(cell),
            Self::Leak { cell, per_step } => exists(cell) && (0.0..=MAX_LEAK).contains(&per_step),
            Self::Prioritise { cell, priority } => exists(cell) && (0.0..=1.0).contains(&priority),
            Self::Outage { region, .. } | Self::Storm { region, .. } => exists(region.middle),
        }
    }
}

impl Cluster {
    /// Applies `intervention`. One that does not fit ([`Intervention::fits`]) is ignored.
    pub fn intervene(&mut self, intervention: &Intervention) {
        if !intervention.fits(self.cells.cpu.len()) {
            return;
        }
        match *intervention {
            Intervention::Spike { cell, steps } => {
                self.cells.cpu[cell as usize] = 1.0;
                self.add_effects([cell], ActiveEffect { cell, demand: 1.0, leak: 0.0, left: steps });
            }
            Intervention::Leak { cell, per_step } => {
                let leak = &mut self.cells.leak[cell as usize];
                *leak = (*leak + per_step).min(MAX_LEAK);
            }
            Intervention::Kill { cell } => self.cells.mem[cell as usize] = 1.0,
            Intervention::Heal { cell } => {
                let at = cell as usize;
                (self.cells.cpu[at], self.cells.mem[at], self.cells.leak[at]) = (0.0, 0.0, 0.0);
                self.active_effects.retain(|active_effect| active_effect.cell != cell);
            }
            Intervention::Prioritise { cell, priority } => self.cells.priority[cell as usize] = priority,
            Intervention::Outage { region, steps } => self.start_outage(region, steps),
            Intervention::Storm { region, steps } => {
                let hit = self.cells_of(region);
                self.add_effects(hit, ActiveEffect { cell: 0, demand: 0.0, leak: STORM_LEAK, left: steps });
            }
        }
    }

    /// Number of active effects of interventions on single cells.
    pub fn active_effects(&self) -> usize {
        self.active_effects.len()
    }

    /// Adds a copy of `effect` to each of these cells, unless it lasts no step.
    fn add_effects(&mut self, cells: impl IntoIterator<Item = u32>, effect: ActiveEffect) {
        if effect.left > 0 {
            self.active_effects.extend(cells.into_iter().map(|cell| ActiveEffect { cell, ..effect }));
            self.active_effects.sort_by_key(|effect| effect.cell);
        }
    }

    /// Memory per step that active effects add to a cell.
    pub(super) fn effect_leak(&self, cell: usize) -> f32 {
        let first = self.active_effects.partition_point(|effect| (effect.cell as usize) < cell);
        let own = self.active_effects[first..].iter().take_while(|effect| effect.cell as usize == cell);
        own.map(|effect| effect.leak).sum()
    }

    /// Applies one step of the active effects, after the entropy of all cells.
    pub(super) fn apply_active_effects(&mut self, lag: f32) {
        for effect in &mut self.active_effects {
            let cell = effect.cell as usize;
            self.cells.cpu[cell] = (self.cells.cpu[cell] + lag * effect.demand).clamp(0.0, 1.0);
            self.cells.mem[cell] = (self.cells.mem[cell] + effect.leak).clamp(0.0, 1.0);
            effect.left = effect.left.saturating_sub(1);
        }
        self.active_effects.retain(|effect| effect.left > 0);
    }

    fn start_outage(&mut self, region: Region, steps: u32) {
        let down = self.cells_of(region);
        let wider = self.cells_of(Region { radius: region.radius.saturating_add(1), ..region });
        let around: Vec<u32> = wider.into_iter().filter(|cell| down.binary_search(cell).is_err()).collect();
        let served: f32 = down.iter().map(|cell| self.cells.cpu[*cell as usize]).sum();
        for cell in &down {
            self.cells.cpu[*cell as usize] = 0.0;
        }
        let share = served / around.len().max(1) as f32;
        self.add_effects(down, ActiveEffect { cell: 0, demand: -1.0, leak: 0.0, left: steps });
        self.add_effects(around, ActiveEffect { cell: 0, demand: share, leak: 0.0, left: steps });
    }

    /// The cells of a region, each once, in the order of their index.
    pub fn cells_of(&self, region: Region) -> Vec<u32> {
        let (rows, columns) = (self.scenario.rows, self.scenario.columns);
        let (row, column) = (region.middle as usize / columns, region.middle as usize % columns);
        let line = |from: usize, length: usize| -> Vec<usize> {
            let reach = (region.radius as usize).min(length / 2);
            let mut start = from;
            (0..reach).for_each(|_| start = shifted(start, -1, length));
            let mut indices = vec![start];
            (0..(2 * reach).min(length - 1)).for_each(|step| indices.push(shifted(indices[step], 1, length)));
            indices
        };
        let across = line(column, columns);
        let mut cells: Vec<u32> = line(row, rows)
            .into_iter()
            .flat_map(|row| across.iter().map(move |column| (row * columns + column) as u32))
            .collect();
        cells.sort_unstable();
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, OOM};
    use crate::settings::{RewardSettings, Scenario};

    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(11);
        cluster
    }

    #[test]
    fn a_region_wraps_around_and_holds_each_cell_once() {
        let cluster = cluster();
        assert_eq!(cluster.cells_of(Region { middle: 0, radius: 1 }), [0, 1, 5, 6, 7, 11, 30, 31, 35]);
        assert_eq!(cluster.cells_of(Region { middle: 14, radius: 0 }), [14]);
        let all: Vec<u32> = (0..36).collect();
        assert_eq!(cluster.cells_of(Region { middle: 14, radius: 99 }), all);
        let everywhere = Region { middle: 14, radius: u32::MAX };
        assert_eq!(cluster.cells_of(everywhere), all);
        let mut cluster = cluster;
        cluster.intervene(&Intervention::Outage { region: everywhere, steps: 3 });
        assert_eq!(cluster.active_effects(), 36, "every cell is down, and none is around them");
    }

    #[test]
    fn other_cells_have_the_same_random_events() {
        let (mut calm, mut hit) = (cluster(), cluster());
        hit.intervene(&Intervention::Spike { cell: 8, steps: 5 });
        hit.intervene(&Intervention::Storm { region: Region { middle: 8, radius: 0 }, steps: 5 });
        for _ in 0..20 {
            calm.step(Action::Up);
            hit.step(Action::Up);
        }
        for at in (0..36).filter(|at| *at != 8) {
            assert_eq!(calm.cells().mem[at], hit.cells().mem[at], "cell {at}");
        }
        assert!(hit.cells().mem[8] > calm.cells().mem[8] + 0.09, "five steps of two percent");
        assert!(hit.active_effects.is_empty(), "both effects are over");
    }

    #[test]
    fn each_intervention_does_what_it_says() {
        let mut cluster = cluster();
        cluster.intervene(&Intervention::Spike { cell: 3, steps: 10 });
        assert_eq!(cluster.cells().cpu[3], 1.0);
        cluster.step(Action::Up);
        assert!(cluster.cells().cpu[3] > 0.9, "its demand holds it there");
        let leak = cluster.cells().leak[4];
        cluster.intervene(&Intervention::Leak { cell: 4, per_step: 0.05 });
        assert_eq!(cluster.cells().leak[4], leak + 0.05);
        cluster.intervene(&Intervention::Prioritise { cell: 4, priority: 1.0 });
        assert!(cluster.is_critical(4));
        cluster.intervene(&Intervention::Kill { cell: 4 });
        assert!(cluster.cells().mem[4] >= OOM);
        cluster.intervene(&Intervention::Heal { cell: 4 });
        assert_eq!((cluster.cells().mem[4], cluster.cells().leak[4]), (0.0, 0.0));
        let region = Region { middle: 14, radius: 1 };
        let before = cluster.cells().clone();
        cluster.intervene(&Intervention::Outage { region, steps: 30 });
        for _ in 0..20 {
            cluster.step(Action::Up);
        }
        assert!(cluster.cells_of(region).iter().all(|cell| cluster.cells().cpu[*cell as usize] < 0.1), "it is down");
        assert!(cluster.cells().cpu[2] > before.cpu[2], "the cells around serve more");
    }

    #[test]
    fn the_leak_of_a_cell_includes_interventions_until_they_are_over() {
        let mut cluster = cluster();
        let before = cluster.leak_now(7);
        cluster.intervene(&Intervention::Storm { region: Region { middle: 7, radius: 0 }, steps: 2 });
        cluster.intervene(&Intervention::Storm { region: Region { middle: 14, radius: 1 }, steps: 2 });
        assert!((cluster.leak_now(7) - before - 0.04).abs() < 1e-6, "two storms meet in this cell");
        cluster.intervene(&Intervention::Heal { cell: 7 });
        assert_eq!(cluster.leak_now(7), 0.0);
        assert!(cluster.leak_now(8) >= 0.02);
        for _ in 0..2 {
            cluster.step(Action::Up);
        }
        assert!(cluster.leak_now(8) < 0.02, "the storm is over");
        cluster.intervene(&Intervention::Spike { cell: 8, steps: 0 });
        assert!(cluster.active_effects.is_empty(), "a spike of no steps has no lasting effect");
    }

    #[test]
    fn an_intervention_that_does_not_fit_does_nothing() {
        let mut cluster = cluster();
        let before = cluster.cells().clone();
        for wrong in [
            Intervention::Kill { cell: 36 },
            Intervention::Prioritise { cell: 1, priority: f32::NAN },
            Intervention::Leak { cell: 1, per_step: -0.5 },
        ] {
            assert!(!wrong.fits(36));
            cluster.intervene(&wrong);
            assert_eq!(*cluster.cells(), before);
        }
    }
}
