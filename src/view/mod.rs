//! The scene: cells, the agent, the camera, screenshots (feature `visual`).
//!
//! Owns everything drawn in three dimensions. It reads the simulation and never changes it: what people ask of a run
//! goes through the overlay's commands. It reads the cells only when another moment is shown, so that a frame without a
//! tick costs nothing per cell.

mod action_marks;
mod agent;
mod atmosphere;
mod camera;
mod cells;
mod colour_mode;
mod colour_ramps;
#[cfg(test)]
mod colour_vision;
mod film;
mod foreground;
mod keys;
mod label_positions;
mod layout;
mod marks;
mod named_choice;
mod oom_estimates;
mod palette;
mod picking;
mod screenshot;
mod shapes;
mod shown;
mod spawn_clusters;
mod trail;
mod wall;
mod window;

pub use atmosphere::Atmosphere;
pub use camera::{CameraMode, CameraRig, MainCamera, Orbit, Pointer, SceneArea};
pub use colour_mode::{CellState, ColourMode, Legend, LegendRamp};
pub use film::FilmJob;
pub use foreground::{Foreground, Widget};
pub use keys::{KEY_TABLE, KeyAction, KeyActions, KeyHelp, KeySystems};
pub use label_positions::{ClusterLabel, ClusterLabels};
pub use layout::{cell_height, cell_position, cell_top};
pub use named_choice::NamedChoice;
pub use oom_estimates::{OomEstimates, steps_left};
pub use palette::{DEAD, cell_colour};
pub use picking::Picked;
pub use screenshot::{CellPicture, ClusterPicture, Picture, ScreenshotJob, ScreenshotRequest};
pub use shown::{Playhead, Shown, ShownMoment, TimelineMove, ViewSystems, first_frame_since};
pub use wall::Wall;
pub use window::{RendererFailed, resize, window_plugins};

use bevy::app::{App, Update};
use bevy::camera::ClearColor;
use bevy::ecs::schedule::IntoScheduleConfigs;

/// Adds the scene to an app that has Bevy's default plugins.
pub fn plugin(app: &mut App) {
    app.insert_resource(ClearColor(palette::BACKGROUND)).init_resource::<Playhead>();
    app.init_resource::<ColourMode>().init_resource::<Atmosphere>().init_resource::<Wall>();
    app.init_resource::<ClusterLabels>();
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
            (
                camera::read_pointer,
                spawn_clusters::spawn_clusters,
                wall::choose_focus,
                wall::arrange,
                colour_mode::switch,
            )
                .chain(),
            (cells::update, agent::move_bodies, atmosphere::update, marks::draw).chain(),
            (camera::steer::steer, camera::steer::gate_free_camera, label_positions::update).chain(),
            (picking::pick, picking::outline_pinned).chain(),
        )
            .chain()
            .in_set(ViewSystems),
    );
}
