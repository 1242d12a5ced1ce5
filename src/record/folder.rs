//! The run folder: one run, one folder, never overwritten.

use super::black_boxes;
use super::table::Table;
use super::{Checkpoint, EpisodeRow, RecordError, StepRow, write_file};
use crate::brain::Model;
use crate::settings::Settings;
use serde::Serialize;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The open files of a run.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    episodes: Table,
    steps: Table,
    commands: Table,
}

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
    /// Why the run ended: finished, interrupted, max-runtime, closed, restarted.
    pub ended: &'static str,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The last checkpoint, relative to the run folder.
    pub checkpoint: Option<PathBuf>,
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
        write_file(&path.join("settings.ron"), settings.to_ron().as_bytes())?;
        Ok(Self {
            episodes: Table::create(&path.join("episodes.csv"), EpisodeRow::header())?,
            steps: Table::create(&path.join("steps.csv"), StepRow::HEADER)?,
            commands: Table::create(&path.join("commands.csv"), ["tick", "command"])?,
            path: path.to_owned(),
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an episode.
    ///
    /// # Errors
    /// What the system refused.
    pub fn episode(&mut self, row: &EpisodeRow) -> Result<(), RecordError> {
        self.episodes.push(|fields| row.write(fields))
    }

    /// Appends a step.
    ///
    /// # Errors
    /// What the system refused.
    pub fn step(&mut self, row: &StepRow) -> Result<(), RecordError> {
        self.steps.push(|fields| row.write(fields))
    }

    /// Appends a command.
    ///
    /// # Errors
    /// What the system refused.
    pub fn command(&mut self, tick: u64, command: &str) -> Result<(), RecordError> {
        self.commands.push(|fields| {
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

    /// Saves a checkpoint, named after its steps; answers where. Rows written so far are made durable first.
    ///
    /// # Errors
    /// What the system refused.
    pub fn checkpoint(&mut self, settings: &Settings, model: &Model) -> Result<PathBuf, RecordError> {
        [&self.episodes, &self.steps, &self.commands].into_iter().try_for_each(Table::sync)?;
        let name = format!("step-{:012}.{}", model.steps, Checkpoint::EXTENSION);
        let path = self.path.join("checkpoints").join(name);
        Checkpoint { settings: settings.clone(), model: model.clone() }.save(&path)?;
        Ok(path)
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

/// Accepts an existing folder only if it is empty.
fn claim(path: &Path) -> Result<(), RecordError> {
    let empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
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
