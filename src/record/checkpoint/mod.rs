//! Checkpoints: the trained networks with the settings they were trained under, and in a run's own checkpoints the state
//! that it takes to go on with the run, in one file.
//!
//! The file is a frame with checksums ([`frame`]), the model, and the state ([`state`]): plain numbers, names and vectors
//! in postcard form. Whoever acts or evaluates reads the model alone. Reading it runs nothing and builds no network before
//! every length, shape and number has been checked.

mod frame;
mod state;

pub(crate) use frame::version as format_version;
pub use state::{Bookmark, Mark, State, Unsaved};

use super::RecordError;
use super::atomic::write_with;
use super::legacy::{self, Legacy};
use super::safetensors;
use crate::bounded;
use crate::brain::{Model, ModelError, QTable};
use crate::settings::{Settings, recorded_settings};
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
    pub fn save_with(&self, path: &Path, state: Option<&Unsaved<'_>>) -> Result<(), RecordError> {
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

    /// Reads a checkpoint file, of this program or of the older one ([`Legacy`]), or a safetensors file, whatever its name;
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
            return Ok(Legacy::from_bytes(path, bytes)?.checkpoint);
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
    pub(super) fn check(&self) -> Result<(), ModelError> {
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
    files.sort_by_cached_key(|path| (Bookmark::of(path).ok().flatten().map(|bookmark| bookmark.ticks), path.clone()));
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::Brain;
    use crate::cluster::STATISTICS;
    use crate::settings::ForecastInputs;

    fn sample() -> Checkpoint {
        let settings = Settings::default();
        let model = Brain::new(&settings).model();
        Checkpoint { settings, model }
    }

    #[test]
    fn a_checkpoint_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        sample().save(&path).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), sample());
    }

    #[test]
    fn a_checkpoint_from_before_the_trends_holds_a_prophet_of_five_statistics() {
        let mut old = sample();
        old.settings.prophet.inputs = ForecastInputs::Seed;
        old.model = Brain::new(&old.settings).model();
        assert_eq!(old.model.prophet.0[0].inputs, STATISTICS);
        let text = old.settings.to_ron();
        let silent = text.replace("inputs: \"seed\",", "");
        assert_ne!(silent, text);
        let file = older_format(1, silent, &old.model);
        assert_eq!(Checkpoint::from_bytes(Path::new("old"), &file).unwrap(), old);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        sample().save(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(997).chain(0..HEADER) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            fs::write(&path, &damaged).unwrap();
            assert!(matches!(Checkpoint::load(&path), Err(RecordError::Checkpoint { .. })), "byte {at}");
            fs::write(&path, &bytes[..at]).unwrap();
            assert!(matches!(Checkpoint::load(&path), Err(RecordError::Checkpoint { .. })), "cut at {at}");
            assert!(
                Checkpoint::from_bytes(&path, &bytes[..at]).is_err()
                    && Checkpoint::from_bytes(&path, &damaged).is_err()
            );
        }
    }

    /// The file of a checkpoint as an older format had it: version 1 had nothing after the model.
    fn older_format(version: u32, settings: String, model: &Model) -> Vec<u8> {
        let body = Body { settings, model: model.clone() };
        let tail: &Tail = &model.table;
        let body = if version == 1 { postcard::to_stdvec(&body) } else { postcard::to_stdvec(&(body, tail)) }.unwrap();
        let (length, checksum) = ((body.len() as u64).to_le_bytes(), crc32fast::hash(&body).to_le_bytes());
        [&b"RSNTCKPT"[..], &version.to_le_bytes(), &length, &checksum, &body].concat()
    }

    #[test]
    fn files_of_older_formats_can_still_be_read_and_hold_no_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        for version in [1, 2] {
            let old = older_format(version, sample().settings.to_ron(), &sample().model);
            assert_eq!(Checkpoint::from_bytes(Path::new("old"), &old).unwrap(), sample());
            fs::write(&path, &old).unwrap();
            assert_eq!(Checkpoint::load(&path).unwrap(), sample());
            assert_eq!(State::load(&path, 1 << 30).unwrap(), None);
            fs::write(&path, &old[..old.len() - 1]).unwrap();
            assert!(Checkpoint::load(&path).is_err() && State::load(&path, 1 << 30).is_err());
        }
        let old = older_format(2, tabular().settings.to_ron(), &tabular().model);
        assert_eq!(Checkpoint::from_bytes(Path::new("old"), &old).unwrap(), tabular());
        sample().save(&path).unwrap();
        // The other way round is refused.
        let mut newer = fs::read(&path).unwrap();
        assert_eq!(newer[8], 3);
        newer[8] = 4;
        let problem = Checkpoint::from_bytes(Path::new("newer"), &newer).unwrap_err().to_string();
        assert!(problem.contains("format version 4") && problem.contains("reads versions 1 to 3"), "{problem}");
    }

    #[test]
    fn the_newest_of_a_run_is_that_of_the_latest_tick_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("checkpoints");
        let save = |name: &str, ticks: Option<u64>| {
            let bookmark =
                |ticks| Bookmark { origin: 0, ticks, episodes: 0, seconds: 0.0, tables: [Mark::default(); 3] };
            let state = ticks.map(|ticks| Unsaved::new(bookmark(ticks), 0_u8));
            sample().save_with(&inside.join(name), state.as_ref()).unwrap();
        };
        save("step-000000000900.rsnt", Some(900));
        save("step-000000000200.rsnt", Some(1_100));
        save("zebra.rsnt", None);
        let names: Vec<_> =
            checkpoints_in(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["zebra.rsnt", "step-000000000900.rsnt", "step-000000000200.rsnt"]);
        assert_eq!(Checkpoint::file(folder.path()).unwrap(), inside.join("step-000000000200.rsnt"));
    }

    fn tabular() -> Checkpoint {
        let settings = crate::settings::load_settings("v10").unwrap();
        let mut model = Brain::new(&settings).model();
        model.table.as_mut().unwrap().0[17][5] = -2.5;
        Checkpoint { settings, model }
    }

    #[test]
    fn a_checkpoint_carries_its_table_and_no_pilot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        tabular().save(&path).unwrap();
        let back = Checkpoint::load(&path).unwrap();
        assert_eq!(back, tabular());
        assert!(back.model.pilot.0.is_empty() && back.model.pilot_average.is_none());
        assert!(fs::metadata(&path).unwrap().len() < 10_000);
    }

    #[test]
    fn a_table_that_is_broken_or_of_another_agent_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        let refusal = |spoil: fn(&mut Checkpoint)| {
            let mut checkpoint = tabular();
            spoil(&mut checkpoint);
            checkpoint.save(&path).unwrap();
            match Checkpoint::load(&path) {
                Err(RecordError::Model { problem, .. }) => problem.to_string(),
                other => panic!("{other:?}"),
            }
        };
        let problem = refusal(|it| it.model.table.as_mut().unwrap().0.truncate(100));
        assert!(problem.contains("Q-table") && problem.contains("100 states"), "{problem}");
        let problem = refusal(|it| it.model.table.as_mut().unwrap().0[3][0] = f32::NAN);
        assert!(problem.contains("state 3"), "{problem}");
        let problem = refusal(|it| it.settings.run.agent = crate::settings::AgentKind::Dqn);
        assert!(problem.contains("it is qtable, and dqn is needed"), "{problem}");
        let problem = refusal(|it| it.model.table = None);
        assert!(problem.contains("it is dqn, and qtable is needed"), "{problem}");
    }

    #[test]
    fn weights_that_are_no_numbers_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        let mut checkpoint = sample();
        checkpoint.model.pilot.0[0].weight[3] = f32::INFINITY;
        checkpoint.save(&path).unwrap();
        assert!(matches!(Checkpoint::load(&path), Err(RecordError::Model { .. })));
    }
}
