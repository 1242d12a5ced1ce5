//! The complete state of a cluster as bytes, for comparison: a black box keeps a hash of them at every moment.

use super::intervention::ActiveEffect;
use super::state::Cells;
use super::{Cluster, Outcome};

impl Cluster {
    /// Appends everything that the future depends on, hidden state and the state of the random stream included; the
    /// constants of the scenario are left out. Little-endian numbers in a fixed order: equal bytes mean equal states.
    /// Black boxes contain hashes of these bytes, so a change of order or content needs a new version of that format.
    pub fn write_state(&self, bytes: &mut Vec<u8>) {
        let Cells { cpu, mem, priority, leak, base, wander, phase, burst_left, burst_height, in_storm, .. } =
            &self.cells;
        for numbers in [cpu, mem, priority, leak, base, wander, burst_height] {
            append(bytes, numbers, |number| number.to_le_bytes());
        }
        append(bytes, phase, |(sine, cosine)| {
            let mut pair = [0; 8];
            pair[..4].copy_from_slice(&sine.to_le_bytes());
            pair[4..].copy_from_slice(&cosine.to_le_bytes());
            pair
        });
        append(bytes, burst_left, |left| left.to_le_bytes());
        bytes.extend(in_storm.iter().map(|hit| u8::from(*hit)));
        for number in [self.row, self.column, self.time, self.storm_left, self.active_effects.len()] {
            bytes.extend_from_slice(&(number as u64).to_le_bytes());
        }
        self.active_effects.iter().for_each(|active_effect| active_effect.write(bytes));
        bytes.extend_from_slice(&self.budget.to_le_bytes());
        bytes.extend_from_slice(&self.seed.to_le_bytes());
        bytes.push(match self.outcome {
            Outcome::Running => 0,
            Outcome::Truncated => 1,
            Outcome::Terminated(cause) => 2 + cause as u8,
        });
        bytes.extend_from_slice(&self.entropy.state_bytes());
        let position = self.load.as_ref().map_or(u64::MAX, |load| load.position() as u64);
        bytes.extend_from_slice(&position.to_le_bytes());
    }
}

/// Appends the bytes of all numbers; resizes once, because this runs at every step.
fn append<T, const WIDTH: usize>(bytes: &mut Vec<u8>, numbers: &[T], word: impl Fn(&T) -> [u8; WIDTH]) {
    let from = bytes.len();
    bytes.resize(from + WIDTH * numbers.len(), 0);
    let (words, _) = bytes[from..].as_chunks_mut();
    words.iter_mut().zip(numbers).for_each(|(bytes, number)| *bytes = word(number));
}

impl ActiveEffect {
    fn write(&self, bytes: &mut Vec<u8>) {
        let (cell, demand, leak, left) = self.numbers();
        for word in [cell.to_le_bytes(), demand.to_le_bytes(), leak.to_le_bytes(), left.to_le_bytes()] {
            bytes.extend_from_slice(&word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Intervention};
    use crate::settings::{RewardSettings, Scenario};

    fn state(cluster: &Cluster) -> Vec<u8> {
        let mut bytes = Vec::new();
        cluster.write_state(&mut bytes);
        bytes
    }

    #[test]
    fn the_same_actions_lead_to_the_same_state_and_different_ones_do_not() {
        let start = || {
            let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
            cluster.reset(5);
            cluster
        };
        let (mut one, mut two) = (start(), start());
        one.step(Action::Up);
        two.step(Action::Up);
        assert_eq!(state(&one), state(&two));
        two.intervene(&Intervention::Spike { cell: 3, steps: 2 });
        assert_ne!(state(&one), state(&two));
        let mut three = start();
        three.step(Action::Down);
        assert_ne!(state(&one), state(&three));
        assert_ne!(state(&start()), state(&one));
    }

    #[test]
    fn hidden_state_is_part_of_the_bytes() {
        let mut cluster = Cluster::new(Scenario::default(), RewardSettings::default(), None);
        cluster.reset(5);
        let before = state(&cluster);
        let changes: [fn(&mut Cluster); 7] = [
            |cluster| cluster.cells.leak[3] += 0.001,
            |cluster| cluster.cells.wander[3] += 0.001,
            |cluster| cluster.cells.burst_left[3] += 1,
            |cluster| cluster.cells.in_storm[3] = true,
            |cluster| cluster.storm_left = 3,
            |cluster| cluster.cells.phase[3].0 += 0.001,
            |cluster| _ = rand::Rng::next_u32(&mut cluster.entropy),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut other = cluster.clone();
            change(&mut other);
            assert_ne!(state(&other), before, "change {at}");
        }
    }
}
