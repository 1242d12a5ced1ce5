//! Layout of the window: a bar at the top, a strip at the bottom, a panel on each side, and the scene between them.
//!
//! A [`Layout`] holds what is shown, the widths of the sides, the open sections and the scale; `layout_file` keeps it
//! between runs. The scene always keeps a good part of the window: the sides narrow first, then hide.

mod panes;

pub(super) use panes::{bar, scene, scene_rect, section, side, strip};

use bevy::ecs::error::Result;
use bevy::ecs::prelude::{Res, Resource};
use bevy_egui::EguiContexts;
use bevy_egui::egui::Vec2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Valid scales of the overlay.
pub(super) const SCALES: RangeInclusive<f32> = 0.5..=3.0;
/// Share of the window that the scene keeps, a little above the guaranteed two fifths.
const SCENE_SHARE: f32 = 0.42;
/// Minimum width of a side panel, in points; with less it is hidden.
const MIN_WIDTH: f32 = 150.0;
/// Maximum width of a side panel, in points.
const MAX_WIDTH: f32 = 640.0;

/// A side panel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct PanelSide {
    /// Whether it is shown, if there is room.
    pub shown: bool,
    /// Preferred width, in points.
    pub width: f32,
}

/// Layout of the overlay.
#[derive(Resource, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Layout {
    /// Scale of the overlay.
    pub scale: f32,
    /// The panel on the left.
    pub left: PanelSide,
    /// The panel on the right.
    pub right: PanelSide,
    /// Whether the strip at the bottom is shown.
    pub strip: bool,
    /// Whether everything but the scene is hidden.
    pub bare: bool,
    /// Sections that somebody opened or folded, by title.
    pub open: BTreeMap<String, bool>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            scale: 1.0,
            left: PanelSide { shown: true, width: 268.0 },
            right: PanelSide { shown: true, width: 300.0 },
            strip: true,
            bare: false,
            open: BTreeMap::new(),
        }
    }
}

impl Layout {
    /// Clamps every number to its range: files may be edited by hand.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        let within = |number: f32, low: f32, high: f32, default: f32| match number.is_finite() {
            true => number.clamp(low, high),
            false => default,
        };
        let default = Self::default();
        self.scale = within(self.scale, *SCALES.start(), *SCALES.end(), default.scale);
        self.left.width = within(self.left.width, MIN_WIDTH, MAX_WIDTH, default.left.width);
        self.right.width = within(self.right.width, MIN_WIDTH, MAX_WIDTH, default.right.width);
        self
    }

    /// Folds or opens the section with this title.
    pub fn fold(&mut self, title: &str, folded: bool) {
        self.open.insert(title.to_owned(), !folded);
    }

    /// Cycles the side panels: both, left, right, none.
    pub fn cycle_sides(&mut self) {
        let (left, right) = match (self.left.shown, self.right.shown) {
            (true, true) => (true, false),
            (true, false) => (false, true),
            (false, true) => (false, false),
            (false, false) => (true, true),
        };
        (self.left.shown, self.right.shown) = (left, right);
    }

    /// Changes the scale by tenths.
    pub fn enlarge(&mut self, tenths: f32) {
        self.scale = (10.0 * self.scale + tenths).round().clamp(10.0 * SCALES.start(), 10.0 * SCALES.end()) / 10.0;
    }

    /// Widths of the left and the right panel in a window of this size, of whose height the bar and the strip leave
    /// `height`, in points; none where a panel is hidden.
    pub fn widths(&self, window: Vec2, height: f32) -> [Option<f32>; 2] {
        let wanted = [self.left, self.right].map(|side| (side.shown && !self.bare).then_some(side.width));
        let room = window.x * (1.0 - SCENE_SHARE * (window.y / height.max(1.0)));
        let sum: f32 = wanted.iter().flatten().sum();
        if sum <= room {
            return wanted;
        }
        // Both narrow by the same factor; if that is not enough, the right one is hidden.
        let narrowed = wanted.map(|width| width.map(|width| (width * room / sum).max(MIN_WIDTH)));
        match narrowed.iter().flatten().sum::<f32>() <= room {
            true => narrowed,
            false => match (wanted[0], room >= MIN_WIDTH) {
                (Some(width), true) => [Some(width.min(room)), None],
                _ => [None, None],
            },
        }
    }
}

/// Sets egui's scale. egui's own zoom keys would miss a Ctrl released in the same frame.
pub(super) fn rescale(mut contexts: EguiContexts, layout: Res<Layout>) -> Result {
    let context = contexts.ctx_mut()?;
    context.options_mut(|options| options.zoom_with_keyboard = false);
    context.set_zoom_factor(layout.scale);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::panes::{BAR_HEIGHT, MAX_STRIP_SHARE};
    use super::*;
    use bevy_egui::egui::vec2;

    /// Share of a window that is left to the scene, with bar and strip of this total height.
    fn left_over(layout: &Layout, window: Vec2, bars: f32) -> f32 {
        let height = window.y - bars;
        let sides: f32 = layout.widths(window, height).iter().flatten().sum();
        (window.x - sides) * height / (window.x * window.y)
    }

    #[test]
    fn the_scene_keeps_two_fifths_of_any_window_whatever_is_open() {
        let mut layout = Layout::default();
        for width in [268.0, 500.0, MAX_WIDTH] {
            (layout.left.width, layout.right.width) = (width, width);
            for (x, y) in [(1280.0, 720.0), (800.0, 600.0), (853.0, 480.0), (300.0, 200.0), (2560.0, 1080.0)] {
                // The bar and the highest possible strip.
                let bars = BAR_HEIGHT + MAX_STRIP_SHARE * y;
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
        assert!(left < 268.0 && right < 300.0 && left.min(right) >= MIN_WIDTH, "{left} and {right}");
        assert_eq!(layout.widths(vec2(300.0, 200.0), 150.0), [None, None]);
        let hidden = Layout { bare: true, ..layout };
        assert_eq!(hidden.widths(vec2(1280.0, 720.0), 640.0), [None, None]);
    }

    #[test]
    fn the_side_panels_cycle() {
        let mut layout = Layout::default();
        let shown = (0..4).map(|_| {
            layout.cycle_sides();
            (layout.left.shown, layout.right.shown)
        });
        assert_eq!(shown.collect::<Vec<_>>(), [(true, false), (false, true), (false, false), (true, true)]);
    }

    #[test]
    fn the_scale_changes_by_tenths_within_its_range() {
        let mut layout = Layout { scale: 1.25, ..Layout::default() };
        let scales = [1.0, 1.0, -1.0].map(|tenths| {
            layout.enlarge(tenths);
            layout.scale
        });
        assert_eq!(scales, [1.4, 1.5, 1.4]);
        (0..30).for_each(|_| layout.enlarge(-1.0));
        assert_eq!(layout.scale, 0.5);
        (0..30).for_each(|_| layout.enlarge(1.0));
        assert_eq!(layout.scale, 3.0);
    }

    #[test]
    fn numbers_out_of_range_are_clamped() {
        let layout = Layout {
            scale: f32::NAN,
            left: PanelSide { shown: true, width: -4.0 },
            right: PanelSide { shown: false, width: f32::INFINITY },
            ..Layout::default()
        };
        let clamped = layout.clamped();
        assert_eq!((clamped.scale, clamped.left.width, clamped.right.width), (1.0, MIN_WIDTH, 300.0));
        assert!(!clamped.right.shown);
    }
}
