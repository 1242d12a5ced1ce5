//! The second and third part of a checkpoint: how far the tables of the run had come, and the run state, compressed with
//! zstd. Evaluations read neither.
//!
//! What the state contains is known to `simulation`. How large it can be follows from the settings of the run, and a larger
//! one is refused.

use super::file::CheckpointFile;
use super::{POSITIONS, STATE, unusable};
use crate::schema::{self, Finite, SavedTablePosition, SavedTablePositions};
use crate::storage::RecordError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

/// Larger table positions are refused, in bytes.
const LARGEST_POSITIONS: u64 = 4096;
/// Compression level: a fast one that finds repeated bytes and little else. Its cost is in docs/formats.md.
const LEVEL: i32 = -1;
/// Compression window, as a power of two of bytes.
const WINDOW: u32 = 23;

/// A prefix of a CSV table: its length and checksum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TablePosition {
    /// Its length; it ends with a complete row.
    pub bytes: u64,
    /// Its CRC-32.
    pub checksum: u32,
}

impl TablePosition {
    fn to_saved(self) -> SavedTablePosition {
        let Self { bytes, checksum } = self;
        SavedTablePosition { bytes, checksum }
    }

    fn from_saved(SavedTablePosition { bytes, checksum }: SavedTablePosition) -> Self {
        Self { bytes, checksum }
    }
}

/// Which run a checkpoint belongs to, and how far the tables of that run had come.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePositions {
    /// CRC-32 of the run's `settings.ron`.
    pub origin: u32,
    /// Ticks run.
    pub ticks: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Wall-clock seconds that the run took so far.
    pub seconds: f64,
    /// `episodes.csv`, `steps.csv`, `commands.csv`.
    pub tables: [TablePosition; 3],
}

impl TablePositions {
    /// Reads the table positions of a checkpoint file; none if it holds only a model. The state itself is not read.
    ///
    /// # Errors
    /// A file that cannot be read or is not a checkpoint.
    pub fn of(path: &Path) -> Result<Option<Self>, RecordError> {
        Self::in_file(&mut CheckpointFile::open(path)?)
    }

    fn in_file(file: &mut CheckpointFile<'_>) -> Result<Option<Self>, RecordError> {
        let bytes = file.part(POSITIONS, LARGEST_POSITIONS)?;
        let positions = (!bytes.is_empty()).then(|| Self::from_bytes(&bytes)).transpose();
        positions.map_err(|problem| unusable(file.path, problem))
    }

    /// Writes their part of the file.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let [episodes_table, steps_table, commands_table] = self.tables.map(TablePosition::to_saved);
        let Self { origin, ticks, episodes, seconds, .. } = *self;
        let seconds = Finite(seconds);
        let saved =
            SavedTablePositions { origin, ticks, episodes, seconds, episodes_table, steps_table, commands_table };
        schema::write(&saved, out)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let saved: SavedTablePositions = schema::read(bytes, LARGEST_POSITIONS, "its bookmark")?;
        let SavedTablePositions { origin, ticks, episodes, seconds: Finite(seconds), .. } = saved;
        if seconds < 0.0 {
            return Err("its bookmark is damaged: the run time is negative".to_owned());
        }
        let tables = [saved.episodes_table, saved.steps_table, saved.commands_table].map(TablePosition::from_saved);
        Ok(Self { origin, ticks, episodes, seconds, tables })
    }
}

/// The compressed state of a run, as read from a checkpoint file.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingState {
    /// Its run, and how far the tables had come.
    pub positions: TablePositions,
    /// The serialised state, compressed.
    content: Vec<u8>,
}

/// The state of a run that is about to be written. It is compressed while it is written and never held in memory in full.
pub struct UnsavedState<'a> {
    /// Its run, and how far the tables had come.
    pub positions: TablePositions,
    content: Compress<'a>,
}

/// Serialises and compresses the state into a writer.
type Compress<'a> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>;

impl<'a> UnsavedState<'a> {
    /// The state that `value` serialises to.
    pub fn new(positions: TablePositions, value: impl Serialize + 'a) -> Self {
        Self { positions, content: Box::new(move |out| compress(&value, out)) }
    }

    /// Writes the compressed state.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        (self.content)(out)
    }
}

impl fmt::Debug for UnsavedState<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UnsavedState").field("positions", &self.positions).finish_non_exhaustive()
    }
}

fn compress(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(out, LEVEL)?;
    encoder.window_log(WINDOW)?;
    let mut writer = BufWriter::with_capacity(1 << 16, encoder);
    schema::write(value, &mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
    Ok(())
}

impl TrainingState {
    /// Decompresses and decodes the state. One of more than `largest` bytes is refused, as is a number that is not finite.
    /// The decompressed bytes are never held in memory in full.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn unpack<T: DeserializeOwned>(&self, largest: u64) -> Result<T, String> {
        let mut decoder = zstd::Decoder::new(self.content.as_slice()).map_err(|error| error.to_string())?;
        decoder.window_log_max(WINDOW).map_err(|error| error.to_string())?;
        schema::read(BufReader::with_capacity(1 << 16, decoder), largest, "its state")
    }

    /// The compressed bytes: the same for the same state of a run.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Length of the compressed bytes.
    pub fn length(&self) -> u64 {
        self.content.len() as u64
    }

    /// Reads the state of a checkpoint file; none if it holds only a model. One of more than `largest` bytes is refused
    /// unread.
    ///
    /// # Errors
    /// A file that cannot be read, is not a checkpoint, or is damaged.
    pub fn load(path: &Path, largest: u64) -> Result<Option<Self>, RecordError> {
        let mut file = CheckpointFile::open(path)?;
        let Some(positions) = TablePositions::in_file(&mut file)? else { return Ok(None) };
        Ok(Some(Self { positions, content: file.part(STATE, largest)? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Learner;
    use crate::schema::Packed;
    use crate::settings::Settings;
    use crate::storage::Checkpoint;
    use std::fs;

    fn positions() -> TablePositions {
        TablePositions {
            origin: 7,
            ticks: 20,
            episodes: 2,
            seconds: 1.5,
            tables: [TablePosition { bytes: 9, checksum: 3 }; 3],
        }
    }

    /// The state as it reads back.
    fn compressed(value: impl Serialize) -> TrainingState {
        let mut content = Vec::new();
        UnsavedState::new(positions(), value).write(&mut content).unwrap();
        TrainingState { positions: positions(), content }
    }

    fn numbers() -> Packed<f64> {
        (0..5_000).map(|at| f64::from(at % 100)).collect()
    }

    #[test]
    fn a_state_reads_back_unless_it_is_too_large_or_not_finite() {
        let state = compressed(numbers());
        assert!(state.length() < 4_000, "{} bytes", state.length());
        assert_eq!(state.unpack::<Packed<f64>>(40_003).unwrap(), numbers());
        let problem = state.unpack::<Packed<f64>>(40_002).unwrap_err();
        assert!(problem.contains("its state is larger than it can be"), "{problem}");
        assert!(state.unpack::<Vec<String>>(1 << 20).unwrap_err().contains("its state is damaged"));
        let broken = compressed(Finite(f64::NAN));
        assert!(broken.unpack::<Finite<f64>>(1 << 20).unwrap_err().contains("not finite"));
        let cut = TrainingState { content: state.content[..state.content.len() / 2].to_vec(), ..state };
        assert!(cut.unpack::<Packed<f64>>(1 << 20).unwrap_err().contains("damaged"));
    }

    #[test]
    fn model_and_state_of_a_file_are_read_separately() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        let settings = Settings::default();
        let checkpoint = Checkpoint { model: Learner::new(&settings).model(), settings };
        checkpoint.save_with(&path, Some(&UnsavedState::new(positions(), numbers()))).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), checkpoint);
        assert_eq!(TrainingState::load(&path, 1 << 20).unwrap(), Some(compressed(numbers())));
        let problem = TrainingState::load(&path, 100).unwrap_err().to_string();
        assert!(problem.contains("its state is larger than it can be"), "{problem}");

        // Damage to the state does not matter to a reader of the model; a reader of both notices it.
        let bytes = fs::read(&path).unwrap();
        let mut damaged = bytes.clone();
        let at = bytes.len() - 100;
        damaged[at] ^= 4;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), checkpoint);
        assert!(TrainingState::load(&path, 1 << 20).unwrap_err().to_string().contains("state does not match"));
        assert!(Checkpoint::from_bytes(&path, &damaged).unwrap_err().to_string().contains("state does not match"));
        fs::write(&path, &bytes[..at]).unwrap();
        for problem in [Checkpoint::load(&path).unwrap_err(), TrainingState::load(&path, 1 << 20).unwrap_err()] {
            assert!(problem.to_string().contains("cut off"), "{problem}");
        }
        checkpoint.save(&path).unwrap();
        assert_eq!(TrainingState::load(&path, 1 << 20).unwrap(), None);
    }
}
