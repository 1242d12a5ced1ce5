//! Buttons and strengths of the interventions on the pinned cell, with tooltips that say exactly what happens.

use super::interventions::{FaultStrength, INTERVENTIONS, InterventionButton};
use super::scene_controls::SceneControls;
use super::widgets::colour;
use bevy_egui::egui::{Button, DragValue, Grid, RichText, Ui, vec2};

/// The buttons for the pinned cell.
pub(super) fn show(ui: &mut Ui, controls: &mut SceneControls, cell: usize, priority: f32) {
    let blocked_reason = controls.blocked_reason();
    ui.separator();
    let mut strengths = controls.state.strengths;
    let mut requested = None;
    let mut button = |ui: &mut Ui, intervention: &InterventionButton, strengths: &FaultStrength| {
        let text = intervention.key.with_key(intervention.name);
        let response = ui.add_enabled(blocked_reason.is_none(), Button::new(text).min_size(vec2(112.0, 20.0)));
        let response = response.on_hover_text((intervention.tip)(strengths));
        if response.on_disabled_hover_text(blocked_reason.unwrap_or_default()).clicked() {
            requested = Some((intervention.make)(strengths, cell as u32, priority));
        }
    };
    let [spike, leak, kill, heal, prioritise, outage, storm] = &INTERVENTIONS;
    Grid::new("chaos").num_columns(2).spacing(vec2(6.0, 4.0)).show(ui, |ui| {
        button(ui, spike, &strengths);
        strength(ui, DragValue::new(&mut strengths.spike).range(1..=300).suffix(" steps"));
        button(ui, leak, &strengths);
        strength(
            ui,
            DragValue::new(&mut strengths.leak).range(0.001..=0.5).speed(0.001).max_decimals(3).suffix(" / step"),
        );
        button(ui, kill, &strengths);
        button(ui, heal, &strengths);
        ui.end_row();
        button(ui, prioritise, &strengths);
        ui.end_row();
        ui.label(RichText::new("Zone around it").color(colour::NOTE));
        strength(ui, DragValue::new(&mut strengths.radius).range(0..=16).prefix("radius "));
        button(ui, outage, &strengths);
        strength(ui, DragValue::new(&mut strengths.steps).range(1..=300).suffix(" steps"));
        button(ui, storm, &strengths);
        ui.end_row();
    });
    if let Some(blocked_reason) = blocked_reason {
        ui.label(RichText::new(blocked_reason).small().color(colour::NOTE));
    }
    if controls.state.strengths != strengths {
        controls.state.strengths = strengths;
    }
    if let Some(intervention) = requested {
        controls.intervene(intervention);
    }
}

fn strength(ui: &mut Ui, value: DragValue) {
    ui.add(value);
    ui.end_row();
}
