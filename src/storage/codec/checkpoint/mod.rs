//! Checkpoints: the trained networks with the settings they were trained under, and in a run's own checkpoints the state
//! that it takes to go on with the run, in one file.
//!
//! The file is an envelope of three parts: the model, and the bookmark and the state ([`state`]), which are empty where there
//! is a model alone. Whoever acts or evaluates reads the model alone. Reading it runs nothing and builds no network before
//! every length, shape and number has been checked.

mod opened;
mod state;
#[cfg(test)]
mod tests;

pub use state::{TablePosition, TablePositions, TrainingState, UnsavedState};

use crate::bounded;
use crate::learning::{Model, ModelError};
use crate::schema::{self, SavedModel};
use crate::settings::{Settings, settings_from};
use crate::storage::RecordError;
use crate::storage::codec::atomic::write_with;
use crate::storage::codec::envelope::Kind;
use crate::storage::models::legacy::{self, LegacyCheckpoint};
use crate::storage::models::safetensors;
use opened::Opened;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The file.
pub(crate) const CHECKPOINT: Kind<3> = Kind {
    magic: b"RESOCKPT",
    version: 1,
    magic_of_0_1: b"RSNTCKPT",
    advice: "open it with that version, whose `export` writes its networks as a safetensors file",
    parts: ["model", "bookmark", "state"],
};
/// Its parts.
const MODEL: usize = 0;
const BOOKMARK: usize = 1;
const STATE: usize = 2;
/// Longer models are refused unread.
const LARGEST: u64 = 256 << 20;

/// A trained model and the settings it was trained under.
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

    /// Writes the checkpoint as a whole or not at all, without a state.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save(&self, path: &Path) -> Result<(), RecordError> {
        self.save_with(path, None)
    }

    /// Writes the checkpoint and the state of its run as a whole or not at all.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save_with(&self, path: &Path, state: Option<&UnsavedState<'_>>) -> Result<(), RecordError> {
        let model = self.model.to_saved(self.settings.to_ron());
        write_with(path, |file| {
            let mut positions = |out: &mut dyn Write| state.map_or(Ok(()), |state| state.positions.write(out));
            let mut state = |out: &mut dyn Write| state.map_or(Ok(()), |state| state.write(out));
            CHECKPOINT.write(file, [&mut |out| schema::write(&model, out), &mut positions, &mut state])
        })
    }

    /// The file that `path` names: itself, or the newest checkpoint of a run folder.
    ///
    /// # Errors
    /// A folder without a checkpoint.
    pub fn file(path: &Path) -> Result<PathBuf, RecordError> {
        if path.is_dir() { newest(path) } else { Ok(path.to_owned()) }
    }

    /// Reads a checkpoint file, of this program or of the older one ([`LegacyCheckpoint`]), or a safetensors file, whatever its name;
    /// for a run folder, the newest checkpoint in it.
    ///
    /// # Errors
    /// A path without a checkpoint, a damaged file, or networks that do not fit the settings kept with them.
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        let path = Self::file(path)?;
        let head = beginning(&path)?;
        if legacy::is_legacy(&head) || safetensors::is_safetensors(&head) {
            return Self::from_bytes(&path, &read(&path)?);
        }
        Self::from_model(&path, &Opened::at(&path)?.part(MODEL, LARGEST)?)
    }

    /// Reads a checkpoint from the bytes of a file; `path` is what errors call it.
    ///
    /// # Errors
    /// Damaged bytes, or networks that do not fit the settings kept with them.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        if legacy::is_legacy(bytes) {
            return Ok(LegacyCheckpoint::from_bytes(path, bytes)?.checkpoint);
        }
        if safetensors::is_safetensors(bytes) {
            return safetensors::from_bytes(path, bytes);
        }
        let [model, ..] = CHECKPOINT.open(bytes).map_err(|problem| unusable(path, problem))?;
        Self::from_model(path, model)
    }

    /// Reads the part of a file that is the model.
    fn from_model(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        let broken = |problem: String| unusable(path, problem);
        let saved: SavedModel = schema::read(bytes, LARGEST, "its model").map_err(broken)?;
        let settings = settings_from(Path::new("its settings"), &saved.settings);
        let settings = settings.map_err(|error| unusable(path, error))?;
        let model = Model::from_saved(&saved).map_err(|problem| unusable(path, problem))?;
        let checkpoint = Self { settings, model };
        checkpoint.check().map_err(|problem| RecordError::Model { path: path.to_owned(), problem })?;
        Ok(checkpoint)
    }

    /// Checks that the networks are of the agent and of the sizes in the settings, and all weights finite.
    pub(in crate::storage) fn check(&self) -> Result<(), ModelError> {
        let Self { settings, model } = self;
        model.check_agent(settings.run.agent)?;
        model.check(&settings.pilot, &settings.prophet)
    }

    /// What it takes to act and to forecast, and nothing that only learning needs: the weights that evaluations use, in the
    /// place of the last ones and their average.
    pub fn for_acting(self) -> Self {
        let Model { pilot, pilot_average, .. } = self.model;
        let model = Model { pilot: pilot_average.unwrap_or(pilot), pilot_average: None, ..self.model };
        Self { model, ..self }
    }
}

fn unusable(path: &Path, problem: impl ToString) -> RecordError {
    RecordError::unusable(path, problem)
}

/// The first bytes of a file, enough to tell what it is.
fn beginning(path: &Path) -> Result<Vec<u8>, RecordError> {
    let mut head = Vec::new();
    let read = bounded::open(path).and_then(|file| file.take(Kind::<3>::HEADER as u64).read_to_end(&mut head));
    read.map_err(RecordError::io("read", path))?;
    Ok(head)
}

/// The bytes of a file that may be a checkpoint, of at most as many as one of its kind has.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, RecordError> {
    let largest = match &beginning(path)?[..] {
        head if legacy::is_legacy(head) => legacy::LARGEST,
        head if safetensors::is_safetensors(head) => safetensors::LARGEST,
        _ => LARGEST,
    };
    bounded::read(path, largest).map_err(|problem| match problem.kind() {
        ErrorKind::FileTooLarge => unusable(path, problem),
        _ => RecordError::io("read", path)(problem),
    })
}

/// The newest checkpoint of a run folder.
fn newest(folder: &Path) -> Result<PathBuf, RecordError> {
    let inside = folder.join("checkpoints");
    if !inside.is_dir() {
        return Err(unusable(folder, "it is a folder without checkpoints/"));
    }
    checkpoints_in(folder).pop().ok_or_else(|| unusable(&inside, "there is none in this folder"))
}

/// The checkpoints of a run folder, the newest last: in the order of the ticks they were made after, which is not always that
/// of the steps in their names, for networks trained for fewer steps may have been loaded in between. Files without a state
/// come first, in the order of their names.
pub(crate) fn checkpoints_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("checkpoints")).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|extension| extension == Checkpoint::EXTENSION);
    let mut files: Vec<_> = files.filter(is_checkpoint).collect();
    files.sort_by_cached_key(|path| {
        (TablePositions::of(path).ok().flatten().map(|positions| positions.ticks), path.clone())
    });
    files
}
