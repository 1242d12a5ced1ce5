//! The Prophet's forecast as a curve: how likely the cluster is alive after each of the next steps.

use super::accessibility::describe;
use super::widgets::colour;
use crate::learning::RiskCurve;
use bevy_egui::egui::{Align2, Color32, FontId, Rect, Sense, Stroke, Ui, pos2, vec2};

/// Height of the curve, in points.
const HEIGHT: f32 = 64.0;
/// Room above the line of 100% for its label, in points.
const HEAD: f32 = 13.0;
/// Room under it for the labels of its axis, in points.
const AXIS: f32 = 12.0;

/// Draws the survival curve of a forecast over these horizons, in steps.
pub(super) fn show(ui: &mut Ui, forecast: &RiskCurve, horizons: &[usize]) {
    let Some(longest) = horizons.last().copied() else { return };
    ui.add_space(4.0);
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + AXIS), Sense::hover());
    describe(&response, || {
        let alive = horizons.iter().zip(forecast.within());
        let alive: Vec<_> = alive.map(|(steps, risk)| format!("{:.1}% after {steps}", 100.0 * (1.0 - risk))).collect();
        format!("survival in steps: {}", alive.join(", "))
    });
    let plot = Rect::from_min_max(space.min, pos2(space.right(), space.bottom() - AXIS));
    let across = |steps: f32| plot.left() + plot.width() * steps / longest as f32;
    let height = |alive: f32| plot.bottom() - 1.0 - (plot.height() - HEAD - 1.0) * alive.clamp(0.0, 1.0);
    let painter = ui.painter();
    painter.rect_filled(plot, 2.0, Color32::from_gray(18));
    painter.hline(plot.x_range(), height(0.5), Stroke::new(1.0, Color32::from_gray(45)));
    let steps = (0..=64).map(|part| longest as f32 * part as f32 / 64.0);
    let line = steps.map(|steps| pos2(across(steps), height(forecast.survival(horizons, steps))));
    painter.line(line.collect::<Vec<_>>(), Stroke::new(1.6, colour::GOOD));
    for (steps, risk) in horizons.iter().zip(forecast.within()) {
        painter.circle_filled(pos2(across(*steps as f32), height(1.0 - risk)), 2.2, colour::GOOD);
    }
    let label = |at, align, text: &str| painter.text(at, align, text, FontId::proportional(10.0), colour::NOTE);
    label(plot.left_top() + vec2(3.0, 1.0), Align2::LEFT_TOP, "100% alive");
    label(plot.left_bottom() + vec2(3.0, -1.0), Align2::LEFT_BOTTOM, "0%");
    label(space.left_bottom(), Align2::LEFT_BOTTOM, "now");
    label(space.right_bottom(), Align2::RIGHT_BOTTOM, &format!("{longest} steps"));
    let pointed = response.hover_pos().map(|at| longest as f32 * ((at.x - plot.left()) / plot.width()).clamp(0.0, 1.0));
    response.on_hover_ui(|ui| {
        ui.label("How likely the cluster is still alive after so many steps; a dot at each of prophet.horizons");
        if let Some(steps) = pointed {
            ui.label(format!("after {steps:.0} steps: {:.1}%", 100.0 * forecast.survival(horizons, steps)));
        }
    });
}
