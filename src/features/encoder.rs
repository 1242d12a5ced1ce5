//! The Pilot's input: the observation and, with the input kind `belief`, what the agent remembers of the most urgent cells.

use super::belief::Belief;
use crate::cluster::{OBSERVATION, Observation};
use crate::settings::PilotInputKind;

/// Remembered cells in the input, the most urgent first.
pub const TARGET_CELLS: usize = 6;
/// Numbers per remembered cell.
pub const NUMBERS_PER_TARGET: usize = 7;
/// Length of the longest input.
pub const MAX_LENGTH: usize = OBSERVATION + TARGET_CELLS * NUMBERS_PER_TARGET;
/// Moves that an offset of 1 stands for.
const DISTANCE_SCALE: f32 = 6.0;

/// The input vector of the Pilot's network. Numbers beyond the length of the input kind are 0 and never read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PilotInput(pub(crate) [f32; MAX_LENGTH]);

impl Default for PilotInput {
    fn default() -> Self {
        Self([0.0; MAX_LENGTH])
    }
}

impl From<&Observation> for PilotInput {
    fn from(observation: &Observation) -> Self {
        let mut input = Self::default();
        input.0[..OBSERVATION].copy_from_slice(&observation.0);
        input
    }
}

impl PilotInput {
    /// Length of an input of this kind.
    pub fn length(kind: PilotInputKind) -> usize {
        match kind {
            PilotInputKind::Observation => OBSERVATION,
            PilotInputKind::Belief => MAX_LENGTH,
        }
    }

    /// The first `length` numbers.
    pub fn numbers(&self, length: usize) -> &[f32] {
        &self.0[..length]
    }
}

/// Turns observations into the Pilot's input; keeps the agent's [`Belief`] where the input kind needs one.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureEncoder {
    belief: Option<Belief>,
}

impl From<Belief> for FeatureEncoder {
    /// An encoder of the kind `belief` that starts from this belief.
    fn from(belief: Belief) -> Self {
        Self { belief: Some(belief) }
    }
}

impl FeatureEncoder {
    /// An encoder for a torus of this size.
    pub fn new(kind: PilotInputKind, rows: usize, columns: usize) -> Self {
        Self { belief: (kind == PilotInputKind::Belief).then(|| Belief::new(rows, columns)) }
    }

    /// The belief, if the input kind has one.
    pub fn belief(&self) -> Option<&Belief> {
        self.belief.as_ref()
    }

    /// The Pilot's input at step `now` of an episode. Step 0 clears the belief.
    ///
    /// After the observation come seven numbers for each of the six most urgent cells of the belief: rows down and columns
    /// right to it (in sixths), estimated memory (at most 1.2), estimated growth (times 20), `exp(-time left / 20)`, whether
    /// it is critical, and its age (`1 - exp(-age / 30)`). All lie in about [-1, 1].
    pub fn encode(&mut self, observation: &Observation, now: usize) -> PilotInput {
        let mut input = PilotInput::from(observation);
        let Some(belief) = &mut self.belief else { return input };
        if now == 0 {
            belief.clear();
        }
        belief.observe(observation, now);
        let targets = belief.targets::<TARGET_CELLS>();
        for (numbers, target) in input.0[OBSERVATION..].chunks_exact_mut(NUMBERS_PER_TARGET).zip(targets) {
            let Some(target) = target else { break };
            let (left, age) = (target.time_left, target.cell.age(now) as f32);
            numbers.copy_from_slice(&[
                target.down as f32 / DISTANCE_SCALE,
                target.right as f32 / DISTANCE_SCALE,
                target.cell.memory_at(now).min(1.2),
                (20.0 * target.cell.growth()).min(1.0),
                (-left / 20.0).exp(),
                f32::from(u8::from(target.cell.critical)),
                1.0 - (-age / 30.0).exp(),
            ]);
        }
        input
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Cluster};
    use crate::settings::{RewardSettings, Scenario};

    fn inputs(kind: PilotInputKind, steps: usize) -> Vec<PilotInput> {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(3);
        let mut encoder = FeatureEncoder::new(kind, 6, 6);
        let mut observation = Observation::default();
        let walk = [Action::Right, Action::Down, Action::Scale, Action::MemoryClean];
        (0..steps)
            .map(|step| {
                cluster.observe(&mut observation);
                let input = encoder.encode(&observation, cluster.time());
                cluster.step(walk[step % walk.len()]);
                input
            })
            .collect()
    }

    #[test]
    fn an_input_begins_with_the_observation_and_stays_in_its_range() {
        for (kind, length) in [(PilotInputKind::Observation, OBSERVATION), (PilotInputKind::Belief, MAX_LENGTH)] {
            assert_eq!(PilotInput::length(kind), length);
            assert!(inputs(kind, 40).iter().flat_map(|input| input.0).all(|number| (-1.0..=1.2).contains(&number)));
        }
        let (plain, belief) = (inputs(PilotInputKind::Observation, 40), inputs(PilotInputKind::Belief, 40));
        assert!(plain.iter().zip(&belief).all(|(plain, belief)| plain.0[..OBSERVATION] == belief.0[..OBSERVATION]));
        assert!(plain.iter().all(|input| input.0[OBSERVATION..].iter().all(|number| *number == 0.0)));
    }

    #[test]
    fn encoding_the_same_moment_twice_gives_the_same_input() {
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
