//! What people do to a cluster from outside: faults that they inject, and relief (docs/design.md, "Interventions").
//!
//! An intervention draws nothing, so the weather of an episode is the same with and without it.

use super::Cluster;
use super::torus::shifted;

/// A square of cells around a middle one, on the torus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Index of the cell in the middle.
    pub middle: u32,
    /// Cells from the middle to the edge: 0 is one cell, 1 is 3x3.
    pub radius: u32,
}

/// Something that is done to a cluster between two steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Intervention {
    /// The demand for a cell's CPU rises by 1 for some steps, and its CPU is at its limit at once.
    Spike {
        /// Index of the cell.
        cell: u32,
        /// How long it lasts.
        steps: u32,
    },
    /// A cell leaks this much more memory per step, before the factors of load, storm and time, until the episode ends.
    Leak {
        /// Index of the cell.
        cell: u32,
        /// Share of memory per step.
        per_step: f32,
    },
    /// A cell is out of memory.
    Kill {
        /// Index of the cell.
        cell: u32,
    },
    /// A cell is idle and clean, and neither leaks nor suffers an earlier intervention any more.
    Heal {
        /// Index of the cell.
        cell: u32,
    },
    /// A cell has another priority, 0 to 1; above 0.8 it is critical.
    Prioritise {
        /// Index of the cell.
        cell: u32,
        /// The priority.
        priority: f32,
    },
    /// A zone is down for some steps: its cells serve nothing, and what they served falls on the cells around it.
    Outage {
        /// The zone.
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

/// Memory per step that a storm of [`Intervention::Storm`] adds to every cell that it hits.
const STORM_LEAK: f32 = 0.02;
/// Leak per step above which nothing makes sense.
const LARGEST_LEAK: f32 = 1.0;

/// What an intervention goes on doing to a cell.
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
    /// Cell, demand, leak and steps left.
    pub(super) fn numbers(&self) -> (u32, f32, f32, u32) {
        (self.cell, self.demand, self.leak, self.left)
    }
}

impl Intervention {
    /// Whether it can be done to a cluster with so many cells.
    pub fn fits(&self, cells: usize) -> bool {
        let there = |cell: u32| (cell as usize) < cells;
        match *self {
            Self::Spike { cell, .. } | Self::Kill { cell } | Self::Heal { cell } => there(cell),
            Self::Leak { cell, per_step } => there(cell) && (0.0..=LARGEST_LEAK).contains(&per_step),
            Self::Prioritise { cell, priority } => there(cell) && (0.0..=1.0).contains(&priority),
            Self::Outage { region, .. } | Self::Storm { region, .. } => there(region.middle),
        }
    }
}

impl Cluster {
    /// Does `intervention` to the cells. One that does not fit ([`Intervention::fits`]) does nothing.
    pub fn intervene(&mut self, intervention: &Intervention) {
        if !intervention.fits(self.cells.cpu.len()) {
            return;
        }
        match *intervention {
            Intervention::Spike { cell, steps } => {
                self.cells.cpu[cell as usize] = 1.0;
                self.afflict([cell], ActiveEffect { cell, demand: 1.0, leak: 0.0, left: steps });
            }
            Intervention::Leak { cell, per_step } => {
                let leak = &mut self.cells.leak[cell as usize];
                *leak = (*leak + per_step).min(LARGEST_LEAK);
            }
            Intervention::Kill { cell } => self.cells.mem[cell as usize] = 1.0,
            Intervention::Heal { cell } => {
                let at = cell as usize;
                (self.cells.cpu[at], self.cells.mem[at], self.cells.leak[at]) = (0.0, 0.0, 0.0);
                self.active_effects.retain(|active_effect| active_effect.cell != cell);
            }
            Intervention::Prioritise { cell, priority } => self.cells.priority[cell as usize] = priority,
            Intervention::Outage { region, steps } => self.black_out(region, steps),
            Intervention::Storm { region, steps } => {
                let hit = self.cells_of(region);
                self.afflict(hit, ActiveEffect { cell: 0, demand: 0.0, leak: STORM_LEAK, left: steps });
            }
        }
    }

    /// How many effects of earlier interventions on single cells go on.
    pub fn active_effects(&self) -> usize {
        self.active_effects.len()
    }

    /// Adds what is like `active_effect` to each of these cells, for as long as it has steps left.
    fn afflict(&mut self, cells: impl IntoIterator<Item = u32>, active_effect: ActiveEffect) {
        if active_effect.left > 0 {
            self.active_effects.extend(cells.into_iter().map(|cell| ActiveEffect { cell, ..active_effect }));
            self.active_effects.sort_by_key(|active_effect| active_effect.cell);
        }
    }

    /// Memory per step that earlier interventions add to a cell, whatever its load.
    pub(super) fn suffered_leak(&self, cell: usize) -> f32 {
        let first = self.active_effects.partition_point(|active_effect| (active_effect.cell as usize) < cell);
        let own = self.active_effects[first..].iter().take_while(|active_effect| active_effect.cell as usize == cell);
        own.map(|active_effect| active_effect.leak).sum()
    }

    /// What earlier interventions do in this step, after the entropy of all cells.
    pub(super) fn suffer(&mut self, lag: f32) {
        for active_effect in &mut self.active_effects {
            let at = active_effect.cell as usize;
            self.cells.cpu[at] = (self.cells.cpu[at] + lag * active_effect.demand).clamp(0.0, 1.0);
            self.cells.mem[at] = (self.cells.mem[at] + active_effect.leak).clamp(0.0, 1.0);
            active_effect.left = active_effect.left.saturating_sub(1);
        }
        self.active_effects.retain(|active_effect| active_effect.left > 0);
    }

    fn black_out(&mut self, region: Region, steps: u32) {
        let down = self.cells_of(region);
        let wider = self.cells_of(Region { radius: region.radius + 1, ..region });
        let around: Vec<u32> = wider.into_iter().filter(|cell| down.binary_search(cell).is_err()).collect();
        let served: f32 = down.iter().map(|cell| self.cells.cpu[*cell as usize]).sum();
        for cell in &down {
            self.cells.cpu[*cell as usize] = 0.0;
        }
        let share = served / around.len().max(1) as f32;
        self.afflict(down, ActiveEffect { cell: 0, demand: -1.0, leak: 0.0, left: steps });
        self.afflict(around, ActiveEffect { cell: 0, demand: share, leak: 0.0, left: steps });
    }

    /// The cells of a region, each once, in the order of their index.
    pub fn cells_of(&self, region: Region) -> Vec<u32> {
        let (rows, columns) = (self.scenario.rows, self.scenario.columns);
        let (row, column) = (region.middle as usize / columns, region.middle as usize % columns);
        let line = |from: usize, length: usize| -> Vec<usize> {
            let reach = (region.radius as usize).min(length / 2);
            let mut start = from;
            (0..reach).for_each(|_| start = shifted(start, -1, length));
            let mut places = vec![start];
            (0..(2 * reach).min(length - 1)).for_each(|step| places.push(shifted(places[step], 1, length)));
            places
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
    }

    #[test]
    fn the_weather_of_other_cells_does_not_change() {
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
        assert!(hit.active_effects.is_empty(), "it is over");
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
    fn what_a_cell_leaks_now_tells_of_interventions_until_they_are_over() {
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
        assert!(cluster.active_effects.is_empty(), "what lasts no step leaves nothing behind");
    }

    #[test]
    fn what_does_not_fit_does_nothing() {
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
