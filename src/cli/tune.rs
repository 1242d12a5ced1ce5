//! `resonetics tune`: many short trainings, to find the settings that an agent learns best with.

use super::CliError;
use super::options::RunOptions;
use super::progress::Progress;
use super::stdout::outln;
use super::stop;
use super::train::CLUSTERS;
use crate::tune::{MARKS, Search, SearchPlan, SearchProgress, TuneError, load_space, space_of};
use clap::Args;
use std::path::PathBuf;

/// Options of a study.
#[derive(Debug, Args)]
#[command(after_help = "\
A study that was stopped goes on when the same command is given again; a larger --trials makes it longer. The best
settings so far are always in best.ron of its folder, which `resonetics train --settings` takes.

Examples:
  resonetics tune --agent qtable --scenario classic --trials 50 --out studies/qtable
  resonetics tune --agent dqn --scenario rush-hour --steps 100000 --threads 2 --out studies/rush
  resonetics tune --agent dqn --space mine.ron --settings mine-settings.ron --out studies/mine")]
pub struct Options {
    /// Whose settings are searched: dqn, or qtable, which begins with the profile `v10` if --settings is left out
    #[arg(long, value_name = "NAME", default_value = "dqn")]
    agent: String,
    /// Trials of the whole study, those that it has already included
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    trials: u64,
    /// Folder of the study: study.ron, trials.csv, best.ron
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Scenario: a built-in name (classic, calm, default, leak-storm, rush-hour, budget-squeeze, cascade) or a RON file
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// Trainings of each trial, with the seeds from --seed on
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Environment steps of each training
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<String>,
    /// First seed of the trainings, and seed of the study
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<String>,
    /// Settings that are not searched: a built-in profile (`v10`, `v13`) or a RON file
    #[arg(long, value_name = "NAME|FILE")]
    settings: Option<String>,
    /// Change one setting that is not searched, such as run.clusters=8; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// What is searched: a RON file such as assets/spaces/dqn.ron [default: the built-in space of the agent]
    #[arg(long, value_name = "FILE")]
    space: Option<PathBuf>,
    /// Episodes that judge each finished training
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    episodes: u64,
    /// Trainings side by side; the results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: u64,
}

impl Options {
    fn plan(&self) -> Result<SearchPlan, CliError> {
        let options = RunOptions {
            agent: Some(self.agent.clone()),
            scenario: self.scenario.clone(),
            settings: self.settings.clone(),
            set: self.set.clone(),
            steps: self.steps.clone(),
            seed: self.seed.clone(),
            ..RunOptions::default()
        };
        let mut settings = options.settings()?;
        if !settings.trace.file.is_empty() {
            let sentence = "a study plays its episodes under the synthetic load: leave trace.file empty";
            return Err(CliError::BadInput(sentence.to_owned()));
        }
        if settings.run.clusters == 0 {
            settings.run.clusters = CLUSTERS;
        }
        // Threads go to the trainings side by side instead.
        settings.run.threads = 1;
        let space = match &self.space {
            Some(path) => load_space(path)?,
            None => space_of(settings.run.agent),
        };
        Ok(SearchPlan { seeds: self.seeds, episodes: self.episodes, space, settings })
    }
}

/// Runs a study to its end, or until Ctrl-C.
///
/// # Errors
/// Bad options, or a study that could not be kept.
pub fn run(options: &Options) -> Result<(), CliError> {
    let plan = options.plan()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads as usize).build();
    let pool = pool.map_err(|error| CliError::Failed(format!("cannot start threads: {error}")))?;
    stop::listen();
    let (steps, seeds) = (plan.settings.run.steps, plan.seeds);
    let name = plan.settings.cluster.name.clone();
    let mut study = Search::open(&options.out, plan)?;
    eprintln!(
        "Tuning {} on {name}: {} trials of {seeds} x {steps} steps, {} done, into {}",
        options.agent,
        options.trials,
        study.trials().len(),
        options.out.display()
    );
    let each = steps * seeds;
    let mut progress = Progress::new(options.trials * each, "steps");
    while (study.trials().len() as u64) < options.trials {
        let going_on = study.run_trial(&pool, &stop::interrupted, |moment| {
            let done = moment.trial * each + moment.tenths * each / (MARKS + 1);
            progress.update(done, || figures(&moment));
        })?;
        if !going_on {
            break;
        }
    }
    progress.finish();
    report(&study, options)?;
    Ok(())
}

/// The figures beside the progress bar.
fn figures(moment: &SearchProgress<'_>) -> String {
    let finished = moment.trials.iter().filter_map(|trial| trial.figures);
    let best = finished.min_by(|one, other| one.lost.total_cmp(&other.lost));
    let pruned = moment.trials.iter().filter(|trial| trial.figures.is_none()).count();
    let best = best.map_or("none yet".to_owned(), |best| {
        format!("{:.0} steps survived, {:.1}% collapses", best.steps, 100.0 * best.collapses)
    });
    format!("trial {} at {}0%, {pruned} pruned, best {best}", moment.trial, moment.tenths)
}

/// Says what was found and where it is.
fn report(study: &Search, options: &Options) -> Result<(), TuneError> {
    let (trials, wanted) = (study.trials().len() as u64, options.trials);
    let pruned = study.trials().iter().filter(|trial| trial.figures.is_none()).count();
    let reason = if trials < wanted { "Interrupted" } else { "Finished" };
    outln!("{reason} after {trials} of {wanted} trials, {pruned} of them pruned");
    if trials < wanted {
        outln!("Give the same command again to go on");
    }
    let Some((best, figures)) = study.best().and_then(|best| Some((best, best.figures?))) else { return Ok(()) };
    let settings = study.settings(&best.values)?;
    outln!(
        "Best is trial {}: {:.1} of {} steps survived, {:.1}% collapses (means over {} seeds, {} episodes each)",
        best.number,
        figures.steps,
        settings.cluster.max_steps,
        100.0 * figures.collapses,
        options.seeds,
        options.episodes
    );
    for (parameter, value) in study.space().iter().zip(&best.values) {
        outln!("  {} = {value}", parameter.path);
    }
    let file = study.best_file();
    outln!("Saved {}", file.display());
    let fresh = settings.run.seed.wrapping_add(options.seeds.max(100));
    outln!("Train: resonetics train --settings {} --seed {fresh}", file.display());
    Ok(())
}
