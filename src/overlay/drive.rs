//! The wheel: a person drives the agent, and sees how far they came beside the minds that could have.

use super::hands::ManualControls;
use super::layout::scene_rect;
use super::widgets::{colour, fact, note};
use crate::cluster::{Action, Cluster};
use crate::simulation::advice;
use crate::view::KeyAction;
use bevy::ecs::error::Result;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Button, ProgressBar, RichText, Ui};

/// Width of the panel, in points.
const WIDTH: f32 = 340.0;

pub(super) fn show(mut contexts: EguiContexts, mut hands: ManualControls) -> Result {
    let context = contexts.ctx_mut()?.clone();
    let driving = hands.manual_control.drive().is_some();
    if driving && hands.control_state.shut {
        hands.control_state.shut = false;
    }
    if !driving && (hands.control_state.shut || hands.manual_control.report().is_none()) {
        return Ok(());
    }
    let mut open = true;
    let width = WIDTH.min(scene_rect(&hands.area, &context).width() - 16.0).max(60.0);
    let window = note(if driving { "You drive" } else { "Your drive" }, width);
    let window = if driving { window } else { window.open(&mut open) };
    hands.at_foot(&context, window, |ui, hands| if driving { manual_control(ui, hands) } else { ended(ui, hands) });
    if !open {
        hands.control_state.shut = true;
    }
    Ok(())
}

fn manual_control(ui: &mut Ui, hands: &mut ManualControls) {
    let others = [Action::FullClean, Action::MemoryClean, Action::Throttle, Action::Scale];
    let others = others.map(|action| format!("{} {}", KeyAction::Drive(action).key(), action.name())).join(", ");
    ui.label(format!("Arrows move; {others}. Time waits for you."));
    let longest = hands.settings.0.cluster.max_steps;
    let Some(drive) = hands.manual_control.drive() else { return };
    let here = hands.drives_here();
    if let Some(live) = hands.shown.cluster().filter(|_| here) {
        progress(ui, "you", live, longest);
    }
    for rival in drive.rivals() {
        progress(ui, rival.name(), rival.cluster(), longest);
    }
    if !here {
        ui.colored_label(colour::NOTE, "You drive in another cluster: put it into focus to go on.");
    } else if hands.shown.is_past() {
        ui.colored_label(colour::NOTE, "You look back at the past: come back to the present to go on.");
    }
    ui.horizontal(|ui| {
        let tip = "Let the agent drive itself again, and see what the others would have come to";
        let button = Button::new(KeyAction::TakeOver.behind("Hand back"));
        if ui.add(button).on_hover_text(KeyAction::TakeOver.behind(tip)).clicked() {
            hands.turn();
        }
        let mut hint = hands.control_state.hint;
        if ui
            .checkbox(&mut hint, KeyAction::Hint.behind("Hint"))
            .on_hover_text("What the Pilot would do in your place")
            .changed()
        {
            hands.control_state.hint = hint;
        }
        if hands.control_state.hint && here {
            ui.label(RichText::new(hint_of(hands).unwrap_or_default()).strong());
        }
    });
}

/// What the Pilot would do now; asked once per moment.
fn hint_of(hands: &mut ManualControls) -> Option<String> {
    let moment = hands.shown.moment()?;
    if hands.control_state.advice.as_ref().is_none_or(|(of, _)| *of != moment) {
        let (live, agent) = (hands.shown.cluster()?, hands.shown.entities()?.1);
        let agent = hands.stand_ins.get(agent).ok()?;
        let (name, action) = advice(&hands.settings.0, &hands.learner.0, live, agent)?;
        hands.control_state.advice = Some((moment, format!("{name}: {}", action.name())));
    }
    hands.control_state.advice.as_ref().map(|(_, message)| message.clone())
}

/// How far somebody is, and the load of their cluster.
fn progress(ui: &mut Ui, name: &str, cluster: &Cluster, longest: usize) {
    let (steps, load) = (cluster.time(), 100.0 * cluster.mean_load());
    let state = if cluster.outcome().is_over() { cluster.outcome().name() } else { "alive" };
    let text = format!("{name}: step {steps}, load {load:.0}%, {state}");
    let fill = if cluster.outcome().is_collapse() { colour::RISK } else { colour::GOOD };
    let bar = ProgressBar::new(steps as f32 / longest.max(1) as f32).fill(fill.gamma_multiply(0.5)).text(text);
    ui.add(bar.desired_width(ui.available_width()));
}

fn ended(ui: &mut Ui, hands: &ManualControls) {
    let Some(report) = hands.manual_control.report() else { return };
    let longest = hands.settings.0.cluster.max_steps;
    fact(ui, "Taken over at step", report.since.to_string());
    for stretch in std::iter::once(&report.person).chain(&report.rivals) {
        let text = format!("{}: {} of {longest} steps, {}", stretch.name, stretch.survived, stretch.state());
        let fill = if stretch.outcome.is_collapse() { colour::RISK } else { colour::GOOD };
        let share = stretch.survived as f32 / longest.max(1) as f32;
        let bar = ProgressBar::new(share).fill(fill.gamma_multiply(0.5)).text(text);
        ui.add(bar.desired_width(ui.available_width()));
    }
    let [again, on] = [KeyAction::TakeOver, KeyAction::TogglePause].map(KeyAction::key);
    ui.label(format!(
        "All from the same moment and through the same weather. {again} takes over again, {on} lets time run."
    ));
}
