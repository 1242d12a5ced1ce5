//! The run folder: one run, one folder, never overwritten.
//!
//! Owns the layout: which file lies where, what it is called, and which are removed. Knows no bytes of a format.

mod black_boxes;
mod checkpoints;
mod kept;
mod lock;
mod names;
mod resume;
mod rows;
mod summary;
mod training_runs;

pub(crate) use black_boxes::{black_boxes_in, write_black_box};
pub(crate) use checkpoints::checkpoints_in;
pub(in crate::storage) use kept::is_kept_by_a_run;
pub(crate) use lock::lock_folder;
pub use names::{folder_name, free_file, free_folder};
pub use resume::{InterruptedRun, ResumePoint};
pub(crate) use rows::six_decimals;
pub use rows::{EpisodeRow, StepRow};
pub use summary::Summary;
pub(crate) use training_runs::is_run;
pub use training_runs::{EpisodeSummary, episodes_from, read_episodes, run_of, runs_in};

use crate::settings::Settings;
use crate::storage::codec::atomic::sync_folder;
use crate::storage::codec::table::CsvTable;
use crate::storage::{Checkpoint, RecordError, TablePositions, UnsavedState, write_file};
use lock::{LOCK, claim};
use names::{checkpoint_name, is_numbered};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The settings with which the run began.
pub(in crate::storage) const SETTINGS: &str = "settings.ron";
/// Prefix of the names of temporary files.
const UNFINISHED: &str = ".tmp";

/// A run folder with its open files. While it is open, no other process can write into the folder.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// The text of `settings.ron`.
    settings: String,
    lock: Option<File>,
    /// `episodes.csv`, `steps.csv`, `commands.csv`.
    tables: [CsvTable; 3],
    /// The checkpoints named after their steps, oldest first.
    checkpoints: VecDeque<PathBuf>,
    /// How many of them are kept; 0 keeps all.
    keep: usize,
}

const EPISODES: usize = 0;
const STEPS: usize = 1;
const COMMANDS: usize = 2;

/// Opens or creates the three tables of the folder `path` by `open`.
fn tables(
    path: &Path,
    open: fn(&Path, Vec<&'static str>) -> Result<CsvTable, RecordError>,
) -> Result<[CsvTable; 3], RecordError> {
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
    /// A folder that is taken, or what the system refused.
    pub fn create(path: &Path, settings: &Settings) -> Result<Self, RecordError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(RecordError::io("create", parent))?;
        }
        match fs::create_dir(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => claim(path)?,
            Err(error) => return Err(RecordError::io("create", path)(error)),
        }
        let lock = lock_folder(path, LOCK)?;
        let text = settings.to_ron();
        write_file(&path.join(SETTINGS), text.as_bytes())?;
        let keep = settings.run.keep_checkpoints;
        Ok(Self {
            tables: tables(path, CsvTable::create)?,
            path: path.to_owned(),
            settings: text,
            lock,
            checkpoints: VecDeque::new(),
            keep,
        })
    }

    /// Opens the folder of an earlier run whose `settings.ron` contains `settings`. Only unfinished files in it are removed.
    pub(in crate::storage) fn open(path: &Path, settings: String) -> Result<Self, RecordError> {
        let lock = lock_folder(path, LOCK)?;
        for folder in [path, &path.join("checkpoints"), &path.join(black_boxes::FOLDER)] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                    fs::remove_file(entry.path()).map_err(RecordError::io("remove", &entry.path()))?;
                }
            }
        }
        let tables = tables(path, CsvTable::open)?;
        Ok(Self { path: path.to_owned(), settings, lock, tables, checkpoints: VecDeque::new(), keep: 0 })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets how many checkpoints are kept; 0 keeps all.
    pub fn keep(&mut self, checkpoints: usize) {
        self.keep = checkpoints;
    }

    /// Appends an episode. A row that cannot be written waits in memory and is retried with the next one.
    ///
    /// # Errors
    /// What the system refused.
    pub fn episode(&mut self, row: &EpisodeRow) -> Result<(), RecordError> {
        self.recreate_if_removed();
        self.tables[EPISODES].push(|fields| row.write(fields))
    }

    /// Appends a step, as [`RunFolder::episode`] does.
    ///
    /// # Errors
    /// What the system refused.
    pub fn step(&mut self, row: &StepRow) -> Result<(), RecordError> {
        self.recreate_if_removed();
        self.tables[STEPS].push(|fields| row.write(fields))
    }

    /// Appends a command, as [`RunFolder::episode`] does.
    ///
    /// # Errors
    /// What the system refused.
    pub fn command(&mut self, tick: u64, command: &str) -> Result<(), RecordError> {
        self.recreate_if_removed();
        self.tables[COMMANDS].push(|fields| {
            fields.write_field(tick.to_string())?;
            fields.write_field(command)
        })
    }

    /// Writes the black box of an episode, numbered as in `episodes.csv`, and removes all but the newest `keep`; 0 keeps all.
    ///
    /// The write is atomic but not synced: after a power failure the file may be missing.
    ///
    /// # Errors
    /// What the system refused.
    pub fn black_box(&mut self, episode: u64, bytes: &[u8], keep: usize) -> Result<(), RecordError> {
        black_boxes::write(&self.path.join(black_boxes::FOLDER), episode, bytes, keep)
    }

    /// Removes the commands that were appended after `positions`.
    ///
    /// # Errors
    /// What the system refused.
    pub fn forget_commands(&mut self, positions: &TablePositions) -> Result<(), RecordError> {
        self.tables[COMMANDS].rewind(positions.tables[COMMANDS])
    }

    /// Writes the waiting rows.
    ///
    /// # Errors
    /// What the system refused.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.recreate_if_removed();
        self.tables.iter_mut().try_for_each(CsvTable::flush)
    }

    /// Whether so many rows wait that the run should end.
    pub fn is_full(&self) -> bool {
        self.tables.iter().any(CsvTable::is_full)
    }

    /// Creates the folder again if it was removed; its tables do the same for themselves. What the system refuses here it
    /// also refuses the tables, which report it.
    fn recreate_if_removed(&mut self) {
        let settings = self.path.join(SETTINGS);
        if settings.exists() || write_file(&settings, self.settings.as_bytes()).is_err() {
            return;
        }
        // Nobody else can hold the lock of a folder that has just been created.
        self.lock = lock_folder(&self.path, LOCK).unwrap_or_default();
    }

    /// The current positions in the tables, waiting rows included.
    pub fn positions(&self, ticks: u64, episodes: u64, seconds: f64) -> TablePositions {
        let origin = crc32fast::hash(self.settings.as_bytes());
        TablePositions { origin, ticks, episodes, seconds, tables: self.tables.each_ref().map(CsvTable::position) }
    }

    /// Whether `positions` belongs to this run: it has the same settings, and the tables still begin with the same bytes.
    ///
    /// # Errors
    /// What the system refused.
    pub fn matches(&mut self, positions: &TablePositions) -> Result<bool, RecordError> {
        if positions.origin != crc32fast::hash(self.settings.as_bytes()) {
            return Ok(false);
        }
        for (table, position) in self.tables.iter_mut().zip(positions.tables) {
            if !table.begins_with(position)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes back to `positions`, which must belong to this run, or to the beginning: later rows and black boxes are removed, as
    /// is the summary. Later checkpoints named after their steps move into `checkpoints/left`; returns how many.
    ///
    /// # Errors
    /// What the system refused.
    pub fn rewind(&mut self, positions: Option<&TablePositions>) -> Result<usize, RecordError> {
        let mut left = 0;
        let mut kept = Vec::new();
        for path in checkpoints_in(&self.path).into_iter().filter(|path| is_numbered(path)) {
            let ticks = TablePositions::of(&path).ok().flatten().map(|found| found.ticks);
            if let (Some(ticks), Some(positions)) = (ticks, positions)
                && ticks <= positions.ticks
            {
                kept.push((ticks, path));
                continue;
            }
            let aside = self.path.join("checkpoints").join("left");
            fs::create_dir_all(&aside).map_err(RecordError::io("create", &aside))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let target = free_file(&aside, &name, Checkpoint::EXTENSION);
            fs::rename(&path, &target).map_err(RecordError::io("move", &path))?;
            left += 1;
        }
        black_boxes::forget(&self.path, positions.map_or(0, |positions| positions.episodes))?;
        kept.sort();
        self.checkpoints = kept.into_iter().map(|(_, path)| path).collect();
        match positions {
            Some(positions) => {
                self.tables
                    .iter_mut()
                    .zip(positions.tables)
                    .try_for_each(|(table, position)| table.rewind(position))?;
            }
            None => self.tables.iter_mut().try_for_each(CsvTable::clear)?,
        }
        let summary = self.path.join("summary.json");
        match fs::remove_file(&summary) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(RecordError::io("remove", &summary)(error)),
            _ => Ok(left),
        }
    }

    /// Saves a checkpoint named after `steps`, the steps of the run (not of the model, which may only be watched), and returns
    /// its path. Rows are synced first. The oldest checkpoints beyond those to keep are removed.
    ///
    /// # Errors
    /// What the system refused.
    pub fn checkpoint(
        &mut self,
        steps: u64,
        checkpoint: &Checkpoint,
        state: Option<&UnsavedState<'_>>,
    ) -> Result<PathBuf, RecordError> {
        self.sync()?;
        let path = self.path.join("checkpoints").join(checkpoint_name(steps));
        checkpoint.save_with(&path, state)?;
        self.checkpoints.retain(|other| *other != path);
        self.checkpoints.push_back(path.clone());
        while self.keep > 0 && self.checkpoints.len() > self.keep {
            if let Some(oldest) = self.checkpoints.pop_front() {
                // One that cannot be removed does no harm.
                let _ = fs::remove_file(oldest);
            }
        }
        Ok(path)
    }

    /// Writes the waiting rows and syncs the tables to disk, with their names.
    ///
    /// # Errors
    /// What the system refused.
    pub fn sync(&mut self) -> Result<(), RecordError> {
        self.recreate_if_removed();
        self.tables.iter_mut().try_for_each(CsvTable::sync)?;
        // A table that is on the disk under no name would be lost.
        sync_folder(&self.path);
        Ok(())
    }

    /// Saves the whole run into another folder: settings, tables with the waiting rows, and this checkpoint. Returns the path
    /// of the checkpoint within that folder.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save_into(
        &mut self,
        folder: &Path,
        steps: u64,
        checkpoint: &Checkpoint,
        state: Option<&UnsavedState<'_>>,
    ) -> Result<PathBuf, RecordError> {
        fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
        write_file(&folder.join(SETTINGS), self.settings.as_bytes())?;
        self.tables.iter_mut().try_for_each(|table| table.save_into(folder))?;
        let inside = Path::new("checkpoints").join(checkpoint_name(steps));
        checkpoint.save_with(&folder.join(&inside), state)?;
        Ok(inside)
    }
}
