//! The camera: it draws to the part of the window that no panel covers, ignores input meant for the overlay, and has
//! four modes.

mod mode;
mod pointer;
mod pose;
mod rig;
pub(super) mod steer;

pub use mode::CameraMode;
pub use pointer::Pointer;
pub(super) use pointer::read_pointer;
pub use pose::Orbit;
pub use rig::CameraRig;

use bevy::app::{App, Startup};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{Camera, Camera2d, Camera3d, CameraOutputMode, ClearColorConfig, PerspectiveProjection, Projection};
use bevy::camera_controller::free_camera::{FreeCamera, FreeCameraPlugin};
use bevy::color::Color;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::prelude::{Commands, Component, Resource};
use bevy::math::UVec2;
use bevy::render::render_resource::BlendState;
use bevy::transform::components::Transform;
use bevy_egui::PrimaryEguiContext;
use pose::FIELD_OF_VIEW;

/// The camera of the scene.
#[derive(Component, Debug)]
pub struct MainCamera;

/// The part of the window that the panels leave to the scene, in physical pixels. The overlay sets it.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SceneArea {
    /// Top left corner.
    pub corner: UVec2,
    /// Width and height.
    pub size: UVec2,
}

impl SceneArea {
    /// Its part inside a window of this size; none if it is empty.
    fn within(self, window: UVec2) -> Option<Self> {
        let corner = self.corner.min(window);
        let size = self.size.min(window - corner);
        (size.min_element() > 0).then_some(Self { corner, size })
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(FreeCameraPlugin).add_systems(Startup, spawn);
    app.init_resource::<SceneArea>().init_resource::<CameraRig>().init_resource::<Pointer>();
}

fn spawn(mut commands: Commands) {
    commands.spawn((
        MainCamera,
        Camera3d::default(),
        // Colours must reach the screen exactly as the palette defines them.
        Tonemapping::None,
        DebandDither::Disabled,
        Projection::Perspective(PerspectiveProjection { fov: FIELD_OF_VIEW, ..Default::default() }),
        FreeCamera { walk_speed: 6.0, run_speed: 18.0, ..Default::default() },
        Transform::default(),
    ));
    // The overlay has a camera of its own, over the whole window.
    commands.spawn((
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        Camera {
            order: 1,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(BlendState::ALPHA_BLENDING),
                clear_color: ClearColorConfig::None,
            },
            clear_color: ClearColorConfig::Custom(Color::NONE),
            ..Default::default()
        },
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_viewport_never_exceeds_a_shrunken_window() {
        let area = SceneArea { corner: UVec2::new(268, 0), size: UVec2::new(712, 720) };
        let fitting = SceneArea { corner: area.corner, size: UVec2::new(712, 640) };
        assert_eq!(area.within(UVec2::new(1000, 640)), Some(fitting));
        assert_eq!(area.within(UVec2::new(200, 640)), None);
    }
}
