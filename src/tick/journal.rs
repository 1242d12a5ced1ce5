//! Where a run's rows and checkpoints go, and what becomes of them when the system refuses to write.

use super::ActiveSettings;
use super::snapshot::Whole;
use super::{Mind, Playing, Tally};
use crate::record::{Bookmark, Checkpoint, EpisodeRow, RecordError, RunFolder, StepRow, Unsaved};
use bevy::ecs::resource::Resource;
use bevy::ecs::world::{Mut, World};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long after a checkpoint that could not be written the next attempt is made.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(20);

/// A change that a person wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The system refuses to write; rows wait in memory.
    Trouble(String),
    /// All that waited is written.
    Recovered,
}

/// A run folder, or nowhere. Rows that cannot be written wait in memory; the run goes on. The clock that it looks at is
/// monotonic, and decides when something is saved, never what.
#[derive(Resource, Debug)]
pub struct Journal {
    folder: Option<RunFolder>,
    /// Whether checkpoints hold the state of the run.
    resumable: bool,
    /// The first thing that went wrong since somebody asked.
    trouble: Option<RecordError>,
    /// What went wrong and is not mended.
    pending: Option<String>,
    notice: Option<Notice>,
    /// Whether a checkpoint could not be written.
    owed: bool,
    started: Instant,
    /// Seconds that the run took before this process.
    earlier: f64,
    /// When a checkpoint was last written or attempted.
    saved: Instant,
}

impl Journal {
    /// A journal that writes into `folder`.
    pub fn new(folder: Option<RunFolder>) -> Self {
        let now = Instant::now();
        Self {
            folder,
            resumable: true,
            trouble: None,
            pending: None,
            notice: None,
            owed: false,
            started: now,
            earlier: 0.0,
            saved: now,
        }
    }

    /// From here on checkpoints hold networks alone: this run is never gone on with.
    pub fn without_state(&mut self) {
        self.resumable = false;
    }

    /// The run took so many seconds before.
    pub(super) fn went_on_after(&mut self, seconds: f64) {
        (self.earlier, self.started) = (seconds, Instant::now());
    }

    /// The run folder, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(RunFolder::path)
    }

    pub(super) fn files(&mut self) -> Option<&mut RunFolder> {
        self.folder.as_mut()
    }

    /// The run folder, for another journal.
    pub(super) fn take_folder(&mut self) -> Option<RunFolder> {
        self.folder.take()
    }

    /// Wall-clock seconds since the run began, without those between two processes.
    pub fn seconds(&self) -> f64 {
        self.earlier + self.started.elapsed().as_secs_f64()
    }

    /// The first thing that went wrong since the last call, whether it is mended by now or not.
    pub fn take_trouble(&mut self) -> Option<RecordError> {
        self.trouble.take()
    }

    /// What a person should be told since the last call: once when the system begins to refuse, once when all is written.
    pub fn take_notice(&mut self) -> Option<Notice> {
        self.notice.take()
    }

    /// Whether so many rows wait for the system that the run should end.
    pub fn is_full(&self) -> bool {
        self.folder.as_ref().is_some_and(RunFolder::is_full)
    }

    pub(super) fn episode(&mut self, row: &EpisodeRow) {
        self.attempt(|folder| folder.episode(row));
    }

    pub(super) fn step(&mut self, row: &StepRow) {
        self.attempt(|folder| folder.step(row));
    }

    pub(super) fn command(&mut self, tick: u64, command: &str) {
        self.attempt(|folder| folder.command(tick, command));
    }

    /// Takes back the commands after `bookmark`.
    pub(super) fn forget_commands(&mut self, bookmark: &Bookmark) {
        self.attempt(|folder| folder.forget_commands(bookmark));
    }

    /// Writes the rows that wait.
    pub(super) fn flush(&mut self) {
        self.attempt(RunFolder::flush);
    }

    pub(super) fn black_box(&mut self, episode: u64, bytes: &[u8], keep: usize) {
        self.attempt(|folder| folder.black_box(episode, bytes, keep));
    }

    pub(super) fn bookmark(&self, tally: &Tally) -> Option<Bookmark> {
        self.folder.as_ref().map(|folder| folder.bookmark(tally.ticks, tally.episodes, self.seconds()))
    }

    /// Whether a checkpoint is due by the clock: after so many minutes, or some time after one that failed.
    pub(super) fn is_due(&self, minutes: f64) -> bool {
        let since = self.saved.elapsed();
        let by_minutes = minutes > 0.0 && since.as_secs_f64() >= 60.0 * minutes;
        self.folder.is_some() && (by_minutes || (self.owed && since >= BETWEEN_ATTEMPTS))
    }

    fn attempt<T>(&mut self, action: impl FnOnce(&mut RunFolder) -> Result<T, RecordError>) -> Option<T> {
        match action(self.folder.as_mut()?) {
            Ok(done) => {
                if self.pending.is_some() && !self.owed && self.folder.as_mut().is_some_and(|it| it.flush().is_ok()) {
                    self.pending = None;
                    self.notice = Some(Notice::Recovered);
                }
                Some(done)
            }
            Err(error) => {
                if self.pending.is_none() {
                    self.pending = Some(error.to_string());
                    self.notice = Some(Notice::Trouble(error.to_string()));
                }
                self.trouble.get_or_insert(error);
                None
            }
        }
    }

    fn save(&mut self, checkpoint: &Checkpoint, state: Option<&Unsaved<'_>>) -> Option<PathBuf> {
        self.saved = Instant::now();
        self.owed = false;
        let saved = self.attempt(|folder| folder.checkpoint(checkpoint, state));
        self.owed = saved.is_none() && self.folder.is_some();
        saved
    }
}

/// Notes that a run which goes on has other `run.steps` than it had: in its table of commands, and in a checkpoint at
/// once, so that it keeps them however it ends.
pub fn record_steps(world: &mut World) {
    let steps = world.resource::<ActiveSettings>().0.run.steps;
    let tick = world.resource::<Tally>().ticks;
    world.resource_mut::<Journal>().command(tick, &format!("set run.steps {steps}"));
    save_checkpoint(world);
}

/// Settings, model and, for a run with a folder, the state of the run in `world`, whose journal this is.
pub(super) fn checkpoint<'a>(world: &'a World, journal: &Journal) -> (Checkpoint, Option<Unsaved<'a>>) {
    let settings = world.resource::<ActiveSettings>().0.clone();
    let checkpoint = Checkpoint { settings, model: world.resource::<Mind>().0.model() };
    let bookmark = journal.bookmark(world.resource::<Tally>()).filter(|_| journal.resumable);
    (checkpoint, bookmark.map(|bookmark| Unsaved::new(bookmark, Whole::of(world))))
}

/// A checkpoint whenever the run has passed another `run.checkpoint_every` steps, and when one is due by the clock.
pub(super) fn save_when_due(world: &mut World) {
    let run = &world.resource::<ActiveSettings>().0.run;
    let (every, steps) = (run.checkpoint_every, world.resource::<Mind>().0.steps());
    let before = steps.saturating_sub(world.resource::<Playing>().0.len() as u64);
    let passed = every > 0 && steps / every > before / every;
    if passed || world.resource::<Journal>().is_due(run.checkpoint_minutes) {
        save_checkpoint(world);
    }
}

/// Saves a checkpoint into the run folder; answers where. Nothing where there is no folder, or it could not be written,
/// which the journal tells.
pub fn save_checkpoint(world: &mut World) -> Option<PathBuf> {
    world.resource::<Journal>().folder()?;
    world.resource_scope(|world, mut journal: Mut<'_, Journal>| {
        let (checkpoint, state) = checkpoint(world, &journal);
        journal.save(&checkpoint, state.as_ref())
    })
}
