//! Checkpoints: the trained networks with the settings they were trained under, in one file.
//!
//! The file is a magic word, a version, the length and CRC-32 of the body, and the body: plain numbers, names and
//! vectors in postcard form. Reading it runs nothing and builds no network before every length, shape and number has
//! been checked.

use super::legacy::{self, Legacy};
use super::{RecordError, safetensors, write_file};
use crate::bounded;
use crate::brain::{Model, ModelError, QTable};
use crate::settings::{Settings, recorded_settings};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"RSNTCKPT";
/// The format written. Version 1, which had no Q-table, is read as well.
const VERSION: u32 = 2;
/// Magic, version, body length, checksum.
const HEADER: usize = 8 + 4 + 8 + 4;
/// Larger files are refused unread.
const LARGEST: u64 = 256 << 20;

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

    /// Writes the checkpoint as a whole or not at all.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save(&self, path: &Path) -> Result<(), RecordError> {
        let body = Body { settings: self.settings.to_ron(), model: self.model.clone() };
        let tail: &Tail = &self.model.table;
        let body = postcard::to_stdvec(&(body, tail)).map_err(|error| unusable(path, error))?;
        write_file(path, &framed(&body))
    }

    /// Reads a checkpoint file, of this program or of the older one ([`Legacy`]), or a safetensors file, whatever its name;
    /// for a run folder, the newest checkpoint in it.
    ///
    /// # Errors
    /// A path without a checkpoint, a damaged file, or networks that do not fit the settings kept with them.
    pub fn load(path: &Path) -> Result<Self, RecordError> {
        let path = if path.is_dir() { newest(path)? } else { path.to_owned() };
        Self::from_bytes(&path, &read(&path)?)
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
        let (version, body) = body(bytes).map_err(|problem| unusable(path, problem))?;
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

/// The file that holds `body`.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Format version and body of a file whose frame is intact.
fn body(bytes: &[u8]) -> Result<(u32, &[u8]), String> {
    let (header, body) = bytes.split_at_checked(HEADER).ok_or("it is too short")?;
    let number = |from: usize| u32::from_le_bytes([header[from], header[from + 1], header[from + 2], header[from + 3]]);
    if &header[..8] != MAGIC {
        return Err("it does not begin like one".to_owned());
    }
    let version = number(8);
    if !(1..=VERSION).contains(&version) {
        return Err(format!("it has format version {version}, this program reads versions 1 to {VERSION}"));
    }
    let length = u64::from(number(12)) | u64::from(number(16)) << 32;
    if length != body.len() as u64 {
        return Err(format!("it should hold {length} bytes and holds {}: it was cut off or added to", body.len()));
    }
    if crc32fast::hash(body) != number(20) {
        return Err("its checksum does not match: it is damaged".to_owned());
    }
    Ok((version, body))
}

fn unusable(path: &Path, problem: impl ToString) -> RecordError {
    RecordError::unusable(path, problem)
}

/// Whether bytes begin like a checkpoint of this program; answers its format version if they go on so far.
pub(crate) fn format_version(bytes: &[u8]) -> Option<u32> {
    bytes.strip_prefix(MAGIC)?.first_chunk().map(|version| u32::from_le_bytes(*version))
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

/// The newest checkpoint of a run folder: names are padded, so the last in order.
fn newest(folder: &Path) -> Result<PathBuf, RecordError> {
    let inside = folder.join("checkpoints");
    if !inside.is_dir() {
        return Err(unusable(folder, "it is a folder without checkpoints/"));
    }
    checkpoints_in(folder).pop().ok_or_else(|| unusable(&inside, "there is none in this folder"))
}

/// The checkpoints of a run folder, the newest last.
pub(crate) fn checkpoints_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("checkpoints")).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_checkpoint = |path: &PathBuf| path.extension().is_some_and(|extension| extension == Checkpoint::EXTENSION);
    let mut files: Vec<_> = files.filter(is_checkpoint).collect();
    files.sort();
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
        let file = first_format(silent, &old.model);
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
        }
    }

    /// The file of a checkpoint as format version 1 had it: without anything after the model.
    fn first_format(settings: String, model: &Model) -> Vec<u8> {
        let body = Body { settings, model: model.clone() };
        let body = postcard::to_stdvec(&body).unwrap();
        let (length, checksum) = ((body.len() as u64).to_le_bytes(), crc32fast::hash(&body).to_le_bytes());
        [&MAGIC[..], &1_u32.to_le_bytes(), &length, &checksum, &body].concat()
    }

    #[test]
    fn a_file_of_the_first_format_can_still_be_read() {
        let old = first_format(sample().settings.to_ron(), &sample().model);
        assert_eq!(Checkpoint::from_bytes(Path::new("old"), &old).unwrap(), sample());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        sample().save(&path).unwrap();
        let new = fs::read(&path).unwrap();
        assert_eq!((new[8], new.len()), (2, old.len() + 1), "the new one has a byte more: no table");
        // The other way round is refused.
        let mut newer = new;
        newer[8] = 3;
        let problem = Checkpoint::from_bytes(Path::new("newer"), &newer).unwrap_err().to_string();
        assert!(problem.contains("format version 3") && problem.contains("reads versions 1 to 2"), "{problem}");
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
