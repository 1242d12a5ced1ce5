//! `resonetics evaluate`: policies compared over the same episodes.

use super::Failure;
use super::progress::Progress;
use crate::evaluate::{
    Contest, Contestant, Improvement, Score, improvement_table, improvements, table, write_csv, write_improvements,
};
use crate::settings::{SCENARIOS, Scenario, load_scenario};
use clap::Args;
use std::path::PathBuf;

/// Options of an evaluation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics evaluate --policy idle,random,heuristic,patrol,omniscient --scenario all --episodes 400 --out golden.csv
  resonetics evaluate --policy patrol,pilot:runs/first --scenario default,cascade")]
pub struct Options {
    /// Policies, joined by commas: idle, random, heuristic, patrol, notebook, omniscient, qtable, pilot:PATH (a checkpoint of either
    /// agent, a run folder, or a folder of run folders: one policy with several training seeds)
    #[arg(long, value_name = "LIST", value_delimiter = ',', required = true)]
    policy: Vec<String>,
    /// Scenarios, joined by commas: built-in names, RON files, or `all`
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "default")]
    scenario: Vec<String>,
    /// Episodes per policy, training seed and scenario
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(2..=10_000_000))]
    episodes: u64,
    /// Seed of the episodes; all policies meet the same ones
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    seed: u64,
    /// Threads; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// Write the table to this CSV file as well
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the comparison of every policy with every other to this CSV file
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
}

/// Plays the episodes and prints the table.
///
/// # Errors
/// Unknown names, unusable checkpoints, or a table that could not be written.
pub fn run(options: &Options) -> Result<(), Failure> {
    let scenarios = scenarios(&options.scenario)?;
    let contestants = options.policy.iter().map(|name| Contestant::named(name)).collect::<Result<Vec<_>, _>>()?;
    let threads = options.threads.unwrap_or(0) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::Failed(format!("cannot start threads: {error}")))?;
    let minds: u64 = contestants.iter().map(|contestant| contestant.minds().len() as u64).sum();
    let mut progress = Progress::new(options.episodes * scenarios.len() as u64 * minds, "episodes");
    let mut scores: Vec<Score> = Vec::new();
    for scenario in &scenarios {
        for contestant in &contestants {
            let contest = Contest { scenario, contestant, seed: options.seed };
            let before = scores.iter().map(|score| score.episodes).sum::<u64>();
            let label = format!("{} on {}", contestant.name(), scenario.name);
            let score = contest.play(options.episodes, &pool, |done| progress.update(before + done, || label.clone()));
            scores.push(score);
        }
    }
    let by_scenario = || scores.chunks(contestants.len());
    let found: Vec<_> = by_scenario().map(|scores| pool.install(|| improvements(scores, options.seed))).collect();
    let compared: Vec<(&[Score], &[Improvement])> = by_scenario().zip(found.iter().map(Vec::as_slice)).collect();
    progress.finish();
    print!("{}", table(&scores));
    for (number, (scores, found)) in compared.iter().enumerate() {
        print!("{}", improvement_table(1 + number * contestants.len(), scores, found));
    }
    if let Some(path) = &options.out {
        write_csv(path, &scores)?;
        println!("Written to {}", path.display());
    }
    if let Some(path) = &options.pairs {
        write_improvements(path, &compared)?;
        println!("Comparisons written to {}", path.display());
    }
    Ok(())
}

fn scenarios(names: &[String]) -> Result<Vec<Scenario>, Failure> {
    let names = names.iter().flat_map(|name| match name.as_str() {
        "all" => SCENARIOS.map(|(name, _)| name).to_vec(),
        name => vec![name],
    });
    Ok(names.map(load_scenario).collect::<Result<_, _>>()?)
}
