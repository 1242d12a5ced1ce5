//! What the Pilot is given: the observation, and in the view `notes` what its notebook says about the most urgent cells.

use super::notebook::{NEVER, Notebook};
use crate::cluster::{OBSERVATION, Observation};
use crate::settings::View;

/// Cells told of, the most urgent first.
pub(super) const CELLS: usize = 6;
/// Numbers per cell.
pub(super) const PER_CELL: usize = 7;
/// Length of the longest sight.
pub(super) const LONGEST: usize = OBSERVATION + CELLS * PER_CELL;
/// Steps of way that count as 1.
const FAR: f32 = 6.0;

/// The Pilot's input. Numbers beyond the view's length are 0 and never read.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sight(#[serde(with = "crate::cluster::packed")] [f32; LONGEST]);

impl Default for Sight {
    fn default() -> Self {
        Self([0.0; LONGEST])
    }
}

impl From<&Observation> for Sight {
    fn from(observation: &Observation) -> Self {
        let mut sight = Self::default();
        sight.0[..OBSERVATION].copy_from_slice(&observation.0);
        sight
    }
}

impl Sight {
    /// Numbers in a sight of this view.
    pub fn length(view: View) -> usize {
        match view {
            View::Patch => OBSERVATION,
            View::Notes => LONGEST,
        }
    }

    /// The first `length` numbers.
    pub fn numbers(&self, length: usize) -> &[f32] {
        &self.0[..length]
    }
}

/// An agent's eyes and, where its view has one, its notebook.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Eyes {
    notebook: Option<Notebook>,
}

impl From<Notebook> for Eyes {
    /// Eyes of the view `notes` that go on with this notebook.
    fn from(notebook: Notebook) -> Self {
        Self { notebook: Some(notebook) }
    }
}

impl Eyes {
    /// The notebook, where the view has one.
    pub fn notebook(&self) -> Option<&Notebook> {
        self.notebook.as_ref()
    }

    /// Eyes for a torus of this size.
    pub fn new(view: View, rows: usize, columns: usize) -> Self {
        Self { notebook: (view == View::Notes).then(|| Notebook::new(rows, columns)) }
    }

    /// Whether these are eyes for the same view and torus as `fresh` ones.
    pub fn fit(&self, fresh: &Self) -> bool {
        match (&self.notebook, &fresh.notebook) {
            (Some(notebook), Some(fresh)) => notebook.fits(fresh),
            (None, None) => true,
            _ => false,
        }
    }

    /// What the Pilot is given at step `now` of an episode; step 0 forgets the episode before.
    ///
    /// After the observation come, for each of the six most urgent cells in the notebook: rows down and columns right
    /// to it (in sixths), remembered memory, estimated growth (times 20), estimated time left (1 for none, 0 for
    /// long), whether it is critical, and the age of the note (0 for fresh, 1 for old). All lie in about [-1, 1].
    pub fn see(&mut self, observation: &Observation, now: usize) -> Sight {
        let mut sight = Sight::from(observation);
        let Some(notebook) = &mut self.notebook else { return sight };
        if now == 0 {
            notebook.clear();
        }
        notebook.look(observation, now);
        let errands = notebook.errands::<CELLS>();
        for (numbers, errand) in sight.0[OBSERVATION..].chunks_exact_mut(PER_CELL).zip(errands) {
            let Some(errand) = errand else { break };
            let (left, age) = (errand.time_left.min(NEVER), errand.note.age(now) as f32);
            numbers.copy_from_slice(&[
                errand.down as f32 / FAR,
                errand.right as f32 / FAR,
                errand.note.memory_at(now).min(1.2),
                (20.0 * errand.note.growth()).min(1.0),
                (-left / 20.0).exp(),
                f32::from(u8::from(errand.note.critical)),
                1.0 - (-age / 30.0).exp(),
            ]);
        }
        sight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Cluster};
    use crate::settings::{RewardSettings, Scenario};

    fn sights(view: View, steps: usize) -> Vec<Sight> {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(3);
        let mut eyes = Eyes::new(view, 6, 6);
        let mut observation = Observation::default();
        let walk = [Action::Right, Action::Down, Action::Scale, Action::MemoryClean];
        (0..steps)
            .map(|step| {
                cluster.observe(&mut observation);
                let sight = eyes.see(&observation, cluster.time());
                cluster.step(walk[step % walk.len()]);
                sight
            })
            .collect()
    }

    #[test]
    fn a_sight_begins_with_the_observation_and_stays_in_its_range() {
        for (view, length) in [(View::Patch, OBSERVATION), (View::Notes, LONGEST)] {
            assert_eq!(Sight::length(view), length);
            let sights = sights(view, 40);
            assert!(sights.iter().flat_map(|sight| sight.0).all(|number| (-1.0..=1.2).contains(&number)));
        }
        let (patch, notes) = (sights(View::Patch, 40), sights(View::Notes, 40));
        assert!(patch.iter().zip(&notes).all(|(patch, notes)| patch.0[..OBSERVATION] == notes.0[..OBSERVATION]));
        assert!(patch.iter().all(|sight| sight.0[OBSERVATION..].iter().all(|number| *number == 0.0)));
    }

    #[test]
    fn seeing_the_same_moment_again_gives_the_same_sight() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut eyes = Eyes::new(View::Notes, 6, 6);
        let mut observation = Observation::default();
        for _ in 0..20 {
            cluster.step(Action::Right);
            cluster.observe(&mut observation);
            let first = eyes.see(&observation, cluster.time());
            assert_eq!(eyes.see(&observation, cluster.time()), first);
        }
    }
}
