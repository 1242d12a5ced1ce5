//! Checkpoints: trained networks with the settings of their run and, in the checkpoints of a run, the state from which
//! training resumes, all in one file.
//!
//! The file is an envelope of three parts: the model, the bookmark (the table positions) and the run state ([`state`]). The last two are
//! empty in a file that holds only a model. Acting and evaluating read the model alone. Every length, shape and number is
//! checked before a network is built, and nothing in a file is executed.

mod file;
mod state;
#[cfg(test)]
mod tests;

pub use state::{TablePosition, TablePositions, TrainingState, UnsavedState};

use crate::learning::{Model, ModelError};
use crate::schema::{self, SavedModel};
use crate::settings::{Settings, settings_from};
use crate::storage::RecordError;
use crate::storage::codec::atomic::write_with;
use crate::storage::codec::envelope::FileFormat;
use file::CheckpointFile;
use std::io::{self, Seek, Write};
use std::path::Path;

/// The file format.
pub(crate) const CHECKPOINT: FileFormat<3> = FileFormat {
    magic: b"RESOCKPT",
    version: 1,
    magic_of_0_1: b"RSNTCKPT",
    advice: "open it with that version, whose `export` writes its networks as a safetensors file",
    parts: ["model", "bookmark", "state"],
};
/// Indices of its parts.
const MODEL: usize = 0;
const POSITIONS: usize = 1;
const STATE: usize = 2;
/// Larger models are refused unread, in bytes.
pub(in crate::storage) const LARGEST_MODEL: u64 = 256 << 20;

/// A trained model and the settings of its training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Settings of the run.
    pub settings: Settings,
    /// Networks and counters.
    pub model: Model,
}

impl Checkpoint {
    /// Extension of checkpoint files.
    pub const EXTENSION: &str = "rsnt";

    /// Writes the model atomically, without a run state, in the place of what is there.
    ///
    /// # Errors
    /// Weights that are not finite, or what the system refused.
    pub fn save(&self, path: &Path) -> Result<(), RecordError> {
        self.save_with(path, None)
    }

    /// Writes the model and, if given, the run state, atomically, in the place of what is there.
    ///
    /// # Errors
    /// Weights that are not finite, or what the system refused.
    pub fn save_with(&self, path: &Path, state: Option<&UnsavedState<'_>>) -> Result<(), RecordError> {
        self.check_finite(path)?;
        write_with(path, |file| self.write(file, state))
    }

    /// Writes the model and, if given, the run state into an open file.
    pub(in crate::storage) fn write(
        &self,
        file: &mut (impl Write + Seek),
        state: Option<&UnsavedState<'_>>,
    ) -> io::Result<()> {
        let model = self.model.to_saved(self.settings.to_ron());
        let mut positions = |out: &mut dyn Write| state.map_or(Ok(()), |state| state.positions.write(out));
        let mut state = |out: &mut dyn Write| state.map_or(Ok(()), |state| state.write(out));
        CHECKPOINT.write(file, [&mut |out| schema::write(&model, out), &mut positions, &mut state])
    }

    /// Refuses a model that could be written to `path` and never be loaded again.
    pub(in crate::storage) fn check_finite(&self, path: &Path) -> Result<(), RecordError> {
        match self.model.not_finite() {
            Some(part) => Err(RecordError::Diverged { path: path.to_owned(), part }),
            None => Ok(()),
        }
    }

    /// Reads the model of a checkpoint file of this program.
    pub(in crate::storage) fn load_native(path: &Path) -> Result<Self, RecordError> {
        Self::from_model(path, &CheckpointFile::open(path)?.part(MODEL, LARGEST_MODEL)?)
    }

    /// Reads the model from the bytes of such a file; `path` is what errors call it.
    pub(in crate::storage) fn native_from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        let [model, ..] = CHECKPOINT.open(bytes).map_err(|problem| unusable(path, problem))?;
        Self::from_model(path, model)
    }

    /// Decodes the model part.
    fn from_model(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        let saved: SavedModel =
            schema::read(bytes, LARGEST_MODEL, "its model").map_err(|problem| unusable(path, problem))?;
        let settings = settings_from(Path::new("its settings"), &saved.settings);
        let settings = settings.map_err(|error| unusable(path, error))?;
        let model = Model::from_saved(&saved, &settings).map_err(|problem| unusable(path, problem))?;
        let checkpoint = Self { settings, model };
        checkpoint.check().map_err(|problem| RecordError::Model { path: path.to_owned(), problem })?;
        Ok(checkpoint)
    }

    /// Checks that the networks match the agent and the sizes in the settings, and that all weights are finite.
    pub(in crate::storage) fn check(&self) -> Result<(), ModelError> {
        let Self { settings, model } = self;
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)
    }

    /// Only what acting and forecasting need: the weights that evaluations use (the average, where one is kept) replace the
    /// latest ones.
    pub fn for_acting(self) -> Self {
        let Model { pilot, pilot_average, .. } = self.model;
        let model = Model { pilot: pilot_average.unwrap_or(pilot), pilot_average: None, ..self.model };
        Self { model, ..self }
    }
}

fn unusable(path: &Path, problem: impl ToString) -> RecordError {
    RecordError::unusable(path, problem)
}
