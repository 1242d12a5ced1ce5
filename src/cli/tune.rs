//! `resonetics tune`: searches for the settings that an agent learns best with.

use super::error::{CliError, Ending};
use super::options::{RunOptions, duration};
use super::output::{errln, outln};
use super::progress::Progress;
use super::stop;
use super::train::CLUSTERS;
use crate::tune::{INTERIM_EVALUATIONS, Search, SearchPlan, SearchProgress, TuneError, default_space, load_space};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// TuneOptions of a search.
#[derive(Debug, Args)]
#[command(after_help = "\
A search that Ctrl-C or --max-runtime ended continues when the same command is given again; a larger --trials extends it. The best settings
so far are always in best.ron of its folder, which `resonetics train --settings` takes.

Examples:
  resonetics tune --agent qtable --scenario classic --trials 50 --out studies/qtable
  resonetics tune --agent dqn --scenario rush-hour --steps 100000 --threads 2 --out studies/rush
  resonetics tune --agent dqn --space mine.ron --settings mine-settings.ron --out studies/mine")]
pub struct TuneOptions {
    /// Whose settings are searched: dqn, or qtable, which begins with the profile `v10` if --settings is left out
    #[arg(long, value_name = "NAME", default_value = "dqn")]
    agent: String,
    /// Trials of the whole search, including those it has already run
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    trials: u64,
    /// Folder of the search: study.ron, trials.csv, best.ron
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Scenario: a built-in name (classic, calm, default, leak-storm, rush-hour, budget-squeeze, cascade) or a RON file
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// Trainings per trial, with consecutive seeds from --seed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Environment steps of each training
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<String>,
    /// First seed of the trainings, and seed of the search
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<String>,
    /// Settings that are not searched: a built-in profile (`v10`, `v13`) or a RON file
    #[arg(long, value_name = "NAME|FILE")]
    settings: Option<String>,
    /// Change one setting that is not searched, such as run.clusters=8; may be given several times
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// The search space: a RON file such as assets/spaces/dqn.ron [default: the built-in space of the agent]
    #[arg(long, value_name = "FILE")]
    space: Option<PathBuf>,
    /// Episodes that evaluate each finished training
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    episodes: u64,
    /// Trainings in parallel; the results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: u64,
    /// End after this time, such as 30m or 2h, with exit code 75 if the search was not done by then
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_runtime: Option<Duration>,
}

impl TuneOptions {
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
            let sentence = "a search evaluates under the synthetic load: leave trace.file empty";
            return Err(CliError::BadInput(sentence.to_owned()));
        }
        if settings.run.clusters == 0 {
            settings.run.clusters = CLUSTERS;
        }
        // The threads run trainings in parallel instead.
        settings.run.threads = 1;
        let space = match &self.space {
            Some(path) => load_space(path)?,
            None => default_space(settings.run.agent),
        };
        Ok(SearchPlan { seeds: self.seeds, episodes: self.episodes, space, settings })
    }
}

/// Runs a search to its end, or until Ctrl-C.
///
/// # Errors
/// Invalid options, or files that could not be written.
pub fn run(options: &TuneOptions) -> Result<Ending, CliError> {
    let plan = options.plan()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads as usize).build();
    let pool = pool.map_err(|error| CliError::Failed(format!("cannot start threads: {error}")))?;
    stop::listen();
    let limit = stop::RuntimeLimit::new(options.max_runtime.unwrap_or_default());
    let ended = || stop::interrupted() || limit.reached();
    let (steps, seeds) = (plan.settings.run.steps, plan.seeds);
    let name = plan.settings.cluster.name.clone();
    let mut search = Search::open(&options.out, plan)?;
    errln!(
        "Tuning {} on {name}: {} trials of {seeds} x {steps} steps, {} done, into {}",
        options.agent,
        options.trials,
        search.trials().len(),
        options.out.display()
    );
    let steps_per_trial = steps * seeds;
    let mut progress = Progress::new(options.trials * steps_per_trial, "steps");
    while (search.trials().len() as u64) < options.trials {
        let completed = search.run_trial(&pool, &ended, |state| {
            let done = state.trial * steps_per_trial + state.tenths * steps_per_trial / (INTERIM_EVALUATIONS + 1);
            progress.update(done, || progress_message(&state));
        })?;
        if !completed {
            break;
        }
    }
    progress.finish();
    report(&search, options)?;
    Ok(Ending::of(search.trials().len() as u64 >= options.trials))
}

/// The figures beside the progress bar.
fn progress_message(progress: &SearchProgress<'_>) -> String {
    let finished = progress.trials.iter().filter_map(|trial| trial.figures);
    let best = finished.min_by(|a, b| a.lost.total_cmp(&b.lost));
    let pruned = progress.trials.iter().filter(|trial| trial.figures.is_none()).count();
    let best = best.map_or("none yet".to_owned(), |best| {
        format!("{:.0} steps survived, {:.1}% collapses", best.steps, 100.0 * best.collapses)
    });
    format!("trial {} at {}0%, {pruned} pruned, best {best}", progress.trial, progress.tenths)
}

/// Prints the result and where it is.
fn report(search: &Search, options: &TuneOptions) -> Result<(), TuneError> {
    let (trials, wanted) = (search.trials().len() as u64, options.trials);
    let pruned = search.trials().iter().filter(|trial| trial.figures.is_none()).count();
    let reason = if trials < wanted { "Interrupted" } else { "Finished" };
    outln!("{reason} after {trials} of {wanted} trials, {pruned} of them pruned");
    if trials < wanted {
        outln!("Repeat the command to continue");
    }
    let Some((best, figures)) = search.best().and_then(|best| Some((best, best.figures?))) else { return Ok(()) };
    let settings = search.settings(&best.values)?;
    outln!(
        "Best is trial {}: {:.1} of {} steps survived, {:.1}% collapses (means over {} seeds, {} episodes each)",
        best.number,
        figures.steps,
        settings.cluster.max_steps,
        100.0 * figures.collapses,
        options.seeds,
        options.episodes
    );
    for (parameter, value) in search.space().iter().zip(&best.values) {
        outln!("  {} = {value}", parameter.path);
    }
    let file = search.best_file();
    outln!("Saved {}", file.display());
    let fresh = settings.run.seed.wrapping_add(options.seeds.max(100));
    outln!("Train: resonetics train --settings {} --seed {fresh}", file.display());
    Ok(())
}
