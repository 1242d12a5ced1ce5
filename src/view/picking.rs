//! The cell under the pointer, and the pinned cell.
//!
//! The ray from the pointer walks the grid cell by cell, so that a pick costs at most rows + columns steps. Bevy's
//! picking would test it against every cell's mesh in every frame.

use super::camera::{MainCamera, Pointer};
use super::keys::{KeyAction, KeyActions};
use super::layout::{FOOTPRINT, cell_height, cell_position, cell_top};
use super::shown::{Shown, ShownMoment};
use bevy::app::App;
use bevy::asset::Assets;
use bevy::camera::Camera;
use bevy::camera::visibility::Visibility;
use bevy::color::Color;
use bevy::ecs::entity::Entity;
use bevy::ecs::prelude::{Commands, Component, DetectChangesMut, Local, Query, Res, ResMut, Resource, Single, With};
use bevy::math::primitives::Cuboid;
use bevy::math::{Ray3d, Vec2, Vec3};
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::transform::components::{GlobalTransform, Transform};

/// Picked cells of the cluster in focus, by index.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Picked {
    /// The cell under the pointer.
    pub hovered: Option<usize>,
    /// The cell that was clicked.
    pub pinned: Option<usize>,
}

/// Colour of the outline of the pinned cell.
const OUTLINE: Color = Color::srgb(1.0, 1.0, 1.0);
/// Width of the outline's bars, in units.
const BAR_WIDTH: f32 = 0.07;

/// The outline of the pinned cell.
#[derive(Component, Debug, Clone, Copy)]
pub(super) struct PinOutline;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Picked>();
}

/// Updates the picked cells from the pointer.
pub(super) fn pick(
    shown: Shown,
    (keys, pointer): (Res<KeyActions>, Res<Pointer>),
    camera: Single<(&Camera, &GlobalTransform), With<MainCamera>>,
    mut picked: ResMut<Picked>,
    mut before: Local<Option<Entity>>,
) {
    let mut new = *picked;
    let focus = shown.entities().map(|(cluster, _)| cluster);
    if *before != focus {
        (new, *before) = (Picked::default(), focus);
    }
    let (camera, transform) = *camera;
    let cell_at_pointer = |at: Vec2| {
        let ray = camera.viewport_to_world(transform, at).ok()?;
        let (scenario, frame) = (shown.cluster()?.scenario(), shown.frame()?);
        cell_under_ray(ray, scenario.rows, scenario.columns, &frame.mem)
    };
    new.hovered = pointer.over.and_then(cell_at_pointer);
    if pointer.clicked.is_some() && pointer.over.is_some() {
        new.pinned = new.hovered;
    }
    if keys.contains(KeyAction::Unpin) {
        new.pinned = None;
    }
    picked.set_if_neq(new);
}

/// The first cell of the cluster in focus, which is centred on the origin, that a ray hits, given the cells' memory. A
/// gap counts as the cell it belongs to.
fn cell_under_ray(ray: Ray3d, rows: usize, columns: usize, memory: &[f32]) -> Option<usize> {
    let (origin, direction) = (ray.origin, *ray.direction);
    let corner = cell_position(0.0, 0.0, rows, columns) - Vec3::new(0.5, 0.0, 0.5);
    let size = Vec3::new(columns as f32, cell_height(1.0), rows as f32);
    let (mut at, end) = box_intersection(origin - corner, direction, size)?;
    let cell_at = |at: f32| {
        let point = origin + direction * at - corner;
        let (row, column) = (point.z.floor().max(0.0) as usize, point.x.floor().max(0.0) as usize);
        (row.min(rows - 1), column.min(columns - 1))
    };
    // A step of half a thousandth of a unit into the next cell keeps rounding from staying in the same one.
    let step = 5e-4 / direction.x.hypot(direction.z).max(1e-3);
    loop {
        let (row, column) = cell_at((at + step).min(end));
        let index = row * columns + column;
        let foot = cell_position(row as f32, column as f32, rows, columns);
        let block = Vec3::new(FOOTPRINT, cell_height(*memory.get(index)?), FOOTPRINT);
        let low = foot - Vec3::new(FOOTPRINT / 2.0, 0.0, FOOTPRINT / 2.0);
        let ground = Vec3::new(column as f32, 0.0, row as f32);
        let exit = box_intersection(origin - corner - ground, direction, Vec3::new(1.0, size.y, 1.0))
            .map_or(at + step, |(_, exit)| exit.max(at + step));
        if box_intersection(origin - low, direction, block).is_some() {
            return Some(index);
        }
        if exit >= end {
            let meets_ground = origin.y + direction.y * end < 1e-3;
            return meets_ground.then(|| cell_at(end)).map(|(row, column)| row * columns + column);
        }
        at = exit;
    }
}

/// Where a ray enters and leaves the box from the origin to `size`, in multiples of its direction; none if it misses.
fn box_intersection(origin: Vec3, direction: Vec3, size: Vec3) -> Option<(f32, f32)> {
    let (mut enter, mut exit) = (0.0_f32, f32::INFINITY);
    for axis in 0..3 {
        let (from, along, length) = (origin[axis], direction[axis], size[axis]);
        if along.abs() < 1e-9 {
            if !(0.0..=length).contains(&from) {
                return None;
            }
            continue;
        }
        let (first, second) = (-from / along, (length - from) / along);
        enter = enter.max(first.min(second));
        exit = exit.min(first.max(second));
    }
    (enter <= exit).then_some((enter, exit))
}

/// Moves the outline to the pinned cell; spawns it when the first cell is pinned.
pub(super) fn outline_pinned(
    mut commands: Commands,
    shown: Shown,
    picked: Res<Picked>,
    mut marks: Query<(&mut Transform, &mut Visibility), With<PinOutline>>,
    (mut meshes, mut materials): (ResMut<Assets<Mesh>>, ResMut<Assets<StandardMaterial>>),
    mut drawn: Local<Option<(Option<usize>, ShownMoment)>>,
) {
    let Some(moment) = shown.moment() else { return };
    let Ok((mut transform, mut visibility)) = marks.single_mut() else {
        if picked.pinned.is_some() {
            let paint = StandardMaterial { base_color: OUTLINE, unlit: true, ..Default::default() };
            let (mesh, paint) = (Mesh3d(meshes.add(outline_mesh())), MeshMaterial3d(materials.add(paint)));
            commands.spawn((PinOutline, mesh, paint, Transform::default(), Visibility::Hidden));
        }
        return;
    };
    if *drawn == Some((picked.pinned, moment)) {
        return;
    }
    *drawn = Some((picked.pinned, moment));
    let top = || {
        let (cluster, frame) = (shown.cluster()?, shown.frame()?);
        let (rows, columns, index) = (cluster.scenario().rows, cluster.scenario().columns, picked.pinned?);
        let top = cell_top(index / columns, index % columns, rows, columns, *frame.mem.get(index)?);
        Some(Transform::from_translation(top))
    };
    match top() {
        Some(top) => (*transform, *visibility) = (top, Visibility::Visible),
        None => *visibility = Visibility::Hidden,
    }
}

/// Four bars around the top of a cell.
fn outline_mesh() -> Mesh {
    let (reach, long) = (0.5 * FOOTPRINT + 0.5 * BAR_WIDTH, FOOTPRINT + 2.0 * BAR_WIDTH);
    let bar = |x: f32, z: f32, at: Vec3| Mesh::from(Cuboid::new(x, BAR_WIDTH, z)).translated_by(at);
    let mut all = bar(long, BAR_WIDTH, Vec3::Z * reach);
    for other in [
        bar(long, BAR_WIDTH, Vec3::NEG_Z * reach),
        bar(BAR_WIDTH, long, Vec3::X * reach),
        bar(BAR_WIDTH, long, Vec3::NEG_X * reach),
    ] {
        all.merge(&other).expect("boxes have the same attributes");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::camera::Orbit;
    use super::*;
    use bevy::math::Dir3;

    fn towards(from: Vec3, to: Vec3) -> Ray3d {
        Ray3d { origin: from, direction: Dir3::new(to - from).unwrap() }
    }

    #[test]
    fn from_home_every_top_is_picked_by_the_ray_to_its_middle() {
        for (rows, columns) in [(6, 6), (3, 11), (128, 128)] {
            let memory: Vec<f32> = (0..rows * columns).map(|index| (index * 37 % 101) as f32 / 100.0).collect();
            let half = Vec2::new(columns as f32, rows as f32) / 2.0;
            let eye = Orbit::home(Vec3::ZERO, half, 1.08, 1.2).transform().translation;
            for index in 0..rows * columns {
                let top = cell_top(index / columns, index % columns, rows, columns, memory[index]);
                assert_eq!(cell_under_ray(towards(eye, top), rows, columns, &memory), Some(index), "{rows}x{columns}");
            }
        }
    }

    #[test]
    fn a_low_ray_hits_a_tall_cell_before_the_one_behind_it() {
        let mut memory = vec![0.0; 36];
        memory[6 * 3 + 2] = 1.0;
        let behind = cell_position(1.0, 2.0, 6, 6) + Vec3::Y * 0.03;
        let eye = cell_position(8.0, 2.0, 6, 6) + Vec3::Y * 0.6;
        assert_eq!(cell_under_ray(towards(eye, behind), 6, 6, &memory), Some(6 * 3 + 2));
        memory[6 * 3 + 2] = 0.0;
        assert_ne!(cell_under_ray(towards(eye, behind), 6, 6, &memory), Some(6 * 3 + 2));
    }

    #[test]
    fn a_gap_belongs_to_its_cell_and_outside_the_grid_there_is_nothing() {
        let memory = vec![0.5; 36];
        let above = |at: Vec3| towards(at + Vec3::Y * 9.0, at);
        let gap = cell_position(2.0, 3.0, 6, 6) + Vec3::new(0.48, 0.0, 0.0);
        assert_eq!(cell_under_ray(above(gap), 6, 6, &memory), Some(6 * 2 + 3));
        for outside in [cell_position(-0.6, 2.0, 6, 6), cell_position(2.0, 5.6, 6, 6)] {
            assert_eq!(cell_under_ray(above(outside), 6, 6, &memory), None);
        }
        let away = Ray3d { origin: Vec3::Y * 9.0, direction: Dir3::Y };
        assert_eq!(cell_under_ray(away, 6, 6, &memory), None);
    }
}
