//! The second part of a checkpoint: what it takes to go on with the run exactly. Evaluations never read it.
//!
//! It is a bookmark, which tells how far the run's tables had come, and a compressed value whose inside the room `tick`
//! knows. Reading it is bounded by what the run's own settings allow it to be.

use super::frame::{Frame, HEADER, VERSION};
use super::unusable;
use crate::bounded;
use crate::storage::RecordError;
use crate::storage::codec::finite::is_finite;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Longer bookmarks are refused.
const LONGEST_BOOKMARK: usize = 4096;
/// Level of compression: a fast one, which finds what was written before and little else. See docs/design.md for its cost.
const LEVEL: i32 = -1;
/// The most that is looked back for repetitions, as a power of two of bytes.
const WINDOW: u32 = 23;

/// The first so many bytes of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePosition {
    /// Their number: whole rows.
    pub bytes: u64,
    /// Their CRC-32.
    pub checksum: u32,
}

/// Which run a state belongs to, and how far its tables had come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let Some((mut file, frame)) = open(path, u64::MAX)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let most = frame.state_length().min(4 + LONGEST_BOOKMARK as u64);
        (&mut file).take(most).read_to_end(&mut bytes).map_err(RecordError::io("read", path))?;
        TrainingState::from_bytes(bytes).map(|state| Some(state.positions)).map_err(|problem| unusable(path, problem))
    }
}

/// Opens a checkpoint file at its state; none if it holds a model alone.
fn open(path: &Path, largest: u64) -> Result<Option<(File, Frame)>, RecordError> {
    let refused = |problem| RecordError::io("read", path)(problem);
    let broken = |problem: String| unusable(path, problem);
    let mut file = bounded::open(path).map_err(refused)?;
    let length = file.metadata().map_err(refused)?.len();
    let mut head = Vec::new();
    (&mut file).take(HEADER as u64).read_to_end(&mut head).map_err(refused)?;
    let frame = Frame::read(&head).map_err(broken)?;
    let model = frame.model(length).map_err(broken)?;
    if frame.state_length() > largest {
        return Err(broken(format!("its state is larger than its settings allow ({largest} bytes)")));
    }
    file.seek(SeekFrom::Start(model.end)).map_err(refused)?;
    Ok((frame.state_length() > 0).then_some((file, frame)))
}

/// A state as it lies in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingState {
    /// Where it belongs.
    pub positions: TablePositions,
    /// The format version of its file.
    version: u32,
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

    /// Writes length and bytes of the bookmark, and the value, compressed: the parts of a file, in their order.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let positions = postcard::to_stdvec(&self.positions).map_err(io::Error::other)?;
        out.write_all(&(positions.len() as u32).to_le_bytes())?;
        out.write_all(&positions)?;
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
    let writer = BufWriter::with_capacity(1 << 16, encoder);
    let writer = postcard::to_io(value, writer).map_err(io::Error::other)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
    Ok(())
}

impl TrainingState {
    /// The value; one that needs more than `largest` bytes is refused, as is a number that is not finite.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn unpack<T: Serialize + DeserializeOwned>(&self, largest: u64) -> Result<T, String> {
        let mut decoder = zstd::Decoder::new(self.content.as_slice()).map_err(|error| error.to_string())?;
        decoder.window_log_max(WINDOW).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        decoder.take(largest + 1).read_to_end(&mut bytes).map_err(|error| format!("its state is damaged: {error}"))?;
        if bytes.len() as u64 > largest {
            return Err(format!("its state is larger than its settings allow ({largest} bytes)"));
        }
        let value = postcard::take_from_bytes(&bytes).map_err(|error| format!("its state is damaged: {error}"));
        let (value, rest): (T, _) = value?;
        if !rest.is_empty() {
            return Err("its state is followed by something else".to_owned());
        }
        if !is_finite(&value) {
            return Err("its state holds a number that is not finite".to_owned());
        }
        Ok(value)
    }

    /// The format version of the file that it was read from, or would be written into: it tells what the value is.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The value, compressed: the same bytes for the same state of a run.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Length of the compressed value.
    pub fn length(&self) -> u64 {
        self.content.len() as u64
    }

    fn from_bytes(mut bytes: Vec<u8>) -> Result<Self, String> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or("its state is too short")?;
        let length = u32::from_le_bytes(*length) as usize;
        if length > LONGEST_BOOKMARK || length > rest.len() {
            return Err("its state is damaged: its bookmark is too long".to_owned());
        }
        let positions: TablePositions =
            postcard::from_bytes(&rest[..length]).map_err(|error| format!("its state is damaged: {error}"))?;
        if !(positions.seconds.is_finite() && positions.seconds >= 0.0) {
            return Err("its state is damaged: it took no time that can be".to_owned());
        }
        bytes.drain(..4 + length);
        Ok(Self { positions, version: VERSION, content: bytes })
    }

    /// Reads the state of a checkpoint file; none if it holds a model alone. One of more than `largest` bytes is refused
    /// unread.
    ///
    /// # Errors
    /// A file that cannot be read, is no checkpoint or is damaged.
    pub fn load(path: &Path, largest: u64) -> Result<Option<Self>, RecordError> {
        let Some((file, frame)) = open(path, largest)? else { return Ok(None) };
        let broken = |problem: String| unusable(path, problem);
        let mut bytes = Vec::new();
        file.take(frame.state_length()).read_to_end(&mut bytes).map_err(RecordError::io("read", path))?;
        frame.check_state(&bytes).map_err(broken)?;
        let state = Self::from_bytes(bytes).map_err(broken)?;
        Ok(Some(Self { version: frame.version, ..state }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Learner;
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
        let mut bytes = Vec::new();
        UnsavedState::new(positions(), value).write(&mut bytes).unwrap();
        TrainingState::from_bytes(bytes).unwrap()
    }

    fn numbers() -> Vec<f64> {
        (0..5_000).map(|at| f64::from(at % 100)).collect()
    }

    #[test]
    fn a_value_comes_back_and_one_that_is_too_large_or_not_finite_does_not() {
        let state = packed(numbers());
        assert!(state.length() < 4_000, "{} bytes", state.length());
        assert_eq!(state.unpack::<Vec<f64>>(40_002).unwrap(), numbers());
        let problem = state.unpack::<Vec<f64>>(40_001).unwrap_err();
        assert!(problem.contains("larger than its settings allow"), "{problem}");
        assert!(state.unpack::<Vec<String>>(1 << 20).unwrap_err().contains("damaged"));
        assert!(state.unpack::<u8>(1 << 20).unwrap_err().contains("followed by something else"));
        let broken = packed([1.0, f64::NAN]);
        assert!(broken.unpack::<[f64; 2]>(1 << 20).unwrap_err().contains("not finite"));
        let cut = TrainingState { content: state.content[..state.content.len() / 2].to_vec(), ..state };
        assert!(cut.unpack::<Vec<f64>>(1 << 20).unwrap_err().contains("damaged"));
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
        assert!(problem.contains("larger than its settings allow"), "{problem}");

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
