//! The scene: cells, the agent, the camera, screenshots (feature `visual`).
//!
//! Owns everything that is drawn in three dimensions. It reads the simulation and never changes it: what people want
//! of a run goes through the overlay's commands. It looks at the cells only when another moment is shown, so a frame
//! without a tick costs nothing per cell.

mod actions;
mod agent;
mod atmosphere;
mod build;
mod camera;
mod cells;
#[cfg(test)]
mod colour_vision;
mod film;
mod foreground;
mod keys;
mod layout;
mod marks;
mod modes;
mod named_choice;
mod names;
mod oom_estimates;
mod palette;
mod picking;
mod ramps;
mod screenshot;
mod shapes;
mod shown;
mod trail;
mod wall;
mod window;

pub use atmosphere::Atmosphere;
pub use camera::{CameraMode, MainCamera, Orbit, Pointer, Rig, SceneArea};
pub use film::FilmRequest;
pub use foreground::{Foreground, Widget};
pub use keys::{HelpLine, KEYS, KeyAction, KeyActions, KeySystems};
pub use layout::{cell_height, cell_position, cell_top};
pub use modes::{CellState, ColourMode, Legend, Ramp};
pub use named_choice::NamedChoice;
pub use names::{ClusterName, ClusterNames};
pub use oom_estimates::{OomEstimates, steps_left};
pub use palette::{DEAD, cell_colour};
pub use picking::Picked;
pub use screenshot::{CellPicture, ClusterPicture, Picture, PictureRequest, Picturing};
pub use shown::{Playhead, Shown, ShownMoment, TimelineMove, ViewSystems, first_since};
pub use wall::Wall;
pub use window::{RenderTrouble, resize, window_plugins};

use bevy::app::{App, Update};
use bevy::camera::ClearColor;
use bevy::ecs::schedule::IntoScheduleConfigs;

/// Adds the scene to an app with Bevy's default plugins.
pub fn plugin(app: &mut App) {
    app.insert_resource(ClearColor(palette::BACKGROUND)).init_resource::<Playhead>();
    app.init_resource::<ColourMode>().init_resource::<Atmosphere>().init_resource::<Wall>();
    app.init_resource::<ClusterNames>();
    keys::plugin(app);
    cells::plugin(app);
    marks::plugin(app);
    camera::plugin(app);
    picking::plugin(app);
    screenshot::plugin(app);
    film::plugin(app);
    window::plugin(app);
    app.add_systems(
        Update,
        (
            (camera::watch, build::build, wall::choose, wall::arrange, modes::listen).chain(),
            (cells::show, agent::glide, atmosphere::feel, marks::draw).chain(),
            (camera::steer::steer, camera::steer::gate, names::place).chain(),
            (picking::pick, picking::mark).chain(),
        )
            .chain()
            .in_set(ViewSystems),
    );
}
