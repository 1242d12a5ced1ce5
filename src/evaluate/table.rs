//! Tables of the scores for the terminal.

use super::{Improvement, Score, decimals, percent};
use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Write;

/// A table without rules, two blanks between columns; the columns after the first `names` are aligned right.
pub(super) fn aligned(names: usize, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if at >= names {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt() + "\n"
}

/// The scores as three tables: survival, the other figures, and the training seeds of policies with several.
pub fn table(scores: &[Score]) -> String {
    let survival = (1..).zip(scores).map(|(at, score)| {
        vec![
            at.to_string(),
            score.scenario.clone(),
            score.policy.clone(),
            score.steps.format(decimals(1)),
            score.collapses.format(percent),
            percent(score.critical.estimate),
            decimals(2)(score.reward.estimate),
        ]
    });
    let rest = (1..).zip(scores).map(|(at, score)| {
        vec![
            at.to_string(),
            score.iqm_steps.format(decimals(1)),
            score.iqm_reward.format(decimals(2)),
            decimals(2)(score.oom),
            decimals(1)(score.spent),
            percent(score.churn),
            decimals(3)(score.slack),
        ]
    });
    let first = ["#", "scenario", "policy", "steps survived", "collapses", "critical", "return"];
    let second = ["#", "IQM of steps", "IQM of return", "OOM cell-steps", "spent", "churn", "slack"];
    aligned(3, &first, survival) + "\n" + &aligned(1, &second, rest) + &scopes(scores) + &seeds(scores)
}

/// What the intervals of the trained policies speak of.
fn scopes(scores: &[Score]) -> String {
    let scopes =
        (1..).zip(scores).filter_map(|(at, score)| Some(format!("The intervals of #{at} are {}", score.scope()?)));
    let lines = scopes.collect::<Vec<_>>().join("\n");
    if lines.is_empty() { lines } else { format!("\n{lines}\n") }
}

/// The training seeds of policies with several, with their median and the worst.
fn seeds(scores: &[Score]) -> String {
    let mut text = String::new();
    for (at, score) in (1..).zip(scores) {
        let Some(worst) = score.worst_seed() else { continue };
        let (steps, collapses) = score.median_seed();
        let median = vec!["median".to_owned(), decimals(1)(steps), percent(collapses)];
        let rows = score.seeds.iter().map(|seed| {
            vec![
                seed.name.clone(),
                decimals(1)(seed.steps),
                percent(seed.collapses),
                percent(seed.critical),
                decimals(2)(seed.reward),
                if seed == worst { "worst" } else { "" }.to_owned(),
            ]
        });
        let header = ["seed", "steps", "collapses", "critical", "return", ""];
        let _ = write!(text, "\n#{at} by training seed\n{}", aligned(1, &header, rows.chain([median])));
    }
    text
}

/// The probabilities of improvement as a matrix; the policies are numbered as in the table, from `first` on.
pub fn improvement_table(first: usize, scores: &[Score], improvements: &[Improvement]) -> String {
    let Some(score) = scores.first().filter(|_| !improvements.is_empty()) else { return String::new() };
    let names: Vec<_> = (first..first + scores.len()).map(|number| format!("#{number}")).collect();
    let entry = |line: usize, column: usize| {
        let found = improvements.iter().find(|one| (one.policy, one.rival) == (line, column));
        found.map_or("-".to_owned(), |one| {
            let [better, longer, equal] = [one.probability.estimate, one.longer, one.equal].map(percent);
            format!("{better} ({longer}, {equal})")
        })
    };
    let rows = names.iter().enumerate().map(|(line, name)| {
        let entries = (0..scores.len()).map(|column| entry(line, column));
        std::iter::once(name.clone()).chain(entries).collect()
    });
    let header: Vec<_> = std::iter::once("").chain(names.iter().map(String::as_str)).collect();
    format!(
        "\nOn {}: probability that the line survives longer than the column (share of the same episodes, ties)\n{}",
        score.scenario,
        aligned(1, &header, rows)
    )
}
