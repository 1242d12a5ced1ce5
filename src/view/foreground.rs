//! What lies over the scene in two dimensions, as far as pictures tell of it. The view knows no panels: whoever draws them
//! fills this in the frames that are pictured, and in no others.

use bevy::ecs::resource::Resource;
use serde::{Deserialize, Serialize};

/// Something that can be read, pressed or filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Widget {
    /// What it is, by the name of its role in AccessKit: `Label`, `Button`, `CheckBox`, `TextInput` and so on.
    pub role: String,
    /// What stands on it, or the name or the hint that belongs to it; empty where nothing does.
    pub text: String,
    /// What is filled in or chosen, where something can be.
    pub value: Option<String>,
    /// Whether it is switched on, where it can be.
    pub on: Option<bool>,
    /// Least and largest number that it takes, where it takes a number.
    pub range: Option<[f64; 2]>,
    /// Whether it can be used now.
    pub enabled: bool,
    /// Titles of the panels and sections that it is in, from the outside in.
    pub within: Vec<String>,
    /// The part of it that can be seen, in pixels of the picture: left, top, right, bottom. Nothing where it is scrolled out
    /// of sight.
    pub rect: Option<[f32; 4]>,
}

/// What lies over the scene in a frame that is pictured.
#[derive(Resource, Debug, Default)]
pub struct Foreground {
    /// Whether this frame is pictured.
    pub wanted: bool,
    /// Everything there is, in the order in which it is read.
    pub widgets: Vec<Widget>,
}
