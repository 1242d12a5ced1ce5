//! Buttons that do something to the pinned cell and to the zone around it, and say exactly what happens, and their doses.

use super::hands::ManualControls;
use super::interventions::{FaultStrength, INTERVENTIONS, InterventionButton};
use super::widgets::colour;
use bevy_egui::egui::{Button, DragValue, Grid, RichText, Ui, vec2};

/// The buttons for the pinned cell.
pub(super) fn show(ui: &mut Ui, hands: &mut ManualControls, cell: usize, priority: f32) {
    let hindrance = hands.hindrance();
    ui.separator();
    let mut strengths = hands.control_state.strengths;
    let mut asked = None;
    let mut button = |ui: &mut Ui, it: &InterventionButton, strengths: &FaultStrength| {
        let text = it.key.behind(it.name);
        let response = ui.add_enabled(hindrance.is_none(), Button::new(text).min_size(vec2(112.0, 20.0)));
        let response = response.on_hover_text((it.tip)(strengths));
        if response.on_disabled_hover_text(hindrance.unwrap_or_default()).clicked() {
            asked = Some((it.make)(strengths, cell as u32, priority));
        }
    };
    let [spike, leak, kill, heal, rank, outage, storm] = &INTERVENTIONS;
    Grid::new("chaos").num_columns(2).spacing(vec2(6.0, 4.0)).show(ui, |ui| {
        button(ui, spike, &strengths);
        dose(ui, DragValue::new(&mut strengths.spike).range(1..=300).suffix(" steps"));
        button(ui, leak, &strengths);
        dose(ui, DragValue::new(&mut strengths.leak).range(0.001..=0.5).speed(0.001).max_decimals(3).suffix(" / step"));
        button(ui, kill, &strengths);
        button(ui, heal, &strengths);
        ui.end_row();
        button(ui, rank, &strengths);
        ui.end_row();
        ui.label(RichText::new("Zone around it").color(colour::NOTE));
        dose(ui, DragValue::new(&mut strengths.radius).range(0..=16).prefix("radius "));
        button(ui, outage, &strengths);
        dose(ui, DragValue::new(&mut strengths.steps).range(1..=300).suffix(" steps"));
        button(ui, storm, &strengths);
        ui.end_row();
    });
    if let Some(hindrance) = hindrance {
        ui.label(RichText::new(hindrance).small().color(colour::NOTE));
    }
    if hands.control_state.strengths != strengths {
        hands.control_state.strengths = strengths;
    }
    if let Some(intervention) = asked {
        hands.intervene(intervention);
    }
}

fn dose(ui: &mut Ui, value: DragValue) {
    ui.add(value);
    ui.end_row();
}
