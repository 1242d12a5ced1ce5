//! The file of a black box (`.rsbb`): an envelope of one part, a [`SavedBlackBox`] compressed with zstd. Reading executes
//! nothing, is bounded in memory, and checks every length and number.

use super::check::check;
use super::step_record::{moments, saved_moments};
use super::{ActionLog, EpisodePlayer, StepRecord};
use crate::bounded;
use crate::cluster::{Cluster, TraceSlice};
use crate::schema::{self, SavedBlackBox};
use crate::settings::{Settings, settings_from};
use crate::storage::codec::envelope::FileFormat;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file format.
pub(crate) const BLACK_BOX: FileFormat<1> = FileFormat {
    magic: b"RESOBBOX",
    version: 1,
    magic_of_0_1: b"RSNTBBOX",
    advice: "play it with that version",
    parts: ["content"],
};
/// Larger files are refused unread.
const LARGEST_FILE: u64 = 32 << 20;
/// Larger contents are neither written nor decompressed.
const LARGEST_CONTENT: u64 = 24 << 20;
/// Compression level. Most of the content is noise in the digits of real numbers, which no level makes smaller.
const LEVEL: i32 = 1;
/// Most memory for decompression, as a power of two of bytes.
const WINDOW: u32 = 25;

/// Why a black box cannot be used or written.
#[derive(Debug, Error)]
pub enum BlackBoxError {
    /// The system refused.
    #[error("cannot {action} {}: {problem}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: std::io::Error,
    },
    /// A file that is not a black box, or is damaged.
    #[error("{} is not a usable black box: {problem}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An episode that is too long or too large for a black box.
    #[error("this episode does not fit into a black box: {0}")]
    TooLarge(String),
}

impl BlackBoxError {
    /// Whether the user named something that cannot be used, rather than the system failing.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Io { problem, .. } => bounded::is_bad_input(problem.kind()),
            Self::Unusable { .. } | Self::TooLarge(_) => true,
        }
    }
}

/// Which trace drove the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceIdentity {
    /// Name of the file.
    pub name: String,
    /// Hash of the table that it became.
    pub fingerprint: u64,
}

/// The recording of an episode that ended in a collapse: all it takes to replay it, and its last moments in full.
#[derive(Debug, Clone, PartialEq)]
pub struct BlackBox {
    /// Version of the program that wrote it.
    pub program: String,
    /// Settings of the run.
    pub settings: Settings,
    /// Index of the cluster.
    pub cluster: u64,
    /// Number of the episode in the run, in the order of ends, as in `episodes.csv`.
    pub episode: u64,
    /// Number of the cluster's own episode.
    pub number: u64,
    /// Seed of the episode.
    pub seed: u64,
    /// Ticks of the run that were done at the end.
    pub tick: u64,
    /// The trace and the part of it that the episode used; none under synthetic load.
    pub trace: Option<(TraceIdentity, TraceSlice)>,
    /// Everything that was done, and the hashes of all states.
    pub action_log: ActionLog,
    /// The last moments in full, oldest first.
    pub moments: Vec<StepRecord>,
}

impl BlackBox {
    /// Extension of the files.
    pub const EXTENSION: &str = "rsbb";

    /// The file's bytes: the same for the same episode.
    ///
    /// # Errors
    /// An episode of more than [`super::MAX_MOMENTS`] moments, or with more rows of a trace than fit.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BlackBoxError> {
        if !self.action_log.is_complete() {
            let problem = format!("it has more than {} moments", super::MAX_MOMENTS);
            return Err(BlackBoxError::TooLarge(problem));
        }
        let too_large = |problem: String| BlackBoxError::TooLarge(problem);
        let mut content = Vec::new();
        schema::write(&self.to_saved(), &mut content).map_err(|error| too_large(error.to_string()))?;
        if content.len() as u64 > LARGEST_CONTENT {
            return Err(too_large(format!("it takes {} MiB of {}", content.len() >> 20, LARGEST_CONTENT >> 20)));
        }
        let packed = zstd::bulk::compress(&content, LEVEL).map_err(|error| too_large(error.to_string()))?;
        let mut file = Cursor::new(Vec::new());
        let written = BLACK_BOX.write(&mut file, [&mut |out| out.write_all(&packed)]);
        written.map_err(|error| too_large(error.to_string()))?;
        Ok(file.into_inner())
    }

    fn to_saved(&self) -> SavedBlackBox {
        let Self { program, settings, cluster, episode, number, seed, tick, trace, action_log, moments } = self;
        let trace = trace.as_ref();
        SavedBlackBox {
            program: program.clone(),
            settings: settings.to_ron(),
            cluster: *cluster,
            episode: *episode,
            number: *number,
            seed: *seed,
            tick: *tick,
            trace: trace.map(|(identity, part)| part.to_saved(identity.name.clone(), identity.fingerprint)),
            log: action_log.to_saved(),
            moments: saved_moments(moments),
        }
    }

    fn from_saved(saved: SavedBlackBox) -> Result<Self, String> {
        let settings = settings_from(Path::new("its settings"), &saved.settings);
        let settings = settings.map_err(|error| error.to_string())?;
        let trace = saved.trace.as_ref();
        Ok(Self {
            program: saved.program,
            cluster: saved.cluster,
            episode: saved.episode,
            number: saved.number,
            seed: saved.seed,
            tick: saved.tick,
            trace: trace.map(|part| {
                let identity = TraceIdentity { name: part.name.clone(), fingerprint: part.fingerprint };
                (identity, TraceSlice::from_saved(part))
            }),
            action_log: ActionLog::from_saved(saved.log)?,
            moments: moments(saved.moments, settings.cluster.cells())?,
            settings,
        })
    }

    /// Reads the file of a black box.
    ///
    /// # Errors
    /// A file that cannot be read, is not a black box, or is damaged.
    pub fn load(path: &Path) -> Result<Self, BlackBoxError> {
        Self::from_bytes(path, &read(path)?)
    }

    /// Reads a black box from the bytes of a file; `path` is what errors call it. The result has been checked: it can be
    /// replayed.
    ///
    /// # Errors
    /// Bytes that are not a black box or are damaged, or numbers that are out of range or inconsistent.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, BlackBoxError> {
        let unusable = |problem: String| BlackBoxError::Unusable { path: path.to_owned(), problem };
        let [packed] = BLACK_BOX.open(bytes).map_err(unusable)?;
        let black_box = decompressed(packed).and_then(Self::from_saved).map_err(unusable)?;
        check(&black_box).map_err(unusable)?;
        Ok(black_box)
    }

    /// A player of the episode, from its first moment.
    ///
    /// # Errors
    /// An inconsistent part of a trace; impossible in a black box that was read from a file.
    pub fn player(&self) -> Result<EpisodePlayer<'_>, String> {
        let Settings { cluster, reward, trace, .. } = &self.settings;
        let load = self.trace.as_ref().map(|(_, trace_slice)| trace_slice.load(trace)).transpose()?;
        Ok(EpisodePlayer::new(Cluster::new(cluster.clone(), reward.clone(), load), &self.action_log, self.seed))
    }

    /// Number of the first moment that is recorded in full.
    pub fn first_recorded(&self) -> usize {
        self.action_log.moments() - self.moments.len()
    }

    /// Ticks of the run that were done after `steps` steps of the episode.
    pub fn tick_at(&self, steps: usize) -> u64 {
        self.tick.saturating_sub((self.action_log.steps() - steps.min(self.action_log.steps())) as u64)
    }
}

fn decompressed(packed: &[u8]) -> Result<SavedBlackBox, String> {
    let mut decoder = zstd::Decoder::with_buffer(packed).map_err(|error| error.to_string())?;
    decoder.window_log_max(WINDOW).map_err(|error| error.to_string())?;
    schema::read(BufReader::with_capacity(1 << 16, decoder), LARGEST_CONTENT, "its content")
}

/// The bytes of a file that may be a black box. One that is too large is refused unread.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BlackBoxError> {
    let refused = |problem| BlackBoxError::Io { action: "read", path: path.to_owned(), problem };
    bounded::read(path, LARGEST_FILE).map_err(refused)
}
