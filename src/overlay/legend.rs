//! What the colours and shapes of the scene mean, and which of them to show.

use super::Controls;
use super::told::say;
use crate::view::{ColourMode, Ramp};
use bevy::color::{ColorToPacked, Srgba};
use bevy_egui::egui::{Align2, Color32, ComboBox, FontId, Rect, Sense, StrokeKind, Ui, pos2, vec2};

/// Shows the legend of the colour mode, and lets people choose another.
pub(super) fn show(ui: &mut Ui, controls: &mut Controls) {
    let mode = *controls.mode;
    let mut chosen = mode;
    ComboBox::new("colour mode", "Colours (C)").selected_text(mode.title()).show_ui(ui, |ui| {
        for mode in ColourMode::ALL {
            ui.selectable_value(&mut chosen, mode, mode.title());
        }
    });
    if chosen != mode {
        *controls.mode = chosen;
    }
    let legend = chosen.legend();
    for ramp in &legend.ramps {
        show_ramp(ui, ramp);
    }
    for (colour, meaning) in &legend.swatches {
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().rect_filled(square, 0.0, painted(*colour));
            ui.label(*meaning);
        });
    }
    ui.horizontal(|ui| {
        let (square, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        ui.painter().rect_stroke(square, 0.0, (2.0, Color32::from_gray(230)), StrokeKind::Inside);
        ui.label("critical;  height: drift");
    });
}

/// A ramp with its name above and its ticks below.
fn show_ramp(ui: &mut Ui, ramp: &Ramp) {
    ui.label(ramp.name);
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width().min(236.0), 26.0), Sense::hover());
    say(&response, || ramp.ticks.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(", "));
    let bar = Rect::from_min_size(space.min, vec2(space.width(), 11.0));
    let width = bar.width() / ramp.colours.len() as f32;
    for (at, colour) in ramp.colours.iter().enumerate() {
        let left = bar.left() + at as f32 * width;
        let part = Rect::from_min_max(pos2(left, bar.top()), pos2(left + width + 0.5, bar.bottom()));
        ui.painter().rect_filled(part, 0.0, painted(*colour));
    }
    for (at, text) in ramp.ticks {
        let x = bar.left() + at * bar.width();
        let anchor = match at {
            at if *at < 0.1 => Align2::LEFT_TOP,
            at if *at > 0.9 => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let colour = ui.visuals().text_color();
        ui.painter().line_segment([pos2(x, bar.bottom()), pos2(x, bar.bottom() + 2.0)], (1.0, colour));
        ui.painter().text(pos2(x, bar.bottom() + 3.0), anchor, text, FontId::proportional(10.0), colour);
    }
}

fn painted(colour: Srgba) -> Color32 {
    let [red, green, blue, _] = colour.to_u8_array();
    Color32::from_rgb(red, green, blue)
}
