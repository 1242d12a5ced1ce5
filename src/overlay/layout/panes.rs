//! The panes that hold the panels, their draggable edges, and the sections in them.

use super::{Layout, MAX_WIDTH, MIN_WIDTH, PanelSide};
use crate::overlay::accessibility;
use crate::view::SceneArea;
use bevy::math::UVec2;
use bevy_egui::egui::{
    self, Align, Area, CollapsingHeader, Color32, Context, CursorIcon, Id, Order, Rect, RichText, ScrollArea, Sense,
    Ui, UiBuilder, Vec2, pos2, vec2,
};

/// Height of the bar on top, in points.
pub(super) const BAR_HEIGHT: f32 = 26.0;
/// Space between the edge of a pane and its contents, in points.
const MARGIN: Vec2 = vec2(8.0, 2.0);
/// Width of the edge by which a panel is resized, in points.
const EDGE_WIDTH: f32 = 5.0;
/// Width reserved for a scroll bar, in points.
const SCROLL_BAR_WIDTH: f32 = 5.0;
/// Maximum share of the window's height for the strip at the bottom.
pub(super) const MAX_STRIP_SHARE: f32 = 0.3;

/// A pane over a part of the window; returns the height of its contents, clipped to the pane. It is an area of its own,
/// so that egui claims the pointer over it: egui's background would leave it to the scene.
fn pane(context: &Context, id: &str, rect: Rect, contents: impl FnOnce(&mut Ui)) -> f32 {
    let area = Area::new(Id::new(id)).order(Order::Middle).constrain(false).fade_in(false);
    let shown = area.fixed_pos(rect.min).default_size(rect.size()).show(context, |ui| {
        ui.set_clip_rect(rect);
        ui.allocate_rect(rect, Sense::hover());
        ui.painter().rect_filled(rect, 0.0, ui.visuals().panel_fill);
        let inside = UiBuilder::new().max_rect(rect.shrink2(MARGIN)).layout(egui::Layout::top_down(Align::Min));
        let mut inside = ui.new_child(inside);
        accessibility::group(&inside, id);
        contents(&mut inside);
        inside.min_rect().height() + 2.0 * MARGIN.y
    });
    shown.inner
}

/// The bar at the top; returns the rest of the window.
pub(in crate::overlay) fn bar(context: &Context, window: Rect, contents: impl FnOnce(&mut Ui)) -> Rect {
    let (bar, rest) = window.split_top_bottom_at_y(window.top() + BAR_HEIGHT.min(window.height()));
    pane(context, "bar", bar, |ui| drop(ui.horizontal(contents)));
    rest
}

/// The strip at the bottom, as high as its contents were a frame ago; returns the rest.
pub(in crate::overlay) fn strip(context: &Context, free: Rect, contents: impl FnOnce(&mut Ui)) -> Rect {
    let id = Id::new("height of the strip");
    let most = (context.viewport_rect().height() * MAX_STRIP_SHARE).min(free.height());
    let height = context.data(|data| data.get_temp::<f32>(id)).unwrap_or(BAR_HEIGHT).min(most);
    let (rest, strip) = free.split_top_bottom_at_y(free.bottom() - height);
    let used = pane(context, "strip", strip, contents);
    // A difference by rounding needs no redraw.
    if (used - height).abs() > 0.5 && used.min(most) != height {
        context.data_mut(|data| data.insert_temp(id, used));
        context.request_repaint();
    }
    rest
}

/// A side panel of this width, resized by its inner edge; returns the rest.
pub(in crate::overlay) fn side(
    context: &Context,
    free: Rect,
    left: bool,
    width: f32,
    wanted: &mut PanelSide,
    contents: impl FnOnce(&mut Ui),
) -> Rect {
    let width = width.min(free.width());
    let (panel, rest) = match left {
        true => free.split_left_right_at_x(free.left() + width),
        false => {
            let (rest, panel) = free.split_left_right_at_x(free.right() - width);
            (panel, rest)
        }
    };
    let (id, edge) = if left { ("left", panel.right() - EDGE_WIDTH) } else { ("right", panel.left()) };
    pane(context, id, panel, |ui| {
        let height = ui.available_height();
        // The scroll bar gets space of its own, beside the contents.
        ui.spacing_mut().scroll.floating_allocated_width = SCROLL_BAR_WIDTH;
        ScrollArea::vertical().auto_shrink(false).max_height(height).show(ui, contents);
        let handle = Rect::from_min_size(pos2(edge, panel.top()), vec2(EDGE_WIDTH, panel.height()));
        let handle = ui.interact(handle, ui.id().with("edge"), Sense::drag());
        let ink = if handle.hovered() || handle.dragged() { Color32::GRAY } else { Color32::from_gray(55) };
        ui.painter().vline(if left { panel.right() - 1.0 } else { panel.left() }, panel.y_range(), (1.0, ink));
        if let Some(pointer) = handle.interact_pointer_pos().filter(|_| handle.dragged()) {
            let width = if left { pointer.x - panel.left() } else { panel.right() - pointer.x };
            wanted.width = width.clamp(MIN_WIDTH, MAX_WIDTH);
        }
        handle.on_hover_cursor(CursorIcon::ResizeHorizontal);
    });
    rest
}

/// A section of a panel under a heading that folds it.
pub(in crate::overlay) fn section(
    ui: &mut Ui,
    layout: &mut Layout,
    title: &str,
    open: bool,
    contents: impl FnOnce(&mut Ui),
) {
    let open = layout.open.get(title).copied().unwrap_or(open);
    let heading = RichText::new(title).strong().color(Color32::WHITE);
    let header = CollapsingHeader::new(heading).id_salt(title).open(Some(open));
    let shown = header.show_unindented(ui, |ui| {
        accessibility::group(ui, title);
        contents(ui);
        ui.add_space(4.0);
    });
    if shown.header_response.clicked() {
        layout.fold(title, open);
    }
    ui.separator();
}

/// The area left to the scene, in physical pixels.
pub(in crate::overlay) fn scene(free: Rect, pixels_per_point: f32) -> SceneArea {
    let pixels = |points: f32| (points.max(0.0) * pixels_per_point) as u32;
    SceneArea {
        corner: UVec2::new(pixels(free.left()), pixels(free.top())),
        size: UVec2::new(pixels(free.width()), pixels(free.height())),
    }
}

/// The same, in points.
pub(in crate::overlay) fn scene_rect(area: &SceneArea, context: &Context) -> Rect {
    let scale = context.pixels_per_point();
    let corner = area.corner.as_vec2() / scale;
    let size = area.size.as_vec2() / scale;
    Rect::from_min_size(pos2(corner.x, corner.y), vec2(size.x, size.y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::{Event, Pos2, RawInput};

    /// A pass with these events; returns the area left to the scene.
    fn pass(context: &Context, layout: &mut Layout, events: Vec<Event>) -> Rect {
        let window = Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 720.0));
        let input = RawInput { screen_rect: Some(window), events, ..RawInput::default() };
        let mut free = window;
        let mut output = context.run_ui(input, |_| {
            let rest = bar(context, window, |ui| drop(ui.button("a button")));
            let rest = strip(context, rest, |ui| drop(ui.label("a label")));
            let [left, right] = layout.widths(window.size(), rest.height());
            let mut wanted = layout.left;
            let rest = side(context, rest, true, left.unwrap_or_default(), &mut wanted, |ui| drop(ui.label("left")));
            layout.left = wanted;
            let mut wanted = layout.right;
            free = side(context, rest, false, right.unwrap_or_default(), &mut wanted, |ui| drop(ui.label("right")));
        });
        output.textures_delta.clear();
        free
    }

    #[test]
    fn the_overlay_claims_the_pointer_over_panels_only() {
        let (context, mut layout) = (Context::default(), Layout::default());
        let free = (0..3).map(|_| pass(&context, &mut layout, Vec::new())).last().expect("a pass");
        assert_eq!((free.left(), free.right(), free.top()), (268.0, 980.0, BAR_HEIGHT));
        assert!((600.0..710.0).contains(&free.bottom()), "a strip of one line: {free:?}");
        for (at, overlay) in [
            (pos2(100.0, 500.0), true),
            (pos2(1200.0, 300.0), true),
            (pos2(600.0, 10.0), true),
            (pos2(600.0, 715.0), true),
            (pos2(600.0, 300.0), false),
            (pos2(275.0, 300.0), false),
        ] {
            pass(&context, &mut layout, vec![Event::PointerMoved(at)]);
            pass(&context, &mut layout, Vec::new());
            assert_eq!(context.egui_wants_pointer_input(), overlay, "{at:?}");
        }
    }

    #[test]
    fn a_panel_is_as_wide_as_its_edge_is_dragged() {
        let (context, mut layout) = (Context::default(), Layout::default());
        for _ in 0..3 {
            pass(&context, &mut layout, Vec::new());
        }
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        let (from, to) = (pos2(266.0, 400.0), pos2(340.0, 410.0));
        pass(&context, &mut layout, vec![Event::PointerMoved(from)]);
        pass(&context, &mut layout, vec![button(from, true)]);
        pass(&context, &mut layout, vec![Event::PointerMoved(to)]);
        pass(&context, &mut layout, vec![button(to, false)]);
        assert_eq!(layout.left.width, 340.0);
        assert_eq!(pass(&context, &mut layout, Vec::new()).left(), 340.0);
    }
}
