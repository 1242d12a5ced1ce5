//! `summary.md`: the results of a study as Markdown tables.

use super::{Job, Plan, ResultRow, RowKey, StudyWorld, TrainingSummary};
use crate::evaluate::{collapse_rate_difference, collapse_rate_interval, median, percent, share};
use std::collections::HashMap;
use std::fmt::Write;

/// A row of a table: the results of a variant or a scripted policy on one scenario, as far as there are any.
struct SummaryRow<'a> {
    /// The world it was trained and evaluated in.
    world: &'a StudyWorld,
    /// Training seed and whether each episode collapsed, in the order of the seeds.
    seeds: Vec<(Option<u64>, &'a [bool])>,
    trainings: Vec<&'a TrainingSummary>,
}

/// The summary as Markdown. `command` is the command that makes it; `rows` and `collapsed` (whether each episode ended in a
/// collapse) hold the jobs that are done.
pub fn summary<'a>(
    command: &str,
    plan: &'a Plan,
    rows: &'a HashMap<RowKey, ResultRow>,
    collapsed: &'a HashMap<RowKey, Vec<bool>>,
) -> String {
    let study = &plan.study;
    let mut text = format!("Made by `{command}`.");
    if !study.about.is_empty() {
        let _ = write!(text, " {}.", study.about.trim_end_matches('.'));
    }
    let done = plan.jobs.iter().filter(|job| rows.contains_key(&job.key)).count();
    if done < plan.jobs.len() {
        let _ = write!(text, "\n\n**Not complete: {done} of {} rows.**", plan.jobs.len());
    }
    let seeds: Vec<_> = study.seeds.iter().map(u64::to_string).collect();
    let _ = writeln!(
        text,
        "\n\nTraining seeds: {}. Steps of a training: {}. Greedy evaluation over {} episodes from seed {}, the same for \
         all, each in the world of its training.",
        seeds.join(", "),
        steps(plan),
        study.evaluation.episodes,
        study.evaluation.seed
    );
    let mut scenarios: Vec<&str> = plan.jobs.iter().map(|job| &*job.key.scenario).collect();
    scenarios.dedup();
    for scenario in scenarios {
        let _ = write!(
            text,
            "\n### {scenario}\n\n\
             | variant | collapses: median seed | worst seed | mean [95%] | to `{}` [95%] | in training: collapses | \
             epsilon | handed over |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
            study.variants[0].name
        );
        let row = |jobs: &[&'a Job]| {
            let results = || jobs.iter().filter_map(|job| rows.get(&job.key));
            SummaryRow {
                world: &jobs[0].world,
                seeds: results().filter_map(|row| Some((row.key.seed, &collapsed.get(&row.key)?[..]))).collect(),
                trainings: results().filter_map(|row| row.training.as_ref()).collect(),
            }
        };
        let jobs: Vec<_> = plan.jobs.iter().filter(|job| job.key.scenario == scenario).collect();
        let same_row = |a: &&Job, b: &&Job| a.key.name == b.key.name && a.key.seed.is_some() == b.key.seed.is_some();
        let mut baseline = None;
        for jobs in jobs.chunk_by(same_row) {
            let row = row(jobs);
            let cells = row.cells(study.seeds.len(), baseline.as_ref());
            let _ = writeln!(text, "| {} |{cells}", escape(&jobs[0].key.name));
            baseline.get_or_insert(row);
        }
    }
    text + "\n" + EXPLANATION
}

/// The explanation of the columns.
const EXPLANATION: &str = "\
Collapses are the share of evaluated episodes that end in one. An interval covers the variation between training \
seeds (t interval of the seeds' shares) and between episodes (Wilson), added in quadrature; with one seed it is that of \
the episodes alone. Differences are of the means, in points, with an interval over pairs of the same training seed and \
the same episodes; `=` means that no episode ended differently, and `-` that the row plays \
in another world. In training: collapses of the whole run and effective \
epsilon and the share handed over to the guide averaged over its steps, each the median over the seeds.
";

/// The lengths of the trainings in environment steps, joined by commas.
fn steps(plan: &Plan) -> String {
    let mut steps: Vec<_> = plan.jobs.iter().map(Job::training_steps).filter(|steps| *steps > 0).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

impl SummaryRow<'_> {
    /// The cells after the name; `planned` is the number of seeds of the study.
    fn cells(&self, planned: usize, baseline: Option<&SummaryRow<'_>>) -> String {
        let shares: Vec<_> = self.seeds.iter().map(|(seed, collapsed)| (*seed, share(collapsed))).collect();
        let Some(worst) = shares.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
            return " - | - | - | - | - | - | - |".to_owned();
        };
        let missing = match (worst.0, shares.len()) {
            (Some(_), done) if done < planned => format!(" ({done} of {planned} seeds)"),
            _ => String::new(),
        };
        let lists: Vec<_> = self.seeds.iter().map(|(_, collapsed)| collapsed.to_vec()).collect();
        let mean = collapse_rate_interval(&lists);
        let middle = percent(median(shares.iter().map(|(_, share)| *share)));
        let worst = worst.0.map_or("-".to_owned(), |seed| format!("{} ({seed})", percent(worst.1)));
        let to = baseline.map_or("-".to_owned(), |baseline| self.difference_to(baseline));
        let [mut collapses, mut epsilon, mut handed] = ["-"; 3].map(str::to_owned);
        if !self.trainings.is_empty() {
            collapses = median(self.trainings.iter().map(|training| training.collapses as f64)).to_string();
            epsilon = format!("{:.3}", median(self.trainings.iter().map(|training| training.effective_epsilon)));
            handed = percent(median(self.trainings.iter().map(|training| training.handed_over)));
        }
        format!(" {middle}{missing} | {worst} | {} | {to} | {collapses} | {epsilon} | {handed} |", mean.format(percent))
    }

    /// The difference to another row, in pairs of the same seed; a scripted policy pairs with every seed.
    fn difference_to(&self, baseline: &SummaryRow<'_>) -> String {
        let pairs: Vec<_> = baseline
            .seeds
            .iter()
            .filter_map(|(seed, one)| {
                let (_, other) = self.seeds.iter().find(|(own, _)| own.is_none() || own == seed)?;
                Some((*one, *other))
            })
            .collect();
        if self.world != baseline.world {
            return "-".to_owned();
        }
        let points = |number: f64| format!("{:+.1}", 100.0 * number);
        match (pairs.is_empty(), collapse_rate_difference(&pairs)) {
            (true, _) => "-".to_owned(),
            (false, None) => "=".to_owned(),
            (false, Some(difference)) => difference.format(points),
        }
    }
}

/// A name with nothing in it that ends a table cell.
fn escape(name: &str) -> String {
    name.replace('|', "\\|").replace(['\n', '\r'], " ")
}
