//! The scores of forecasters as tables for the terminal and as CSV.

use super::super::Interval;
use super::{AlarmScore, FALSE_ALARMS, ForecastScore, IN_TIME};
use crate::storage::{RecordError, write_file};
use std::fmt::Write;
use std::path::Path;

/// The tables for the terminal: the methods on each policy's own episodes, their reliability, and the cross table.
pub fn forecast_table(scores: &[ForecastScore]) -> String {
    let mut text = String::new();
    let own: Vec<_> = scores.iter().filter(|score| score.trained_on == score.policy).collect();
    let same = |a: &&ForecastScore, b: &&ForecastScore| {
        (&a.scenario, &a.policy, a.horizon) == (&b.scenario, &b.policy, b.horizon)
    };
    for scores in own.chunk_by(same) {
        methods(&mut text, scores);
        alarms(&mut text, scores);
        reliability(&mut text, scores);
    }
    cross(&mut text, scores);
    text
}

fn methods(text: &mut String, scores: &[&ForecastScore]) {
    let Some(first) = scores.first() else { return };
    let (episodes, collapses) = first.episodes;
    let _ = writeln!(
        text,
        "\nCollapse within {} steps, {} on {}: {episodes} test episodes, {collapses} collapses, base rate {:.2}%",
        first.horizon,
        first.policy,
        first.scenario,
        100.0 * first.base_rate
    );
    let _ = writeln!(
        text,
        "{:20}  {:>19}  {:>19}  {:>22}  {:>19}",
        "method", "AUROC", "average precision", "Brier skill", "calibration error"
    );
    for score in scores {
        let _ = writeln!(
            text,
            "{:20}  {}  {}  {:>22}  {:>19}",
            score.method,
            three(score.auroc),
            three(score.precision),
            score.skill.map_or("-".to_owned(), |skill| {
                format!("{:6.3} [{:6.3},{:6.3}]", skill.estimate, skill.low, skill.high)
            }),
            score.calibration.map_or("-".to_owned(), |error| {
                format!("{:.4} [{:.4},{:.4}]", error.estimate, error.low, error.high)
            }),
        );
    }
}

/// An interval with three decimals.
fn three(interval: Interval) -> String {
    format!("{:5.3} [{:5.3},{:5.3}]", interval.estimate, interval.low, interval.high)
}

fn alarms(text: &mut String, scores: &[&ForecastScore]) {
    let title = |states: u64| format!("alarms at 1 in {states}: false, lead, caught");
    let _ = writeln!(text, "\n{:20}  {:>51}  {:>51}", "method", title(FALSE_ALARMS[0]), title(FALSE_ALARMS[1]));
    for score in scores {
        let _ = write!(text, "{:20}", score.method);
        for alarm in &score.alarms {
            let _ = write!(text, "  {:>51}", one_alarm(alarm));
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "(share of safe states alarmed; median steps before a collapse from which the alarm stays on; share of collapses \
         where these are at least {IN_TIME})"
    );
}

fn one_alarm(alarm: &AlarmScore) -> String {
    let (Some(lead), Some(caught)) = (alarm.lead, alarm.caught) else { return "nothing collapsed".to_owned() };
    let [share, low, high] = [caught.estimate, caught.low, caught.high].map(|share| 100.0 * share);
    format!(
        "{:5.2}%, {:4.1} [{:4.1},{:5.1}], {share:5.1}% [{low:5.1},{high:5.1}]",
        100.0 * alarm.false_alarms,
        lead.estimate,
        lead.low,
        lead.high
    )
}

/// The reliability of the methods that are scored on other policies, too: those that a Prophet could be.
fn reliability(text: &mut String, scores: &[&ForecastScore]) {
    let _ = writeln!(text, "\nreliability, by tenths of the states: told -> came true");
    for score in scores.iter().filter(|score| !score.reliability.is_empty()) {
        let _ = write!(text, "{:20}", score.method);
        for group in score.reliability.iter().take(4) {
            let _ = write!(text, "  {:6.2}% -> {:6.2}%", 100.0 * group.message, 100.0 * group.came_true);
        }
        let rest = score.reliability.iter().skip(4);
        let all: f64 = rest.clone().map(|group| group.forecasts).sum();
        if all > 0.0 {
            let message: f64 = rest.clone().map(|group| group.forecasts * group.message).sum();
            let came_true: f64 = rest.map(|group| group.forecasts * group.came_true).sum();
            let _ = write!(text, "  rest {:6.3}% -> {:6.3}%", 100.0 * message / all, 100.0 * came_true / all);
        }
        text.push('\n');
    }
}

/// Forecasters on the episodes of policies that they were not trained on.
fn cross(text: &mut String, scores: &[ForecastScore]) {
    if scores.iter().all(|score| score.trained_on == score.policy) {
        return;
    }
    let crossed = |method: &str| scores.iter().any(|score| score.method == method && score.trained_on != score.policy);
    let width = scores.iter().map(|score| score.policy.chars().count()).max().unwrap_or(0).max(10);
    let _ =
        writeln!(text, "\nOn policies that the forecaster was not trained on: AUROC, Brier skill, calibration error");
    let _ = writeln!(
        text,
        "{:14}  {:>7}  {:16}  {:width$}  {:width$}  {:>19}  {:>22}  {:>9}",
        "scenario", "horizon", "method", "trained on", "played by", "AUROC", "Brier skill", "error"
    );
    for score in scores.iter().filter(|score| crossed(&score.method)) {
        let (Some(skill), Some(error)) = (score.skill, score.calibration) else { continue };
        let _ = writeln!(
            text,
            "{:14}  {:7}  {:16}  {:width$}  {:width$}  {}  {:6.3} [{:6.3},{:6.3}]  {:9.4}",
            score.scenario,
            score.horizon,
            score.method,
            score.trained_on,
            score.policy,
            three(score.auroc),
            skill.estimate,
            skill.low,
            skill.high,
            error.estimate
        );
    }
}

/// Writes the scores as CSV, a row each; a figure that a method does not have is empty.
///
/// # Errors
/// What the system refused.
pub fn write_forecasts(path: &Path, scores: &[ForecastScore]) -> Result<(), RecordError> {
    let mut names: Vec<String> =
        ["scenario", "trained_on", "policy", "method", "horizon", "episodes", "collapses", "states", "base_rate"]
            .map(ToOwned::to_owned)
            .to_vec();
    let mut figures: Vec<String> =
        ["auroc", "average_precision", "brier_skill", "calibration_error"].map(ToOwned::to_owned).to_vec();
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
            score.episodes.0.to_string(),
            score.episodes.1.to_string(),
            score.states.to_string(),
            format!("{:.6}", score.base_rate),
        ];
        let alarms = score.alarms.iter().flat_map(|alarm| [alarm.lead, alarm.caught]);
        let intervals = [Some(score.auroc), Some(score.precision), score.skill, score.calibration];
        for interval in intervals.into_iter().chain(alarms) {
            row.extend(match interval {
                Some(interval) => {
                    [interval.estimate, interval.low, interval.high].map(|number| format!("{number:.6}")).to_vec()
                }
                None => vec![String::new(); 3],
            });
        }
        row.extend(score.alarms.iter().map(|alarm| format!("{:.6}", alarm.false_alarms)));
        row
    });
    write(path, &names, rows)
}

/// Writes the reliability tables as CSV: a row for each group of states, the highest risks first.
///
/// # Errors
/// What the system refused.
pub fn write_reliability(path: &Path, scores: &[ForecastScore]) -> Result<(), RecordError> {
    let names =
        ["scenario", "trained_on", "policy", "method", "horizon", "group", "states", "mean_risk", "share_collapsed"]
            .map(ToOwned::to_owned);
    let rows = scores.iter().flat_map(|score| {
        (1_usize..).zip(&score.reliability).map(|(number, group)| {
            vec![
                score.scenario.clone(),
                score.trained_on.clone(),
                score.policy.clone(),
                score.method.clone(),
                score.horizon.to_string(),
                number.to_string(),
                format!("{:.0}", group.forecasts),
                format!("{:.6}", group.message),
                format!("{:.6}", group.came_true),
            ]
        })
    });
    write(path, &names, rows)
}

fn write(path: &Path, names: &[String], rows: impl Iterator<Item = Vec<String>>) -> Result<(), RecordError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let written = table.write_record(names).and_then(|()| {
        let mut rows = rows;
        rows.try_for_each(|row| table.write_record(row))
    });
    written.map_err(|error| RecordError::io("write", path)(error.into()))?;
    let bytes = table.into_inner().map_err(|error| RecordError::io("write", path)(error.into_error()))?;
    write_file(path, &bytes)
}
