//! The keyboard: a table of keys, and the actions that a frame's key presses trigger. The camera, the scene and the
//! panels read actions and know no keys; the help, the tooltips and the table in the README are generated from the
//! table.

mod action;
mod press;
mod table;
#[cfg(test)]
mod tests;

pub use action::KeyAction;
pub use press::{KeyActions, KeySystems};
pub use table::{KEY_TABLE, KeyHelp};

use bevy::app::{App, PreUpdate};
use bevy::ecs::schedule::IntoScheduleConfigs;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<KeyActions>().add_systems(PreUpdate, press::read.in_set(KeySystems));
}
