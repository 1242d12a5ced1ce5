//! The caption: one line under the scene that explains its colours. The section *Legend* has the details.

use super::accessibility::{describe, group};
use super::layout::{Layout, scene_rect};
use super::legend::{paint_ramp, to_egui};
use crate::view::{ColourMode, Legend, LegendRamp, SceneArea};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{Local, Res};
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Align2, Area, Color32, Id, Order, RichText, Sense, StrokeKind, Ui, vec2};

/// Height that the caption takes from the scene, in points.
pub(super) const HEIGHT: f32 = 18.0;
/// Length of a ramp in a wide and in a narrow scene, in points.
const RAMP: [f32; 2] = [44.0, 22.0];
/// Width below which the caption shows only ramps, in points.
const NARROW: f32 = 620.0;
/// Font size, in points.
const LETTERS: f32 = 10.0;

/// Draws the caption below the scene.
pub(super) fn show(
    mut contexts: EguiContexts,
    area: Res<SceneArea>,
    mode: Res<ColourMode>,
    layout: Res<Layout>,
    mut cached: Local<Option<(ColourMode, Legend)>>,
) -> Result {
    if layout.bare {
        return Ok(());
    }
    if cached.as_ref().is_none_or(|(cached_mode, _)| *cached_mode != *mode) {
        *cached = Some((*mode, mode.legend()));
    }
    let Some((_, legend)) = &*cached else { return Ok(()) };
    let context = contexts.ctx_mut()?.clone();
    let scene = scene_rect(&area, &context);
    let narrow = scene.width() < NARROW;
    let line = Area::new(Id::new("caption")).order(Order::Background).interactable(false).fade_in(false);
    line.pivot(Align2::CENTER_BOTTOM).fixed_pos(scene.center_bottom() + vec2(0.0, HEIGHT - 3.0)).show(&context, |ui| {
        ui.set_max_width(scene.width());
        group(ui, "caption");
        ui.spacing_mut().item_spacing = vec2(5.0, 0.0);
        ui.horizontal(|ui| {
            legend.ramps.iter().for_each(|ramp| show_ramp(ui, ramp, RAMP[usize::from(narrow)]));
            if narrow {
                return;
            }
            for (colour, meaning) in &legend.swatches {
                let (square, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
                ui.painter().rect_filled(square, 0.0, to_egui(*colour));
                let edge = Color32::from_gray(110);
                ui.painter().rect_stroke(square, 0.0, (1.0, edge), StrokeKind::Outside);
                small(ui, meaning);
            }
            let (square, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
            ui.painter().rect_stroke(square, 0.0, (2.0, Color32::from_gray(230)), StrokeKind::Inside);
            small(ui, "critical");
        });
    });
    Ok(())
}

fn small(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).size(LETTERS).color(Color32::from_gray(190)));
}

/// A ramp between its name with the lowest label and the highest label.
fn show_ramp(ui: &mut Ui, ramp: &LegendRamp, length: f32) {
    let ends = ramp.ticks.first().zip(ramp.ticks.last());
    let ((_, low), (_, high)) = ends.unwrap_or((&(0.0, ""), &(1.0, "")));
    small(ui, &format!("{} {low}", ramp.name));
    let (space, response) = ui.allocate_exact_size(vec2(length, LETTERS), Sense::hover());
    describe(&response, || format!("{}: {low} to {high}", ramp.name));
    paint_ramp(ui, space.shrink2(vec2(0.0, 1.0)), ramp);
    small(ui, high);
    ui.add_space(6.0);
}
