//! The scores as tables for the terminal.

use super::{Improvement, Score};
use std::fmt::Write;

/// The scores as a table: one line each for survival, then one each for the rest by number, then the training seeds of
/// policies that have several.
pub fn table(scores: &[Score]) -> String {
    let width = |name: fn(&Score) -> &str, least: usize| {
        scores.iter().map(|score| name(score).chars().count()).max().unwrap_or(0).max(least)
    };
    let (scenario, policy) = (width(|score| &score.scenario, 8), width(|score| &score.policy, 6));
    let number = scores.len().to_string().len();
    let mut text = format!(
        "{:>number$}  {:scenario$}  {:policy$}  {:>23}  {:>23}  {:>9}  {:>9}\n",
        "#", "scenario", "policy", "steps survived", "collapses", "critical", "return"
    );
    for (at, score) in (1..).zip(scores) {
        let (steps, collapses) = (score.steps, score.collapses);
        let _ = writeln!(
            text,
            "{at:number$}  {:scenario$}  {:policy$}  {:7.1} [{:5.1}, {:5.1}]  {:7.1}% [{:4.1}%,{:5.1}%]  {:8.1}%  {:9.2}",
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
    let _ = writeln!(
        text,
        "\n{:>number$}  {:>22}  {:>24}  {:>14}  {:>7}  {:>6}  {:>6}",
        "#", "IQM of steps", "IQM of return", "OOM cell-steps", "spent", "churn", "slack"
    );
    for (at, score) in (1..).zip(scores) {
        let (steps, reward) = (score.iqm_steps, score.iqm_reward);
        let _ = writeln!(
            text,
            "{at:number$}  {:6.1} [{:5.1}, {:5.1}]  {:7.2} [{:6.2}, {:6.2}]  {:14.2}  {:7.1}  {:5.1}%  {:6.3}",
            steps.estimate,
            steps.low,
            steps.high,
            reward.estimate,
            reward.low,
            reward.high,
            score.oom,
            score.spent,
            100.0 * score.churn,
            score.slack,
        );
    }
    text + &seeds(scores)
}

/// The training seeds of policies that have several, with their median and the worst.
fn seeds(scores: &[Score]) -> String {
    let mut text = String::new();
    for (at, score) in (1..).zip(scores) {
        let Some(worst) = score.worst_seed() else { continue };
        let name = score.seeds.iter().map(|seed| seed.name.chars().count()).max().unwrap_or(0).max(6);
        let _ = writeln!(
            text,
            "\n#{at} by training seed\n{:name$}  {:>7}  {:>9}  {:>9}  {:>9}",
            "seed", "steps", "collapses", "critical", "return"
        );
        for seed in &score.seeds {
            let mark = if seed == worst { "  worst" } else { "" };
            let (collapses, critical) = (100.0 * seed.collapses, 100.0 * seed.critical);
            let _ = writeln!(
                text,
                "{:name$}  {:7.1}  {collapses:8.1}%  {critical:8.1}%  {:9.2}{mark}",
                seed.name, seed.steps, seed.reward
            );
        }
        let (steps, collapses) = score.median_seed();
        let _ = writeln!(text, "{:name$}  {steps:7.1}  {:8.1}%", "median", 100.0 * collapses);
    }
    text
}

/// The probabilities of improvement as a matrix, the policies by their numbers in the table, from `first` on.
pub fn improvement_table(first: usize, scores: &[Score], improvements: &[Improvement]) -> String {
    let Some(score) = scores.first().filter(|_| !improvements.is_empty()) else { return String::new() };
    let mut text = format!(
        "\nOn {}: probability that the line survives longer than the column (share of the same episodes, ties)\n    ",
        score.scenario
    );
    (first..first + scores.len()).for_each(|number| {
        let _ = write!(text, "  {:>23}", format!("#{number}"));
    });
    for line in 0..scores.len() {
        let _ = write!(text, "\n{:>4}", format!("#{}", first + line));
        for column in 0..scores.len() {
            let found = improvements.iter().find(|one| (one.policy, one.rival) == (line, column));
            let entry = found.map_or("-".to_owned(), |one| {
                let [better, longer, equal] = [one.probability.estimate, one.longer, one.equal].map(|n| 100.0 * n);
                format!("{better:.1}% ({longer:.1}%,{equal:5.1}%)")
            });
            let _ = write!(text, "  {entry:>23}");
        }
    }
    text + "\n"
}
