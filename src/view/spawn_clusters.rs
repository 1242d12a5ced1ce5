//! Spawns the clusters of a run: cells, plates and agents.

use super::agent::AgentMesh;
use super::cells::{CellMaterial, SceneUniforms, cells_mesh, empty_instances};
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

/// The assets that clusters are made of.
#[derive(SystemParam)]
pub(super) struct SceneAssets<'w> {
    scene: Res<'w, SceneUniforms>,
    meshes: ResMut<'w, Assets<Mesh>>,
    cell_materials: ResMut<'w, Assets<CellMaterial>>,
    standard_materials: ResMut<'w, Assets<StandardMaterial>>,
    buffers: ResMut<'w, Assets<ShaderBuffer>>,
}

/// Replaces the clusters in the scene when a new run starts.
pub(super) fn spawn_clusters(
    mut commands: Commands,
    cluster_order: Res<ClusterOrder>,
    clusters: Query<&LiveCluster>,
    mut wall: ResMut<Wall>,
    mut assets: SceneAssets,
) {
    let SceneAssets { scene, meshes, cell_materials, standard_materials, buffers } = &mut assets;
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
    let material = StandardMaterial { base_color: PLATE, unlit: true, ..Default::default() };
    wall.plate = standard_materials.add(material);
    let cells = Mesh3d(meshes.add(cells_mesh(rows, columns)));
    let middle = Vec3::new(0.0, 0.5, 0.0);
    let bounds = Aabb { center: middle.into(), half_extents: (middle + wall.plate_half().extend(0.0).xzy()).into() };
    let plate = Mesh3d(meshes.add(Cuboid::from_size((2.0 * wall.plate_half()).extend(0.1).xzy())));
    let body = AgentMesh::new(wall.size, meshes, standard_materials);
    for _ in 0..Wall::capacity(cluster_order.0.len(), rows * columns) {
        let root = commands.spawn((Transform::default(), Visibility::default())).id();
        let instances = buffers.add(empty_instances(rows * columns));
        let material = CellMaterial { instances: instances.clone(), scene: scene.0.clone() };
        commands.spawn((ChildOf(root), cells.clone(), MeshMaterial3d(cell_materials.add(material)), bounds));
        let beneath = Transform::from_translation(Vec3::Y * -0.06);
        commands.spawn((ChildOf(root), plate.clone(), MeshMaterial3d(wall.plate.clone()), beneath));
        let bodies = [(); 2].map(|()| commands.spawn((ChildOf(root), body.clone())).id());
        wall.slots.push(WallSlot { root, instances, drawn: None, bodies });
    }
}
