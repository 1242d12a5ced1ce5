//! Where the panels are: a slim bar on top, a strip at the bottom, one panel on each side, and the scene between them.
//!
//! What is shown, how wide the sides are, which sections are open and how large everything is drawn is one [`Layout`],
//! which `memory` keeps between runs. The scene keeps a good part of the window whatever is open: the sides
//! narrow first, and hide where nothing sensible would fit.

use super::told;
use crate::view::SceneArea;
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{Local, ResMut, Resource};
use bevy::math::UVec2;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{
    self, Align, Area, CollapsingHeader, Color32, Context, CursorIcon, Id, Order, Rect, RichText, ScrollArea, Sense,
    Ui, UiBuilder, Vec2, pos2, vec2,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Scales that may be chosen for everything the overlay draws.
pub(super) const SCALES: RangeInclusive<f32> = 0.5..=3.0;
/// Height of the bar on top, in points.
const BAR: f32 = 26.0;
/// Space between the edge of a pane and what it holds, in points.
const MARGIN: Vec2 = vec2(8.0, 2.0);
/// Width of the edge of a panel by which it is dragged, in points.
const EDGE: f32 = 5.0;
/// Width that is left free for a scroll bar, in points.
const BESIDE: f32 = 5.0;
/// Share of the window that the scene keeps, with some to spare over the two fifths that are promised.
const SCENE: f32 = 0.42;
/// Least width of a side panel, in points: a narrower one would hold nothing readable, and is hidden.
const NARROWEST: f32 = 150.0;
/// Largest width of a side panel, in points.
const WIDEST: f32 = 640.0;
/// Largest share of the window's height that the strip at the bottom takes.
const STRIP: f32 = 0.3;

/// A panel on one side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Side {
    /// Whether it is wanted.
    pub shown: bool,
    /// Width that is wanted, in points.
    pub width: f32,
}

/// How the overlay is arranged.
#[derive(Resource, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Layout {
    /// Scale of everything drawn.
    pub scale: f32,
    /// The panel on the left.
    pub left: Side,
    /// The panel on the right.
    pub right: Side,
    /// Whether the strip at the bottom is wanted.
    pub strip: bool,
    /// Whether only the scene is shown, whatever else is wanted.
    pub bare: bool,
    /// Sections that somebody opened or closed.
    pub open: BTreeMap<String, bool>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            scale: 1.0,
            left: Side { shown: true, width: 268.0 },
            right: Side { shown: true, width: 300.0 },
            strip: true,
            bare: false,
            open: BTreeMap::new(),
        }
    }
}

impl Layout {
    /// The same with every number in its range: files are edited by hand, too.
    #[must_use]
    pub fn sound(mut self) -> Self {
        let within = |number: f32, low: f32, high: f32, usual: f32| match number.is_finite() {
            true => number.clamp(low, high),
            false => usual,
        };
        let usual = Self::default();
        self.scale = within(self.scale, *SCALES.start(), *SCALES.end(), usual.scale);
        self.left.width = within(self.left.width, NARROWEST, WIDEST, usual.left.width);
        self.right.width = within(self.right.width, NARROWEST, WIDEST, usual.right.width);
        self
    }

    /// Opens or folds the section of this title.
    pub fn fold(&mut self, title: &str, folded: bool) {
        self.open.insert(title.to_owned(), !folded);
    }

    /// Shows both sides, the left one only, the right one only, none, and both again.
    pub fn cycle_sides(&mut self) {
        let (left, right) = match (self.left.shown, self.right.shown) {
            (true, true) => (true, false),
            (true, false) => (false, true),
            (false, true) => (false, false),
            (false, false) => (true, true),
        };
        (self.left.shown, self.right.shown) = (left, right);
    }

    /// Widths of the left and the right panel between a bar and a strip that leave `height` of a window of
    /// this size, in points; none where a panel is hidden.
    pub fn widths(&self, window: Vec2, height: f32) -> [Option<f32>; 2] {
        let wanted = [self.left, self.right].map(|side| (side.shown && !self.bare).then_some(side.width));
        let room = window.x * (1.0 - SCENE * (window.y / height.max(1.0)));
        let sum: f32 = wanted.iter().flatten().sum();
        if sum <= room {
            return wanted;
        }
        // Both narrow by the same factor; where that is not enough the right one goes.
        let narrowed = wanted.map(|width| width.map(|width| (width * room / sum).max(NARROWEST)));
        match narrowed.iter().flatten().sum::<f32>() <= room {
            true => narrowed,
            false => match (wanted[0], room >= NARROWEST) {
                (Some(width), true) => [Some(width.min(room)), None],
                _ => [None, None],
            },
        }
    }
}

/// A pane over a part of the window; answers the height of what it holds. It is an area of its own, so that egui knows whose
/// the pointer over it is: widgets on egui's background would leave it to the scene. Contents that do not fit are cut off.
fn pane(context: &Context, id: &str, rect: Rect, contents: impl FnOnce(&mut Ui)) -> f32 {
    let area = Area::new(Id::new(id)).order(Order::Middle).constrain(false).fade_in(false);
    let shown = area.fixed_pos(rect.min).default_size(rect.size()).show(context, |ui| {
        ui.set_clip_rect(rect);
        ui.allocate_rect(rect, Sense::hover());
        ui.painter().rect_filled(rect, 0.0, ui.visuals().panel_fill);
        let inside = UiBuilder::new().max_rect(rect.shrink2(MARGIN)).layout(egui::Layout::top_down(Align::Min));
        let mut inside = ui.new_child(inside);
        told::part(&inside, id);
        contents(&mut inside);
        inside.min_rect().height() + 2.0 * MARGIN.y
    });
    shown.inner
}

/// The bar on top of the window; answers what it leaves.
pub(super) fn bar(context: &Context, window: Rect, contents: impl FnOnce(&mut Ui)) -> Rect {
    let (bar, rest) = window.split_top_bottom_at_y(window.top() + BAR.min(window.height()));
    pane(context, "bar", bar, |ui| drop(ui.horizontal(contents)));
    rest
}

/// The strip at the bottom, as high as what it holds was a frame ago; answers what it leaves.
pub(super) fn strip(context: &Context, free: Rect, contents: impl FnOnce(&mut Ui)) -> Rect {
    let id = Id::new("height of the strip");
    let most = (context.viewport_rect().height() * STRIP).min(free.height());
    let height = context.data(|data| data.get_temp::<f32>(id)).unwrap_or(BAR).min(most);
    let (rest, strip) = free.split_top_bottom_at_y(free.bottom() - height);
    let used = pane(context, "strip", strip, contents);
    // What rounding adds or takes is no reason to draw again.
    if (used - height).abs() > 0.5 && used.min(most) != height {
        context.data_mut(|data| data.insert_temp(id, used));
        context.request_repaint();
    }
    rest
}

/// A panel on a side, as wide as it may be; its inner edge can be dragged. Answers what it leaves.
pub(super) fn side(
    context: &Context,
    free: Rect,
    left: bool,
    width: f32,
    wanted: &mut Side,
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
    let (id, edge) = if left { ("left", panel.right() - EDGE) } else { ("right", panel.left()) };
    pane(context, id, panel, |ui| {
        let height = ui.available_height();
        // The bar of the scroll area has a place of its own, beside what it scrolls.
        ui.spacing_mut().scroll.floating_allocated_width = BESIDE;
        ScrollArea::vertical().auto_shrink(false).max_height(height).show(ui, contents);
        let handle = Rect::from_min_size(pos2(edge, panel.top()), vec2(EDGE, panel.height()));
        let handle = ui.interact(handle, ui.id().with("edge"), Sense::drag());
        let ink = if handle.hovered() || handle.dragged() { Color32::GRAY } else { Color32::from_gray(55) };
        ui.painter().vline(if left { panel.right() - 1.0 } else { panel.left() }, panel.y_range(), (1.0, ink));
        if let Some(pointer) = handle.interact_pointer_pos().filter(|_| handle.dragged()) {
            let width = if left { pointer.x - panel.left() } else { panel.right() - pointer.x };
            wanted.width = width.clamp(NARROWEST, WIDEST);
        }
        handle.on_hover_cursor(CursorIcon::ResizeHorizontal);
    });
    rest
}

/// A section of a panel under a heading that folds it.
pub(super) fn section(ui: &mut Ui, layout: &mut Layout, title: &str, open: bool, contents: impl FnOnce(&mut Ui)) {
    let open = layout.open.get(title).copied().unwrap_or(open);
    let heading = RichText::new(title).strong().color(Color32::WHITE);
    let header = CollapsingHeader::new(heading).id_salt(title).open(Some(open));
    let shown = header.show_unindented(ui, |ui| {
        told::part(ui, title);
        contents(ui);
        ui.add_space(4.0);
    });
    if shown.header_response.clicked() {
        layout.fold(title, open);
    }
    ui.separator();
}

/// Brings the scale that egui draws with and the one that is wanted together. egui changes its own by Ctrl + and Ctrl -.
pub(super) fn rescale(
    mut contexts: EguiContexts,
    mut layout: ResMut<Layout>,
    mut before: Local<Option<f32>>,
) -> Result {
    let context = contexts.ctx_mut()?;
    let drawn = context.zoom_factor();
    if before.is_some_and(|before| before != drawn) && layout.scale == before.unwrap_or_default() {
        layout.scale = drawn.clamp(*SCALES.start(), *SCALES.end());
    }
    context.set_zoom_factor(layout.scale);
    *before = Some(layout.scale);
    Ok(())
}

/// What the panels have left of the window, in physical pixels.
pub(super) fn scene(free: Rect, pixels_per_point: f32) -> SceneArea {
    let pixels = |points: f32| (points.max(0.0) * pixels_per_point) as u32;
    SceneArea {
        corner: UVec2::new(pixels(free.left()), pixels(free.top())),
        size: UVec2::new(pixels(free.width()), pixels(free.height())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::{Event, Pos2, RawInput};

    /// Share of a window that is left to the scene under a bar and over a strip of these heights.
    fn left_over(layout: &Layout, window: Vec2, bars: f32) -> f32 {
        let height = window.y - bars;
        let sides: f32 = layout.widths(window, height).iter().flatten().sum();
        (window.x - sides) * height / (window.x * window.y)
    }

    #[test]
    fn the_scene_keeps_two_fifths_of_any_window_whatever_is_open() {
        let mut layout = Layout::default();
        for width in [268.0, 500.0, WIDEST] {
            (layout.left.width, layout.right.width) = (width, width);
            for (x, y) in [(1280.0, 720.0), (800.0, 600.0), (853.0, 480.0), (300.0, 200.0), (2560.0, 1080.0)] {
                // The bar, and the highest strip that there may be.
                let bars = BAR + STRIP * y;
                let share = left_over(&layout, vec2(x, y), bars);
                assert!(share >= 0.4, "{x}x{y} with sides of {width}: {share}");
            }
        }
    }

    #[test]
    fn panels_narrow_in_a_small_window_and_hide_in_a_tiny_one() {
        let layout = Layout::default();
        assert_eq!(layout.widths(vec2(1280.0, 720.0), 640.0), [Some(268.0), Some(300.0)]);
        let [left, right] = layout.widths(vec2(800.0, 600.0), 500.0).map(Option::unwrap_or_default);
        assert!(left < 268.0 && right < 300.0 && left.min(right) >= NARROWEST, "{left} and {right}");
        assert_eq!(layout.widths(vec2(300.0, 200.0), 150.0), [None, None]);
        let hidden = Layout { bare: true, ..layout };
        assert_eq!(hidden.widths(vec2(1280.0, 720.0), 640.0), [None, None]);
    }

    /// A pass with the pointer at a place; answers what is left to the scene.
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
    fn the_pointer_is_the_overlays_over_a_panel_and_the_scenes_elsewhere() {
        let (context, mut layout) = (Context::default(), Layout::default());
        let free = (0..3).map(|_| pass(&context, &mut layout, Vec::new())).last().expect("a pass");
        assert_eq!((free.left(), free.right(), free.top()), (268.0, 980.0, BAR));
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

    #[test]
    fn the_sides_take_turns() {
        let mut layout = Layout::default();
        let shown = (0..4).map(|_| {
            layout.cycle_sides();
            (layout.left.shown, layout.right.shown)
        });
        assert_eq!(shown.collect::<Vec<_>>(), [(true, false), (false, true), (false, false), (true, true)]);
    }

    #[test]
    fn numbers_out_of_range_are_brought_into_it() {
        let layout = Layout {
            scale: f32::NAN,
            left: Side { shown: true, width: -4.0 },
            right: Side { shown: false, width: f32::INFINITY },
            ..Layout::default()
        };
        let sound = layout.sound();
        assert_eq!((sound.scale, sound.left.width, sound.right.width), (1.0, NARROWEST, 300.0));
        assert!(!sound.right.shown);
    }
}
