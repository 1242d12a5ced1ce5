//! Help: every shortcut, and what the scene shows.

use super::keys::SHORTCUTS;
use bevy_egui::egui::{Align2, Context, Grid, RichText, ScrollArea, Ui, Window, vec2};

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

/// What the window keeps free above and below the list, with the title, in points.
const ROOM: f32 = 100.0;

pub(super) fn show(context: &Context, open: &mut bool) {
    let window = Window::new("Help").open(open).collapsible(false).resizable(false);
    // A window may be lower than the list is long.
    let most = (context.viewport_rect().height() - ROOM).max(ROOM);
    window.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(context, |ui| {
        ScrollArea::vertical().max_height(most).show(ui, list);
    });
}

fn list(ui: &mut Ui) {
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
}
