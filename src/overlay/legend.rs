//! What the colours and shapes of the scene mean.

use crate::view::{DEAD, legend};
use bevy::color::{ColorToPacked, Srgba};
use bevy_egui::egui::{Color32, Rect, Sense, Ui, pos2, vec2};

pub(super) fn show(ui: &mut Ui) {
    for ramp in legend() {
        ui.horizontal(|ui| {
            let (bar, response) = ui.allocate_exact_size(vec2(96.0, 12.0), Sense::hover());
            response.on_hover_text(format!("{}: {} to {}", ramp.name, ramp.ends[0], ramp.ends[1]));
            let width = bar.width() / ramp.colours.len() as f32;
            for (at, colour) in ramp.colours.iter().enumerate() {
                let left = bar.left() + at as f32 * width;
                let part = Rect::from_min_max(pos2(left, bar.top()), pos2(left + width + 0.5, bar.bottom()));
                ui.painter().rect_filled(part, 0.0, painted(*colour));
            }
            ui.label(format!("{} {}-{}", ramp.name, ramp.ends[0], ramp.ends[1]));
        });
    }
    ui.horizontal(|ui| {
        let (square, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        ui.painter().rect_filled(square, 0.0, painted(DEAD));
        ui.label("out of memory;");
        let (square, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        let stroke = (2.0, Color32::from_gray(230));
        ui.painter().rect_stroke(square, 0.0, stroke, bevy_egui::egui::StrokeKind::Inside);
        ui.label("critical;  height: drift");
    });
}

fn painted(colour: Srgba) -> Color32 {
    let [red, green, blue, _] = colour.to_u8_array();
    Color32::from_rgb(red, green, blue)
}
