//! The scene: cells, the agent, the camera, screenshots (feature `visual`).
//!
//! Owns everything that is drawn in three dimensions. It reads the simulation and never changes it: what people want
//! of a run goes through the overlay's commands. It looks at the cells only after a tick, so a frame without one
//! costs nothing per cell.

mod agent;
mod camera;
mod cells;
mod film;
mod layout;
mod palette;
mod picking;
mod screenshot;
mod shown;
mod window;

pub use camera::{MainCamera, SceneArea, home_camera};
pub use cells::Cell;
pub use film::Filming;
pub use layout::{cell_height, cell_position, cell_top};
pub use palette::{DEAD, Ramp, cell_colour, legend};
pub use picking::Picked;
pub use screenshot::{CellPicture, Picture, PictureRequest, Picturing};
pub use shown::{Moment, Playhead, Shown};
pub use window::{RenderTrouble, window_plugins};

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
    cells::plugin(app);
    camera::plugin(app);
    picking::plugin(app);
    screenshot::plugin(app);
    film::plugin(app);
    window::plugin(app);
    app.add_systems(
        Update,
        (
            (cells::build, cells::show).chain(),
            (agent::build, agent::glide).chain(),
            (camera::frame, camera::gate, camera::keys).chain(),
            (picking::pick, picking::mark).chain(),
        )
            .chain()
            .in_set(ViewSystems),
    );
}
