//! What a policy scored on a scenario, as a row of the table.

use super::contest::Result as Episode;
use super::{Contestant, Interval, mean, rate};
use crate::record::{RecordError, write_file};
use crate::settings::Scenario;
use std::fmt::Write;
use std::path::Path;

/// The figures of one policy on one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the policy.
    pub policy: String,
    /// Episodes played.
    pub episodes: u64,
    /// Steps survived.
    pub steps: Interval,
    /// Share of episodes that ended in a collapse.
    pub collapses: Interval,
    /// Share of episodes that ended with a critical cell out of memory.
    pub critical: Interval,
    /// Sum of the rewards (survival profile).
    pub reward: Interval,
    /// Mean budget spent per episode, in units.
    pub spent: f64,
}

impl Score {
    pub(super) fn new(scenario: &Scenario, contestant: &Contestant, results: &[Episode]) -> Self {
        let episodes = results.len() as u64;
        let share =
            |hit: fn(&Episode) -> bool| rate(results.iter().filter(|result| hit(result)).count() as u64, episodes);
        Self {
            scenario: scenario.name.clone(),
            policy: contestant.name().to_owned(),
            episodes,
            steps: mean(results.iter().map(|result| result.steps as f64)),
            collapses: share(|result| result.outcome.is_collapse()),
            critical: share(|result| result.outcome.is_critical()),
            reward: mean(results.iter().map(|result| result.reward)),
            spent: mean(results.iter().map(|result| result.spent)).estimate,
        }
    }
}

const COLUMNS: [&str; 16] = [
    "scenario",
    "policy",
    "episodes",
    "mean_steps",
    "mean_steps_low",
    "mean_steps_high",
    "collapse_rate",
    "collapse_low",
    "collapse_high",
    "critical_rate",
    "mean_return",
    "critical_low",
    "critical_high",
    "mean_return_low",
    "mean_return_high",
    "mean_spent",
];

/// Writes the scores as CSV.
///
/// # Errors
/// What the system refused.
pub fn write_csv(path: &Path, scores: &[Score]) -> Result<(), RecordError> {
    let text = to_csv(scores).map_err(|error| RecordError::io("write", path)(error.into()))?;
    write_file(path, &text)
}

fn to_csv(scores: &[Score]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for score in scores {
        let names = [score.scenario.clone(), score.policy.clone(), score.episodes.to_string()];
        let numbers = [
            score.steps.estimate,
            score.steps.low,
            score.steps.high,
            score.collapses.estimate,
            score.collapses.low,
            score.collapses.high,
            score.critical.estimate,
            score.reward.estimate,
            score.critical.low,
            score.critical.high,
            score.reward.low,
            score.reward.high,
            score.spent,
        ];
        let numbers = numbers.map(|number| format!("{number:.6}"));
        writer.write_record(names.iter().chain(&numbers))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The scores as a table for the terminal.
pub fn table(scores: &[Score]) -> String {
    let width = |name: fn(&Score) -> &str, least: usize| {
        scores.iter().map(|score| name(score).chars().count()).max().unwrap_or(0).max(least)
    };
    let (scenario, policy) = (width(|score| &score.scenario, 8), width(|score| &score.policy, 6));
    let mut text = format!(
        "{:scenario$}  {:policy$}  {:>23}  {:>23}  {:>9}  {:>9}\n",
        "scenario", "policy", "steps survived", "collapses", "critical", "return"
    );
    for score in scores {
        let (steps, collapses) = (score.steps, score.collapses);
        let _ = writeln!(
            text,
            "{:scenario$}  {:policy$}  {:7.1} [{:5.1}, {:5.1}]  {:7.1}% [{:4.1}%,{:5.1}%]  {:8.1}%  {:9.2}",
            score.scenario,
            score.policy,
            steps.estimate,
            steps.low,
            steps.high,
            100.0 * collapses.estimate,
            100.0 * collapses.low,
            100.0 * collapses.high,
            100.0 * score.critical.estimate,
            score.reward.estimate,
        );
    }
    text
}
