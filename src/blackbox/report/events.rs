//! What the agent did, and what was done from outside.

use super::line;
use crate::blackbox::{BlackBox, ExternalEvent};
use crate::cluster::Action;
use std::fmt::Write;

/// Rows of the table of the last moments.
const LAST: usize = 15;
/// Pieces that a person drove, at most as many of them told one by one.
const PIECES: usize = 8;

pub(super) fn write(text: &mut String, it: &BlackBox) {
    agent(text, it);
    outside(text, it);
}

fn agent(text: &mut String, it: &BlackBox) {
    let actions = it.action_log.actions();
    let forecast_and_decision: Vec<_> =
        it.moments.iter().filter_map(|moment| Some((moment, moment.agent_record.as_deref()?))).collect();
    line!(text, "\n## What the agent did\n");
    line!(text, "| action | all {} steps | the last {} |\n|---|---|---|", actions.len(), forecast_and_decision.len());
    for action in Action::ALL {
        let all = actions.iter().filter(|done| **done == action).count();
        let last =
            forecast_and_decision.iter().filter(|(_, agent_record)| agent_record.choice.action == action).count();
        line!(text, "| {} | {all} | {last} |", action.name());
    }
    manual(text, it);
    if forecast_and_decision.is_empty() {
        return;
    }
    let last = &forecast_and_decision[forecast_and_decision.len().saturating_sub(LAST)..];
    let first = actions.len() - last.len();
    line!(text, "\nThe last {} steps; the place is where it stood afterwards, row and column:\n", last.len());
    line!(text, "| tick | place | action | why | its value | best value | risk | epsilon | budget | reward |");
    line!(text, "|---|---|---|---|---|---|---|---|---|---|");
    for (step, (moment, agent_record)) in (first..).zip(last) {
        let choice = &agent_record.choice;
        let why = match (choice.handed_over, choice.explored) {
            _ if it.action_log.is_manual(step) => "person",
            (true, _) => "guide",
            (false, true) => "explored",
            (false, false) => "exploited",
        };
        let best = agent_record.q_values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        line!(
            text,
            "| {} | {}, {} | {} | {why} | {:.2} | {best:.2} | {:.0}% | {:.3} | {:.1} | {:.3} |",
            moment.tick,
            moment.agent.0,
            moment.agent.1,
            choice.action.name(),
            agent_record.q_values[choice.action.index()],
            100.0 * agent_record.risk,
            choice.effective_epsilon,
            moment.budget,
            agent_record.reward.total(),
        );
    }
}

/// Which of the steps were a person's.
fn manual(text: &mut String, it: &BlackBox) {
    let pieces = it.action_log.manual();
    if pieces.is_empty() {
        return;
    }
    let message = pieces.iter().take(PIECES).map(|(first, count)| {
        let (from, to) = (it.tick_at(*first as usize + 1), it.tick_at((first + count) as usize));
        if from == to { format!("tick {from}") } else { format!("ticks {from} to {to}") }
    });
    let message = message.collect::<Vec<_>>().join(", ");
    let more = if pieces.len() > PIECES { format!(" and {} times more", pieces.len() - PIECES) } else { String::new() };
    line!(text, "\nA person drove the agent: {message}{more}.");
}

fn outside(text: &mut String, it: &BlackBox) {
    line!(text, "\n## What was done from outside\n");
    let (mut interventions, mut none) = (0, true);
    for (at, outside) in it.action_log.outside() {
        none = false;
        // Of the moments before it one is the beginning and some are interventions; the others are steps.
        let steps = (*at as usize).saturating_sub(1 + interventions);
        let what = match outside {
            ExternalEvent::Intervention(intervention) => {
                interventions += 1;
                intervention.describe(it.settings.cluster.columns)
            }
            ExternalEvent::MaxSteps(steps) => format!("episodes of {steps} steps"),
        };
        line!(text, "- after tick {}: {what}", it.tick_at(steps));
    }
    if none {
        line!(text, "Nothing.");
    }
}
