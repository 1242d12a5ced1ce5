//! What the Pilot is given: the observation, and in the view `notes` what its notebook says about the most urgent cells.

use super::belief::Belief;
use crate::cluster::{OBSERVATION, Observation};
use crate::settings::PilotInputKind;

/// Cells told of, the most urgent first.
pub const CELLS: usize = 6;
/// Numbers per cell.
pub const PER_CELL: usize = 7;
/// Length of the longest sight.
pub const LONGEST: usize = OBSERVATION + CELLS * PER_CELL;
/// Steps of way that count as 1.
const FAR: f32 = 6.0;

/// The Pilot's input. Numbers beyond the view's length are 0 and never read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PilotInput(pub(crate) [f32; LONGEST]);

impl Default for PilotInput {
    fn default() -> Self {
        Self([0.0; LONGEST])
    }
}

impl From<&Observation> for PilotInput {
    fn from(observation: &Observation) -> Self {
        let mut pilot_input = Self::default();
        pilot_input.0[..OBSERVATION].copy_from_slice(&observation.0);
        pilot_input
    }
}

impl PilotInput {
    /// Numbers in a sight of this view.
    pub fn length(view: PilotInputKind) -> usize {
        match view {
            PilotInputKind::Observation => OBSERVATION,
            PilotInputKind::Belief => LONGEST,
        }
    }

    /// The first `length` numbers.
    pub fn numbers(&self, length: usize) -> &[f32] {
        &self.0[..length]
    }
}

/// An agent's eyes and, where its view has one, its notebook.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureEncoder {
    belief: Option<Belief>,
}

impl From<Belief> for FeatureEncoder {
    /// Eyes of the view `notes` that go on with this notebook.
    fn from(belief: Belief) -> Self {
        Self { belief: Some(belief) }
    }
}

impl FeatureEncoder {
    /// The notebook, where the view has one.
    pub fn belief(&self) -> Option<&Belief> {
        self.belief.as_ref()
    }

    /// Eyes for a torus of this size.
    pub fn new(view: PilotInputKind, rows: usize, columns: usize) -> Self {
        Self { belief: (view == PilotInputKind::Belief).then(|| Belief::new(rows, columns)) }
    }

    /// What the Pilot is given at step `now` of an episode; step 0 forgets the episode before.
    ///
    /// After the observation come, for each of the six most urgent cells in the notebook: rows down and columns right
    /// to it (in sixths), remembered memory, estimated growth (times 20), estimated time left (1 for none, 0 for
    /// long), whether it is critical, and the age of the note (0 for fresh, 1 for old). All lie in about [-1, 1].
    pub fn encode(&mut self, observation: &Observation, now: usize) -> PilotInput {
        let mut pilot_input = PilotInput::from(observation);
        let Some(belief) = &mut self.belief else { return pilot_input };
        if now == 0 {
            belief.clear();
        }
        belief.look(observation, now);
        let targets = belief.targets::<CELLS>();
        for (numbers, target) in pilot_input.0[OBSERVATION..].chunks_exact_mut(PER_CELL).zip(targets) {
            let Some(target) = target else { break };
            let (left, age) = (target.time_left, target.note.age(now) as f32);
            numbers.copy_from_slice(&[
                target.down as f32 / FAR,
                target.right as f32 / FAR,
                target.note.memory_at(now).min(1.2),
                (20.0 * target.note.growth()).min(1.0),
                (-left / 20.0).exp(),
                f32::from(u8::from(target.note.critical)),
                1.0 - (-age / 30.0).exp(),
            ]);
        }
        pilot_input
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Cluster};
    use crate::settings::{RewardSettings, Scenario};

    fn pilot_inputs(view: PilotInputKind, steps: usize) -> Vec<PilotInput> {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(3);
        let mut encoder = FeatureEncoder::new(view, 6, 6);
        let mut observation = Observation::default();
        let walk = [Action::Right, Action::Down, Action::Scale, Action::MemoryClean];
        (0..steps)
            .map(|step| {
                cluster.observe(&mut observation);
                let pilot_input = encoder.encode(&observation, cluster.time());
                cluster.step(walk[step % walk.len()]);
                pilot_input
            })
            .collect()
    }

    #[test]
    fn a_sight_begins_with_the_observation_and_stays_in_its_range() {
        for (view, length) in [(PilotInputKind::Observation, OBSERVATION), (PilotInputKind::Belief, LONGEST)] {
            assert_eq!(PilotInput::length(view), length);
            let pilot_inputs = pilot_inputs(view, 40);
            assert!(
                pilot_inputs.iter().flat_map(|pilot_input| pilot_input.0).all(|number| (-1.0..=1.2).contains(&number))
            );
        }
        let (patch, notes) = (pilot_inputs(PilotInputKind::Observation, 40), pilot_inputs(PilotInputKind::Belief, 40));
        assert!(patch.iter().zip(&notes).all(|(patch, notes)| patch.0[..OBSERVATION] == notes.0[..OBSERVATION]));
        assert!(patch.iter().all(|pilot_input| pilot_input.0[OBSERVATION..].iter().all(|number| *number == 0.0)));
    }

    #[test]
    fn seeing_the_same_moment_again_gives_the_same_sight() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        let mut encoder = FeatureEncoder::new(PilotInputKind::Belief, 6, 6);
        let mut observation = Observation::default();
        for _ in 0..20 {
            cluster.step(Action::Right);
            cluster.observe(&mut observation);
            let first = encoder.encode(&observation, cluster.time());
            assert_eq!(encoder.encode(&observation, cluster.time()), first);
        }
    }
}
