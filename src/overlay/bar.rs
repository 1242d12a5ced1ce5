//! The bar at the top: visible panels, size, colour mode, camera and help.

use super::layout::{Layout, SCALES};
use super::legend;
use super::panel_params::PanelControls;
use crate::view::KeyAction;
use bevy_egui::egui::{Align, DragValue, Ui};

/// Width from which the bar has room for colour mode and camera, in points; otherwise the legend has them.
const ROOMY: f32 = 680.0;

pub(super) fn show(ui: &mut Ui, layout: &mut Layout, controls: &mut PanelControls, help: &mut bool) {
    let roomy = ui.available_width() >= ROOMY;
    let turns = format!("({} takes turns)", KeyAction::CycleSides.key());
    let tip = |side| format!("Show the panel on the {side} {turns}");
    ui.toggle_value(&mut layout.left.shown, "Left").on_hover_text(tip("left"));
    ui.toggle_value(&mut layout.right.shown, "Right").on_hover_text(tip("right"));
    ui.toggle_value(&mut layout.strip, "Time").on_hover_text("Show the strip at the bottom");
    let tip = format!("Hide everything but the scene; {} brings it back", KeyAction::SceneOnly.key());
    if ui.button("Scene only").on_hover_text(tip).clicked() {
        layout.bare = true;
    }
    if roomy {
        ui.separator();
        legend::choose(ui, controls, true);
    }
    ui.with_layout(bevy_egui::egui::Layout::right_to_left(Align::Center), |ui| {
        ui.toggle_value(help, "Help").on_hover_text(KeyAction::Help.with_key("All keys, and what the scene shows"));
        let mut percent = (layout.scale * 100.0).round();
        let (low, high) = (SCALES.start() * 100.0, SCALES.end() * 100.0);
        let scale = DragValue::new(&mut percent).range(low..=high).speed(1.0).suffix("%").update_while_editing(false);
        let keys = [KeyAction::Larger, KeyAction::Smaller, KeyAction::UsualSize].map(KeyAction::key).join(", ");
        if ui.add(scale).on_hover_text(format!("Size of everything in the overlay ({keys})")).changed() {
            layout.scale = percent / 100.0;
        }
        ui.label("Size");
    });
}
