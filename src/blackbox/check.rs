//! Whether what a file says fits together, before any of it is used.

use super::action_log::{ExternalEvent, MAX_MOMENTS};
use super::{ActionLog, BlackBox};
use crate::cluster::Intervention;
use crate::settings::Settings;

/// Things done from outside at most.
pub(super) const MOST_OUTSIDE: usize = 100_000;
/// Cells that are computed in a re-simulation at most: minutes, not days.
const MOST_WORK: u64 = 1 << 32;
/// Cells that interventions go on doing something to at most.
const MOST_AFFLICTED: u64 = 1 << 22;

/// Whether a black box can be played and shown.
pub(super) fn check(it: &BlackBox) -> Result<(), String> {
    if it.program.len() > 64 || it.trace.as_ref().is_some_and(|(trace, _)| trace.name.len() > 4096) {
        return Err("it has a name that is too long".to_owned());
    }
    let names = it.program.chars().chain(it.trace.iter().flat_map(|(trace, _)| trace.name.chars()));
    if names.into_iter().any(char::is_control) {
        return Err("it has a name that nobody can read".to_owned());
    }
    let Settings { cluster, trace, .. } = &it.settings;
    check_course(&it.action_log, cluster.cells())?;
    match &it.trace {
        None if !trace.file.is_empty() => {
            return Err("its settings name a trace, and it holds no part of one".to_owned());
        }
        None => {}
        Some((_, trace_slice)) => {
            let needed = (it.action_log.steps() / trace.steps_per_row + 2).min(trace_slice.rows as usize);
            let there = trace_slice.cpu.len() / trace_slice.measured.len().max(1);
            trace_slice.load(trace)?;
            if there < needed {
                return Err(format!("it holds {there} rows of its trace, and the episode met {needed}"));
            }
        }
    }
    if it.moments.len() > it.action_log.moments() {
        return Err("it tells more moments than the episode had".to_owned());
    }
    let acts = acts(it);
    for (moment, act) in it.moments.iter().zip(&acts[it.first_recorded()..]) {
        let cells = [&moment.cpu, &moment.mem, &moment.priority];
        let share = |number: &f32| (0.0..=1.0).contains(number);
        let risk = moment.agent_record.as_deref().map(|agent_record| agent_record.risk);
        if !cells.into_iter().flatten().chain(&risk).all(share) {
            return Err(format!("at tick {} it tells numbers that no cell and no forecast can have", moment.tick));
        }
        let (row, column) = (moment.agent.0 as usize, moment.agent.1 as usize);
        if row >= cluster.rows || column >= cluster.columns {
            return Err(format!("at tick {} its agent is outside of the cluster", moment.tick));
        }
        if moment.agent_record.is_some() != *act {
            return Err(format!("at tick {} what the agent thought is missing or too much", moment.tick));
        }
    }
    Ok(())
}

/// Whether each moment is one in which the agent acted.
fn acts(it: &BlackBox) -> Vec<bool> {
    let mut acts = vec![true; it.action_log.moments()];
    acts[0] = false;
    for (at, outside) in &it.action_log.outside {
        if let ExternalEvent::Intervention(_) = outside {
            acts[*at as usize] = false;
        }
    }
    acts
}

/// Whether a course can be played in a cluster of so many cells.
pub(super) fn check_course(action_log: &ActionLog, cells: usize) -> Result<(), String> {
    if !action_log.is_whole() || action_log.moments() > MAX_MOMENTS {
        return Err("the course of its episode is empty, too long or cut off".to_owned());
    }
    let (mut interventions, mut afflicted, mut before) = (0, 0_u64, 0);
    let longest = 1..=10_000_000;
    for (at, outside) in &action_log.outside {
        let there = (1..=action_log.moments() as u64).contains(at) && *at >= before;
        before = *at;
        let fits = match outside {
            ExternalEvent::MaxSteps(steps) => longest.contains(steps),
            ExternalEvent::Intervention(intervention) => {
                interventions += 1;
                afflicted += reach(intervention, cells as u64);
                // Two interventions are two moments.
                before += 1;
                *at < action_log.moments() as u64 && intervention.fits(cells)
            }
        };
        if !there || !fits {
            return Err("something was done to its cluster that cannot have been done".to_owned());
        }
    }
    if action_log.moments() != 1 + action_log.steps() + interventions {
        return Err("the deeds and the hashes of its episode are of different numbers".to_owned());
    }
    let mut free = 0;
    for (first, count) in &action_log.manual {
        let end =
            first.checked_add(*count).filter(|end| *first >= free && *count > 0 && *end <= action_log.steps() as u64);
        // Two pieces that touch would be one.
        free = 1 + end.ok_or("a person drove it in steps that it does not have")?;
    }
    if !longest.contains(&action_log.max_steps) {
        return Err("its episode has a length that no setting allows".to_owned());
    }
    if afflicted > MOST_AFFLICTED || action_log.steps() as u64 * (cells as u64 + afflicted) > MOST_WORK {
        return Err("its episode is longer and larger than this program re-simulates".to_owned());
    }
    Ok(())
}

/// Cells that an intervention goes on doing something to.
fn reach(intervention: &Intervention, cells: u64) -> u64 {
    match intervention {
        Intervention::Outage { region, .. } | Intervention::Storm { region, .. } => {
            let side = 2 * (u64::from(region.radius) + 1) + 1;
            side.saturating_mul(side).min(cells)
        }
        _ => 1,
    }
}
