//! A study: its trials in order, each proposed, trained, judged and kept.

use super::folder::{self, SearchPlan};
use super::sampler::{hopeless, propose};
use super::space::check;
use super::training::TrialTraining;
use super::{Parameter, TuneError};
use crate::cluster::{RngPurpose, derive_seed};
use crate::settings::Settings;
use rayon::ThreadPool;
use std::path::{Path, PathBuf};

/// Marks of a training at which it is judged before its end.
pub const MARKS: u64 = 9;

/// Index of the seed that judges trials; those below are the trials' own.
const JUDGEMENT: u64 = 1 << 32;

/// A trial that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number, from 0.
    pub number: u64,
    /// Its values, in the order of the space, as text that their settings take.
    pub values: Vec<String>,
    /// Share of the steps lost at each tenth of the training, as far as it came.
    pub marks: Vec<f64>,
    /// What it reached; none if it was pruned.
    pub figures: Option<TrialFigures>,
}

/// How well the agents of a trial do, as means over its training seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialFigures {
    /// Share of the steps lost to collapses, 1 - survived / longest: what is made small.
    pub lost: f64,
    /// Mean steps survived.
    pub steps: f64,
    /// Share of episodes that ended in a collapse.
    pub collapses: f64,
}

/// Where a study stands, for displays.
#[derive(Debug, Clone, Copy)]
pub struct SearchProgress<'a> {
    /// Number of the trial that is running.
    pub trial: u64,
    /// Tenths of its training that are done.
    pub tenths: u64,
    /// The trials before it.
    pub trials: &'a [Trial],
}

/// A study in its folder.
#[derive(Debug)]
pub struct Search {
    folder: PathBuf,
    plan: SearchPlan,
    trials: Vec<Trial>,
}

impl Search {
    /// Begins a study in a new or empty folder, or goes on with the one that is there.
    ///
    /// # Errors
    /// A space that its settings refuse, a folder with something else in it, or what the system refused.
    pub fn open(folder: &Path, plan: SearchPlan) -> Result<Self, TuneError> {
        check(&plan.space, &plan.settings)?;
        plan.settings.check(None)?;
        let trials = folder::open(folder, &plan)?;
        let study = Self { folder: folder.to_owned(), plan, trials };
        study.keep_best()?;
        Ok(study)
    }

    /// The trials so far, in order.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// What is searched.
    pub fn space(&self) -> &[Parameter] {
        &self.plan.space
    }

    /// The finished trial that lost the smallest share of steps, the first of equals.
    pub fn best(&self) -> Option<&Trial> {
        let lost = |trial: &&Trial| trial.figures.map_or(f64::INFINITY, |figures| figures.lost);
        let finished = self.trials.iter().filter(|trial| trial.figures.is_some());
        finished.min_by(|one, other| lost(one).total_cmp(&lost(other)))
    }

    /// Where the settings of the best trial are kept.
    pub fn best_file(&self) -> PathBuf {
        self.folder.join(folder::BEST)
    }

    /// The settings of a trial.
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

    /// Runs the next trial and keeps it. If `stop` says so in between, the trial is given up, to be begun again when
    /// the study goes on, and the answer is false.
    ///
    /// # Errors
    /// Values that their settings refuse, or what could not be written.
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
        let seed = derive_seed(plan.settings.run.seed, JUDGEMENT, RngPurpose::Tuning);
        let (mut marks, mut figures) = (Vec::new(), None);
        for tenth in 1..=MARKS + 1 {
            progress(SearchProgress { trial: number, tenths: tenth - 1, trials: &self.trials });
            if !training.run_to(plan.ticks() * tenth / (MARKS + 1), pool, stop) {
                return Ok(false);
            }
            if tenth > MARKS {
                figures = Some(training.judge(plan.episodes, seed, pool));
                break;
            }
            marks.push(training.judge(plan.short_episodes(), seed, pool).lost);
            if hopeless(&marks, &self.trials) {
                break;
            }
        }
        self.trials.push(Trial { number, values, marks, figures });
        folder::write_trials(&self.folder, &self.plan.space, &self.trials)?;
        if self.best().is_some_and(|best| best.number == number) {
            self.keep_best()?;
        }
        Ok(true)
    }

    fn keep_best(&self) -> Result<(), TuneError> {
        let Some((best, figures)) = self.best().and_then(|best| Some((best, best.figures?))) else { return Ok(()) };
        folder::write_best(&self.folder, best, &figures, &self.settings(&best.values)?)
    }
}
