//! Moves the camera by mouse, keys and panels, and fits it to the scene's part of the window.

use super::mode::CameraMode;
use super::pointer::Pointer;
use super::pose::Orbit;
use super::rig::{CameraRig, CameraTargets};
use super::{MainCamera, SceneArea};
use crate::simulation::ClusterOrder;
use crate::view::agent;
use crate::view::keys::{KeyAction, KeyActions};
use crate::view::layout::cell_position;
use crate::view::named_choice::NamedChoice;
use crate::view::picking::Picked;
use crate::view::shown::Shown;
use crate::view::wall::Wall;
use bevy::camera::{Camera, Viewport};
use bevy::camera_controller::free_camera::FreeCameraState;
use bevy::ecs::prelude::{DetectChanges, DetectChangesMut, Local, Res, ResMut, Single, With};
use bevy::input::ButtonInput;
use bevy::input::keyboard::KeyCode;
use bevy::input::mouse::MouseButton;
use bevy::math::Vec3;
use bevy::time::{Real, Time};
use bevy::transform::components::Transform;
use bevy::window::{PrimaryWindow, Window};
use bevy_egui::input::EguiWantsInput;

/// Fits the viewport to the scene's area and moves the camera.
///
/// The panels were laid out a frame ago. If the window has shrunk since, the viewport must not reach beyond it: the
/// renderer would panic.
pub(in crate::view) fn steer(
    area: Res<SceneArea>,
    (window, time): (Single<&Window, With<PrimaryWindow>>, Res<Time<Real>>),
    (cluster_order, wall, shown, picked): (Res<ClusterOrder>, Res<Wall>, Shown, Res<Picked>),
    (keys, held, pointer): (Res<KeyActions>, Res<ButtonInput<KeyCode>>, Res<Pointer>),
    mut rig: ResMut<CameraRig>,
    camera: Single<(&mut Camera, &mut Transform, &mut FreeCameraState), With<MainCamera>>,
    mut initialised: Local<bool>,
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
    let Some(agent) = agent_position(&shown, &wall) else { return };
    let targets = CameraTargets {
        extent: wall.extent(),
        agent,
        aspect: area.size.x as f32 / area.size.y as f32,
        height: area.size.y as f32 / window.scale_factor(),
    };
    let before = rig.mode();
    let mut next = rig.clone();
    // A camera that was moved away from home stays there when the window is resized.
    if cluster_order.is_changed() || !*initialised || (!same && next.is_home() && before != CameraMode::Fly) {
        next.go_home(&targets, true);
        move_camera(&next, &mut transform, &mut state);
        *initialised = true;
    }
    let free_orbit = Orbit::from_transform(&transform, next.orbit().distance);
    if let Some(mode) = next.take_requested_mode() {
        next.set_mode(mode, Some(free_orbit), &targets);
    }
    apply_keys(&keys, &mut next, free_orbit, &targets, picked.pinned, wall.size);
    if next.mode() != CameraMode::Fly {
        apply_pointer(&pointer, &held, &mut next, &targets);
        next.advance(time.delta_secs(), &targets);
    }
    if next.mode() != CameraMode::Fly || before != CameraMode::Fly {
        move_camera(&next, &mut transform, &mut state);
    }
    rig.set_if_neq(next);
}

/// Where the agent in focus is drawn.
fn agent_position(shown: &Shown, wall: &Wall) -> Option<Vec3> {
    let now = shown.frame()?;
    let before = shown.previous_frame().unwrap_or(now);
    (wall.clusters() > 0).then(|| agent::positions(before, now, shown.progress(), wall.size).0)
}

/// Applies the rig to the camera, and hands its angles to the flying camera.
fn move_camera(rig: &CameraRig, transform: &mut Transform, state: &mut FreeCameraState) {
    let orbit = rig.orbit();
    let wanted = orbit.transform();
    if *transform != wanted {
        *transform = wanted;
    }
    if (state.yaw, state.pitch) != (orbit.yaw, -orbit.pitch) {
        (state.yaw, state.pitch, state.velocity) = (orbit.yaw, -orbit.pitch, Vec3::ZERO);
    }
}

fn apply_keys(
    keys: &KeyActions,
    rig: &mut CameraRig,
    free_orbit: Orbit,
    targets: &CameraTargets,
    picked: Option<usize>,
    (rows, columns): (usize, usize),
) {
    for action in keys.iter() {
        match action {
            KeyAction::Camera(steps) => rig.set_mode(rig.mode().further(steps), Some(free_orbit), targets),
            KeyAction::SeeAll => {
                let mode = if rig.mode() == CameraMode::Top { CameraMode::Top } else { CameraMode::Orbit };
                rig.set_mode(mode, Some(free_orbit), targets);
            }
            KeyAction::LookAtPinned => {
                let Some(cell) = picked.filter(|cell| *cell < rows * columns) else { continue };
                let (row, column) = ((cell / columns) as f32, (cell % columns) as f32);
                rig.look_at(cell_position(row, column, rows, columns), Some(free_orbit));
            }
            _ => {}
        }
    }
}

/// The left or right button rotates, the middle one or Shift pans; from above the left one pans too. The wheel zooms.
fn apply_pointer(pointer: &Pointer, held: &ButtonInput<KeyCode>, rig: &mut CameraRig, targets: &CameraTargets) {
    if let Some(button) = pointer.held.filter(|_| pointer.dragging) {
        let shifted = held.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        let flat = rig.mode() == CameraMode::Top && button != MouseButton::Right;
        if button == MouseButton::Middle || shifted || flat {
            rig.pan(pointer.moved, targets);
        } else {
            rig.turn(pointer.moved);
        }
    }
    if pointer.scrolled != 0.0 {
        rig.zoom(pointer.scrolled, targets);
    }
}

/// Disables the flying camera in other modes, and while the overlay wants the pointer or the keyboard. A look around
/// that began in the scene may end over a panel.
pub(in crate::view) fn gate_free_camera(
    rig: Res<CameraRig>,
    wants: Res<EguiWantsInput>,
    buttons: Res<ButtonInput<MouseButton>>,
    mut state: Single<&mut FreeCameraState, With<MainCamera>>,
) {
    let looking = state.enabled && buttons.pressed(MouseButton::Right) && !buttons.just_pressed(MouseButton::Right);
    let has_input = !wants.wants_any_keyboard_input() && (looking || !wants.wants_any_pointer_input());
    let enabled = rig.mode() == CameraMode::Fly && has_input;
    if state.enabled != enabled {
        state.enabled = enabled;
        state.velocity = Vec3::ZERO;
    }
}
