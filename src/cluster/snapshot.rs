//! A cluster as plain data: everything that its future depends on, except the settings.

use super::intervention::ActiveEffect;
use super::reward::PreviousState;
use super::{Cells, Cluster, Outcome, RngStream};
use serde::{Deserialize, Serialize};

/// The state of a cluster in the middle of an episode, without scenario, reward weights and trace, which come from the
/// settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterSnapshot {
    cells: Cells,
    agent: (usize, usize),
    budget: f64,
    time: usize,
    storm_left: usize,
    active_effects: Vec<ActiveEffect>,
    before: PreviousState,
    outcome: Outcome,
    seed: u64,
    entropy: RngStream,
    /// Position in the trace, in steps, and the trace's fingerprint, if there is a trace.
    trace_position: Option<(usize, u64)>,
}

impl Cluster {
    /// The state as plain data.
    pub fn snapshot(&self) -> ClusterSnapshot {
        ClusterSnapshot {
            cells: self.cells.clone(),
            agent: (self.row, self.column),
            budget: self.budget,
            time: self.time,
            storm_left: self.storm_left,
            active_effects: self.active_effects.clone(),
            before: self.before,
            outcome: self.outcome,
            seed: self.seed,
            entropy: self.entropy.clone(),
            trace_position: self.load.as_ref().map(|load| (load.position(), load.fingerprint())),
        }
    }

    /// Restores a snapshot of a cluster with the same settings. Nothing changes on an error.
    ///
    /// # Errors
    /// What does not fit this cluster, as a sentence.
    pub fn restore(&mut self, snapshot: ClusterSnapshot) -> Result<(), &'static str> {
        let ClusterSnapshot { cells, agent: (row, column), active_effects, .. } = snapshot;
        if !cells.all_have_length(self.scenario.cells()) {
            return Err("it has a different number of cells");
        }
        if row >= self.scenario.rows || column >= self.scenario.columns {
            return Err("the agent is outside the cluster");
        }
        if active_effects.iter().any(|effect| effect.cell as usize >= cells.cpu.len()) {
            return Err("an intervention is active in a cell that does not exist");
        }
        match (&mut self.load, snapshot.trace_position) {
            (None, None) => {}
            (Some(load), Some((position, fingerprint)))
                if fingerprint == load.fingerprint() && position < load.length() =>
            {
                load.position = position;
            }
            _ => return Err("it was driven by another trace"),
        }
        (self.cells, self.row, self.column) = (cells, row, column);
        (self.budget, self.time, self.storm_left) = (snapshot.budget, snapshot.time, snapshot.storm_left);
        self.active_effects = active_effects;
        (self.before, self.outcome, self.seed) = (snapshot.before, snapshot.outcome, snapshot.seed);
        self.entropy = snapshot.entropy;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Intervention};
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
    fn a_restored_cluster_goes_on_exactly_as_the_original() {
        for name in ["leak-storm", "cascade", "rush-hour"] {
            let mut one = cluster(name);
            walk(&mut one, 30);
            one.intervene(&Intervention::Spike { cell: 3, steps: 40 });
            walk(&mut one, 7);
            let bytes = postcard::to_stdvec(&one.snapshot()).unwrap();
            let mut other = cluster(name);
            other.restore(postcard::from_bytes(&bytes).unwrap()).unwrap();
            assert_eq!(walk(&mut one, 50), walk(&mut other, 50), "{name}");
        }
    }

    #[test]
    fn a_snapshot_of_another_cluster_is_refused_and_changes_nothing() {
        let mut here = cluster("default");
        let before = here.snapshot();
        let other = Scenario { rows: 3, ..Scenario::default() };
        let small = Cluster::new(other, RewardSettings::default(), None).snapshot();
        let outside = ClusterSnapshot { agent: (6, 0), ..before.clone() };
        let traced = ClusterSnapshot { trace_position: Some((0, 0)), ..before.clone() };
        for wrong in [small, outside, traced] {
            assert!(here.restore(wrong).is_err());
            assert_eq!(here.snapshot(), before);
        }
        let mut short = before.clone();
        short.cells.burst_left.pop();
        assert_eq!(here.restore(short), Err("it has a different number of cells"));
    }
}
