//! `summary.md`: the study in tables that can be pasted into a document.

use super::seed_interval::rate;
use super::{Plan, ResultRow, RowKey, TrainingSummary, difference, share};
use crate::evaluate::{median, percent};
use std::collections::HashMap;
use std::fmt::Write;

/// A line of a table: what is known of a variant or a scripted policy on one scenario.
struct TableLine<'a> {
    /// Training seed and collapsed episodes, in the order of the seeds.
    seeds: Vec<(Option<u64>, &'a [bool])>,
    trainings: Vec<&'a TrainingSummary>,
}

/// The summary. `command` is what made it; `rows` and `collapsed` hold what is known of each job.
pub fn summary(
    command: &str,
    plan: &Plan,
    rows: &HashMap<RowKey, ResultRow>,
    collapsed: &HashMap<RowKey, Vec<bool>>,
) -> String {
    let study = &plan.study;
    let mut text = format!("Made by `{command}`.");
    if !study.about.is_empty() {
        let _ = write!(text, " {}.", study.about.trim_end_matches('.'));
    }
    let known = plan.jobs.iter().filter(|job| rows.contains_key(&job.key)).count();
    if known < plan.jobs.len() {
        let _ = write!(text, "\n\n**Not complete: {known} of {} rows are there.**", plan.jobs.len());
    }
    let seeds: Vec<_> = study.seeds.iter().map(u64::to_string).collect();
    let _ = writeln!(
        text,
        "\n\nTraining seeds: {}. Steps of a training: {}. Greedy evaluation over {} episodes from seed {}, the same for \
         all.",
        seeds.join(", "),
        steps(plan),
        study.evaluation.episodes,
        study.evaluation.seed
    );
    let mut scenarios: Vec<&str> = plan.jobs.iter().map(|job| &*job.key.scenario).collect();
    scenarios.dedup();
    let names = study.variants.iter().map(|variant| (&variant.name, true));
    let names: Vec<_> = names.chain(study.policies.iter().map(|policy| (policy, false))).collect();
    for scenario in scenarios {
        let _ = write!(
            text,
            "\n### {scenario}\n\n\
             | variant | collapses: median seed | worst seed | mean [95%] | to `{}` [95%] | in training: collapses | \
             epsilon | handed over |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
            study.variants[0].name
        );
        let line = |name: &str, trained: bool| {
            let seeds: Vec<_> = if trained { study.seeds.iter().copied().map(Some).collect() } else { vec![None] };
            let key = |seed| RowKey { scenario: scenario.to_owned(), name: name.to_owned(), seed };
            let known = || seeds.iter().filter_map(|seed| Some((*seed, rows.get(&key(*seed))?)));
            TableLine {
                seeds: known().filter_map(|(seed, row)| Some((seed, &collapsed.get(&row.key)?[..]))).collect(),
                trainings: known().filter_map(|(_, row)| row.training.as_ref()).collect(),
            }
        };
        let first = line(&study.variants[0].name, true);
        for (number, (name, trained)) in names.iter().enumerate() {
            let to = if number == 0 { None } else { Some(&first) };
            let _ = writeln!(text, "| {} |{}", escape(name), line(name, *trained).cells(study.seeds.len(), to));
        }
    }
    text + "\n" + EXPLANATION
}

/// What the columns are.
const EXPLANATION: &str = "\
Collapses are the share of the evaluated episodes that end in one. An interval holds the variation between training \
seeds (t interval of the seeds' shares) and between episodes (Wilson), added in quadrature; with one seed it is that of \
the episodes alone. Differences are of the means, in points, with an interval over pairs of the same training seed and \
the same episodes; `=` means that no episode ended differently. In training: collapses of the whole run and effective \
epsilon and the share handed over to the guide averaged over its steps, each the median over the seeds.
";

/// The lengths of the trainings.
fn steps(plan: &Plan) -> String {
    let mut steps: Vec<_> = plan.jobs.iter().map(super::Job::training_steps).filter(|steps| *steps > 0).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

impl TableLine<'_> {
    /// The cells after the name; `planned` is how many seeds the study has.
    fn cells(&self, planned: usize, to: Option<&TableLine<'_>>) -> String {
        let shares: Vec<_> = self.seeds.iter().map(|(seed, collapsed)| (*seed, rate(collapsed))).collect();
        let Some(worst) = shares.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
            return " - | - | - | - | - | - | - |".to_owned();
        };
        let missing = match (worst.0, shares.len()) {
            (Some(_), known) if known < planned => format!(" ({known} of {planned} seeds)"),
            _ => String::new(),
        };
        let lists: Vec<_> = self.seeds.iter().map(|(_, collapsed)| collapsed.to_vec()).collect();
        let mean = share(&lists);
        let middle = percent(median(shares.iter().map(|(_, share)| *share)));
        let worst = worst.0.map_or("-".to_owned(), |seed| format!("{} ({seed})", percent(worst.1)));
        let to = to.map_or("-".to_owned(), |first| self.against(first));
        let [mut collapses, mut epsilon, mut handed] = ["-"; 3].map(str::to_owned);
        if !self.trainings.is_empty() {
            collapses = median(self.trainings.iter().map(|training| training.collapses as f64)).to_string();
            epsilon = format!("{:.3}", median(self.trainings.iter().map(|training| training.effective_epsilon)));
            handed = percent(median(self.trainings.iter().map(|training| training.handed_over)));
        }
        format!(" {middle}{missing} | {worst} | {} | {to} | {collapses} | {epsilon} | {handed} |", mean.format(percent))
    }

    /// The difference to another line, in pairs of the same seed; a scripted policy pairs with every seed.
    fn against(&self, first: &TableLine<'_>) -> String {
        let pairs: Vec<_> = first
            .seeds
            .iter()
            .filter_map(|(seed, one)| {
                let (_, other) = self.seeds.iter().find(|(own, _)| own.is_none() || own == seed)?;
                Some((*one, *other))
            })
            .collect();
        let points = |number: f64| format!("{:+.1}", 100.0 * number);
        match (pairs.is_empty(), difference(&pairs)) {
            (true, _) => "-".to_owned(),
            (false, None) => "=".to_owned(),
            (false, Some(difference)) => difference.format(points),
        }
    }
}

/// A name that cannot end a cell of a table.
fn escape(name: &str) -> String {
    name.replace('|', "\\|").replace(['\n', '\r'], " ")
}
