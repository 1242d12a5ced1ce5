//! The agent's last decision: action values, how the action was selected, and which inputs drove the value and the
//! risk.

use super::accessibility::describe;
use super::panel_params::PanelData;
use super::risk::UNKNOWN_TIP;
use super::widgets::{colour, labelled_value};
use crate::cluster::Action;
use crate::features::{PilotInput, ProphetInput};
use crate::learning::{PilotInfluence, STATISTICS_NAMES};
use crate::simulation::{Cause, Decision, NetworkInputs};
use bevy::ecs::entity::Entity;
use bevy::ecs::prelude::DetectChanges;
use bevy_egui::egui::{Align2, Color32, FontId, Rect, RichText, Sense, Ui, pos2, vec2};

/// Seconds between two evaluations of the networks: each costs a forward and a backward pass.
const REFRESH_INTERVAL: f64 = 0.1;

/// What gradient times input means, and what it does not.
const EXPLANATION: &str = "Gradient times input: how much the output would change, to first order, if this input alone fell \
     to 0. It shows what the network is sensitive to at this moment. It shows neither causes nor inputs that matter only in \
     combination.";

/// The latest evaluation of the networks.
#[derive(Debug, Default)]
pub(super) struct DecisionPanel {
    at: f64,
    moment: Option<(Entity, u64)>,
    value: Option<PilotInfluence>,
    risk: Vec<(&'static str, f32)>,
    /// Whether today's networks give other outputs than those recorded at that moment.
    changed: bool,
}

pub(super) fn show(ui: &mut Ui, data: &PanelData, state: &mut DecisionPanel) {
    let Some((forecast, decision)) = data.agent() else {
        let text = match data.frame().map(|frame| frame.cause) {
            Some(Cause::Start) => "An episode begins here: there is no decision",
            Some(Cause::Intervention(_)) => "Somebody intervened here: there is no decision",
            _ => "The decision at this moment is not known",
        };
        ui.label(RichText::new(text).color(colour::NOTE)).on_hover_text(UNKNOWN_TIP);
        return;
    };
    value_bars(ui, decision);
    labelled_value(ui, "How", selection(decision)).on_hover_text(
        "exploited: the action it values most; explored: tried, at random or after the guide; guide: handed over; or a person drove",
    );
    let (raw, effective) = (decision.epsilon, decision.choice.effective_epsilon);
    labelled_value(ui, "Epsilon", format!("{raw:.3} -> {effective:.3}")).on_hover_text(
        "Probability of an exploratory action, before and after the Prophet's fear (exploration.fear_rule)",
    );
    if data.recording.is_some() {
        labelled_value(ui, "Risk", format!("{:.1}%", 100.0 * forecast.risk()))
            .on_hover_text("The forecast recorded by the Prophet");
    }
    let reason = match (data.recording.is_some(), data.network_inputs()) {
        (true, _) => "Influences are not shown: a recording does not contain the networks",
        (false, None) => "Influences are not known for ticks before the run was resumed",
        (false, Some(network_inputs)) => {
            refresh(ui.input(|input| input.time), data, &network_inputs, state);
            ""
        }
    };
    if !reason.is_empty() {
        ui.label(RichText::new(reason).small().weak());
        return;
    }
    if data.is_past() && state.changed {
        ui.label(
            RichText::new("By the present networks, which have changed since this decision")
                .small()
                .color(colour::FEAR),
        )
        .on_hover_text("They have learned or been loaded since, and give other values or another risk for this moment");
    }
    if let Some(value) = &state.value {
        ui.label(RichText::new(format!("What drove the value of {}", decision.choice.action.name())).strong())
            .on_hover_text(EXPLANATION);
        influence_maps(ui, value);
    }
    ui.label(RichText::new("What drove the risk (log odds)").strong()).on_hover_text(EXPLANATION);
    signed_bars(ui, &state.risk);
}

/// How the action was selected.
fn selection(decision: &Decision) -> &'static str {
    match decision.choice {
        _ if decision.manual => "a person drove",
        choice if choice.handed_over => "guide",
        choice if choice.explored => "explored",
        _ => "exploited",
    }
}

/// Evaluates the networks again if the moment or the networks changed, at most ten times a second.
fn refresh(now: f64, data: &PanelData, network_inputs: &NetworkInputs, state: &mut DecisionPanel) {
    let moment = data.entities().map(|(cluster, _)| cluster).zip(data.number());
    let current = state.moment == moment && !data.learner.is_changed();
    // In the past, or after a change of focus, the old values would belong to another moment.
    let same = state.moment.zip(moment).is_some_and(|(before, now)| before.0 == now.0) && !data.is_past();
    if current || (same && (now - state.at).abs() < REFRESH_INTERVAL) {
        return;
    }
    let Some((forecast, decision)) = data.agent() else { return };
    let (settings, learner) = (&data.settings.0, &data.learner.0);
    let pilot_input = network_inputs.pilot_input.numbers(PilotInput::length(settings.pilot.inputs));
    let prophet_input = network_inputs.prophet_input.numbers(ProphetInput::length(settings.prophet.inputs));
    let values = learner.q_values(pilot_input).pop().unwrap_or_default();
    let curve = learner.prophet.forecast(prophet_input).pop().unwrap_or_default();
    *state = DecisionPanel {
        at: now,
        moment,
        value: learner.value_influence(pilot_input, decision.choice.action),
        risk: learner.risk_influence(prophet_input),
        changed: outputs_differ(&values, &decision.q_values) || outputs_differ(curve.within(), forecast.0.within()),
    };
}

/// Whether network outputs differ by more than rounding, which depends on the batch size.
fn outputs_differ(one: &[f32], other: &[f32]) -> bool {
    one.iter().zip(other).any(|(one, other)| (one - other).abs() > 1e-4 * (1.0 + other.abs()))
}

/// The values of the eight actions as bars, the chosen one marked.
fn value_bars(ui: &mut Ui, decision: &Decision) {
    let values = decision.q_values;
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), q| (low.min(*q), high.max(*q)));
    let span = (high - low).max(1e-6);
    let name_width = 84.0_f32.min(ui.available_width() * 0.4);
    for action in Action::ALL {
        let value = values[action.index()];
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 13.0), Sense::hover());
        let chosen = decision.choice.action == action;
        let colour_of_text = if chosen { Color32::WHITE } else { colour::NOTE };
        let painter = ui.painter();
        let mark = if chosen { "\u{25b6} " } else { "" };
        let text = format!("{mark}{}", action.name());
        painter.text(row.left_center(), Align2::LEFT_CENTER, &text, FontId::proportional(11.0), colour_of_text);
        let left = row.left() + name_width;
        let most = (row.right() - left - 46.0).max(1.0);
        // The lowest value is a stub, so that every bar is visible.
        let length = most * (0.04 + 0.96 * (value - low) / span);
        let bar = Rect::from_min_max(pos2(left, row.top() + 2.0), pos2(left + length, row.bottom() - 2.0));
        painter.rect_filled(bar, 2.0, if chosen { colour::GOOD } else { colour::FAINT });
        let number = format!("{value:.3}");
        painter.text(row.right_center(), Align2::RIGHT_CENTER, &number, FontId::monospace(10.0), colour_of_text);
        describe(&response, || format!("{text}: {number}"));
        response.on_hover_text(format!("Value of {}: the return the Pilot expects, {value:.6}", action.name()));
    }
}

/// The patch as three small maps, the other inputs as bars.
fn influence_maps(ui: &mut Ui, value: &PilotInfluence) {
    let largest = value.patch.iter().flatten().fold(1e-6_f32, |most, number| most.max(number.abs()));
    ui.horizontal(|ui| {
        for (part, name) in ["CPU", "memory", "priority"].into_iter().enumerate() {
            ui.vertical(|ui| {
                ui.label(RichText::new(name).small());
                let side = (ui.available_width() / 3.0).clamp(12.0, 18.0);
                let (map, response) = ui.allocate_exact_size(vec2(3.0 * side, 3.0 * side), Sense::hover());
                for (cell, numbers) in value.patch.iter().enumerate() {
                    let corner = map.min + vec2((cell % 3) as f32, (cell / 3) as f32) * side;
                    let square = Rect::from_min_size(corner, vec2(side - 1.0, side - 1.0));
                    ui.painter().rect_filled(square, 0.0, signed_colour(numbers[part] / largest));
                }
                let contribution = |cell: usize| format!("{:+.3}", value.patch[cell][part]);
                let rows = (0..3).map(|row| (0..3).map(|at| contribution(3 * row + at)).collect::<Vec<_>>().join("  "));
                describe(&response, || {
                    format!("{name} of the nine cells: {}", format_numbers(value.patch.iter().map(|of| of[part])))
                });
                response.on_hover_text(format!(
                    "{name} of the nine cells around the agent, orange for the action and blue against it\n{}",
                    rows.collect::<Vec<_>>().join("\n")
                ));
            });
        }
    });
    let mut rest: Vec<(&str, f32)> = STATISTICS_NAMES.into_iter().zip(value.statistics).collect();
    rest.extend([("place", value.position), ("budget", value.budget)]);
    const BELIEF_NAMES: [&str; 6] = ["belief 1", "belief 2", "belief 3", "belief 4", "belief 5", "belief 6"];
    rest.extend(BELIEF_NAMES.into_iter().zip(value.notes.iter().copied()));
    signed_bars(ui, &rest);
}

/// Numbers as text.
fn format_numbers(numbers: impl Iterator<Item = f32>) -> String {
    numbers.map(|number| format!("{number:+.3}")).collect::<Vec<_>>().join(" ")
}

/// Bars to both sides of a middle line.
fn signed_bars(ui: &mut Ui, rows: &[(&'static str, f32)]) {
    let largest = rows.iter().fold(1e-6_f32, |most, (_, number)| most.max(number.abs()));
    for (name, number) in rows {
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 11.0), Sense::hover());
        let painter = ui.painter();
        painter.text(row.left_center(), Align2::LEFT_CENTER, *name, FontId::proportional(10.0), colour::NOTE);
        let middle = row.left() + row.width() * 0.72;
        let end = middle + row.width() * 0.26 * number / largest;
        let bar = Rect::from_x_y_ranges(middle.min(end)..=middle.max(end), row.y_range().shrink(1.5));
        painter.rect_filled(bar, 0.0, signed_colour(number / largest));
        painter.vline(middle, row.y_range(), (1.0, Color32::from_gray(90)));
        describe(&response, || format!("{name}: {number:+.4}"));
        response.on_hover_text(format!("{name}: {number:+.4}\n{EXPLANATION}"));
    }
}

/// Orange above 0, blue below, the background at 0.
fn signed_colour(share: f32) -> Color32 {
    let ground = Color32::from_gray(48);
    let full = if share > 0.0 { colour::RISK } else { colour::LOAD };
    ground.lerp_to_gamma(full, share.abs().min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::ActionChoice;

    #[test]
    fn the_selection_of_an_action_has_a_name() {
        let decision = |explored, handed_over| {
            let choice = ActionChoice { action: Action::Up, explored, handed_over, effective_epsilon: 0.1 };
            Decision { choice, ..Decision::default() }
        };
        let names = [(false, false), (true, false), (false, true), (true, true)]
            .map(|(explored, handed_over)| selection(&decision(explored, handed_over)));
        assert_eq!(names, ["exploited", "explored", "guide", "guide"]);
        assert_eq!(selection(&Decision { manual: true, ..decision(true, true) }), "a person drove");
    }

    #[test]
    fn rounding_is_no_change_but_learning_is() {
        assert!(!outputs_differ(&[1.0, 200.0], &[1.00001, 200.001]));
        assert!(outputs_differ(&[1.0, 200.0], &[1.0, 200.1]) && outputs_differ(&[0.02], &[0.03]));
    }

    #[test]
    fn positive_and_negative_have_colours_and_zero_has_none() {
        assert_eq!(
            (signed_colour(1.0), signed_colour(-1.0), signed_colour(0.0)),
            (colour::RISK, colour::LOAD, Color32::from_gray(48))
        );
    }
}
