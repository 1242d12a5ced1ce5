//! Named streams of random numbers: every consumer derives its own ChaCha8 stream from a seed, an index and a purpose, so
//! that an added draw in one place changes no other stream.

use rand::rngs::ChaCha8Rng;
use rand::{SeedableRng, TryRng};
use std::convert::Infallible;

/// A ChaCha8 random number generator that can be copied, and saved and resumed at its exact position.
#[derive(Debug, PartialEq, Eq)]
pub struct RngStream(ChaCha8Rng);

impl Clone for RngStream {
    fn clone(&self) -> Self {
        Self(ChaCha8Rng::deserialize_state(&self.0.serialize_state()))
    }
}

impl RngStream {
    /// Key, stream and position; equal bytes mean equal next draws.
    pub(super) fn state_bytes(&self) -> [u8; 49] {
        self.0.serialize_state()
    }

    /// The key, and how many words of 32 bits were drawn.
    pub(super) fn key_and_position(&self) -> ([u8; 32], u64) {
        (self.0.get_seed(), self.0.get_word_pos() as u64)
    }

    /// The stream of a key after so many words.
    pub(super) fn at(key: [u8; 32], position: u64) -> Self {
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_word_pos(position.into());
        Self(stream)
    }
}

impl TryRng for RngStream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

/// What a stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum RngPurpose {
    /// The cells of a fresh episode.
    Reset = 1,
    /// Demand, bursts, storms and noise during an episode.
    Entropy = 2,
    /// The row of a trace at which an episode begins.
    TraceStart = 3,
    /// Seeds of the episodes of one cluster.
    Episodes = 4,
    /// The agent's exploration.
    Exploration = 5,
    /// The Pilot's first weights.
    PilotWeights = 6,
    /// The Prophet's first weights.
    ProphetWeights = 7,
    /// Draws from the Pilot's replay buffer.
    Replay = 8,
    /// Draws from the Prophet's replay buffer.
    ProphetMemory = 9,
    /// The seeds of evaluation episodes.
    Evaluation = 10,
    /// The random actions of a scripted policy.
    Policy = 11,
    /// The resamples of an evaluation's bootstrap.
    Bootstrap = 12,
    /// The values that a search tries, and the episodes that trials are scored on.
    Tuning = 13,
    /// The random actions in episodes that are recorded for forecasters.
    ForecastPlay = 21,
    /// First weights and batches of a forecaster fitted offline.
    ForecastFit = 22,
}

/// The stream of `purpose` for the `index`-th consumer (cluster, episode) under `seed`.
///
/// The four numbers are the ChaCha key itself, so different consumers can never share a stream.
pub fn stream(seed: u64, index: u64, purpose: RngPurpose) -> RngStream {
    let mut key = [0; 32];
    for (bytes, word) in key.chunks_exact_mut(8).zip([seed, index, purpose as u64, 0]) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    RngStream(ChaCha8Rng::from_seed(key))
}

/// The seed of the `index`-th child of `seed` for `purpose`.
pub fn derive_seed(seed: u64, index: u64, purpose: RngPurpose) -> u64 {
    rand::Rng::next_u64(&mut stream(seed, index, purpose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn streams_differ_by_seed_index_and_purpose() {
        let mut seen = HashSet::new();
        for seed in 0..8 {
            for index in 0..8 {
                for purpose in [RngPurpose::Reset, RngPurpose::Entropy, RngPurpose::Exploration] {
                    assert!(seen.insert(derive_seed(seed, index, purpose)));
                }
            }
        }
    }
}
