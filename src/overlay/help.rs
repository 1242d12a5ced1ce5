//! Help: every shortcut, and what the scene shows.

use super::keys::SHORTCUTS;
use bevy_egui::egui::{Align2, Context, Grid, RichText, Window, vec2};

/// How the cameras are steered; the flying one is Bevy's FreeCamera, which binds the last five.
const CAMERA: [(&str, &str); 8] = [
    ("Drag", "turn the camera; from above: move it"),
    ("Middle/Shift drag", "move the camera"),
    ("Wheel", "come nearer"),
    ("W A S D", "fly forward, left, back, right"),
    ("E / Q", "fly up, down"),
    ("Shift", "fly faster"),
    ("Right mouse", "flying: hold and move to look around"),
    ("Wheel", "flying: change the speed"),
];

pub(super) fn show(context: &Context, open: &mut bool) {
    let window = Window::new("Help").open(open).collapsible(false).resizable(false);
    window.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(context, |ui| {
        ui.label("Every block is a cell: its height is memory drift, its colour tells CPU and drift.");
        ui.label("The ring is the agent. It must clean cells before their memory runs out.");
        ui.add_space(6.0);
        Grid::new("keys").num_columns(2).spacing(vec2(18.0, 4.0)).show(ui, |ui| {
            let all = SHORTCUTS.iter().map(|shortcut| (shortcut.name, shortcut.help)).chain(CAMERA);
            for (keys, help) in all {
                ui.label(RichText::new(keys).monospace().strong());
                ui.label(help);
                ui.end_row();
            }
        });
    });
}
