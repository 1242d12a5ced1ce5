//! Checks that the content of a file is consistent before any of it is used.

use super::action_log::{ExternalEvent, MAX_MOMENTS};
use super::{ActionLog, BlackBox};
use crate::cluster::Intervention;
use crate::learning::RiskCurve;
use crate::settings::Settings;

/// Most external events of an episode.
pub(super) const MAX_EXTERNAL_EVENTS: usize = 100_000;
/// Most cell updates of a replay: minutes, not days.
const MAX_CELL_UPDATES: u64 = 1 << 32;
/// Most cells under the lasting effects of interventions.
const MAX_AFFECTED_CELLS: u64 = 1 << 22;

/// Checks that a black box can be replayed and shown.
pub(super) fn check(black_box: &BlackBox) -> Result<(), String> {
    if black_box.program.len() > 64 || black_box.trace.as_ref().is_some_and(|(trace, _)| trace.name.len() > 4096) {
        return Err("it has a name that is too long".to_owned());
    }
    let names = black_box.program.chars().chain(black_box.trace.iter().flat_map(|(trace, _)| trace.name.chars()));
    if names.into_iter().any(char::is_control) {
        return Err("it has a name with control characters".to_owned());
    }
    let Settings { cluster, trace, .. } = &black_box.settings;
    check_action_log(&black_box.action_log, cluster.cells())?;
    match &black_box.trace {
        None if !trace.file.is_empty() => {
            return Err("its settings name a trace, but it contains no part of one".to_owned());
        }
        None => {}
        Some((_, trace_slice)) => {
            let needed = (black_box.action_log.steps() / trace.steps_per_row + 2).min(trace_slice.rows as usize);
            let there = trace_slice.cpu.len() / trace_slice.measured.len().max(1);
            trace_slice.load(trace)?;
            if there < needed {
                return Err(format!("it contains {there} rows of its trace, but the episode used {needed}"));
            }
        }
    }
    if black_box.moments.len() > black_box.action_log.moments() {
        return Err("it has more moments in full than the episode had".to_owned());
    }
    let acts = acts(black_box);
    for (moment, act) in black_box.moments.iter().zip(&acts[black_box.first_recorded()..]) {
        let cells = [&moment.cpu, &moment.mem, &moment.priority];
        let share = |number: &f32| (0.0..=1.0).contains(number);
        let forecast = moment.agent_record.as_deref().map_or_else(RiskCurve::default, |record| record.forecast);
        if !cells.into_iter().flatten().chain(forecast.within()).all(share) {
            return Err(format!("the numbers of a cell or a forecast at tick {} are out of range", moment.tick));
        }
        let (row, column) = (moment.agent.0 as usize, moment.agent.1 as usize);
        if row >= cluster.rows || column >= cluster.columns {
            return Err(format!("its agent is outside the cluster at tick {}", moment.tick));
        }
        if moment.agent_record.is_some() != *act {
            return Err(format!("the decision of its agent at tick {} is missing or superfluous", moment.tick));
        }
    }
    Ok(())
}

/// For each moment, whether the agent acted in it.
fn acts(black_box: &BlackBox) -> Vec<bool> {
    let mut acts = vec![true; black_box.action_log.moments()];
    acts[0] = false;
    for (at, event) in &black_box.action_log.external_events {
        if let ExternalEvent::Intervention(_) = event {
            acts[*at as usize] = false;
        }
    }
    acts
}

/// Checks that a log can be replayed in a cluster of `cells` cells.
pub(super) fn check_action_log(action_log: &ActionLog, cells: usize) -> Result<(), String> {
    if !action_log.is_complete() || action_log.moments() > MAX_MOMENTS {
        return Err("the action log of its episode is empty, too long or incomplete".to_owned());
    }
    let (mut interventions, mut affected, mut before) = (0, 0_u64, 0);
    let longest = 1..=10_000_000;
    for (at, event) in &action_log.external_events {
        let in_order = (1..=action_log.moments() as u64).contains(at) && *at >= before;
        before = *at;
        let possible = match event {
            ExternalEvent::MaxSteps(steps) => longest.contains(steps),
            ExternalEvent::Intervention(intervention) => {
                interventions += 1;
                affected += affected_cells(intervention, cells as u64);
                // Two interventions are two moments.
                before += 1;
                *at < action_log.moments() as u64 && intervention.fits(cells)
            }
        };
        if !in_order || !possible {
            return Err("an external event of its episode is impossible".to_owned());
        }
    }
    if action_log.moments() != 1 + action_log.steps() + interventions {
        return Err("the numbers of events and hashes of its episode do not match".to_owned());
    }
    let mut free = 0;
    for (first, count) in &action_log.manual {
        let end =
            first.checked_add(*count).filter(|end| *first >= free && *count > 0 && *end <= action_log.steps() as u64);
        // Two adjacent spans would be one.
        free = 1 + end.ok_or("a person drove in steps that it does not have")?;
    }
    if !longest.contains(&action_log.max_steps) {
        return Err("the step limit of its episode is one that no setting allows".to_owned());
    }
    if affected > MAX_AFFECTED_CELLS || action_log.steps() as u64 * (cells as u64 + affected) > MAX_CELL_UPDATES {
        return Err("its episode is too long and too large to replay".to_owned());
    }
    Ok(())
}

/// Cells under the lasting effect of an intervention.
fn affected_cells(intervention: &Intervention, cells: u64) -> u64 {
    match intervention {
        Intervention::Outage { region, .. } | Intervention::Storm { region, .. } => {
            let side = 2 * (u64::from(region.radius) + 1) + 1;
            side.saturating_mul(side).min(cells)
        }
        _ => 1,
    }
}
