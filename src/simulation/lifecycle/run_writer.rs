//! Where a run's rows and checkpoints go, and what becomes of them when the system refuses to write.

use crate::simulation::ActiveSettings;
use crate::simulation::lifecycle::retry_queue::RetryQueue;
use crate::simulation::lifecycle::snapshot::saved_run;
use crate::simulation::{ActiveClusters, ActiveLearner, RunStats};
use crate::storage::{Checkpoint, EpisodeRow, RecordError, RunFolder, StepRow, TablePositions, UnsavedState};
use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};
use std::collections::VecDeque;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long after a checkpoint or a black box that could not be written the next attempt is made.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(20);

/// A change that a person wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunNotice {
    /// The system refuses to write; rows wait in memory.
    Trouble(String),
    /// All that waited is written.
    Recovered,
    /// Something that will not be as one might expect.
    Note(String),
}

/// Notices that nobody takes are forgotten beyond so many.
const MOST_NOTICES: usize = 8;

/// A run folder, or nowhere. Rows that cannot be written wait in memory; the run goes on. The clock that it looks at is
/// monotonic, and decides when something is saved, never what.
#[derive(Resource, Debug)]
pub struct RunWriter {
    folder: Option<RunFolder>,
    /// Whether checkpoints hold the state of the run.
    resumable: bool,
    /// The first thing that went wrong since somebody asked.
    trouble: Option<RecordError>,
    /// What went wrong and is not mended.
    pending: Option<String>,
    notices: VecDeque<RunNotice>,
    /// Whether a checkpoint could not be written.
    owed: bool,
    /// Black boxes that could not be written, and when they were last offered.
    retry_queue: RetryQueue,
    offered: Instant,
    /// Whether it was told that an episode has no black box.
    missing_black_box_noted: bool,
    started: Instant,
    /// Seconds that the run took before this process.
    earlier: f64,
    /// When a checkpoint was last written or attempted.
    saved: Instant,
}

impl RunWriter {
    /// A journal that writes into `folder`.
    pub fn new(folder: Option<RunFolder>) -> Self {
        let now = Instant::now();
        Self {
            folder,
            resumable: true,
            trouble: None,
            pending: None,
            notices: VecDeque::new(),
            owed: false,
            retry_queue: RetryQueue::default(),
            offered: now,
            missing_black_box_noted: false,
            started: now,
            earlier: 0.0,
            saved: now,
        }
    }

    /// From here on checkpoints hold networks alone: this run is never gone on with.
    pub fn save_networks_only(&mut self) {
        self.resumable = false;
    }

    /// The run took so many seconds before.
    pub(in crate::simulation) fn went_on_after(&mut self, seconds: f64) {
        (self.earlier, self.started) = (seconds, Instant::now());
    }

    /// The run folder, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(RunFolder::path)
    }

    pub(in crate::simulation) fn files(&mut self) -> Option<&mut RunFolder> {
        self.folder.as_mut()
    }

    /// The run folder, for another journal.
    pub(in crate::simulation) fn take_folder(&mut self) -> Option<RunFolder> {
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

    /// The next thing that a person should be told: once when the system begins to refuse, once when all is written.
    pub fn take_notice(&mut self) -> Option<RunNotice> {
        self.notices.pop_front()
    }

    fn tell(&mut self, notice: RunNotice) {
        if self.notices.len() == MOST_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// Whether so many rows wait for the system that the run should end.
    pub fn is_full(&self) -> bool {
        self.folder.as_ref().is_some_and(RunFolder::is_full)
    }

    pub(in crate::simulation) fn episode(&mut self, row: &EpisodeRow) {
        self.attempt(|folder| folder.episode(row));
    }

    pub(in crate::simulation) fn step(&mut self, row: &StepRow) {
        self.attempt(|folder| folder.step(row));
    }

    pub(in crate::simulation) fn command(&mut self, tick: u64, command: &str) {
        self.attempt(|folder| folder.command(tick, command));
    }

    /// Takes back the commands after `positions`.
    pub(in crate::simulation) fn forget_commands(&mut self, positions: &TablePositions) {
        self.attempt(|folder| folder.forget_commands(positions));
    }

    /// Writes the rows and the black boxes that wait.
    pub(in crate::simulation) fn flush(&mut self) {
        if self.attempt(RunFolder::flush).is_some() {
            self.offer();
        }
    }

    /// Writes a black box. One that the system refuses waits, and is offered again with a later row.
    pub(in crate::simulation) fn black_box(&mut self, episode: u64, bytes: Vec<u8>, keep: usize) {
        if self.folder.is_some() {
            self.retry_queue.add(episode, bytes, keep);
            self.offer();
        }
    }

    /// An episode has no black box, for this reason; it is told once.
    pub(in crate::simulation) fn note_missing_black_box(&mut self, episode: u64, reason: &dyn Display) {
        if self.folder.is_some() && !std::mem::replace(&mut self.missing_black_box_noted, true) {
            self.tell(RunNotice::Note(format!("no black box of episode {episode}, and of none like it: {reason}")));
        }
    }

    /// Offers the black boxes that wait to the system.
    fn offer(&mut self) {
        self.offered = Instant::now();
        let mut retry_queue = std::mem::take(&mut self.retry_queue);
        let outcome = self.folder.as_mut().map_or(Ok(()), |folder| retry_queue.write(folder));
        self.retry_queue = retry_queue;
        match outcome {
            Ok(()) => self.recover(),
            Err(error) => self.suffer(error),
        }
    }

    /// Saves the black boxes that wait in the folder of a run elsewhere.
    pub(in crate::simulation) fn save_black_boxes_into(&self, folder: &Path) -> Result<(), RecordError> {
        self.retry_queue.save_into(folder)
    }

    pub(in crate::simulation) fn positions(&self, stats: &RunStats) -> Option<TablePositions> {
        self.folder.as_ref().map(|folder| folder.positions(stats.ticks, stats.episodes, self.seconds()))
    }

    /// Whether a checkpoint is due by the clock: after so many minutes, or some time after one that failed.
    pub(in crate::simulation) fn is_due(&self, minutes: f64) -> bool {
        self.is_due_after(self.saved.elapsed(), minutes)
    }

    /// The same, if the last was so long ago.
    fn is_due_after(&self, since: Duration, minutes: f64) -> bool {
        let by_minutes = minutes > 0.0 && since.as_secs_f64() >= 60.0 * minutes;
        self.folder.is_some() && (by_minutes || (self.owed && since >= BETWEEN_ATTEMPTS))
    }

    fn attempt<T>(&mut self, action: impl FnOnce(&mut RunFolder) -> Result<T, RecordError>) -> Option<T> {
        match action(self.folder.as_mut()?) {
            Ok(done) => {
                if !self.retry_queue.is_empty() && self.offered.elapsed() >= BETWEEN_ATTEMPTS {
                    self.offer();
                }
                self.recover();
                Some(done)
            }
            Err(error) => {
                self.suffer(error);
                None
            }
        }
    }

    fn suffer(&mut self, error: RecordError) {
        if self.pending.is_none() {
            self.pending = Some(error.to_string());
            self.tell(RunNotice::Trouble(error.to_string()));
        }
        self.trouble.get_or_insert(error);
    }

    /// Says that all is well again, if it is.
    fn recover(&mut self) {
        let waits = self.pending.is_none() || self.owed || !self.retry_queue.is_empty();
        if waits || self.folder.as_mut().is_none_or(|folder| folder.flush().is_err()) {
            return;
        }
        self.pending = None;
        self.tell(RunNotice::Recovered);
        match self.retry_queue.take_lost() {
            0 => {}
            1 => self.tell(RunNotice::Note("one black box is lost: too many waited for the disk".to_owned())),
            lost => self.tell(RunNotice::Note(format!("{lost} black boxes are lost: too many waited for the disk"))),
        }
    }

    fn save(&mut self, steps: u64, checkpoint: &Checkpoint, state: Option<&UnsavedState<'_>>) -> Option<PathBuf> {
        self.saved = Instant::now();
        self.owed = false;
        let saved = self.attempt(|folder| folder.checkpoint(steps, checkpoint, state));
        self.owed = saved.is_none() && self.folder.is_some();
        saved
    }
}

/// Notes that a run which goes on has other `run.steps` than it had: in its table of commands, and in a checkpoint at
/// once, so that it keeps them however it ends.
pub fn record_steps(world: &mut World) {
    let steps = world.resource::<ActiveSettings>().0.run.steps;
    let tick = world.resource::<RunStats>().ticks;
    world.resource_mut::<RunWriter>().command(tick, &format!("set run.steps {steps}"));
    save_checkpoint(world);
}

/// Settings, model and, for a run with a folder, the state of the run in `world`, whose journal this is.
pub(in crate::simulation) fn checkpoint<'a>(
    world: &'a World,
    run_writer: &RunWriter,
) -> (Checkpoint, Option<UnsavedState<'a>>) {
    let settings = world.resource::<ActiveSettings>().0.clone();
    let checkpoint = Checkpoint { settings, model: world.resource::<ActiveLearner>().0.model() };
    let positions = run_writer.positions(world.resource::<RunStats>()).filter(|_| run_writer.resumable);
    (checkpoint, positions.map(|positions| UnsavedState::new(positions, saved_run(world))))
}

/// A checkpoint whenever the run has passed another `run.checkpoint_every` steps, and when one is due by the clock.
pub(in crate::simulation) fn save_when_due(world: &mut World) {
    let run = &world.resource::<ActiveSettings>().0.run;
    let (every, steps) = (run.checkpoint_every, world.resource::<ActiveLearner>().0.steps());
    let before = steps.saturating_sub(world.resource::<ActiveClusters>().0.len() as u64);
    let passed = every > 0 && steps / every > before / every;
    if passed || world.resource::<RunWriter>().is_due(run.checkpoint_minutes) {
        save_checkpoint(world);
    }
}

/// Saves a checkpoint into the run folder; answers where. Nothing where there is no folder, or it could not be written,
/// which the journal tells.
pub fn save_checkpoint(world: &mut World) -> Option<PathBuf> {
    world.resource::<RunWriter>().folder()?;
    world.resource_scope(|world, mut run_writer: Mut<'_, RunWriter>| {
        let (checkpoint, state) = checkpoint(world, &run_writer);
        run_writer.save(world.resource::<ActiveLearner>().0.steps(), &checkpoint, state.as_ref())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn run_writer(place: &tempfile::TempDir) -> RunWriter {
        RunWriter::new(Some(RunFolder::create(&place.path().join("run"), &Settings::default()).unwrap()))
    }

    #[test]
    fn a_black_box_that_is_refused_waits_and_is_written_when_the_disk_takes_it() {
        let place = tempfile::tempdir().unwrap();
        let mut run_writer = run_writer(&place);
        let folder = place.path().join("run/blackbox");
        // A file in the place of the folder: nothing can be written below it, whoever asks.
        std::fs::write(&folder, "in the way").unwrap();
        (0..20).for_each(|episode| run_writer.black_box(episode, vec![7; 9], 0));
        assert!(matches!(run_writer.take_notice(), Some(RunNotice::Trouble(problem)) if problem.contains("blackbox")));
        assert_eq!(run_writer.take_notice(), None, "it is told once");
        run_writer.command(1, "hand back");
        assert_eq!(run_writer.take_notice(), None, "a row that is written is not all that waits");
        let elsewhere = place.path().join("elsewhere");
        run_writer.save_black_boxes_into(&elsewhere).unwrap();
        assert_eq!(std::fs::read_dir(elsewhere.join("blackbox")).unwrap().count(), 16);

        std::fs::remove_file(&folder).unwrap();
        run_writer.offered = Instant::now().checked_sub(2 * BETWEEN_ATTEMPTS).unwrap();
        run_writer.command(2, "hand back");
        let files = crate::storage::black_boxes_in(&place.path().join("run"));
        assert_eq!(files.len(), 16);
        assert!(files[0].ends_with("episode-00000004.rsbb"), "{files:?}");
        assert_eq!(run_writer.take_notice(), Some(RunNotice::Recovered));
        assert!(
            matches!(run_writer.take_notice(), Some(RunNotice::Note(message)) if message.contains("4 black boxes are lost"))
        );
    }

    #[test]
    fn a_clock_that_jumps_an_hour_owes_one_checkpoint_and_not_sixty() {
        let place = tempfile::tempdir().unwrap();
        let mut run_writer = run_writer(&place);
        let hour = Duration::from_secs(3600);
        assert!(!run_writer.is_due_after(Duration::from_secs(59), 1.0) && run_writer.is_due_after(hour, 1.0));
        assert!(!run_writer.is_due_after(hour, 0.0), "no clock was asked for");
        run_writer.saved = Instant::now().checked_sub(hour).expect("the machine has been on for an hour");
        assert!(run_writer.is_due(1.0));
        let settings = Settings::default();
        let checkpoint = Checkpoint { model: crate::learning::Learner::new(&settings).model(), settings };
        run_writer.save(0, &checkpoint, None).unwrap();
        assert!(!run_writer.is_due(1.0), "the next is due a minute from now");
    }
}
