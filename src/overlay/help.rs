//! Help: what the scene shows, and every key.

use crate::view::KEY_TABLE;
use bevy::ecs::resource::Resource;
use bevy_egui::egui::{Align2, Context, Grid, Id, Label, RichText, ScrollArea, Ui, Vec2, Window, vec2};

/// Whether the help is open.
#[derive(Resource, Debug, Default)]
pub(super) struct Help {
    pub open: bool,
}

/// Space around the help window, in points.
const AROUND: Vec2 = vec2(40.0, 64.0);
/// Width from which the keys are in two columns, in points.
const WIDE: f32 = 1000.0;

pub(super) fn show(context: &Context, open: &mut bool) {
    let room = (context.viewport_rect().size() - AROUND).max(vec2(120.0, 80.0));
    let window = Window::new("Help").id(Id::new("Help")).open(open).collapsible(false).resizable(false);
    // Closes at once: a resting window is not redrawn for a fade.
    let window = window.fade_in(false).fade_out(false);
    let window = window.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).max_width(room.x);
    window.show(context, |ui| {
        ScrollArea::vertical().max_height(room.y).min_scrolled_height(room.y).show(ui, |ui| contents(ui, room.x));
    });
}

fn contents(ui: &mut Ui, width: f32) {
    ui.label("Every block is a cell: its height is memory drift, its colour shows CPU and drift.");
    ui.label("The ring is the agent. It must clean cells before their memory runs out.");
    ui.add_space(6.0);
    let columns = if width >= WIDE { 2 } else { 1 };
    ui.horizontal_top(|ui| {
        for (at, part) in KEY_TABLE.chunks(KEY_TABLE.len().div_ceil(columns)).enumerate() {
            Grid::new(("keys", at)).num_columns(2).spacing(vec2(14.0, 4.0)).show(ui, |ui| {
                for line in part {
                    ui.label(RichText::new(line.keys(str::to_owned)).monospace().strong());
                    // Long lines wrap rather than being cut off.
                    ui.scope(|ui| {
                        ui.set_max_width((width / columns as f32 - 150.0).max(60.0));
                        ui.add(Label::new(line.help()).wrap());
                    });
                    ui.end_row();
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::{Pos2, RawInput, Rect};

    #[test]
    fn the_help_fits_into_any_window() {
        for size in [vec2(1280.0, 720.0), vec2(800.0, 600.0), vec2(533.0, 400.0), vec2(320.0, 240.0)] {
            let context = Context::default();
            let screen = Rect::from_min_size(Pos2::ZERO, size);
            let mut open = true;
            for _ in 0..3 {
                let input = RawInput { screen_rect: Some(screen), ..RawInput::default() };
                context.run_ui(input, |ui| show(ui.ctx(), &mut open)).textures_delta.clear();
            }
            let shown = context.memory(|memory| memory.area_rect(Id::new("Help"))).expect("the help is open");
            assert!(screen.contains_rect(shown), "{shown:?} in {size}");
            assert!(shown.height() > 80.0, "{shown:?}");
        }
    }
}
