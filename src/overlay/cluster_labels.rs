//! Labels of the clusters, over the scene and under every panel.

use super::accessibility::describe;
use super::layout::{Layout, scene_rect};
use super::widgets::colour;
use crate::view::{ClusterLabels, SceneArea};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::Res;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Align2, Area, Color32, FontId, Id, Order, Pos2, Rect, Sense, Vec2, pos2, vec2};

/// Font size, in points.
const SIZE: f32 = 14.0;
/// Space around the text, in points.
const MARGIN: Vec2 = vec2(6.0, 2.0);

pub(super) fn show(
    mut contexts: EguiContexts,
    names: Res<ClusterLabels>,
    area: Res<SceneArea>,
    layout: Res<Layout>,
) -> Result {
    if names.0.is_empty() {
        return Ok(());
    }
    let context = contexts.ctx_mut()?.clone();
    let scene = scene_rect(&area, &context);
    let area = Area::new(Id::new("names")).order(Order::Background).interactable(false).constrain(false).fade_in(false);
    area.fixed_pos(scene.min).show(&context, |ui| {
        ui.set_clip_rect(scene);
        for name in &names.0 {
            let ink = if name.focus { Color32::WHITE } else { colour::NOTE };
            let letters = ui.painter().layout_no_wrap(name.text.clone(), FontId::proportional(SIZE), ink);
            let at = pos2(name.at.x, name.at.y) / layout.scale;
            let Some(plate) = label_rect(at, letters.size() + 2.0 * MARGIN, scene) else { continue };
            ui.painter().rect_filled(plate, 4.0, Color32::from_black_alpha(170));
            ui.painter().galley(plate.min + MARGIN, letters, ink);
            describe(&ui.interact(plate, ui.id().with(name.cluster), Sense::hover()), || name.text.clone());
        }
    });
    Ok(())
}

/// Rectangle of a label: above its anchor, moved into the scene. None if the anchor is outside the scene.
fn label_rect(anchor: Pos2, size: Vec2, scene: Rect) -> Option<Rect> {
    let plate = Align2::CENTER_BOTTOM.anchor_size(anchor, size);
    let most = scene.max - size;
    let inside = plate.min.clamp(scene.min, most.max(scene.min));
    scene.contains(anchor).then(|| Rect::from_min_size(inside, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stays_in_the_scene_and_disappears_with_its_cluster() {
        let scene = Rect::from_min_size(pos2(268.0, 26.0), vec2(700.0, 600.0));
        let size = vec2(100.0, 20.0);
        let placed = |x: f32, y: f32| label_rect(pos2(x, y), size, scene);
        assert_eq!(placed(600.0, 300.0), Some(Rect::from_min_size(pos2(550.0, 280.0), size)));
        assert_eq!(placed(270.0, 30.0), Some(Rect::from_min_size(scene.min, size)));
        assert_eq!(placed(200.0, 300.0), None);
    }
}
