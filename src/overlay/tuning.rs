//! A few settings that can change during a run.

use super::panel_params::{PanelControls, PanelData};
use super::widgets::{SettingSpecs, explain};
use crate::simulation::Command;
use bevy_egui::egui::{DragValue, Response, Ui};

/// Values that are being dragged or typed; sent on release.
#[derive(Debug, Default)]
pub(super) struct TuningPanel {
    max_steps: Option<f64>,
    learning_rate: Option<f64>,
    max_runtime: Option<f64>,
}

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls, state: &mut TuningPanel) {
    let (settings, specs) = (&data.settings.0, &data.specs);
    let queue = &mut controls.commands.0;
    let steps =
        number(ui, specs, "Max Steps", "cluster.max_steps", settings.cluster.max_steps as f64, &mut state.max_steps);
    queue.extend(steps.map(|steps| Command::set("cluster.max_steps", steps.round())));
    let (path, now) = settings.learning_rate();
    let rate = number(ui, specs, "Learning rate", path, now, &mut state.learning_rate);
    queue.extend(rate.map(|rate| Command::set(path, rate)));
    let limit = number(ui, specs, "Max Runtime", "run.max_runtime", settings.run.max_runtime, &mut state.max_runtime);
    queue.extend(limit.map(|limit| Command::set("run.max_runtime", limit)));
}

/// A numeric setting; returns the new value once the change is complete.
fn number(
    ui: &mut Ui,
    specs: &SettingSpecs,
    name: &str,
    path: &str,
    now: f64,
    pending: &mut Option<f64>,
) -> Option<f64> {
    let spec = specs.get(path)?;
    let mut value = pending.unwrap_or(now);
    let (low, high) = spec.range.unwrap_or((f64::MIN, f64::MAX));
    let small = high <= 1.0;
    let speed = if small { (value * 0.01).max(1e-6) } else { (value * 0.01).max(1.0) };
    let decimals = if small { 6 } else { 0 };
    let mut response: Option<Response> = None;
    ui.horizontal(|ui| {
        ui.label(name);
        ui.with_layout(bevy_egui::egui::Layout::right_to_left(bevy_egui::egui::Align::Center), |ui| {
            let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
            let drag = DragValue::new(&mut value).range(low..=high).speed(speed).max_decimals(decimals).suffix(unit);
            response = Some(explain(ui.add(drag.update_while_editing(false)), specs, path, ""));
        });
    });
    let response = response?;
    if response.changed() {
        *pending = Some(value);
    }
    let held = response.dragged() || response.has_focus();
    if held { None } else { pending.take().filter(|value| *value != now) }
}
