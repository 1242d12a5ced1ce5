//! The camera: Bevy's own FreeCamera, framed to the part of the window that no panel covers, and deaf while the pointer
//! or the keyboard is in the overlay.

use super::layout::cell_position;
use crate::tick::{LiveCluster, Roster};
use bevy::app::{App, Startup};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{
    Camera, Camera2d, Camera3d, CameraOutputMode, ClearColorConfig, PerspectiveProjection, Projection, Viewport,
};
use bevy::camera_controller::free_camera::{FreeCamera, FreeCameraPlugin, FreeCameraState};
use bevy::color::Color;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::prelude::{Commands, Component, DetectChanges, Local, Query, Res, Resource, Single, With};
use bevy::input::ButtonInput;
use bevy::input::keyboard::KeyCode;
use bevy::input::mouse::MouseButton;
use bevy::math::{EulerRot, Quat, UVec2, Vec2, Vec3};
use bevy::render::render_resource::BlendState;
use bevy::transform::components::Transform;
use bevy::window::{PrimaryWindow, Window};
use bevy_egui::PrimaryEguiContext;
use bevy_egui::input::EguiWantsInput;

/// Vertical field of view, in radians. Narrow, so that far rows are seen from nearly as steep an angle as near ones.
const FIELD_OF_VIEW: f32 = 0.5;
/// Angle of the home camera below the horizon, in radians.
const PITCH: f32 = 1.08;
/// Share of the scene's area that the cluster may fill at home.
const FILL: f32 = 0.92;

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
    app.add_plugins(FreeCameraPlugin).init_resource::<SceneArea>().add_systems(Startup, spawn);
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

/// Where the camera stands to see the whole cluster in an area of this aspect (width over height).
pub fn home_camera(rows: usize, columns: usize, aspect: f32) -> Transform {
    let rotation = Quat::from_euler(EulerRot::YXZ, 0.0, -PITCH, 0.0);
    let tangent = (FIELD_OF_VIEW / 2.0).tan() * FILL;
    let tangents = Vec2::new(tangent * aspect.max(0.1), tangent);
    let edge = |row: f32, column: f32, height: f32| cell_position(row, column, rows, columns) + Vec3::Y * height;
    let (last_row, last_column) = (rows as f32 - 0.4, columns as f32 - 0.4);
    let corners = [(-0.6, -0.6), (-0.6, last_column), (last_row, -0.6), (last_row, last_column)];
    // Seen from a camera that is `d` behind the origin along its axis, a point at depth `z` before the origin is at
    // depth `d - z`; it is inside when |x| and |y| are at most (d - z) times the tangent.
    let distance = corners
        .into_iter()
        .flat_map(|(row, column)| [edge(row, column, 0.0), edge(row, column, 0.6)])
        .map(|corner| {
            let seen = rotation.inverse() * corner;
            seen.z + (seen.x.abs() / tangents.x).max(seen.y.abs() / tangents.y)
        })
        .fold(1.0, f32::max);
    Transform::from_translation(rotation * (Vec3::Z * distance)).with_rotation(rotation)
}

/// Fits the picture to the scene's area, and looks at the whole of a new cluster.
///
/// The panels were laid out a frame ago; where the window has become smaller since, the picture must not reach beyond
/// it, which the renderer does not survive.
pub(super) fn frame(
    area: Res<SceneArea>,
    window: Single<&Window, With<PrimaryWindow>>,
    roster: Res<Roster>,
    clusters: Query<&LiveCluster>,
    camera: Single<(&mut Camera, &mut Transform, &mut FreeCameraState), With<MainCamera>>,
    mut home: Local<Option<Transform>>,
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
    // A camera that was flown elsewhere stays there when the window changes its size.
    let untouched = home.is_none_or(|home| home == *transform);
    if roster.is_changed() || (untouched && !same) || home.is_none() {
        *home = go_home(&area, &roster, &clusters, &mut transform, &mut state).then_some(*transform);
    }
}

fn go_home(
    area: &SceneArea,
    roster: &Roster,
    clusters: &Query<&LiveCluster>,
    transform: &mut Transform,
    state: &mut FreeCameraState,
) -> bool {
    let Some(LiveCluster(cluster)) = roster.0.first().and_then(|(shown, _)| clusters.get(*shown).ok()) else {
        return false;
    };
    let aspect = area.size.x as f32 / area.size.y as f32;
    *transform = home_camera(cluster.scenario().rows, cluster.scenario().columns, aspect);
    (state.yaw, state.pitch, state.velocity) = (0.0, -PITCH, Vec3::ZERO);
    true
}

/// Lets the camera hear nothing while the pointer or the keyboard is in the overlay. A look that began in the scene
/// may end over a panel.
pub(super) fn gate(
    wants: Res<EguiWantsInput>,
    buttons: Res<ButtonInput<MouseButton>>,
    mut state: Single<&mut FreeCameraState, With<MainCamera>>,
) {
    let looking = state.enabled && buttons.pressed(MouseButton::Right) && !buttons.just_pressed(MouseButton::Right);
    let enabled = !wants.wants_any_keyboard_input() && (looking || !wants.wants_any_pointer_input());
    if state.enabled != enabled {
        state.enabled = enabled;
        state.velocity = Vec3::ZERO;
    }
}

/// Home brings the camera back.
pub(super) fn keys(
    keys: Res<ButtonInput<KeyCode>>,
    wants: Res<EguiWantsInput>,
    area: Res<SceneArea>,
    roster: Res<Roster>,
    clusters: Query<&LiveCluster>,
    camera: Single<(&mut Transform, &mut FreeCameraState), With<MainCamera>>,
) {
    if keys.just_pressed(KeyCode::Home) && !wants.wants_any_keyboard_input() && area.size.min_element() > 0 {
        let (mut transform, mut state) = camera.into_inner();
        go_home(&area, &roster, &clusters, &mut transform, &mut state);
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{cell_height, cell_top};
    use super::*;

    /// Position in the area, -1 to 1 both ways, as a perspective camera sees it.
    fn projected(camera: &Transform, point: Vec3, aspect: f32) -> Vec2 {
        let seen = camera.rotation.inverse() * (point - camera.translation);
        let tangent = (FIELD_OF_VIEW / 2.0).tan();
        Vec2::new(seen.x / (-seen.z * tangent * aspect), seen.y / (-seen.z * tangent))
    }

    const CASES: [(usize, usize, f32); 5] = [(6, 6, 1.0), (4, 4, 0.6), (128, 128, 1.2), (3, 40, 1.5), (40, 3, 1.0)];

    #[test]
    fn the_whole_cluster_is_in_the_picture_from_home() {
        for (rows, columns, aspect) in CASES {
            let camera = home_camera(rows, columns, aspect);
            let corners = [(0, 0), (0, columns - 1), (rows - 1, 0), (rows - 1, columns - 1)];
            let corners =
                corners.map(|(row, column)| projected(&camera, cell_top(row, column, rows, columns, 1.0), aspect));
            assert!(corners.iter().all(|at| at.abs().max_element() < 1.0), "{rows}x{columns}: {corners:?}");
            assert!(
                corners.iter().any(|at| at.abs().max_element() > 0.6),
                "{rows}x{columns} is too small: {corners:?}"
            );
        }
    }

    #[test]
    fn a_picture_never_reaches_beyond_a_window_that_shrank() {
        let area = SceneArea { corner: UVec2::new(268, 0), size: UVec2::new(712, 720) };
        let fitting = SceneArea { corner: area.corner, size: UVec2::new(712, 640) };
        assert_eq!(area.within(UVec2::new(1000, 640)), Some(fitting));
        assert_eq!(area.within(UVec2::new(200, 640)), None);
    }

    #[test]
    fn no_cell_hides_the_middle_of_another_from_home() {
        for (rows, columns, aspect) in CASES {
            let camera = home_camera(rows, columns, aspect);
            let far = cell_top(0, columns / 2, rows, columns, 0.0);
            let ray = camera.translation - far;
            // The cell in front ends 0.55 units before this middle; the line of sight must pass above its highest top.
            let rise = ray.y / ray.z * 0.55;
            assert!(rise > cell_height(1.0) - cell_height(0.0), "{rows}x{columns}: {rise}");
        }
    }
}
