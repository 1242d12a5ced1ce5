//! Whether what a file says fits together, before any of it is used.

use super::action_log::{ExternalEvent, LONGEST_COURSE, ManualSpans};
use super::{ActionLog, AgentRecord, BlackBox, StepRecord};
use crate::cluster::Intervention;
use crate::settings::Settings;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// Moments that a file tells in full at most: the largest `run.black_box_ticks` and as many interventions.
const MOST_MOMENTS: usize = 200_000;
/// Things done from outside at most.
pub(super) const MOST_OUTSIDE: usize = 100_000;
/// Cells that are computed in a re-simulation at most: minutes, not days.
const MOST_WORK: u64 = 1 << 32;
/// Cells that interventions go on doing something to at most.
const MOST_AFFLICTED: u64 = 1 << 22;

/// A list of at most `MOST` items: a short file cannot ask for much memory.
fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error> {
    struct Items<T, const MOST: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            write!(formatter, "a list of at most {MOST}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element()? {
                if items.len() == MOST {
                    return Err(A::Error::invalid_length(MOST + 1, &self));
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    from.deserialize_seq(Items::<T, MOST>(PhantomData))
}

pub(super) fn moments<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<StepRecord>, D::Error> {
    bounded::<D, StepRecord, MOST_MOMENTS>(from)
}

pub(super) fn manual<'de, D: Deserializer<'de>>(from: D) -> Result<ManualSpans, D::Error> {
    bounded::<D, (u64, u64), LONGEST_COURSE>(from)
}

pub(super) fn outside<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(u64, ExternalEvent)>, D::Error> {
    bounded::<D, (u64, ExternalEvent), MOST_OUTSIDE>(from)
}

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
    for (moment, act) in it.moments.iter().zip(&acts[it.first_told()..]) {
        let cells = [&moment.cpu, &moment.mem, &moment.priority];
        if cells.iter().any(|cells| cells.len() != cluster.cells()) {
            return Err(format!("at tick {} it tells another number of cells than its settings", moment.tick));
        }
        let share = |number: &f32| (0.0..=1.0).contains(number);
        if !cells.iter().all(|cells| cells.iter().all(share)) || !moment.budget.is_finite() {
            return Err(format!("at tick {} it tells numbers that no cell and no budget can have", moment.tick));
        }
        let (row, column) = (moment.agent.0 as usize, moment.agent.1 as usize);
        if row >= cluster.rows || column >= cluster.columns {
            return Err(format!("at tick {} its agent is outside of the cluster", moment.tick));
        }
        if moment.agent_record.is_some() != *act {
            return Err(format!("at tick {} what the agent thought is missing or too much", moment.tick));
        }
        if !moment.agent_record.as_deref().is_none_or(is_finite) {
            return Err(format!("at tick {} the agent thought numbers that are not finite", moment.tick));
        }
    }
    Ok(())
}

fn is_finite(agent_record: &AgentRecord) -> bool {
    let AgentRecord { observation, risk, q_values, epsilon, choice, effect, reward, .. } = agent_record;
    let short = observation.0.iter().chain(q_values);
    let long = [*epsilon, choice.effective_epsilon, effect.spent, effect.priority, effect.refused];
    short.into_iter().all(|number| number.is_finite())
        && (0.0..=1.0).contains(risk)
        && long.iter().chain(&reward.0).chain(&effect.cleaned).all(|number| number.is_finite())
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
    if !action_log.is_whole() || action_log.moments() > LONGEST_COURSE {
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
