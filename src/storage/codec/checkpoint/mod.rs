//! Checkpoints: the trained networks with the settings they were trained under, and in a run's own checkpoints the state
//! that it takes to go on with the run, in one file.
//!
//! The file is a frame with checksums ([`frame`]), the model, and the state ([`state`]): plain numbers, names and vectors
//! in postcard form. Whoever acts or evaluates reads the model alone. Reading it runs nothing and builds no network before
//! every length, shape and number has been checked.

mod frame;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use frame::version as format_version;
pub use state::{TablePosition, TablePositions, TrainingState, UnsavedState};

use crate::bounded;
use crate::learning::{Model, ModelError, QTable};
use crate::settings::{Settings, recorded_settings};
use crate::storage::RecordError;
use crate::storage::codec::atomic::write_with;
use crate::storage::models::legacy::{self, LegacyCheckpoint};
use crate::storage::models::safetensors;
use frame::{Frame, HEADER, LARGEST};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A trained model and the settings it was trained under.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Settings of the run.
    pub settings: Settings,
    /// Networks and counters.
    pub model: Model,
}

#[derive(Serialize, Deserialize)]
struct Body {
    /// Settings as RON: readable, and open to new fields.
    settings: String,
    model: Model,
}

/// What follows the body since version 2.
type Tail = Option<QTable>;

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
        let body = Body { settings: self.settings.to_ron(), model: self.model.clone() };
        let tail: &Tail = &self.model.table;
        let model = postcard::to_stdvec(&(body, tail)).map_err(|error| unusable(path, error))?;
        write_with(path, |file| Frame::write(file, &model, |out| state.map_or(Ok(()), |state| state.write(out))))
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
        let refused = |problem| RecordError::io("read", &path)(problem);
        let broken = |problem: String| unusable(&path, problem);
        let mut file = bounded::open(&path).map_err(refused)?;
        let length = file.metadata().map_err(refused)?.len();
        let mut head = Vec::new();
        (&mut file).take(HEADER as u64).read_to_end(&mut head).map_err(refused)?;
        if legacy::is_legacy(&head) || safetensors::is_safetensors(&head) {
            return Self::from_bytes(&path, &read(&path)?);
        }
        let frame = Frame::read(&head).map_err(broken)?;
        let place = frame.model(length).map_err(broken)?;
        file.seek(SeekFrom::Start(place.start)).map_err(refused)?;
        let mut model = Vec::new();
        file.take(place.end - place.start).read_to_end(&mut model).map_err(refused)?;
        frame.check_model(&model).map_err(broken)?;
        Self::from_model(&path, frame.version, &model)
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
        let broken = |problem: String| unusable(path, problem);
        let frame = Frame::read(bytes).map_err(broken)?;
        let place = frame.model(bytes.len() as u64).map_err(broken)?;
        let (model, state) = (&bytes[place.start as usize..place.end as usize], &bytes[place.end as usize..]);
        frame.check_model(model).and_then(|()| frame.check_state(state)).map_err(broken)?;
        Self::from_model(path, frame.version, model)
    }

    /// Reads the model of a file of format `version`.
    fn from_model(path: &Path, version: u32, body: &[u8]) -> Result<Self, RecordError> {
        let (body, rest): (Body, _) = postcard::take_from_bytes(body).map_err(|error| unusable(path, error))?;
        let mut model = body.model;
        if version > 1 {
            let tail: Tail = postcard::from_bytes(rest).map_err(|error| unusable(path, error))?;
            model.table = tail;
        }
        let settings = recorded_settings(Path::new("its settings"), &body.settings);
        let settings = settings.map_err(|error| unusable(path, error))?;
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

/// The bytes of a file that may be a checkpoint, of at most as many as one of its kind has.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, RecordError> {
    let refused = |problem| RecordError::io("read", path)(problem);
    let mut file = bounded::open(path).map_err(refused)?;
    let mut head = Vec::new();
    (&mut file).take(HEADER as u64).read_to_end(&mut head).map_err(refused)?;
    let largest = match &head[..] {
        head if legacy::is_legacy(head) => legacy::LARGEST,
        head if safetensors::is_safetensors(head) => safetensors::LARGEST,
        _ => LARGEST,
    };
    file.rewind().map_err(refused)?;
    bounded::read_from(&file, largest).map_err(|problem| match problem.kind() {
        ErrorKind::FileTooLarge => unusable(path, problem),
        _ => refused(problem),
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
