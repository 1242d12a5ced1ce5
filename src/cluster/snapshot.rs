//! The state of a cluster as files hold it, and back. Scenario, reward weights and the table of a trace are not part of it: they
//! come from the settings.

use super::intervention::ActiveEffect;
use super::{Cells, Cluster, RngStream};
use crate::schema::{Finite, SavedActiveEffects, SavedCells, SavedCluster, SavedTracePosition};

impl Cluster {
    /// Everything that decides its future except the settings.
    pub fn snapshot(&self) -> SavedCluster {
        let effects = &self.active_effects;
        SavedCluster {
            cells: self.cells.to_saved(),
            agent_row: self.row as u64,
            agent_column: self.column as u64,
            budget: Finite(self.budget),
            time: self.time as u64,
            storm_left: self.storm_left as u64,
            active_effects: SavedActiveEffects {
                cell: effects.iter().map(|effect| effect.cell).collect(),
                demand: effects.iter().map(|effect| effect.demand).collect(),
                leak: effects.iter().map(|effect| effect.leak).collect(),
                steps_left: effects.iter().map(|effect| effect.left).collect(),
            },
            outcome: self.outcome.into(),
            episode_seed: self.seed,
            weather_rng: self.entropy.to_saved(),
            trace: self.load.as_ref().map(|load| {
                let (step, fingerprint) = (load.position() as u64, load.fingerprint());
                SavedTracePosition { step, fingerprint }
            }),
        }
    }

    /// Restores a state that was saved under the same settings. Nothing changes on an error.
    ///
    /// # Errors
    /// What does not match this cluster, as the end of a sentence.
    pub fn restore(&mut self, saved: SavedCluster) -> Result<(), &'static str> {
        let cells = Cells::from_saved(saved.cells, self.scenario.cells())?;
        let (row, column) = (saved.agent_row as usize, saved.agent_column as usize);
        if row >= self.scenario.rows || column >= self.scenario.columns {
            return Err("the agent is outside the cluster");
        }
        let SavedActiveEffects { cell, demand, leak, steps_left } = saved.active_effects;
        if [demand.len(), leak.len(), steps_left.len()].into_iter().any(|length| length != cell.len()) {
            return Err("the effects of its interventions are damaged");
        }
        if cell.iter().any(|cell| cell as usize >= cells.cpu.len()) {
            return Err("an intervention is active in a cell that does not exist");
        }
        let numbers = cell.iter().zip(demand.iter()).zip(leak.iter().zip(steps_left.iter()));
        let effects = numbers.map(|((cell, demand), (leak, left))| ActiveEffect { cell, demand, leak, left });
        let effects = effects.collect();
        let entropy = RngStream::from_saved(&saved.weather_rng)?;
        match (&mut self.load, saved.trace) {
            (None, None) => {}
            (Some(load), Some(SavedTracePosition { step, fingerprint }))
                if fingerprint == load.fingerprint() && step < load.length() as u64 =>
            {
                load.position = step as usize;
            }
            _ => return Err("it was driven by another trace: name the same one, unchanged, with --trace"),
        }
        (self.cells, self.row, self.column) = (cells, row, column);
        self.budget = saved.budget.0;
        (self.time, self.storm_left) = (saved.time as usize, saved.storm_left as usize);
        self.active_effects = effects;
        (self.outcome, self.seed) = (saved.outcome.into(), saved.episode_seed);
        self.entropy = entropy;
        Ok(())
    }
}

impl Cells {
    fn to_saved(&self) -> SavedCells {
        // Failing neighbours are counted again in every step.
        let Self { cpu, mem, priority, leak, base, wander, phase, burst_left, burst_height, in_storm, .. } = self;
        SavedCells {
            cpu: cpu[..].into(),
            memory: mem[..].into(),
            priority: priority[..].into(),
            leak: leak[..].into(),
            demand_base: base[..].into(),
            demand_wander: wander[..].into(),
            phase_sine: phase.iter().map(|phase| phase.0).collect(),
            phase_cosine: phase.iter().map(|phase| phase.1).collect(),
            burst_left: burst_left[..].into(),
            burst_height: burst_height[..].into(),
            in_storm: in_storm.iter().map(|hit| u8::from(*hit)).collect(),
        }
    }

    /// The cells of a cluster that has `count`.
    fn from_saved(saved: SavedCells, count: usize) -> Result<Self, &'static str> {
        let cells = Self {
            cpu: saved.cpu.to_vec(),
            mem: saved.memory.to_vec(),
            priority: saved.priority.to_vec(),
            leak: saved.leak.to_vec(),
            base: saved.demand_base.to_vec(),
            wander: saved.demand_wander.to_vec(),
            phase: saved.phase_sine.iter().zip(saved.phase_cosine.iter()).collect(),
            burst_left: saved.burst_left.to_vec(),
            burst_height: saved.burst_height.to_vec(),
            in_storm: saved.in_storm.iter().map(|hit| hit != 0).collect(),
            failing_neighbours: vec![0; count],
        };
        if cells.all_have_length(count) { Ok(cells) } else { Err("it has a different number of cells") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Intervention};
    use crate::schema::{self, Packed};
    use crate::settings::{RewardSettings, Scenario, load_scenario};

    fn cluster(name: &str) -> Cluster {
        let mut cluster = Cluster::new(load_scenario(name).unwrap(), RewardSettings::default(), None);
        cluster.reset(11);
        cluster
    }

    fn walk(cluster: &mut Cluster, steps: usize) -> Vec<String> {
        let actions = [Action::Right, Action::MemoryClean, Action::Down, Action::Scale, Action::Throttle];
        (0..steps).map(|at| format!("{:?} {:?}", cluster.step(actions[at % 5]), cluster.snapshot())).collect()
    }

    #[test]
    fn a_restored_cluster_continues_exactly() {
        for name in ["leak-storm", "cascade", "rush-hour"] {
            let mut one = cluster(name);
            walk(&mut one, 30);
            one.intervene(&Intervention::Spike { cell: 3, steps: 40 });
            walk(&mut one, 7);
            let mut bytes = Vec::new();
            schema::write(&one.snapshot(), &mut bytes).unwrap();
            let mut other = cluster(name);
            other.restore(schema::read(&bytes[..], 1 << 20, "it").unwrap()).unwrap();
            assert_eq!(other.snapshot(), one.snapshot());
            assert_eq!(walk(&mut one, 50), walk(&mut other, 50), "{name}");
        }
    }

    #[test]
    fn a_snapshot_of_another_cluster_is_refused_and_changes_nothing() {
        let mut here = cluster("default");
        let before = here.snapshot();
        let other = Scenario { rows: 3, ..Scenario::default() };
        let small = Cluster::new(other, RewardSettings::default(), None).snapshot();
        let outside = SavedCluster { agent_row: 6, ..before.clone() };
        let placed = SavedTracePosition { step: 0, fingerprint: 0 };
        let placed = SavedCluster { trace: Some(placed), ..before.clone() };
        for wrong in [small, outside, placed] {
            assert!(here.restore(wrong).is_err());
            assert_eq!(here.snapshot(), before);
        }
        let mut short = before.clone();
        short.cells.burst_left = Packed::from(&[0; 35][..]);
        assert_eq!(here.restore(short), Err("it has a different number of cells"));
    }
}
