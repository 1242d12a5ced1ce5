//! Runs the jobs of a study in parallel, each on one thread.

use super::{
    EvaluationFigures, Job, Plan, Player, ResultRow, RowKey, StudyError, StudyFolder, Traces, TrainingSummary,
};
use crate::evaluate::{Evaluation, PolicyUnderTest};
use crate::settings::Settings;
use crate::simulation::{RunStats, RunWriter, Simulation, schedule, shut_down, tick};
use crate::storage::{Checkpoint, RunFolder, read_episodes};
use bevy_ecs::world::World;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Time between calls of the progress callback.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// The results of a study so far.
#[derive(Debug)]
pub struct StudyOutcome {
    /// The rows of `results.csv`.
    pub rows: HashMap<RowKey, ResultRow>,
    /// Whether every job of the plan has a row.
    pub complete: bool,
}

/// A job that is not done yet.
struct Task<'a> {
    job: &'a Job,
    /// Whether its training is done already.
    trained: bool,
}

impl Task<'_> {
    /// Environment steps, counting every evaluated episode at its longest.
    fn steps(&self, plan: &Plan) -> u64 {
        let training = if self.trained { 0 } else { self.job.training_steps() };
        training + plan.study.evaluation.episodes * self.job.world.scenario.max_steps as u64
    }
}

/// Runs the jobs of a plan that are not done, `threads` at a time, under its imported traces, and writes `results.csv` after
/// each. The results do not
/// depend on the number of threads. `stop` is polled between ticks; once it returns true, trainings are abandoned and
/// evaluations that have begun are finished. `progress` is called on the calling thread about ten times a second, with the
/// number of rows, the environment steps done and their total.
///
/// # Errors
/// The first error; rows written before remain.
pub fn run_study(
    plan: &Plan,
    traces: &Traces,
    folder: &StudyFolder,
    threads: usize,
    stop: impl Fn() -> bool + Sync,
    mut progress: impl FnMut(usize, u64, u64),
) -> Result<StudyOutcome, StudyError> {
    let mut rows = folder.rows(plan)?;
    let mut tasks = Vec::new();
    for job in &plan.jobs {
        let trained = folder.is_trained(job)?;
        let evaluated = || folder.collapsed(job, plan.study.evaluation.episodes);
        if !trained || !rows.contains_key(&job.key) || evaluated()?.is_none() {
            rows.remove(&job.key);
            tasks.push(Task { job, trained });
        }
    }
    folder.write_rows(plan, &rows)?;
    let (total, done) = (tasks.iter().map(|task| task.steps(plan)).sum::<u64>(), AtomicU64::new(0));
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let stop = || failed.load(Ordering::Relaxed) || stop();
    let worker = Worker { plan, traces, folder, tasks: &tasks, next: &next, done: &done, stop: &stop };
    let (finished, results) = mpsc::channel();
    let mut trouble = None;
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, tasks.len().max(1)) {
            let (worker, finished) = (&worker, finished.clone());
            scope.spawn(move || worker.work(&finished));
        }
        drop(finished);
        loop {
            let written = match results.recv_timeout(PROGRESS_INTERVAL) {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Ok(Err(error)) => Err(error),
                Ok(Ok(row)) => {
                    let row: ResultRow = row;
                    rows.insert(row.key.clone(), row);
                    folder.write_rows(plan, &rows).map_err(StudyError::from)
                }
            };
            if let Err(error) = written {
                failed.store(true, Ordering::Relaxed);
                trouble.get_or_insert(error);
            }
            progress(rows.len(), done.load(Ordering::Relaxed), total);
        }
    });
    match trouble {
        Some(error) => Err(error),
        None => Ok(StudyOutcome { complete: plan.jobs.iter().all(|job| rows.contains_key(&job.key)), rows }),
    }
}

/// What every thread works with.
struct Worker<'a, S> {
    plan: &'a Plan,
    traces: &'a Traces,
    folder: &'a StudyFolder,
    tasks: &'a [Task<'a>],
    /// Index of the next task.
    next: &'a AtomicUsize,
    /// Environment steps done.
    done: &'a AtomicU64,
    stop: &'a S,
}

impl<S: Fn() -> bool + Sync> Worker<'_, S> {
    /// Does one task after another until none is left or `stop` returns true.
    fn work(&self, finished: &Sender<Result<ResultRow, StudyError>>) {
        let pool = match ThreadPoolBuilder::new().num_threads(1).build() {
            Ok(pool) => pool,
            Err(error) => {
                // The receiver outlives all threads.
                let _ = finished.send(Err(error.into()));
                return;
            }
        };
        while let Some(task) = self.tasks.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            match self.complete(task, &pool) {
                Ok(Some(row)) => {
                    let _ = finished.send(Ok(row));
                }
                Ok(None) => return,
                Err(error) => {
                    let _ = finished.send(Err(error));
                    return;
                }
            }
        }
    }

    /// Trains and evaluates; `None` if it was stopped.
    fn complete(&self, task: &Task<'_>, pool: &ThreadPool) -> Result<Option<ResultRow>, StudyError> {
        let (job, folder) = (task.job, self.folder.job_folder(task.job));
        if let (Some(settings), false) = (job.settings(), task.trained)
            && !self.train(settings, &folder)?
        {
            return Ok(None);
        }
        if (self.stop)() {
            return Ok(None);
        }
        let policy = match &job.player {
            Player::Trained(_) => {
                // No older checkpoint may stand in for a damaged one.
                Checkpoint::load(&folder)?;
                PolicyUnderTest::named(&format!("pilot:{}", folder.display()))?
            }
            Player::Scripted(name) => PolicyUnderTest::named(name)?,
        };
        let plan = self.plan.study.evaluation;
        let scenario = &job.world.scenario;
        let evaluation = Evaluation { scenario, policy: &policy, seed: plan.seed };
        let mut before = 0;
        let score = evaluation.play_with_load(self.traces.load(&job.world).as_ref(), plan.episodes, pool, |episodes| {
            self.done.fetch_add((episodes - before) * scenario.max_steps as u64, Ordering::Relaxed);
            before = episodes;
        });
        self.folder.write_evaluation(job, &score.survived[0], &score.collapsed[0])?;
        let training = match job.player {
            Player::Trained(_) => Some(TrainingSummary::from_episodes(&read_episodes(&folder)?, job.training_steps())),
            Player::Scripted(_) => None,
        };
        let row = ResultRow { key: job.key.clone(), figures: EvaluationFigures::from_score(&score), training };
        Ok(Some(row))
    }

    /// Trains and writes the run to `folder`; false if it was stopped before the end.
    fn train(&self, settings: &Settings, folder: &Path) -> Result<bool, StudyError> {
        let simulation = Simulation::prepare(settings.clone(), settings.run.clusters)?;
        let run = RunFolder::create(folder, settings)?;
        let clusters = settings.run.clusters as u64;
        let mut world = World::new();
        world.add_schedule(schedule());
        simulation.start(&mut world, Some(run));
        // An unfinished training starts again from the beginning, so its checkpoints need not hold the state of the run.
        world.resource_mut::<RunWriter>().save_networks_only();
        while world.resource::<RunStats>().ticks < settings.run.steps.div_ceil(clusters) {
            if (self.stop)() {
                return Ok(false);
            }
            tick(&mut world);
            if let Some(trouble) = world.resource_mut::<RunWriter>().take_trouble() {
                return Err(trouble.into());
            }
            self.done.fetch_add(clusters, Ordering::Relaxed);
        }
        shut_down(&mut world, "finished")?;
        Ok(true)
    }
}
