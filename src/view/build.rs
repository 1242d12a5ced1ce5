//! Puts the clusters of a run into the scene: their cells, their plates and their agents.

use super::agent::AgentMesh;
use super::cells::{CellMaterial, SceneLook, cells_mesh, empty_looks};
use super::palette::PLATE;
use super::wall::{Wall, WallSlot};
use crate::simulation::{ClusterOrder, LiveCluster};
use bevy::asset::Assets;
use bevy::camera::primitives::Aabb;
use bevy::camera::visibility::Visibility;
use bevy::ecs::prelude::{ChildOf, Commands, DetectChanges, Query, Res, ResMut};
use bevy::ecs::system::SystemParam;
use bevy::math::primitives::Cuboid;
use bevy::math::{Vec3, Vec3Swizzles};
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::render::storage::ShaderBuffer;
use bevy::transform::components::Transform;

/// Where meshes, paints and buffers are kept.
#[derive(SystemParam)]
pub(super) struct SharedAssets<'w> {
    scene: Res<'w, SceneLook>,
    meshes: ResMut<'w, Assets<Mesh>>,
    materials: ResMut<'w, Assets<CellMaterial>>,
    plain: ResMut<'w, Assets<StandardMaterial>>,
    buffers: ResMut<'w, Assets<ShaderBuffer>>,
}

/// Puts the clusters of a new run into the scene, in place of those of an older one.
pub(super) fn build(
    mut commands: Commands,
    cluster_order: Res<ClusterOrder>,
    clusters: Query<&LiveCluster>,
    mut wall: ResMut<Wall>,
    mut stock: SharedAssets,
) {
    let SharedAssets { scene, meshes, materials, plain, buffers } = &mut stock;
    if !cluster_order.is_changed() {
        return;
    }
    for slot in std::mem::take(&mut *wall).slots {
        commands.entity(slot.root).despawn();
    }
    let Some(LiveCluster(cluster)) = cluster_order.0.first().and_then(|(first, _)| clusters.get(*first).ok()) else {
        return;
    };
    let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
    wall.size = (rows, columns);
    let paint = StandardMaterial { base_color: PLATE, unlit: true, ..Default::default() };
    wall.plate = plain.add(paint);
    let cells = Mesh3d(meshes.add(cells_mesh(rows, columns)));
    let middle = Vec3::new(0.0, 0.5, 0.0);
    let bounds = Aabb { center: middle.into(), half_extents: (middle + wall.plate_half().extend(0.0).xzy()).into() };
    let plate = Mesh3d(meshes.add(Cuboid::from_size((2.0 * wall.plate_half()).extend(0.1).xzy())));
    let body = AgentMesh::new(wall.size, meshes, plain);
    for _ in 0..Wall::fitting(cluster_order.0.len(), rows * columns) {
        let root = commands.spawn((Transform::default(), Visibility::default())).id();
        let looks = buffers.add(empty_looks(rows * columns));
        let material = CellMaterial { looks: looks.clone(), scene: scene.0.clone() };
        commands.spawn((ChildOf(root), cells.clone(), MeshMaterial3d(materials.add(material)), bounds));
        let beneath = Transform::from_translation(Vec3::Y * -0.06);
        commands.spawn((ChildOf(root), plate.clone(), MeshMaterial3d(wall.plate.clone()), beneath));
        let bodies = [(); 2].map(|()| commands.spawn((ChildOf(root), body.clone())).id());
        wall.slots.push(WallSlot { root, looks, drawn: None, bodies });
    }
}
