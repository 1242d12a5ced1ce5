//! A search: its trials in order, each proposed, trained, evaluated and recorded.

use super::folder::{self, SearchPlan};
use super::sampler::{propose, should_prune};
use super::space::check;
use super::training::TrialTraining;
use super::{Parameter, TuneError};
use crate::cluster::{RngPurpose, derive_seed};
use crate::settings::Settings;
use rayon::ThreadPool;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Evaluations of a training before its end, at every tenth.
pub const INTERIM_EVALUATIONS: u64 = 9;

/// Index of the seed of the evaluation episodes; smaller indices are seeds of trials.
const EVALUATION_SEED: u64 = 1 << 32;

/// A finished or pruned trial: the values tried and how well the agent did.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number, from 0.
    pub number: u64,
    /// Its values in the order of the space, as text that the settings parse.
    pub values: Vec<String>,
    /// Share of steps lost at each tenth of the training, until it ended or was pruned.
    pub interim_losses: Vec<f64>,
    /// Results of the final evaluation; `None` if it was pruned.
    pub figures: Option<TrialFigures>,
}

/// How well the agents of a trial do, as means over its training seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialFigures {
    /// Share of steps lost to collapses, `1 - survived / max_steps`: the objective, to be minimised.
    pub lost: f64,
    /// Mean steps survived.
    pub steps: f64,
    /// Share of episodes that ended in a collapse, 0 to 1.
    pub collapses: f64,
}

/// Progress of a search, for displays.
#[derive(Debug, Clone, Copy)]
pub struct SearchProgress<'a> {
    /// Number of the trial that is running.
    pub trial: u64,
    /// Tenths of its training that are done.
    pub tenths: u64,
    /// The trials before it.
    pub trials: &'a [Trial],
}

/// A hyperparameter search and its folder.
#[derive(Debug)]
pub struct Search {
    folder: PathBuf,
    plan: SearchPlan,
    trials: Vec<Trial>,
    /// Unlocks the folder when dropped.
    _lock: Option<File>,
}

impl Search {
    /// Begins a search in a new or empty folder, or continues the one in it.
    ///
    /// # Errors
    /// A space with values that the settings refuse, a folder with other contents or in use, or an I/O error.
    pub fn open(folder: &Path, plan: SearchPlan) -> Result<Self, TuneError> {
        check(&plan.space, &plan.settings)?;
        plan.settings.check(None)?;
        let (trials, lock) = folder::open(folder, &plan)?;
        let search = Self { folder: folder.to_owned(), plan, trials, _lock: lock };
        search.write_best()?;
        Ok(search)
    }

    /// The trials so far, in order.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The search space.
    pub fn space(&self) -> &[Parameter] {
        &self.plan.space
    }

    /// The finished trial that lost the smallest share of steps, the first of equals.
    pub fn best(&self) -> Option<&Trial> {
        let lost = |trial: &&Trial| trial.figures.map_or(f64::INFINITY, |figures| figures.lost);
        let finished = self.trials.iter().filter(|trial| trial.figures.is_some());
        finished.min_by(|one, other| lost(one).total_cmp(&lost(other)))
    }

    /// The file with the settings of the best trial.
    pub fn best_file(&self) -> PathBuf {
        self.folder.join(folder::BEST)
    }

    /// The settings of a trial with these values.
    ///
    /// # Errors
    /// Values that contradict each other or other settings.
    pub fn settings(&self, values: &[String]) -> Result<Settings, TuneError> {
        let mut settings = self.plan.settings.clone();
        for (parameter, value) in self.plan.space.iter().zip(values) {
            settings.assign(&parameter.path, value)?;
        }
        settings.check(None)?;
        Ok(settings)
    }

    /// Runs the next trial and records it. If `stop` returns true before its end, the trial is discarded, to be repeated
    /// when the search continues, and the result is false.
    ///
    /// # Errors
    /// Values that the settings refuse, or an I/O error.
    pub fn run_trial(
        &mut self,
        pool: &ThreadPool,
        stop: &(dyn Fn() -> bool + Sync),
        mut progress: impl FnMut(SearchProgress<'_>),
    ) -> Result<bool, TuneError> {
        let plan = &self.plan;
        let number = self.trials.len() as u64;
        let values = propose(&plan.space, plan.settings.run.seed, number, &self.trials);
        let mut training = TrialTraining::new(&self.settings(&values)?, plan.seeds)?;
        let seed = derive_seed(plan.settings.run.seed, EVALUATION_SEED, RngPurpose::Tuning);
        let (mut interim_losses, mut figures) = (Vec::new(), None);
        for tenth in 1..=INTERIM_EVALUATIONS + 1 {
            progress(SearchProgress { trial: number, tenths: tenth - 1, trials: &self.trials });
            if !training.run_to(plan.ticks() * tenth / (INTERIM_EVALUATIONS + 1), pool, stop) {
                return Ok(false);
            }
            if tenth > INTERIM_EVALUATIONS {
                figures = Some(training.evaluate(plan.episodes, seed, pool));
                break;
            }
            interim_losses.push(training.evaluate(plan.short_episodes(), seed, pool).lost);
            if should_prune(&interim_losses, &self.trials) {
                break;
            }
        }
        self.trials.push(Trial { number, values, interim_losses, figures });
        folder::write_trials(&self.folder, &self.plan.space, &self.trials)?;
        if self.best().is_some_and(|best| best.number == number) {
            self.write_best()?;
        }
        Ok(true)
    }

    fn write_best(&self) -> Result<(), TuneError> {
        let Some((best, figures)) = self.best().and_then(|best| Some((best, best.figures?))) else { return Ok(()) };
        folder::write_best(&self.folder, best, &figures, &self.settings(&best.values)?)
    }
}
