//! The scores of forecasters as tables for the terminal and as CSV.

use super::super::table::aligned;
use super::super::{Interval, decimals, percent};
use super::{AlarmScore, FALSE_ALARMS, ForecastScore, IN_TIME};
use crate::storage::{OutputFile, RecordError};
use std::fmt::Write;

/// The tables for the terminal: the methods on each policy's own episodes, their reliability, and the cross table.
pub fn forecast_table(scores: &[ForecastScore]) -> String {
    let mut text = String::new();
    let own: Vec<_> = scores.iter().filter(|score| score.trained_on == score.policy).collect();
    let same = |a: &&ForecastScore, b: &&ForecastScore| {
        (&a.scenario, &a.policy, a.horizon) == (&b.scenario, &b.policy, b.horizon)
    };
    for scores in own.chunk_by(same) {
        let (all, quarters): (Vec<_>, Vec<_>) = scores.iter().partition(|score| score.quarter.is_none());
        methods(&mut text, &all);
        alarms(&mut text, &all);
        reliability(&mut text, &all);
        by_quarter(&mut text, &quarters, |score| score.method.clone());
    }
    cross(&mut text, scores);
    text
}

fn methods(text: &mut String, scores: &[&ForecastScore]) {
    let Some(first) = scores.first() else { return };
    let (episodes, collapses) = first.episodes;
    let _ = writeln!(
        text,
        "\nCollapse within {} steps, {} on {}: {episodes} test episodes, {collapses} collapses at least that far before the \
         step limit, base rate {:.2}%",
        first.horizon,
        first.policy,
        first.scenario,
        100.0 * first.base_rate
    );
    let rows = scores.iter().map(|score| {
        let skill = score.skill.map_or("-".to_owned(), |skill| skill.format(decimals(3)));
        let error = score.calibration.map_or("-".to_owned(), |error| error.format(decimals(4)));
        vec![
            score.method.clone(),
            score.auroc.format(decimals(3)),
            score.average_precision.format(decimals(3)),
            skill,
            error,
        ]
    });
    *text += &aligned(1, &["method", "AUROC", "average precision", "Brier skill", "calibration error"], rows);
}

fn alarms(text: &mut String, scores: &[&ForecastScore]) {
    let titles = FALSE_ALARMS.map(|states| format!("alarms at 1 in {states}: false, lead, caught"));
    let header = ["method", &titles[0], &titles[1]];
    let rows = scores.iter().map(|score| {
        let alarms = score.alarms.iter().map(one_alarm);
        std::iter::once(score.method.clone()).chain(alarms).collect()
    });
    let _ = writeln!(
        text,
        "\n{}(share of safe states alarmed; median steps before a collapse from which the alarm stays on; share of collapses \
         where these are at least {IN_TIME})",
        aligned(1, &header, rows)
    );
}

fn one_alarm(alarm: &AlarmScore) -> String {
    let (Some(lead), Some(caught)) = (alarm.lead, alarm.caught) else { return "nothing collapsed".to_owned() };
    format!("{:.2}%, {}, {}", 100.0 * alarm.false_alarms, lead.format(decimals(1)), caught.format(percent))
}

/// Reliability of the methods that give probabilities.
fn reliability(text: &mut String, scores: &[&ForecastScore]) {
    let pair =
        |mean_risk: f64, observed_rate: f64| format!("{:.2}% -> {:.2}%", 100.0 * mean_risk, 100.0 * observed_rate);
    let rows = scores.iter().filter(|score| !score.reliability.is_empty()).map(|score| {
        let mut row = vec![score.method.clone()];
        row.extend(score.reliability.iter().take(4).map(|bin| pair(bin.mean_risk, bin.observed_rate)));
        let rest = score.reliability.iter().skip(4);
        let all: f64 = rest.clone().map(|bin| bin.forecasts).sum();
        if all > 0.0 {
            let mean_risk: f64 = rest.clone().map(|bin| bin.forecasts * bin.mean_risk).sum();
            let observed_rate: f64 = rest.map(|bin| bin.forecasts * bin.observed_rate).sum();
            row.push(pair(mean_risk / all, observed_rate / all));
        }
        row
    });
    let header = ["method", "first", "second", "third", "fourth", "rest"];
    let _ = write!(
        text,
        "\nreliability, the states in tenths, the highest risks first: forecast -> observed\n{}",
        aligned(1, &header, rows)
    );
}

/// Calibration in each quarter of the episode, of the methods that give probabilities.
fn by_quarter(text: &mut String, scores: &[&ForecastScore], name: impl Fn(&ForecastScore) -> String) {
    let quarter = |(score, bias): &(&ForecastScore, Interval)| {
        let forecast = score.base_rate + bias.estimate;
        let points = |share: f64| format!("{:+.2}", 100.0 * share);
        format!("{:.2}% -> {:.2}%, {}", 100.0 * forecast, 100.0 * score.base_rate, bias.format(points))
    };
    let probabilities: Vec<_> = scores.iter().filter_map(|score| Some((*score, score.bias?))).collect();
    let rows = probabilities
        .chunk_by(|(one, _), (next, _)| name(one) == name(next))
        .map(|scores| std::iter::once(name(scores[0].0)).chain(scores.iter().map(quarter)).collect());
    let header = ["method", "first", "second", "third", "fourth"];
    let _ = write!(
        text,
        "\nby quarter of the episode: mean forecast -> observed, difference in points\n{}",
        aligned(1, &header, rows)
    );
}

/// Forecasters scored on the episodes of policies that they were not trained on.
fn cross(text: &mut String, scores: &[ForecastScore]) {
    if scores.iter().all(|score| score.trained_on == score.policy) {
        return;
    }
    let crossed = |method: &str| scores.iter().any(|score| score.method == method && score.trained_on != score.policy);
    let rows = scores.iter().filter(|score| score.quarter.is_none() && crossed(&score.method)).filter_map(|score| {
        let (skill, error) = (score.skill?, score.calibration?);
        Some(vec![
            score.scenario.clone(),
            score.method.clone(),
            score.trained_on.clone(),
            score.policy.clone(),
            score.horizon.to_string(),
            score.auroc.format(decimals(3)),
            skill.format(decimals(3)),
            decimals(4)(error.estimate),
        ])
    });
    let header = ["scenario", "method", "trained on", "played by", "horizon", "AUROC", "Brier skill", "error"];
    let _ = write!(
        text,
        "\nOn policies that the forecaster was not trained on: AUROC, Brier skill, calibration error\n{}",
        aligned(4, &header, rows)
    );
    let others = scores.iter().filter(|score| score.quarter.is_some() && score.trained_on != score.policy);
    by_quarter(text, &others.collect::<Vec<_>>(), |score| {
        let ForecastScore { scenario, method, trained_on, policy, horizon, .. } = score;
        format!("{scenario}, {method} of {trained_on}, played by {policy}, {horizon} steps")
    });
}

/// Writes the scores as CSV, one row each; figures that a method does not have are empty.
///
/// # Errors
/// What the system refused.
pub fn write_forecasts(file: &OutputFile, scores: &[ForecastScore]) -> Result<(), RecordError> {
    let mut names: Vec<String> = [
        "scenario",
        "trained_on",
        "policy",
        "method",
        "horizon",
        "quarter",
        "episodes",
        "collapses",
        "states",
        "base_rate",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    let mut figures: Vec<String> =
        ["auroc", "average_precision", "brier_skill", "calibration_error", "bias"].map(ToOwned::to_owned).to_vec();
    for states in FALSE_ALARMS {
        figures.extend([format!("lead_{states}"), format!("caught_{states}")]);
    }
    names.extend(figures.iter().flat_map(|name| [name.clone(), format!("{name}_low"), format!("{name}_high")]));
    names.extend(FALSE_ALARMS.map(|states| format!("false_alarms_{states}")));
    let rows = scores.iter().map(|score| {
        let mut row = vec![
            score.scenario.clone(),
            score.trained_on.clone(),
            score.policy.clone(),
            score.method.clone(),
            score.horizon.to_string(),
            score.quarter.map_or("all".to_owned(), |quarter| (quarter + 1).to_string()),
            score.episodes.0.to_string(),
            score.episodes.1.to_string(),
            score.states.to_string(),
            decimals(6)(score.base_rate),
        ];
        let alarms = score.alarms.iter().flat_map(|alarm| [alarm.lead, alarm.caught]);
        let intervals = [Some(score.auroc), Some(score.average_precision), score.skill, score.calibration, score.bias];
        for interval in intervals.into_iter().chain(alarms) {
            row.extend(interval.map_or([const { String::new() }; 3], |interval| {
                [interval.estimate, interval.low, interval.high].map(decimals(6))
            }));
        }
        row.extend(score.alarms.iter().map(|alarm| decimals(6)(alarm.false_alarms)));
        row
    });
    file.write_table(std::iter::once(names).chain(rows))
}

/// Writes the reliability tables as CSV: a row per bin of states, the highest risks first.
///
/// # Errors
/// What the system refused.
pub fn write_reliability(file: &OutputFile, scores: &[ForecastScore]) -> Result<(), RecordError> {
    let names =
        ["scenario", "trained_on", "policy", "method", "horizon", "group", "states", "mean_risk", "share_collapsed"]
            .map(ToOwned::to_owned)
            .to_vec();
    let rows = scores.iter().filter(|score| score.quarter.is_none()).flat_map(|score| {
        (1_usize..).zip(&score.reliability).map(|(number, bin)| {
            vec![
                score.scenario.clone(),
                score.trained_on.clone(),
                score.policy.clone(),
                score.method.clone(),
                score.horizon.to_string(),
                number.to_string(),
                decimals(0)(bin.forecasts),
                decimals(6)(bin.mean_risk),
                decimals(6)(bin.observed_rate),
            ]
        })
    });
    file.write_table(std::iter::once(names).chain(rows))
}
