//! The bar on top: what is shown, how large, in which colours and from where, and the help.

use super::layout::{Layout, SCALES};
use super::{Controls, legend};
use bevy_egui::egui::{Align, DragValue, Ui};

/// Width from which the bar has room for the colours and the camera, in points; a narrower one leaves them to the legend.
const ROOMY: f32 = 680.0;

pub(super) fn show(ui: &mut Ui, layout: &mut Layout, controls: &mut Controls, help: &mut bool) {
    let roomy = ui.available_width() >= ROOMY;
    ui.toggle_value(&mut layout.left.shown, "Left").on_hover_text("Show the panel on the left (F9 takes turns)");
    ui.toggle_value(&mut layout.right.shown, "Right").on_hover_text("Show the panel on the right (F9 takes turns)");
    ui.toggle_value(&mut layout.strip, "Time").on_hover_text("Show the strip at the bottom");
    if ui.button("Scene only").on_hover_text("Hide everything but the scene; F11 brings it back").clicked() {
        layout.bare = true;
    }
    if roomy {
        ui.separator();
        legend::choose(ui, controls, true);
    }
    ui.with_layout(bevy_egui::egui::Layout::right_to_left(Align::Center), |ui| {
        ui.toggle_value(help, "Help").on_hover_text("All keys, and what the scene shows (H)");
        let mut percent = (layout.scale * 100.0).round();
        let (low, high) = (SCALES.start() * 100.0, SCALES.end() * 100.0);
        let scale = DragValue::new(&mut percent).range(low..=high).speed(1.0).suffix("%").update_while_editing(false);
        if ui.add(scale).on_hover_text("Size of everything in the overlay (Ctrl +, Ctrl -, Ctrl 0)").changed() {
            layout.scale = percent / 100.0;
        }
        ui.label("Size");
    });
}
