//! The second and third part of a checkpoint: what it takes to go on with the run exactly. Evaluations never read it.
//!
//! It is a bookmark, which tells how far the run's tables had come, and a compressed value whose inside the room `tick`
//! knows. Reading it is bounded by what the run's own settings allow it to be.

use super::opened::Opened;
use super::{BOOKMARK, STATE, unusable};
use crate::schema::{self, Finite, SavedBookmark, SavedMark};
use crate::storage::RecordError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

/// Longer bookmarks are refused.
const LONGEST_BOOKMARK: u64 = 4096;
/// Level of compression: a fast one, which finds what was written before and little else. See docs/formats.md for its cost.
const LEVEL: i32 = -1;
/// The most that is looked back for repetitions, as a power of two of bytes.
const WINDOW: u32 = 23;

/// The first so many bytes of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TablePosition {
    /// Their number: whole rows.
    pub bytes: u64,
    /// Their CRC-32.
    pub checksum: u32,
}

impl TablePosition {
    fn saved(self) -> SavedMark {
        let Self { bytes, checksum } = self;
        SavedMark { bytes, checksum }
    }

    fn of(SavedMark { bytes, checksum }: SavedMark) -> Self {
        Self { bytes, checksum }
    }
}

/// Which run a state belongs to, and how far its tables had come.
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
    /// The bookmark of a checkpoint file; none if it holds a model alone. The state itself is not looked at.
    ///
    /// # Errors
    /// A file that cannot be read or is no checkpoint.
    pub fn of(path: &Path) -> Result<Option<Self>, RecordError> {
        Self::in_file(&mut Opened::at(path)?)
    }

    fn in_file(file: &mut Opened<'_>) -> Result<Option<Self>, RecordError> {
        let bytes = file.part(BOOKMARK, LONGEST_BOOKMARK)?;
        let positions = (!bytes.is_empty()).then(|| Self::from_bytes(&bytes)).transpose();
        positions.map_err(|problem| unusable(file.path, problem))
    }

    /// Writes it into its part of a file.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let [episodes_table, steps_table, commands_table] = self.tables.map(TablePosition::saved);
        let Self { origin, ticks, episodes, seconds, .. } = *self;
        let seconds = Finite(seconds);
        let saved = SavedBookmark { origin, ticks, episodes, seconds, episodes_table, steps_table, commands_table };
        schema::write(&saved, out)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let saved: SavedBookmark = schema::read(bytes, LONGEST_BOOKMARK, "its bookmark")?;
        let SavedBookmark { origin, ticks, episodes, seconds: Finite(seconds), .. } = saved;
        if seconds < 0.0 {
            return Err("its bookmark is damaged: it took no time that can be".to_owned());
        }
        let tables = [saved.episodes_table, saved.steps_table, saved.commands_table].map(TablePosition::of);
        Ok(Self { origin, ticks, episodes, seconds, tables })
    }
}

/// A state as it lies in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingState {
    /// Where it belongs.
    pub positions: TablePositions,
    /// The value, compressed.
    content: Vec<u8>,
}

/// A state that is in no file yet. It is compressed while it is written, and never lies in memory as a whole.
pub struct UnsavedState<'a> {
    /// Where it belongs.
    pub positions: TablePositions,
    content: Compress<'a>,
}

/// Writes the compressed value.
type Compress<'a> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'a>;

impl<'a> UnsavedState<'a> {
    /// The state of the run that is what `value` tells.
    pub fn new(positions: TablePositions, value: impl Serialize + 'a) -> Self {
        Self { positions, content: Box::new(move |out| compress(&value, out)) }
    }

    /// Writes the value, compressed.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        (self.content)(out)
    }
}

impl fmt::Debug for UnsavedState<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unsaved").field("bookmark", &self.positions).finish_non_exhaustive()
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
    /// The value; one that needs more than `largest` bytes is refused, as is a number that is not finite. It is unpacked
    /// while it is read, and never lies in memory as bytes.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn unpack<T: DeserializeOwned>(&self, largest: u64) -> Result<T, String> {
        let mut decoder = zstd::Decoder::new(self.content.as_slice()).map_err(|error| error.to_string())?;
        decoder.window_log_max(WINDOW).map_err(|error| error.to_string())?;
        schema::read(BufReader::with_capacity(1 << 16, decoder), largest, "its state")
    }

    /// The value, compressed: the same bytes for the same state of a run.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Length of the compressed value.
    pub fn length(&self) -> u64 {
        self.content.len() as u64
    }

    /// Reads the state of a checkpoint file; none if it holds a model alone. One of more than `largest` bytes is refused
    /// unread.
    ///
    /// # Errors
    /// A file that cannot be read, is no checkpoint or is damaged.
    pub fn load(path: &Path, largest: u64) -> Result<Option<Self>, RecordError> {
        let mut file = Opened::at(path)?;
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
    fn packed(value: impl Serialize) -> TrainingState {
        let mut content = Vec::new();
        UnsavedState::new(positions(), value).write(&mut content).unwrap();
        TrainingState { positions: positions(), content }
    }

    fn numbers() -> Packed<f64> {
        (0..5_000).map(|at| f64::from(at % 100)).collect()
    }

    #[test]
    fn a_value_comes_back_and_one_that_is_too_large_or_not_finite_does_not() {
        let state = packed(numbers());
        assert!(state.length() < 4_000, "{} bytes", state.length());
        assert_eq!(state.unpack::<Packed<f64>>(40_003).unwrap(), numbers());
        let problem = state.unpack::<Packed<f64>>(40_002).unwrap_err();
        assert!(problem.contains("its state is larger than it can be"), "{problem}");
        assert!(state.unpack::<Vec<String>>(1 << 20).unwrap_err().contains("its state is damaged"));
        let broken = packed(Finite(f64::NAN));
        assert!(broken.unpack::<Finite<f64>>(1 << 20).unwrap_err().contains("not finite"));
        let cut = TrainingState { content: state.content[..state.content.len() / 2].to_vec(), ..state };
        assert!(cut.unpack::<Packed<f64>>(1 << 20).unwrap_err().contains("damaged"));
    }

    #[test]
    fn a_file_holds_model_and_state_and_each_is_read_without_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rsnt");
        let settings = Settings::default();
        let checkpoint = Checkpoint { model: Learner::new(&settings).model(), settings };
        checkpoint.save_with(&path, Some(&UnsavedState::new(positions(), numbers()))).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), checkpoint);
        assert_eq!(TrainingState::load(&path, 1 << 20).unwrap(), Some(packed(numbers())));
        let problem = TrainingState::load(&path, 100).unwrap_err().to_string();
        assert!(problem.contains("its state is larger than it can be"), "{problem}");

        // Damage to the state does not reach who reads the model alone, and is noticed by who reads both.
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
