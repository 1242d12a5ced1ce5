//! The camera: framed to the part of the window that no panel covers, deaf while the pointer or the keyboard is in the
//! overlay, and one of four ways of looking.

mod mode;
mod pointer;
mod pose;
mod rig;

pub use mode::CameraMode;
pub use pointer::Pointer;
pub(super) use pointer::watch;
pub use pose::Orbit;
pub use rig::Rig;

use super::agent;
use super::key_presses::KeyPresses;
use super::layout::cell_position;
use super::named_choice::NamedChoice;
use super::picking::Picked;
use super::shown::Shown;
use super::wall::Wall;
use crate::simulation::ClusterOrder;
use bevy::app::{App, Startup};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{
    Camera, Camera2d, Camera3d, CameraOutputMode, ClearColorConfig, PerspectiveProjection, Projection, Viewport,
};
use bevy::camera_controller::free_camera::{FreeCamera, FreeCameraPlugin, FreeCameraState};
use bevy::color::Color;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::prelude::{
    Commands, Component, DetectChanges, DetectChangesMut, Local, Res, ResMut, Resource, Single, With,
};
use bevy::input::ButtonInput;
use bevy::input::keyboard::KeyCode;
use bevy::input::mouse::MouseButton;
use bevy::math::{UVec2, Vec3};
use bevy::render::render_resource::BlendState;
use bevy::time::{Real, Time};
use bevy::transform::components::Transform;
use bevy::window::{PrimaryWindow, Window};
use bevy_egui::PrimaryEguiContext;
use bevy_egui::input::EguiWantsInput;
use pose::FIELD_OF_VIEW;
use rig::CameraTargets;

/// The camera that people steer.
#[derive(Component, Debug)]
pub struct MainCamera;

/// The part of the window that the panels leave to the scene, in physical pixels. The overlay sets it.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SceneArea {
    /// Left upper corner.
    pub corner: UVec2,
    /// Width and height.
    pub size: UVec2,
}

impl SceneArea {
    /// The part of it that lies in a window of this size; none if nothing does.
    fn within(self, window: UVec2) -> Option<Self> {
        let corner = self.corner.min(window);
        let size = self.size.min(window - corner);
        (size.min_element() > 0).then_some(Self { corner, size })
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(FreeCameraPlugin).add_systems(Startup, spawn);
    app.init_resource::<SceneArea>().init_resource::<Rig>().init_resource::<Pointer>();
}

fn spawn(mut commands: Commands) {
    commands.spawn((
        MainCamera,
        Camera3d::default(),
        // Colours must reach the screen as the palette gives them.
        Tonemapping::None,
        DebandDither::Disabled,
        Projection::Perspective(PerspectiveProjection { fov: FIELD_OF_VIEW, ..Default::default() }),
        FreeCamera { walk_speed: 6.0, run_speed: 18.0, ..Default::default() },
        Transform::default(),
    ));
    // The overlay is drawn by a camera of its own, over the whole window.
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

/// Fits the picture to the scene's area, and lets the camera do what people want of it.
///
/// The panels were laid out a frame ago; where the window has become smaller since, the picture must not reach beyond
/// it, which the renderer does not survive.
pub(super) fn steer(
    area: Res<SceneArea>,
    (window, time): (Single<&Window, With<PrimaryWindow>>, Res<Time<Real>>),
    (cluster_order, wall, shown, picked): (Res<ClusterOrder>, Res<Wall>, Shown, Res<Picked>),
    (keys, key_presses, pointer, wants): (
        Res<ButtonInput<KeyCode>>,
        Res<KeyPresses>,
        Res<Pointer>,
        Res<EguiWantsInput>,
    ),
    mut rig: ResMut<Rig>,
    camera: Single<(&mut Camera, &mut Transform, &mut FreeCameraState), With<MainCamera>>,
    mut begun: Local<bool>,
) {
    let (mut camera, mut transform, mut state) = camera.into_inner();
    let Some(area) = area.within(window.physical_size()) else { return };
    let viewport = Viewport { physical_position: area.corner, physical_size: area.size, ..Default::default() };
    let same = camera.viewport.as_ref().is_some_and(|old| {
        (old.physical_position, old.physical_size) == (viewport.physical_position, viewport.physical_size)
    });
    if !same {
        camera.viewport = Some(viewport);
    }
    let Some(agent) = agent_place(&shown, &wall) else { return };
    let sights = CameraTargets {
        reach: wall.reach(),
        agent,
        aspect: area.size.x as f32 / area.size.y as f32,
        height: area.size.y as f32 / window.scale_factor(),
    };
    let before = rig.mode();
    let mut next = rig.clone();
    // A camera that was steered elsewhere stays there when the window changes its size.
    if cluster_order.is_changed() || !*begun || (!same && next.is_home() && before != CameraMode::Fly) {
        next.go_home(&sights, true);
        place(&next, &mut transform, &mut state);
        *begun = true;
    }
    let flown = Orbit::of(&transform, next.orbit().distance);
    if let Some(mode) = next.take_asked() {
        next.choose(mode, Some(flown), &sights);
    }
    if !wants.wants_any_keyboard_input() {
        listen((&keys, &key_presses), &mut next, flown, &sights, picked.pinned, wall.size);
    }
    if next.mode() != CameraMode::Fly {
        drag(&pointer, &keys, &mut next, &sights);
        next.advance(time.delta_secs(), &sights);
    }
    if next.mode() != CameraMode::Fly || before != CameraMode::Fly {
        place(&next, &mut transform, &mut state);
    }
    rig.set_if_neq(next);
}

/// Where the agent in focus is drawn.
fn agent_place(shown: &Shown, wall: &Wall) -> Option<Vec3> {
    let now = shown.frame()?;
    let before = shown.before().unwrap_or(now);
    (wall.clusters() > 0).then(|| agent::seen(before, now, shown.share(), wall.size).0)
}

/// Puts the camera where the rig says, and lets the flying one go on from there.
fn place(rig: &Rig, transform: &mut Transform, state: &mut FreeCameraState) {
    let orbit = rig.orbit();
    let wanted = orbit.transform();
    if *transform != wanted {
        *transform = wanted;
    }
    if (state.yaw, state.pitch) != (orbit.yaw, -orbit.pitch) {
        (state.yaw, state.pitch, state.velocity) = (orbit.yaw, -orbit.pitch, Vec3::ZERO);
    }
}

fn listen(
    (keys, key_presses): (&ButtonInput<KeyCode>, &KeyPresses),
    rig: &mut Rig,
    flown: Orbit,
    sights: &CameraTargets,
    picked: Option<usize>,
    (rows, columns): (usize, usize),
) {
    for _ in 0..key_presses.of(KeyCode::KeyV) {
        let back = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        rig.choose(rig.mode().further(if back { -1 } else { 1 }), Some(flown), sights);
    }
    if key_presses.of(KeyCode::Home) > 0 {
        let mode = if rig.mode() == CameraMode::Top { CameraMode::Top } else { CameraMode::Orbit };
        rig.choose(mode, Some(flown), sights);
    }
    if key_presses.of(KeyCode::KeyF) > 0
        && let Some(cell) = picked.filter(|cell| *cell < rows * columns)
    {
        let (row, column) = ((cell / columns) as f32, (cell % columns) as f32);
        rig.look_at(cell_position(row, column, rows, columns), Some(flown));
    }
}

/// What a drag does: the left or the right button turns, the middle one or Shift moves, and so does any from above.
fn drag(pointer: &Pointer, keys: &ButtonInput<KeyCode>, rig: &mut Rig, sights: &CameraTargets) {
    if let Some(button) = pointer.held.filter(|_| pointer.dragging) {
        let shifted = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        let flat = rig.mode() == CameraMode::Top && button != MouseButton::Right;
        if button == MouseButton::Middle || shifted || flat {
            rig.pan(pointer.moved, sights);
        } else {
            rig.turn(pointer.moved);
        }
    }
    if pointer.scrolled != 0.0 {
        rig.zoom(pointer.scrolled, sights);
    }
}

/// Lets the flying camera hear nothing while another one looks, or while the pointer or the keyboard is in the overlay. A
/// look that began in the scene may end over a panel.
pub(super) fn gate(
    rig: Res<Rig>,
    wants: Res<EguiWantsInput>,
    buttons: Res<ButtonInput<MouseButton>>,
    mut state: Single<&mut FreeCameraState, With<MainCamera>>,
) {
    let looking = state.enabled && buttons.pressed(MouseButton::Right) && !buttons.just_pressed(MouseButton::Right);
    let heard = !wants.wants_any_keyboard_input() && (looking || !wants.wants_any_pointer_input());
    let enabled = rig.mode() == CameraMode::Fly && heard;
    if state.enabled != enabled {
        state.enabled = enabled;
        state.velocity = Vec3::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_never_reaches_beyond_a_window_that_shrank() {
        let area = SceneArea { corner: UVec2::new(268, 0), size: UVec2::new(712, 720) };
        let fitting = SceneArea { corner: area.corner, size: UVec2::new(712, 640) };
        assert_eq!(area.within(UVec2::new(1000, 640)), Some(fitting));
        assert_eq!(area.within(UVec2::new(200, 640)), None);
    }
}
