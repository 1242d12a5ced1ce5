//! A cluster as plain data: all that decides its future and is not in the settings.

use super::intervention::ActiveEffect;
use super::reward::PreviousState;
use super::{Cells, Cluster, Outcome, RngStream};
use serde::{Deserialize, Serialize};

/// The state of a cluster in the middle of an episode. The scenario, the weights of the reward and the table of a trace
/// are not part of it: they come from the settings.
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
    /// Place in the trace, in steps, and the trace's fingerprint, where there is one.
    place: Option<(usize, u64)>,
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
            place: self.load.as_ref().map(|load| (load.place(), load.fingerprint())),
        }
    }

    /// Goes on from a state of a cluster of the same settings. Nothing changes on an error.
    ///
    /// # Errors
    /// What does not fit this cluster, as the end of a sentence.
    pub fn restore(&mut self, snapshot: ClusterSnapshot) -> Result<(), &'static str> {
        let ClusterSnapshot { cells, agent: (row, column), active_effects, .. } = snapshot;
        if !cells.are(self.scenario.cells()) {
            return Err("it has another number of cells");
        }
        if row >= self.scenario.rows || column >= self.scenario.columns {
            return Err("the agent stands outside the cluster");
        }
        if active_effects.iter().any(|active_effect| active_effect.numbers().0 as usize >= cells.cpu.len()) {
            return Err("an intervention goes on in a cell that it does not have");
        }
        match (&mut self.load, snapshot.place) {
            (None, None) => {}
            (Some(load), Some((place, fingerprint))) if fingerprint == load.fingerprint() && place < load.length() => {
                load.place = place;
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
    fn a_cluster_goes_on_from_its_bytes_as_if_nothing_had_been() {
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
    fn a_state_of_another_cluster_is_refused_and_changes_nothing() {
        let mut here = cluster("default");
        let before = here.snapshot();
        let other = Scenario { rows: 3, ..Scenario::default() };
        let small = Cluster::new(other, RewardSettings::default(), None).snapshot();
        let outside = ClusterSnapshot { agent: (6, 0), ..before.clone() };
        let placed = ClusterSnapshot { place: Some((0, 0)), ..before.clone() };
        for wrong in [small, outside, placed] {
            assert!(here.restore(wrong).is_err());
            assert_eq!(here.snapshot(), before);
        }
        let mut short = before.clone();
        short.cells.burst_left.pop();
        assert_eq!(here.restore(short), Err("it has another number of cells"));
    }
}
