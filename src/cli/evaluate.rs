//! `resonetics evaluate`: policies compared over the same episodes.

use super::environments::{EnvironmentOptions, Environments};
use super::force::ForceOption;
use super::options::shell_command;
use super::output::{errln, out, outln};
use super::progress::Progress;
use super::{CliError, forecast};
use crate::evaluate::report::{Report, ScenarioResults};
use crate::evaluate::{
    Evaluation, Improvement, PolicyUnderTest, Score, improvement_table, improvements, other_world, table, write_csv,
    write_improvements,
};
use crate::settings::{SCENARIOS, Scenario, load_scenario};
use clap::Args;
use std::path::{Path, PathBuf};

/// EvaluateOptions of an evaluation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics evaluate --policy idle,random,heuristic,patrol,omniscient --scenario all --episodes 400 --out golden.csv
  resonetics evaluate --policy patrol,pilot:runs/first --scenario default,cascade
  resonetics evaluate --forecast --policy patrol,pilot:runs/first --out forecasts.csv
  resonetics evaluate --policy notebook,pilot:runs/study --report study.html
  resonetics evaluate --policy patrol,pilot:runs/first --set cluster.rows=12 --set cluster.columns=12
  resonetics evaluate --policy patrol,pilot:runs/first --trace load.csv --set trace.steps_per_row=5")]
pub struct EvaluateOptions {
    /// Policies, joined by commas: idle, random, heuristic, patrol, notebook, omniscient, qtable (the tuned Q-table that
    /// ships), pilot:builtin (the Pilot that ships for the scenario), pilot:PATH (a checkpoint of either agent, a run folder,
    /// or a folder of run folders: one policy with several training seeds). A path with commas stands alone; --policy may be
    /// given several times
    #[arg(long, value_name = "LIST", required = true)]
    policy: Vec<String>,
    /// Scenarios, joined by commas: built-in names, RON files, or `all`
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "default")]
    scenario: Vec<String>,
    #[command(flatten)]
    environments: EnvironmentOptions,
    /// Episodes per policy, training seed and scenario
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(2..=10_000_000))]
    episodes: u64,
    /// Seed of the episodes; all policies play the same ones
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    seed: u64,
    /// Threads; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Also write the table to this CSV file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the comparison of every policy with every other to this CSV file
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Write a report with tables and plots to this HTML file; it opens without a network
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    force: ForceOption,
    #[command(flatten)]
    forecast: forecast::ForecastOptions,
}

/// Plays the episodes and prints the table.
///
/// # Errors
/// Unknown names, unusable checkpoints, or a table that could not be written.
pub fn run(options: &EvaluateOptions) -> Result<(), CliError> {
    let Environments { scenarios, worlds, load, report: trace } =
        options.environments.apply(scenarios(&options.scenario)?)?;
    let asked = [&options.out, &options.pairs, &options.report, &options.forecast.reliability];
    let [out, pairs, report, reliability] = options.force.files(asked)?;
    let names = options.policy.iter().flat_map(|list| policy_names(list));
    let policies = names.map(PolicyUnderTest::named).collect::<Result<Vec<_>, _>>()?;
    for warning in policies.iter().flat_map(PolicyUnderTest::warnings) {
        errln!("resonetics: {warning}");
    }
    if let Some(trace) = &trace {
        errln!("{trace}");
    }
    let mut notes = Vec::new();
    for world in &worlds {
        for policy in &policies {
            notes.extend(other_world(&policy.for_scenario(&world.cluster)?, world));
        }
    }
    notes.iter().for_each(|note| errln!("{note}"));
    let threads = options.threads.unwrap_or(0) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| CliError::Failed(format!("cannot start threads: {error}")))?;
    if options.forecast.forecast {
        let (seed, files) = (options.seed, [out, reliability]);
        let common = forecast::CommonOptions { scenarios: &scenarios, policies: &policies, seed, pool: &pool, files };
        return forecast::run(&options.forecast, &common);
    }
    let trained: u64 = policies.iter().map(|policy| policy.trainings().len() as u64).sum();
    let mut progress = Progress::new(options.episodes * scenarios.len() as u64 * trained, "episodes");
    let mut scores: Vec<Score> = Vec::new();
    for scenario in &scenarios {
        for policy in &policies {
            let policy = &policy.for_scenario(scenario)?;
            let evaluation = Evaluation { scenario, policy, seed: options.seed };
            let before = scores.iter().map(|score| score.episodes).sum::<u64>();
            let label = format!("{} on {}", policy.name(), scenario.name);
            let report_progress = |done| progress.update(before + done, || label.clone());
            let score = evaluation.play_with_load(load.as_ref(), options.episodes, &pool, report_progress);
            scores.push(score);
        }
    }
    let by_scenario = || scores.chunks(policies.len());
    let found: Vec<_> = by_scenario().map(|scores| pool.install(|| improvements(scores, options.seed))).collect();
    let compared: Vec<(&[Score], &[Improvement])> = by_scenario().zip(found.iter().map(Vec::as_slice)).collect();
    progress.finish();
    out!("{}", table(&scores));
    for (number, (scores, found)) in compared.iter().enumerate() {
        out!("{}", improvement_table(1 + number * policies.len(), scores, found));
    }
    if let Some(file) = &out {
        write_csv(file, &scores)?;
        outln!("Written to {}", file.path().display());
    }
    if let Some(file) = &pairs {
        write_improvements(file, &compared)?;
        outln!("Comparisons written to {}", file.path().display());
    }
    if let Some(file) = &report {
        let results = |(scenario, (scores, improvements))| ScenarioResults { scenario, scores, improvements };
        let scenarios: Vec<_> = scenarios.iter().zip(compared).map(results).collect();
        let arguments: Vec<_> =
            std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
        let report = Report {
            command: &shell_command(arguments.iter().map(String::as_str)),
            seed: options.seed,
            episodes: options.episodes,
            trace: trace.as_deref(),
            notes: &notes,
            policies: &policies,
            scenarios: &scenarios,
        };
        pool.install(|| report.write(file))?;
        outln!("Report written to {}", file.path().display());
    }
    Ok(())
}

/// The policies of a list with commas. The path of an existing checkpoint or folder may have commas of its own.
fn policy_names(list: &str) -> Vec<&str> {
    match list.strip_prefix("pilot:") {
        Some(path) if Path::new(path).exists() => vec![list],
        _ => list.split(',').collect(),
    }
}

fn scenarios(names: &[String]) -> Result<Vec<Scenario>, CliError> {
    let names = names.iter().flat_map(|name| match name.as_str() {
        "all" => SCENARIOS.map(|(name, _)| name).to_vec(),
        name => vec![name],
    });
    Ok(names.map(load_scenario).collect::<Result<_, _>>()?)
}
