//! The content of the program's own binary files: plain data in which every field has a name.
//!
//! Owns the shape of a saved run, a saved model and a black box, and how they become bytes: MessagePack, in which a
//! structure is a map from the names of its fields to their values, and a long list of numbers is their little-endian
//! bytes. The types of the running program are different; the room of each converts it field by field. So renaming or moving a
//! field of such a type does not change a file. Changing a name or a meaning here changes the format: raise its version and
//! update docs/formats.md. `tests.rs` compares with files of this version.
//!
//! Knows no other room.

mod agent;
mod black_box;
mod cluster;
mod learner;
mod model;
mod numbers;
mod run;
#[cfg(test)]
mod tests;

pub use agent::{
    SavedAgent, SavedBelief, SavedDecisions, SavedPendingLabels, SavedPendingReturn, SavedPolicyState, SavedTrends,
};
pub use black_box::{
    SavedActionLog, SavedBlackBox, SavedEpisodeLog, SavedExternalEvent, SavedStepRecords, SavedTraceSlice,
};
pub use cluster::{
    SavedActiveEffects, SavedCells, SavedCluster, SavedEffect, SavedIntervention, SavedOutcome, SavedReward, SavedRng,
    SavedTracePosition,
};
pub use learner::{
    SavedForecasts, SavedLabelledStates, SavedLearner, SavedPriorities, SavedProphetMemory, SavedReplay,
    SavedTensorMoments, SavedTransitions,
};
pub use model::{SavedLayer, SavedModel, SavedNetwork};
pub use numbers::{Bounded, Finite, Number, Packed, Pieces};
pub use run::{
    SavedComparison, SavedComparisonSide, SavedDriveReport, SavedEnvironment, SavedEpisode, SavedEpisodeProgress,
    SavedManualDrive, SavedRival, SavedRivalPolicy, SavedRun, SavedRunStats, SavedSkill, SavedSum, SavedTablePosition,
    SavedTablePositions,
};

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Read, Write};

/// Writes `value`.
///
/// # Errors
/// What the system refused.
pub fn write(value: &impl Serialize, out: impl Write) -> io::Result<()> {
    value.serialize(&mut rmp_serde::Serializer::new(out).with_struct_map()).map_err(io::Error::other)
}

/// Reads a value of at most `largest` bytes, after which nothing may follow; `what` is its name in errors. Memory use is
/// proportional to the bytes read, whatever lengths they claim.
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub fn read<T: DeserializeOwned>(from: impl Read, largest: u64, what: &str) -> Result<T, String> {
    let mut from = from.take(largest.saturating_add(1));
    let value = T::deserialize(&mut rmp_serde::Deserializer::new(&mut from));
    let rest = io::copy(&mut (&mut from).take(1), &mut io::sink());
    match (value, rest) {
        _ if from.limit() == 0 => Err(format!("{what} is larger than it can be ({largest} bytes)")),
        (Err(error), _) => Err(format!("{what} is damaged: {error}")),
        (_, Err(error)) => Err(format!("{what} is damaged: {error}")),
        (Ok(_), Ok(1..)) => Err(format!("{what} is followed by something else")),
        (Ok(value), Ok(0)) => Ok(value),
    }
}
