//! The run folder: one run, one folder, never overwritten.

use super::black_boxes;
use super::table::Table;
use super::{Bookmark, Checkpoint, EpisodeRow, RecordError, StepRow, Unsaved, write_file};
use crate::settings::Settings;
use serde::Serialize;
use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Its presence says nothing; that it is locked does. The lock goes with the process, however that ends.
pub(super) const LOCK: &str = "run.lock";
/// The settings that the run began with.
pub(super) const SETTINGS: &str = "settings.ron";
/// What this program's files are called before they are whole.
const UNFINISHED: &str = ".tmp";

/// The open files of a run. While they are open no other process can write into the folder.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// The text of `settings.ron`.
    settings: String,
    lock: Option<File>,
    /// `episodes.csv`, `steps.csv`, `commands.csv`.
    tables: [Table; 3],
    /// The checkpoints named after their steps, the oldest first.
    checkpoints: VecDeque<PathBuf>,
    /// How many of these are kept; 0 keeps all.
    keep: usize,
}

const EPISODES: usize = 0;
const STEPS: usize = 1;
const COMMANDS: usize = 2;

/// What a run came to, kept as `summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Version of the program.
    pub version: &'static str,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// Clusters side by side.
    pub clusters: usize,
    /// Ticks run.
    pub ticks: u64,
    /// Environment steps over all clusters.
    pub steps: u64,
    /// Episodes ended.
    pub episodes: u64,
    /// Episodes that ended in a collapse.
    pub collapses: u64,
    /// Mean steps survived over the last 100 episodes.
    pub recent_survival: Option<f64>,
    /// Share of the last 100 episodes that collapsed.
    pub recent_collapse_rate: Option<f64>,
    /// Why the run ended: finished, interrupted, max-runtime, closed, restarted, trouble.
    pub ended: &'static str,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The last checkpoint, relative to the run folder.
    pub checkpoint: Option<PathBuf>,
}

/// The three tables of the folder `path`, each by `open`.
fn tables(
    path: &Path,
    open: fn(&Path, Vec<&'static str>) -> Result<Table, RecordError>,
) -> Result<[Table; 3], RecordError> {
    Ok([
        open(&path.join("episodes.csv"), EpisodeRow::header().collect())?,
        open(&path.join("steps.csv"), StepRow::HEADER.to_vec())?,
        open(&path.join("commands.csv"), vec!["tick", "command"])?,
    ])
}

impl RunFolder {
    /// Creates the folder of a new run with its settings and empty tables.
    ///
    /// # Errors
    /// A folder that is taken already, or what the system refused.
    pub fn create(path: &Path, settings: &Settings) -> Result<Self, RecordError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(RecordError::io("create", parent))?;
        }
        match fs::create_dir(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => claim(path)?,
            Err(error) => return Err(RecordError::io("create", path)(error)),
        }
        let lock = lock(path)?;
        let text = settings.to_ron();
        write_file(&path.join(SETTINGS), text.as_bytes())?;
        let keep = settings.run.keep_checkpoints;
        Ok(Self {
            tables: tables(path, Table::create)?,
            path: path.to_owned(),
            settings: text,
            lock,
            checkpoints: VecDeque::new(),
            keep,
        })
    }

    /// Opens the folder of an earlier run with these `settings` as text; nothing in it changes but for files that were never
    /// finished, which are removed.
    pub(super) fn open(path: &Path, settings: String) -> Result<Self, RecordError> {
        let lock = lock(path)?;
        for folder in [path, &path.join("checkpoints"), &path.join(black_boxes::FOLDER)] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                    fs::remove_file(entry.path()).map_err(RecordError::io("remove", &entry.path()))?;
                }
            }
        }
        let tables = tables(path, Table::open)?;
        Ok(Self { path: path.to_owned(), settings, lock, tables, checkpoints: VecDeque::new(), keep: 0 })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many checkpoints are kept from now on; 0 keeps all.
    pub fn keep(&mut self, checkpoints: usize) {
        self.keep = checkpoints;
    }

    /// Appends an episode. A row that cannot be written waits in memory and is offered again with the next.
    ///
    /// # Errors
    /// What the system refused.
    pub fn episode(&mut self, row: &EpisodeRow) -> Result<(), RecordError> {
        self.come_back();
        self.tables[EPISODES].push(|fields| row.write(fields))
    }

    /// Appends a step, in the same way.
    ///
    /// # Errors
    /// What the system refused.
    pub fn step(&mut self, row: &StepRow) -> Result<(), RecordError> {
        self.come_back();
        self.tables[STEPS].push(|fields| row.write(fields))
    }

    /// Appends a command, in the same way.
    ///
    /// # Errors
    /// What the system refused.
    pub fn command(&mut self, tick: u64, command: &str) -> Result<(), RecordError> {
        self.come_back();
        self.tables[COMMANDS].push(|fields| {
            fields.write_field(tick.to_string())?;
            fields.write_field(command)
        })
    }

    /// Writes the black box of an episode, of the number that `episodes.csv` gives it, and removes all but the newest
    /// `keep`; 0 keeps all.
    ///
    /// The file appears whole or not at all, but is not forced to the disk: after a loss of power it may be missing.
    ///
    /// # Errors
    /// What the system refused.
    pub fn black_box(&mut self, episode: u64, bytes: &[u8], keep: usize) -> Result<(), RecordError> {
        black_boxes::write(&self.path.join(black_boxes::FOLDER), episode, bytes, keep)
    }

    /// Takes back what was appended to the commands after `mark`.
    ///
    /// # Errors
    /// What the system refused.
    pub fn forget_commands(&mut self, bookmark: &Bookmark) -> Result<(), RecordError> {
        self.tables[COMMANDS].rewind(bookmark.tables[COMMANDS])
    }

    /// Writes the rows that wait.
    ///
    /// # Errors
    /// What the system refused.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.come_back();
        self.tables.iter_mut().try_for_each(Table::flush)
    }

    /// Whether so many rows wait that no more should be made.
    pub fn is_full(&self) -> bool {
        self.tables.iter().any(Table::is_full)
    }

    /// Makes a folder that was removed anew; its tables come back by themselves. What the system refuses here it refuses
    /// the tables too, and there it is told.
    fn come_back(&mut self) {
        let settings = self.path.join(SETTINGS);
        if settings.exists() || write_file(&settings, self.settings.as_bytes()).is_err() {
            return;
        }
        // Nobody else can have got hold of a folder that has just been made.
        self.lock = lock(&self.path).unwrap_or_default();
    }

    /// Where the run is now, the rows that wait included.
    pub fn bookmark(&self, ticks: u64, episodes: u64, seconds: f64) -> Bookmark {
        let origin = crc32fast::hash(self.settings.as_bytes());
        Bookmark { origin, ticks, episodes, seconds, tables: self.tables.each_ref().map(Table::mark) }
    }

    /// Whether `bookmark` is one of this run: made under its settings, when its tables held what they begin with now.
    ///
    /// # Errors
    /// What the system refused.
    pub fn is_of(&mut self, bookmark: &Bookmark) -> Result<bool, RecordError> {
        if bookmark.origin != crc32fast::hash(self.settings.as_bytes()) {
            return Ok(false);
        }
        for (table, mark) in self.tables.iter_mut().zip(bookmark.tables) {
            if !table.begins_with(mark)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes back to `bookmark`, which is one of this run, or to the beginning: the rows and black boxes after it are cut off, and the
    /// summary is removed. Checkpoints named after their steps that were made after it are moved into
    /// `checkpoints/left`; answers how many.
    ///
    /// # Errors
    /// What the system refused.
    pub fn go_back(&mut self, bookmark: Option<&Bookmark>) -> Result<usize, RecordError> {
        let mut left = 0;
        let mut kept = Vec::new();
        for path in super::checkpoint::checkpoints_in(&self.path).into_iter().filter(|path| is_numbered(path)) {
            let ticks = Bookmark::of(&path).ok().flatten().map(|found| found.ticks);
            if let (Some(ticks), Some(bookmark)) = (ticks, bookmark)
                && ticks <= bookmark.ticks
            {
                kept.push((ticks, path));
                continue;
            }
            let aside = self.path.join("checkpoints").join("left");
            fs::create_dir_all(&aside).map_err(RecordError::io("create", &aside))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let place = free_file(&aside, &name, Checkpoint::EXTENSION);
            fs::rename(&path, &place).map_err(RecordError::io("move", &path))?;
            left += 1;
        }
        black_boxes::forget(&self.path, bookmark.map_or(0, |bookmark| bookmark.episodes))?;
        kept.sort();
        self.checkpoints = kept.into_iter().map(|(_, path)| path).collect();
        match bookmark {
            Some(bookmark) => {
                self.tables.iter_mut().zip(bookmark.tables).try_for_each(|(table, mark)| table.rewind(mark))?;
            }
            None => self.tables.iter_mut().try_for_each(Table::begin)?,
        }
        let summary = self.path.join("summary.json");
        match fs::remove_file(&summary) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(RecordError::io("remove", &summary)(error)),
            _ => Ok(left),
        }
    }

    /// Saves a checkpoint, named after its steps; answers where. Rows written so far are made durable first. The oldest
    /// checkpoint so named is removed when there are more than are kept.
    ///
    /// # Errors
    /// What the system refused.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint, state: Option<&Unsaved<'_>>) -> Result<PathBuf, RecordError> {
        self.sync()?;
        let path = self.path.join("checkpoints").join(name(checkpoint));
        checkpoint.save_with(&path, state)?;
        self.checkpoints.retain(|other| *other != path);
        self.checkpoints.push_back(path.clone());
        while self.keep > 0 && self.checkpoints.len() > self.keep {
            if let Some(oldest) = self.checkpoints.pop_front() {
                // One that cannot be removed is in nobody's way.
                let _ = fs::remove_file(oldest);
            }
        }
        Ok(path)
    }

    /// Makes sure that all rows have reached the disk.
    ///
    /// # Errors
    /// What the system refused.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.come_back();
        self.tables.iter_mut().try_for_each(Table::sync)
    }

    /// Saves the whole run in a new folder elsewhere: its settings, its tables with the rows that wait, and this checkpoint.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save_into(
        &mut self,
        folder: &Path,
        checkpoint: &Checkpoint,
        state: Option<&Unsaved<'_>>,
    ) -> Result<PathBuf, RecordError> {
        fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
        write_file(&folder.join(SETTINGS), self.settings.as_bytes())?;
        self.tables.iter_mut().try_for_each(|table| table.save_into(folder))?;
        let inside = Path::new("checkpoints").join(name(checkpoint));
        checkpoint.save_with(&folder.join(&inside), state)?;
        Ok(inside)
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    /// What the system refused.
    pub fn summary(path: &Path, summary: &Summary) -> Result<(), RecordError> {
        let path = path.join("summary.json");
        let text = serde_json::to_vec_pretty(summary).map_err(|error| RecordError::io("write", &path)(error.into()))?;
        write_file(&path, &text)
    }
}

/// Takes the lock of a run folder; none where the file system has no locks.
fn lock(path: &Path) -> Result<Option<File>, RecordError> {
    let place = path.join(LOCK);
    let file = File::create(&place).map_err(RecordError::io("write", &place))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(RecordError::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(RecordError::io("lock", &place)(error)),
    }
}

/// The name of a checkpoint of a run: padded, so that the order of names is that of steps.
fn name(checkpoint: &Checkpoint) -> String {
    format!("step-{:012}.{}", checkpoint.model.steps, Checkpoint::EXTENSION)
}

/// Whether a checkpoint is named after its steps, and not by a person.
fn is_numbered(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let digits = name.strip_prefix("step-");
    digits.is_some_and(|digits| digits.len() >= 12 && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Accepts an existing folder only if it is empty, or holds what is left of a run that was ended before it began.
fn claim(path: &Path) -> Result<(), RecordError> {
    let leftover = |entry: io::Result<fs::DirEntry>| {
        entry
            .is_ok_and(|entry| entry.file_name() == LOCK || entry.file_name().to_string_lossy().starts_with(UNFINISHED))
    };
    let empty = fs::read_dir(path).is_ok_and(|mut entries| entries.all(leftover));
    if empty {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().map_or("run".into(), |name| name.to_string_lossy().into_owned());
    Err(RecordError::Taken { folder: path.to_owned(), free: free_folder(parent, &name) })
}

/// The first of `name-1`, `name-2`, ... in `parent` that is free.
pub fn free_folder(parent: &Path, name: &str) -> PathBuf {
    (1_u64..)
        .map(|number| parent.join(format!("{name}-{number}")))
        .find(|path| !path.exists())
        .expect("there are more numbers than folders")
}

/// `name.extension` in `folder` if that is free, else the first of `name-2.extension`, `name-3.extension`, ... that is.
pub fn free_file(folder: &Path, name: &str, extension: &str) -> PathBuf {
    let plain = folder.join(format!("{name}.{extension}"));
    let numbered = (2_u64..).map(|number| folder.join(format!("{name}-{number}.{extension}")));
    std::iter::once(plain).chain(numbered).find(|path| !path.exists()).expect("there are more numbers than files")
}
