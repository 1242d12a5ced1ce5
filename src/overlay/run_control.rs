//! Run control: start, pause, step, speed and progress.

use super::panel_params::{PanelControls, PanelData};
use super::widgets::{explain, grouped, labelled_value};
use crate::simulation::SPEEDS;
use crate::view::KeyAction;
use bevy_egui::egui::{Button, ProgressBar, Slider, Ui, vec2};

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls) {
    pace(ui, data, controls);
    progress(ui, data);
    let stats = &data.stats;
    let run = &data.settings.0.run;
    let steps = grouped(data.learner.0.steps());
    let (steps, tip) = if run.policy.is_empty() {
        let tip = "Environment steps of this run, of those planned (run.steps); learning goes on after them";
        (format!("{steps} / {}", grouped(run.steps)), tip)
    } else {
        (steps, "Environment steps of this run; nothing is learned while a policy is watched")
    };
    labelled_value(ui, "Steps", steps).on_hover_text(tip);
    labelled_value(ui, "Episodes", grouped(stats.episodes));
    labelled_value(ui, "Collapses", grouped(stats.collapses));
    let recent = stats
        .recent_survival()
        .map_or("-".to_owned(), |steps| format!("{steps:.0} / {}", data.settings.0.cluster.max_steps));
    labelled_value(ui, "Survival", recent).on_hover_text("Mean steps survived over the last 100 episodes");
    let clusters = data.cluster_order.0.len();
    if clusters > 1 {
        labelled_value(ui, "Clusters", format!("{clusters}, {} in focus", data.focus_index()));
    }
}

/// Start, pause, step and speed.
pub(super) fn pace(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls) {
    let pace = &mut controls.pace;
    ui.horizontal(|ui| {
        let (name, tip) = if pace.running { ("Pause", "Stop time") } else { ("Start", "Let time run") };
        let tip = KeyAction::TogglePause.with_key(tip);
        let half = vec2((ui.available_width() - ui.spacing().item_spacing.x) / 2.0, 24.0);
        if ui.add(Button::new(name).min_size(half)).on_hover_text(tip).clicked() {
            pace.toggle();
        }
        let step = Button::new("Step").min_size(half);
        if ui.add_enabled(!pace.running, step).on_hover_text(KeyAction::Step.with_key("Run one tick")).clicked() {
            pace.single_steps += 1;
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().slider_width = (ui.available_width() - 118.0).clamp(24.0, 100.0);
        let mut speed = if pace.speed.is_finite() { pace.speed } else { *SPEEDS.end() };
        let slider = Slider::new(&mut speed, SPEEDS).logarithmic(true).suffix("x").max_decimals(2);
        let response = ui.add_enabled(pace.speed.is_finite(), slider);
        let rate = data.settings.0.view.ticks_per_second;
        let [faster, slower] = [KeyAction::Faster, KeyAction::Slower].map(KeyAction::key);
        let more = format!("\n1x is {rate} ticks per second; keys {faster} and {slower}");
        if explain(response, &data.specs, "view.speed", &more).changed() {
            pace.speed = speed;
        }
        let mut full = pace.speed.is_infinite();
        let tip = "As fast as the machine allows within view.frame_budget of each frame";
        if ui.checkbox(&mut full, "max").on_hover_text(tip).changed() {
            pace.speed = if full { f64::INFINITY } else { data.settings.0.view.speed };
        }
    });
}

/// Progress through the planned steps, if the run learns.
fn progress(ui: &mut Ui, data: &PanelData) {
    let run = &data.settings.0.run;
    if run.policy.is_empty() {
        let share = data.learner.0.steps() as f32 / run.steps as f32;
        let bar = ProgressBar::new(share.min(1.0)).desired_height(4.0).corner_radius(2.0);
        ui.add(bar).on_hover_text(format!("{:.1}% of the planned steps", 100.0 * share));
    }
}
