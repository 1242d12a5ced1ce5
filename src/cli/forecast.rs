//! `resonetics evaluate --forecast`: forecasters of collapse compared over the episodes of policies.

use super::CliError;
use super::output::{out, outln};
use super::progress::Progress;
use crate::evaluate::PolicyUnderTest;
use crate::evaluate::forecast::{ForecastEvaluation, forecast_table, write_forecasts, write_reliability};
use crate::settings::Scenario;
use crate::storage::OutputFile;
use clap::Args;
use rayon::ThreadPool;
use std::path::PathBuf;

/// Options of an evaluation of forecasts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Forecasts")]
pub struct ForecastOptions {
    /// Compare forecasters of collapse on the policies' episodes: thresholds, regressions, survival networks, and the
    /// Prophet of a checkpoint
    #[arg(long, conflicts_with_all = ["episodes", "pairs", "report", "trace"])]
    pub forecast: bool,
    /// Steps ahead, joined by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', requires = "forecast", default_values_t = [20, 50],
        value_parser = clap::value_parser!(u64).range(1..=10_000))]
    horizon: Vec<u64>,
    /// Share of random actions mixed into the policies
    #[arg(long, value_name = "SHARE", requires = "forecast", default_value_t = 0.05, value_parser = share)]
    epsilon: f64,
    /// Training, validation and test episodes; all policies play the same ones
    #[arg(long, value_name = "N,N,N", value_delimiter = ',', num_args = 1, requires = "forecast",
        default_values_t = [2_000, 500, 1_000], value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    splits: Vec<u64>,
    /// Also fit to the trends without each group of their numbers
    #[arg(long, requires = "forecast")]
    ablation: bool,
    /// Write the reliability tables to this CSV file
    #[arg(long, value_name = "FILE", requires = "forecast")]
    pub reliability: Option<PathBuf>,
}

/// The options that any evaluation has.
pub struct CommonOptions<'a> {
    /// The scenarios.
    pub scenarios: &'a [Scenario],
    /// The policies that play.
    pub policies: &'a [PolicyUnderTest],
    /// Seed of the episodes.
    pub seed: u64,
    /// The threads that compute.
    pub pool: &'a ThreadPool,
    /// The files for the table, and for the reliability tables.
    pub files: [Option<OutputFile>; 2],
}

/// Plays, fits, scores, and prints the tables.
///
/// # Errors
/// A number of splits other than three, a horizon longer than every episode, or a table that cannot be written.
pub fn run(options: &ForecastOptions, common: &CommonOptions<'_>) -> Result<(), CliError> {
    let [training, validation, test] = options.splits[..] else {
        let given = options.splits.len();
        let sentence = format!("--splits: expected three numbers of episodes, such as 2000,500,1000, not {given}");
        return Err(CliError::BadInput(sentence));
    };
    let evaluation = ForecastEvaluation {
        horizons: options.horizon.iter().map(|steps| *steps as usize).collect(),
        epsilon: options.epsilon,
        episodes: [training, validation, test],
        seed: common.seed,
        ablation: options.ablation,
    };
    let total = evaluation.total(common.policies, common.scenarios.len());
    let per_scenario = total / common.scenarios.len().max(1) as u64;
    let mut progress = Progress::new(total, "episodes");
    let mut scores = Vec::new();
    for (before, scenario) in (0..).zip(common.scenarios) {
        let report_progress =
            |done: u64, label: &str| progress.update(before * per_scenario + done, || label.to_owned());
        let policies = common.policies.iter().map(|policy| policy.for_scenario(scenario));
        let policies = policies.collect::<Result<Vec<_>, _>>()?;
        scores.extend(evaluation.run(scenario, &policies, common.pool, report_progress));
    }
    progress.finish();
    if scores.is_empty() {
        let longest = common.scenarios.iter().map(|scenario| scenario.max_steps).max().unwrap_or(0);
        let sentence =
            format!("--horizon: no state's future is known so far ahead; episodes end after {longest} steps");
        return Err(CliError::BadInput(sentence));
    }
    out!("{}", forecast_table(&scores));
    let [out, reliability] = &common.files;
    if let Some(file) = out {
        write_forecasts(file, &scores)?;
        outln!("Written to {}", file.path().display());
    }
    if let Some(file) = reliability {
        write_reliability(file, &scores)?;
        outln!("Reliability written to {}", file.path().display());
    }
    Ok(())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}
