//! What the agent did, and the external events.

use super::line;
use crate::blackbox::{BlackBox, ExternalEvent};
use crate::cluster::Action;
use std::fmt::Write;

/// Rows of the table of the last steps.
const LAST_STEPS: usize = 15;
/// Most spans that a person drove that are listed.
const MAX_SPANS: usize = 8;

pub(super) fn write(text: &mut String, black_box: &BlackBox) {
    agent(text, black_box);
    external_events(text, black_box);
}

fn agent(text: &mut String, black_box: &BlackBox) {
    let actions = black_box.action_log.actions();
    let recorded: Vec<_> =
        black_box.moments.iter().filter_map(|moment| Some((moment, moment.agent_record.as_deref()?))).collect();
    line!(text, "\n## What the agent did\n");
    line!(text, "| action | all {} steps | the last {} |\n|---|---|---|", actions.len(), recorded.len());
    for action in Action::ALL {
        let all = actions.iter().filter(|done| **done == action).count();
        let last = recorded.iter().filter(|(_, agent_record)| agent_record.choice.action == action).count();
        line!(text, "| {} | {all} | {last} |", action.name());
    }
    manual(text, black_box);
    if recorded.is_empty() {
        return;
    }
    let last = &recorded[recorded.len().saturating_sub(LAST_STEPS)..];
    let first = actions.len() - last.len();
    line!(text, "\nThe last {} steps; the position is row and column of the agent after the step:\n", last.len());
    line!(text, "| tick | position | action | why | its value | best value | risk | epsilon | budget | reward |");
    line!(text, "|---|---|---|---|---|---|---|---|---|---|");
    for (step, (moment, agent_record)) in (first..).zip(last) {
        let choice = &agent_record.choice;
        let why = match (choice.handed_over, choice.explored) {
            _ if black_box.action_log.is_manual(step) => "person",
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
            100.0 * agent_record.forecast.risk(),
            choice.effective_epsilon,
            moment.budget,
            agent_record.reward.total(),
        );
    }
}

/// Which steps a person drove.
fn manual(text: &mut String, black_box: &BlackBox) {
    let spans = black_box.action_log.manual();
    if spans.is_empty() {
        return;
    }
    let ticks = spans.iter().take(MAX_SPANS).map(|(first, count)| {
        let (from, to) = (black_box.tick_at(*first as usize + 1), black_box.tick_at((first + count) as usize));
        if from == to { format!("tick {from}") } else { format!("ticks {from} to {to}") }
    });
    let ticks = ticks.collect::<Vec<_>>().join(", ");
    let more =
        if spans.len() > MAX_SPANS { format!(" and {} times more", spans.len() - MAX_SPANS) } else { String::new() };
    line!(text, "\nA person drove the agent: {ticks}{more}.");
}

fn external_events(text: &mut String, black_box: &BlackBox) {
    line!(text, "\n## What was done from outside\n");
    let (mut interventions, mut none) = (0, true);
    for (at, event) in black_box.action_log.external_events() {
        none = false;
        // One of the moments before it is the beginning and some are interventions; the others are steps.
        let steps = (*at as usize).saturating_sub(1 + interventions);
        let what = match event {
            ExternalEvent::Intervention(intervention) => {
                interventions += 1;
                intervention.describe(black_box.settings.cluster.columns)
            }
            ExternalEvent::MaxSteps(steps) => format!("episodes of {steps} steps"),
        };
        line!(text, "- after tick {}: {what}", black_box.tick_at(steps));
    }
    if none {
        line!(text, "Nothing.");
    }
}
