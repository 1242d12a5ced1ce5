//! The scene: cells, the agent, the camera, screenshots (feature `visual`).
//!
//! Owns everything that is drawn in three dimensions. It reads the simulation and never changes it: what people want
//! of a run goes through the overlay's commands. It looks at the cells only when another moment is shown, so a frame
//! without a tick costs nothing per cell.

mod actions;
mod agent;
mod atmosphere;
mod camera;
mod cells;
#[cfg(test)]
mod colour_vision;
mod film;
mod foreground;
mod key_presses;
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
mod shown;
mod trail;
mod wall;
mod window;

pub use atmosphere::Atmosphere;
pub use camera::{CameraMode, MainCamera, Orbit, Pointer, Rig, SceneArea};
pub use film::FilmRequest;
pub use foreground::{Foreground, Widget};
pub use key_presses::KeyPresses;
pub use layout::{cell_height, cell_position, cell_top};
pub use modes::{CellState, ColourMode, Legend, Ramp};
pub use named_choice::NamedChoice;
pub use names::{ClusterName, ClusterNames};
pub use oom_estimates::{OomEstimates, steps_left};
pub use palette::{DEAD, cell_colour};
pub use picking::Picked;
pub use screenshot::{CellPicture, ClusterPicture, Picture, PictureRequest, Picturing};
pub use shown::{Playhead, Shown, ShownMoment};
pub use wall::Wall;
pub use window::{RenderTrouble, resize, window_plugins};

use bevy::app::{App, Update};
use bevy::camera::ClearColor;
use bevy::color::Color;
use bevy::ecs::schedule::{IntoScheduleConfigs, SystemSet};

/// Where the view's systems run: after the ticks of the frame, so that they show the present.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewSystems;

/// Colour around the cluster.
const BACKGROUND: Color = Color::srgb(0.086, 0.102, 0.129);
/// Colour of the plate that the cells stand on.
const PLATE: Color = Color::srgb(0.14, 0.16, 0.2);

/// Adds the scene to an app with Bevy's default plugins.
pub fn plugin(app: &mut App) {
    app.insert_resource(ClearColor(BACKGROUND)).init_resource::<Playhead>();
    app.init_resource::<ColourMode>().init_resource::<Atmosphere>().init_resource::<Wall>();
    app.init_resource::<ClusterNames>();
    key_presses::plugin(app);
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
            (camera::watch, wall::build, wall::choose, wall::arrange, modes::listen).chain(),
            (cells::show, agent::glide, atmosphere::feel, marks::draw).chain(),
            (camera::steer, camera::gate, names::place).chain(),
            (picking::pick, picking::mark).chain(),
        )
            .chain()
            .in_set(ViewSystems),
    );
}
