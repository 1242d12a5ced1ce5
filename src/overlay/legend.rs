//! The legend: what colours and shapes mean, and the choice of colour mode and camera.

use super::accessibility::describe;
use super::panel_params::PanelControls;
use crate::view::{CameraMode, ColourMode, KeyAction, LegendRamp};
use bevy::color::{ColorToPacked, Srgba};
use bevy_egui::egui::{Align2, Color32, ComboBox, FontId, Rect, Sense, StrokeKind, Ui, pos2, vec2};

/// What a camera mode does, in a sentence.
fn tip(camera: CameraMode) -> String {
    match camera {
        CameraMode::Orbit => "Circles: drag turns, Shift or the middle button moves, the wheel comes nearer".to_owned(),
        CameraMode::Top => "From straight above: drag moves, the wheel comes nearer".to_owned(),
        CameraMode::Follow => "Goes along with the agent of the cluster in focus".to_owned(),
        CameraMode::Fly => {
            let [fly, faster] = [KeyAction::Fly, KeyAction::FlyFaster].map(KeyAction::key);
            format!("{fly} fly, {faster} is faster; hold the right button to look around")
        }
    }
}

/// What a colour mode shows, in a sentence.
fn meaning(mode: ColourMode) -> &'static str {
    match mode {
        ColourMode::Combined => "CPU, memory drift and priority in one colour",
        ColourMode::Cpu => "How busy each cell is",
        ColourMode::Drift => "How much of its memory each cell has lost; out of memory at 99%",
        ColourMode::Priority => "How much each cell matters; losing a critical one ends the episode",
        ColourMode::TimeLeft => "Steps until each cell is out of memory, if it goes on as it did",
    }
}

/// Choosers for colour mode and camera; `narrow` omits their labels.
pub(super) fn choose(ui: &mut Ui, controls: &mut PanelControls, narrow: bool) {
    let mode = *controls.mode;
    let mut chosen = mode;
    let name = |name, key: KeyAction| if narrow { String::new() } else { key.with_key(name) };
    let [colours, camera_key, all] =
        [KeyAction::Colours(1), KeyAction::Camera(1), KeyAction::SeeAll].map(KeyAction::key);
    let list = ComboBox::new(("colour mode", narrow), name("Colours", KeyAction::Colours(1)));
    let list = list.selected_text(mode.title());
    let shown = list.show_ui(ui, |ui| {
        for mode in ColourMode::ALL {
            ui.selectable_value(&mut chosen, mode, mode.title()).on_hover_text(meaning(mode));
        }
    });
    shown.response.on_hover_text(format!("Colours of the cells ({colours}; Shift: back)\n{}", meaning(mode)));
    if chosen != mode {
        *controls.mode = chosen;
    }
    let camera = controls.rig.mode();
    let mut chosen = camera;
    let list = ComboBox::new(("camera", narrow), name("Camera", KeyAction::Camera(1)));
    let list = list.selected_text(camera.title());
    let shown = list.show_ui(ui, |ui| {
        for camera in CameraMode::ALL {
            ui.selectable_value(&mut chosen, camera, camera.title()).on_hover_text(tip(camera));
        }
    });
    let tip = format!("Camera ({camera_key}; Shift: back; {all} sees everything)\n{}", tip(camera));
    shown.response.on_hover_text(tip);
    if chosen != camera {
        controls.rig.request_mode(chosen);
    }
}

/// Shows the choosers and the legend of the colour mode.
pub(super) fn show(ui: &mut Ui, controls: &mut PanelControls) {
    choose(ui, controls, false);
    let legend = controls.mode.legend();
    for ramp in &legend.ramps {
        show_ramp(ui, ramp);
    }
    for (colour, meaning) in &legend.swatches {
        ui.horizontal(|ui| {
            let (square, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            ui.painter().rect_filled(square, 0.0, to_egui(*colour));
            ui.label(*meaning);
        });
    }
    ui.horizontal(|ui| {
        let (square, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
        ui.painter().rect_stroke(square, 0.0, (2.0, Color32::from_gray(230)), StrokeKind::Inside);
        ui.label("critical;  height: drift");
    });
}

/// A ramp with its name above and its labels below.
fn show_ramp(ui: &mut Ui, ramp: &LegendRamp) {
    ui.label(ramp.name);
    let (space, response) = ui.allocate_exact_size(vec2(ui.available_width().min(236.0), 26.0), Sense::hover());
    describe(&response, || ramp.ticks.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(", "));
    let rect = Rect::from_min_size(space.min, vec2(space.width(), 11.0));
    paint_ramp(ui, rect, ramp);
    for (at, text) in ramp.ticks {
        let x = rect.left() + at * rect.width();
        let anchor = match at {
            at if *at < 0.1 => Align2::LEFT_TOP,
            at if *at > 0.9 => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let colour = ui.visuals().text_color();
        ui.painter().line_segment([pos2(x, rect.bottom()), pos2(x, rect.bottom() + 2.0)], (1.0, colour));
        ui.painter().text(pos2(x, rect.bottom() + 3.0), anchor, text, FontId::proportional(10.0), colour);
    }
}

/// Paints the colours of a ramp from left to right.
pub(super) fn paint_ramp(ui: &Ui, rect: Rect, ramp: &LegendRamp) {
    let width = rect.width() / ramp.colours.len() as f32;
    for (at, colour) in ramp.colours.iter().enumerate() {
        let left = rect.left() + at as f32 * width;
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width + 0.5, rect.bottom()));
        ui.painter().rect_filled(part, 0.0, to_egui(*colour));
    }
}

pub(super) fn to_egui(colour: Srgba) -> Color32 {
    let [red, green, blue, _] = colour.to_u8_array();
    Color32::from_rgb(red, green, blue)
}
