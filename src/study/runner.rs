//! The work of a study: jobs side by side, each on one thread.

use super::{EvaluationFigures, Job, Plan, ResultRow, RowKey, StudyError, StudyFolder, TrainingSummary};
use crate::evaluate::{Evaluation, PolicyUnderTest};
use crate::settings::Settings;
use crate::simulation::{RunStats, RunWriter, Simulation, schedule, shut_down, tick};
use crate::storage::{RunFolder, read_episodes};
use bevy_ecs::world::World;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// How often the listener hears how far the work is.
const BETWEEN_REPORTS: Duration = Duration::from_millis(100);

/// What the work came to.
#[derive(Debug)]
pub struct StudyOutcome {
    /// The rows there are.
    pub rows: HashMap<RowKey, ResultRow>,
    /// Whether the plan has no more.
    pub complete: bool,
}

/// A job to do.
struct Task<'a> {
    job: &'a Job,
    /// Whether the training is done already.
    trained: bool,
}

impl Task<'_> {
    /// Environment steps, an evaluated episode counted as its longest.
    fn steps(&self, plan: &Plan) -> u64 {
        let training = if self.trained { 0 } else { self.job.training_steps() };
        training + plan.study.evaluation.episodes * self.job.scenario.max_steps as u64
    }
}

/// Does what is left of a plan, `threads` jobs side by side, and writes `results.csv` after each. The results do not
/// depend on the number of threads. `stop` is asked between two ticks; once it says yes, trainings end half-finished and
/// evaluations that have begun are finished. `progress` hears, on the calling thread and about ten times a second, how
/// many rows there are, and how many environment steps of how many are done.
///
/// # Errors
/// The first thing that went wrong; rows written before stay.
pub fn carry_out(
    plan: &Plan,
    folder: &StudyFolder,
    threads: usize,
    stop: impl Fn() -> bool + Sync,
    mut progress: impl FnMut(usize, u64, u64),
) -> Result<StudyOutcome, StudyError> {
    let mut rows = folder.rows(plan)?;
    let mut tasks = Vec::new();
    for job in &plan.jobs {
        let trained = folder.trained(job)?;
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
    let shared = Shared { plan, folder, tasks: &tasks, next: &next, done: &done, stop: &stop };
    let (finished, results) = mpsc::channel();
    let mut trouble = None;
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, tasks.len().max(1)) {
            let (shared, finished) = (&shared, finished.clone());
            scope.spawn(move || shared.work(&finished));
        }
        drop(finished);
        loop {
            let written = match results.recv_timeout(BETWEEN_REPORTS) {
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

/// What the threads share.
struct Shared<'a, S> {
    plan: &'a Plan,
    folder: &'a StudyFolder,
    tasks: &'a [Task<'a>],
    /// Place of the next task.
    next: &'a AtomicUsize,
    /// Environment steps done.
    done: &'a AtomicU64,
    stop: &'a S,
}

impl<S: Fn() -> bool + Sync> Shared<'_, S> {
    /// Does one task after the other until there is none, or until it must stop.
    fn work(&self, finished: &Sender<Result<ResultRow, StudyError>>) {
        let alone = match ThreadPoolBuilder::new().num_threads(1).build() {
            Ok(alone) => alone,
            Err(error) => {
                // The listener outlives all threads.
                let _ = finished.send(Err(error.into()));
                return;
            }
        };
        while let Some(task) = self.tasks.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            match self.complete(task, &alone) {
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

    /// Trains and evaluates; none if it had to stop before.
    fn complete(&self, task: &Task<'_>, alone: &ThreadPool) -> Result<Option<ResultRow>, StudyError> {
        let (job, place) = (task.job, self.folder.of(task.job));
        if let (Some(settings), false) = (&job.settings, task.trained)
            && !self.train(settings, &place)?
        {
            return Ok(None);
        }
        if (self.stop)() {
            return Ok(None);
        }
        let policy = match job.settings {
            Some(_) => PolicyUnderTest::named(&format!("pilot:{}", place.display()))?,
            None => PolicyUnderTest::named(&job.key.name)?,
        };
        let plan = self.plan.study.evaluation;
        let evaluation = Evaluation { scenario: &job.scenario, policy: &policy, seed: plan.seed };
        let mut before = 0;
        let score = evaluation.play(plan.episodes, alone, |episodes| {
            self.done.fetch_add((episodes - before) * job.scenario.max_steps as u64, Ordering::Relaxed);
            before = episodes;
        });
        self.folder.write_evaluation(job, &score.survived[0], &score.collapsed[0])?;
        let training = match job.settings {
            Some(_) => Some(TrainingSummary::of(&read_episodes(&place)?, job.training_steps())),
            None => None,
        };
        let row = ResultRow { key: job.key.clone(), figures: EvaluationFigures::of(&score), training };
        Ok(Some(row))
    }

    /// Trains into the folder `place`; false if it had to stop before the end.
    fn train(&self, settings: &Settings, place: &Path) -> Result<bool, StudyError> {
        let simulation = Simulation::prepare(settings.clone(), settings.run.clusters)?;
        let run = RunFolder::create(place, settings)?;
        let clusters = settings.run.clusters as u64;
        let mut world = World::new();
        world.add_schedule(schedule());
        simulation.start(&mut world, Some(run));
        // A training that is ended half-way begins anew, so its checkpoint need not hold more than networks.
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
