//! The trainings of one trial: the same run with several seeds in parallel, without run folders.

use super::{SearchPlan, TrialFigures, TuneError};
use crate::evaluate::{Evaluation, PolicyUnderTest, Score};
use crate::settings::Settings;
use crate::simulation::{ActiveLearner, RunStats, Simulation, schedule, tick};
use bevy_ecs::world::World;
use rayon::ThreadPool;
use rayon::prelude::*;

/// The trainings of one trial, in parallel, one world per seed.
pub struct TrialTraining {
    settings: Settings,
    worlds: Vec<World>,
}

impl TrialTraining {
    /// Sets up a run of `settings` for each of `seeds` seeds from `run.seed` on.
    ///
    /// # Errors
    /// Invalid settings.
    pub fn new(settings: &Settings, seeds: u64) -> Result<Self, TuneError> {
        let world = |index: u64| {
            let mut settings = settings.clone();
            settings.run.seed = settings.run.seed.wrapping_add(index);
            let mut world = World::new();
            world.add_schedule(schedule());
            Simulation::prepare(settings, 1)?.start(&mut world, None);
            Ok(world)
        };
        let worlds = (0..seeds).map(world).collect::<Result<_, TuneError>>()?;
        Ok(Self { settings: settings.clone(), worlds })
    }

    /// Runs all of them up to `ticks` ticks; false if `stop` returned true before.
    pub fn run_to(&mut self, ticks: u64, pool: &ThreadPool, stop: &(dyn Fn() -> bool + Sync)) -> bool {
        let run = |world: &mut World| {
            while world.resource::<RunStats>().ticks < ticks {
                if stop() {
                    return false;
                }
                tick(world);
            }
            true
        };
        pool.install(|| self.worlds.par_iter_mut().map(run).reduce(|| true, |a, b| a && b))
    }

    /// Evaluates the agents over greedy episodes whose seeds derive from `seed`, the same for all.
    pub fn evaluate(&self, episodes: u64, seed: u64, pool: &ThreadPool) -> TrialFigures {
        let models = self.worlds.iter().map(|world| world.resource::<ActiveLearner>().0.model());
        let policy = PolicyUnderTest::from_models("trial", models.map(|model| (model, &self.settings)));
        let evaluation = Evaluation { scenario: &self.settings.cluster, policy: &policy, seed };
        let score: Score = evaluation.play(episodes, pool, |_| ());
        let steps = score.steps.estimate;
        let lost = 1.0 - steps / self.settings.cluster.max_steps as f64;
        TrialFigures { lost, steps, collapses: score.collapses.estimate }
    }
}

impl SearchPlan {
    /// Ticks of a complete training.
    pub fn ticks(&self) -> u64 {
        self.settings.run.steps.div_ceil(self.settings.run.clusters.max(1) as u64)
    }
}
