//! The widgets over the scene, for screenshots. The view knows no panels: the overlay fills this in frames that are
//! captured.

use bevy::ecs::resource::Resource;
use serde::{Deserialize, Serialize};

/// A widget of the overlay: its text, value, state and position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Widget {
    /// Name of its AccessKit role: `Label`, `Button`, `CheckBox`, `TextInput` and so on.
    pub role: String,
    /// Its text, or the label or hint that belongs to it; may be empty.
    pub text: String,
    /// The value that is entered or chosen, where it has one.
    pub value: Option<String>,
    /// Whether it is checked, where it can be.
    pub on: Option<bool>,
    /// Least and greatest value, where it takes a number.
    pub range: Option<[f64; 2]>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// Titles of the panels and sections around it, outermost first.
    pub within: Vec<String>,
    /// Its visible part, in pixels of the picture: left, top, right, bottom. None where it is scrolled out of view.
    pub rect: Option<[f32; 4]>,
}

/// The overlay as captured for a screenshot.
#[derive(Resource, Debug, Default)]
pub struct Foreground {
    /// Whether this frame is captured.
    pub wanted: bool,
    /// All widgets, in reading order.
    pub widgets: Vec<Widget>,
}
