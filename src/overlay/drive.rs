//! The drive window: a person drives the agent, and sees how far they get beside rival policies.

use super::layout::scene_rect;
use super::scene_controls::SceneControls;
use super::widgets::{colour, labelled_value, scene_window};
use crate::cluster::{Action, Cluster};
use crate::simulation::advice;
use crate::view::KeyAction;
use bevy::ecs::error::Result;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Button, ProgressBar, RichText, Ui};

/// Width of the window, in points.
const WIDTH: f32 = 340.0;

pub(super) fn show(mut contexts: EguiContexts, mut controls: SceneControls) -> Result {
    let context = contexts.ctx_mut()?.clone();
    let driving = controls.manual_control.drive().is_some();
    if driving && controls.state.report_closed {
        controls.state.report_closed = false;
    }
    if !driving && (controls.state.report_closed || controls.manual_control.report().is_none()) {
        return Ok(());
    }
    let mut open = true;
    let width = WIDTH.min(scene_rect(&controls.area, &context).width() - 16.0).max(60.0);
    let window = scene_window(if driving { "You drive" } else { "Your drive" }, width);
    let window = if driving { window } else { window.open(&mut open) };
    controls.show_at_foot(
        &context,
        window,
        |ui, controls| if driving { show_drive(ui, controls) } else { show_report(ui, controls) },
    );
    if !open {
        controls.state.report_closed = true;
    }
    Ok(())
}

fn show_drive(ui: &mut Ui, controls: &mut SceneControls) {
    let others = [Action::FullClean, Action::MemoryClean, Action::Throttle, Action::Scale];
    let others = others.map(|action| format!("{} {}", KeyAction::Drive(action).key(), action.name())).join(", ");
    ui.label(format!("Arrows move; {others}. Time waits for you."));
    let max_steps = controls.settings.0.cluster.max_steps;
    let Some(drive) = controls.manual_control.drive() else { return };
    let here = controls.drives_focus();
    if let Some(live) = controls.shown.cluster().filter(|_| here) {
        progress(ui, "you", live, max_steps);
    }
    for rival in drive.rivals() {
        progress(ui, rival.name(), rival.cluster(), max_steps);
    }
    if !here {
        ui.colored_label(colour::NOTE, "You are driving in another cluster: put it into focus to go on.");
    } else if controls.shown.is_past() {
        ui.colored_label(colour::NOTE, "You are looking at the past: return to the present to go on.");
    }
    ui.horizontal(|ui| {
        let tip = "Let the agent drive itself again, and see how far the others would have come";
        let button = Button::new(KeyAction::TakeOver.with_key("Hand back"));
        if ui.add(button).on_hover_text(KeyAction::TakeOver.with_key(tip)).clicked() {
            controls.toggle_take_over();
        }
        let mut show_hint = controls.state.show_hint;
        if ui
            .checkbox(&mut show_hint, KeyAction::Hint.with_key("Hint"))
            .on_hover_text("What the Pilot would do in your place")
            .changed()
        {
            controls.state.show_hint = show_hint;
        }
        if controls.state.show_hint && here {
            ui.label(RichText::new(hint(controls).unwrap_or_default()).strong());
        }
    });
}

/// The Pilot's suggestion, computed once per moment.
fn hint(controls: &mut SceneControls) -> Option<String> {
    let moment = controls.shown.moment()?;
    if controls.state.advice.as_ref().is_none_or(|(advised, _)| *advised != moment) {
        let (live, agent) = (controls.shown.cluster()?, controls.shown.entities()?.1);
        let agent = controls.agents.get(agent).ok()?;
        let (name, action) = advice(&controls.settings.0, &controls.learner.0, live, agent)?;
        controls.state.advice = Some((moment, format!("{name}: {}", action.name())));
    }
    controls.state.advice.as_ref().map(|(_, text)| text.clone())
}

/// Steps, load and outcome of one cluster.
fn progress(ui: &mut Ui, name: &str, cluster: &Cluster, max_steps: usize) {
    let (steps, load) = (cluster.time(), 100.0 * cluster.mean_load());
    let state = if cluster.outcome().is_over() { cluster.outcome().name() } else { "alive" };
    let text = format!("{name}: step {steps}, load {load:.0}%, {state}");
    let fill = if cluster.outcome().is_collapse() { colour::RISK } else { colour::GOOD };
    let bar = ProgressBar::new(steps as f32 / max_steps.max(1) as f32).fill(fill.gamma_multiply(0.5)).text(text);
    ui.add(bar.desired_width(ui.available_width()));
}

fn show_report(ui: &mut Ui, controls: &SceneControls) {
    let Some(report) = controls.manual_control.report() else { return };
    let max_steps = controls.settings.0.cluster.max_steps;
    labelled_value(ui, "Taken over at step", report.since.to_string());
    for stretch in std::iter::once(&report.person).chain(&report.rivals) {
        let text = format!("{}: {} of {max_steps} steps, {}", stretch.name, stretch.survived, stretch.state());
        let fill = if stretch.outcome.is_collapse() { colour::RISK } else { colour::GOOD };
        let share = stretch.survived as f32 / max_steps.max(1) as f32;
        let bar = ProgressBar::new(share).fill(fill.gamma_multiply(0.5)).text(text);
        ui.add(bar.desired_width(ui.available_width()));
    }
    let [again, on] = [KeyAction::TakeOver, KeyAction::TogglePause].map(KeyAction::key);
    ui.label(format!(
        "All from the same moment and through the same random events. {again} takes over again, {on} lets time run."
    ));
}
