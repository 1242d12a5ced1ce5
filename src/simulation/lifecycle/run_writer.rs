//! Writes the rows, checkpoints and black boxes of a run, and retries what the system refuses.

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

/// Time between two attempts to write a checkpoint or a black box.
const RETRY_INTERVAL: Duration = Duration::from_secs(20);

/// A message about the state of the run folder, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunNotice {
    /// The system refuses to write; rows wait in memory.
    Trouble(String),
    /// Everything that waited has been written.
    Recovered,
    /// Something else worth knowing.
    Note(String),
}

/// Most notices that are kept until somebody takes them.
const MAX_NOTICES: usize = 8;

/// Writes a run into its folder, if it has one. Rows that cannot be written wait in memory while the run continues. Its clock
/// is monotonic and decides when something is saved, never what.
#[derive(Resource, Debug)]
pub struct RunWriter {
    folder: Option<RunFolder>,
    /// Whether checkpoints contain the state of the run.
    resumable: bool,
    /// The first error since [`RunWriter::take_trouble`].
    trouble: Option<RecordError>,
    /// The error that is not resolved yet.
    unresolved: Option<String>,
    notices: VecDeque<RunNotice>,
    /// Whether a checkpoint could not be written.
    checkpoint_overdue: bool,
    /// Black boxes that could not be written, and when they were last tried.
    retry_queue: RetryQueue,
    last_retry: Instant,
    /// Whether a missing black box has been reported.
    missing_black_box_noted: bool,
    started: Instant,
    /// Run time before this process, in seconds.
    earlier_seconds: f64,
    /// When a checkpoint was last written or attempted.
    saved: Instant,
}

impl RunWriter {
    /// A writer into `folder`; without one, nothing is written.
    pub fn new(folder: Option<RunFolder>) -> Self {
        let now = Instant::now();
        Self {
            folder,
            resumable: true,
            trouble: None,
            unresolved: None,
            notices: VecDeque::new(),
            checkpoint_overdue: false,
            retry_queue: RetryQueue::default(),
            last_retry: now,
            missing_black_box_noted: false,
            started: now,
            earlier_seconds: 0.0,
            saved: now,
        }
    }

    /// From now on checkpoints contain only networks: this run cannot be resumed.
    pub fn save_networks_only(&mut self) {
        self.resumable = false;
    }

    /// Sets the run time before this process.
    pub(in crate::simulation) fn resumed_after(&mut self, seconds: f64) {
        (self.earlier_seconds, self.started) = (seconds, Instant::now());
    }

    /// The run folder, if there is one.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(RunFolder::path)
    }

    pub(in crate::simulation) fn files(&mut self) -> Option<&mut RunFolder> {
        self.folder.as_mut()
    }

    /// Takes the run folder away, for another writer.
    pub(in crate::simulation) fn take_folder(&mut self) -> Option<RunFolder> {
        self.folder.take()
    }

    /// Run time in seconds, without the time between two processes.
    pub fn seconds(&self) -> f64 {
        self.earlier_seconds + self.started.elapsed().as_secs_f64()
    }

    /// The first error since the last call, resolved or not.
    pub fn take_trouble(&mut self) -> Option<RecordError> {
        self.trouble.take()
    }

    /// The next notice: one when the system begins to refuse, one when everything is written.
    pub fn take_notice(&mut self) -> Option<RunNotice> {
        self.notices.pop_front()
    }

    fn notify(&mut self, notice: RunNotice) {
        if self.notices.len() == MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    /// Whether so many rows wait that the run should end.
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

    /// Removes the commands after `positions`.
    pub(in crate::simulation) fn forget_commands(&mut self, positions: &TablePositions) {
        self.attempt(|folder| folder.forget_commands(positions));
    }

    /// Writes the waiting rows and black boxes.
    pub(in crate::simulation) fn flush(&mut self) {
        if self.attempt(RunFolder::flush).is_some() {
            self.retry_black_boxes();
        }
    }

    /// Writes a black box. One that the system refuses waits, and is retried with a later row.
    pub(in crate::simulation) fn black_box(&mut self, episode: u64, bytes: Vec<u8>, keep: usize) {
        if self.folder.is_some() {
            self.retry_queue.add(episode, bytes, keep);
            self.retry_black_boxes();
        }
    }

    /// Reports, once per run, that an episode has no black box.
    pub(in crate::simulation) fn note_missing_black_box(&mut self, episode: u64, reason: &dyn Display) {
        if self.folder.is_some() && !std::mem::replace(&mut self.missing_black_box_noted, true) {
            self.notify(RunNotice::Note(format!("no black box of episode {episode}, nor of others like it: {reason}")));
        }
    }

    /// Tries to write the waiting black boxes.
    fn retry_black_boxes(&mut self) {
        self.last_retry = Instant::now();
        let mut retry_queue = std::mem::take(&mut self.retry_queue);
        let outcome = self.folder.as_mut().map_or(Ok(()), |folder| retry_queue.write(folder));
        self.retry_queue = retry_queue;
        match outcome {
            Ok(()) => self.recover(),
            Err(error) => self.fail(error),
        }
    }

    /// Writes the waiting black boxes into another run folder.
    pub(in crate::simulation) fn save_black_boxes_into(&self, folder: &Path) -> Result<(), RecordError> {
        self.retry_queue.save_into(folder)
    }

    pub(in crate::simulation) fn positions(&self, stats: &RunStats) -> Option<TablePositions> {
        self.folder.as_ref().map(|folder| folder.positions(stats.ticks, stats.episodes, self.seconds()))
    }

    /// Whether a checkpoint is due by the clock: `minutes` after the last one, or [`RETRY_INTERVAL`] after one that failed.
    pub(in crate::simulation) fn is_due(&self, minutes: f64) -> bool {
        self.is_due_after(self.saved.elapsed(), minutes)
    }

    /// The same, if the last one was `since` ago.
    fn is_due_after(&self, since: Duration, minutes: f64) -> bool {
        let by_minutes = minutes > 0.0 && since.as_secs_f64() >= 60.0 * minutes;
        self.folder.is_some() && (by_minutes || (self.checkpoint_overdue && since >= RETRY_INTERVAL))
    }

    fn attempt<T>(&mut self, action: impl FnOnce(&mut RunFolder) -> Result<T, RecordError>) -> Option<T> {
        match action(self.folder.as_mut()?) {
            Ok(done) => {
                if !self.retry_queue.is_empty() && self.last_retry.elapsed() >= RETRY_INTERVAL {
                    self.retry_black_boxes();
                }
                self.recover();
                Some(done)
            }
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn fail(&mut self, error: RecordError) {
        if self.unresolved.is_none() {
            self.unresolved = Some(error.to_string());
            self.notify(RunNotice::Trouble(error.to_string()));
        }
        self.trouble.get_or_insert(error);
    }

    /// Reports that everything is written again, if it is.
    fn recover(&mut self) {
        let waiting = self.unresolved.is_none() || self.checkpoint_overdue || !self.retry_queue.is_empty();
        if waiting || self.folder.as_mut().is_none_or(|folder| folder.flush().is_err()) {
            return;
        }
        self.unresolved = None;
        self.notify(RunNotice::Recovered);
        match self.retry_queue.take_lost() {
            0 => {}
            1 => self.notify(RunNotice::Note("one black box is lost: too many waited for the disk".to_owned())),
            lost => self.notify(RunNotice::Note(format!("{lost} black boxes are lost: too many waited for the disk"))),
        }
    }

    fn save(&mut self, steps: u64, checkpoint: &Checkpoint, state: Option<&UnsavedState<'_>>) -> Option<PathBuf> {
        self.saved = Instant::now();
        self.checkpoint_overdue = false;
        let saved = self.attempt(|folder| folder.checkpoint(steps, checkpoint, state));
        self.checkpoint_overdue = saved.is_none() && self.folder.is_some();
        saved
    }
}

/// Records a changed `run.steps` in the table of commands and saves a checkpoint at once, so that the change is kept however
/// the run ends.
pub fn record_steps(world: &mut World) {
    let steps = world.resource::<ActiveSettings>().0.run.steps;
    let tick = world.resource::<RunStats>().ticks;
    world.resource_mut::<RunWriter>().command(tick, &format!("set run.steps {steps}"));
    save_checkpoint(world);
}

/// The checkpoint of the run in `world`, with the state of the run if it has a folder.
pub(in crate::simulation) fn checkpoint<'a>(
    world: &'a World,
    run_writer: &RunWriter,
) -> (Checkpoint, Option<UnsavedState<'a>>) {
    let settings = world.resource::<ActiveSettings>().0.clone();
    let checkpoint = Checkpoint { settings, model: world.resource::<ActiveLearner>().0.model() };
    let positions = run_writer.positions(world.resource::<RunStats>()).filter(|_| run_writer.resumable);
    (checkpoint, positions.map(|positions| UnsavedState::new(positions, saved_run(world))))
}

/// Saves a checkpoint if the run has passed another `run.checkpoint_every` steps, or one is due by the clock.
pub(in crate::simulation) fn save_when_due(world: &mut World) {
    let run = &world.resource::<ActiveSettings>().0.run;
    let (every, steps) = (run.checkpoint_every, world.resource::<ActiveLearner>().0.steps());
    let before = steps.saturating_sub(world.resource::<ActiveClusters>().0.len() as u64);
    let passed = every > 0 && steps / every > before / every;
    if passed || world.resource::<RunWriter>().is_due(run.checkpoint_minutes) {
        save_checkpoint(world);
    }
}

/// Saves a checkpoint into the run folder and returns its path; none without a folder, or if writing failed, which the run
/// writer reports.
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
    fn a_refused_black_box_waits_and_is_written_when_the_disk_accepts_it() {
        let place = tempfile::tempdir().unwrap();
        let mut run_writer = run_writer(&place);
        let folder = place.path().join("run/blackbox");
        // A file in the place of the folder: nothing can be written below it, whoever asks.
        std::fs::write(&folder, "in the way").unwrap();
        (0..20).for_each(|episode| run_writer.black_box(episode, vec![7; 9], 0));
        assert!(matches!(run_writer.take_notice(), Some(RunNotice::Trouble(problem)) if problem.contains("blackbox")));
        assert_eq!(run_writer.take_notice(), None, "it is reported once");
        run_writer.command(1, "hand back");
        assert_eq!(run_writer.take_notice(), None, "a written row does not resolve everything");
        let elsewhere = place.path().join("elsewhere");
        run_writer.save_black_boxes_into(&elsewhere).unwrap();
        assert_eq!(std::fs::read_dir(elsewhere.join("blackbox")).unwrap().count(), 16);

        std::fs::remove_file(&folder).unwrap();
        run_writer.last_retry = Instant::now().checked_sub(2 * RETRY_INTERVAL).unwrap();
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
    fn a_clock_that_jumps_an_hour_makes_one_checkpoint_due_and_not_sixty() {
        let place = tempfile::tempdir().unwrap();
        let mut run_writer = run_writer(&place);
        let hour = Duration::from_secs(3600);
        assert!(!run_writer.is_due_after(Duration::from_secs(59), 1.0) && run_writer.is_due_after(hour, 1.0));
        assert!(!run_writer.is_due_after(hour, 0.0), "checkpoints by the clock are off");
        run_writer.saved = Instant::now().checked_sub(hour).expect("the machine has been on for an hour");
        assert!(run_writer.is_due(1.0));
        let settings = Settings::default();
        let checkpoint = Checkpoint { model: crate::learning::Learner::new(&settings).model(), settings };
        run_writer.save(0, &checkpoint, None).unwrap();
        assert!(!run_writer.is_due(1.0), "the next is due a minute from now");
    }
}
