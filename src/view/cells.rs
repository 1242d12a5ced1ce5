//! Cells as entities: children of their cluster, all with one mesh and one material, so that the renderer draws them
//! as one instanced batch. What differs between them lies in one storage buffer, found through `MeshTag`.

use super::layout::{FOOTPRINT, cell_height, cell_position};
use super::palette::cell_colour;
use super::shown::{Moment, Shown};
use crate::cluster::CRITICAL;
use crate::tick::{Frame, LiveCluster, Roster, Tape};
use bevy::app::App;
use bevy::asset::{Asset, Assets, Handle, load_internal_asset, uuid_handle};
use bevy::camera::visibility::Visibility;
use bevy::color::LinearRgba;
use bevy::ecs::prelude::{ChildOf, Commands, Component, DetectChanges, Local, Query, Res, ResMut, Resource};
use bevy::math::primitives::Cuboid;
use bevy::math::{Vec3, Vec3Swizzles};
use bevy::mesh::{Mesh, Mesh3d, MeshBuilder, MeshTag, Meshable};
use bevy::pbr::{Material, MaterialPlugin, MeshMaterial3d, StandardMaterial};
use bevy::reflect::TypePath;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::{Shader, ShaderRef};
use bevy::transform::components::Transform;

/// A cell of the cluster that is its parent.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Index in the cluster's arrays.
    pub index: usize,
    /// Row on the torus.
    pub row: usize,
    /// Column on the torus.
    pub column: usize,
}

/// What the shader knows of a cell.
#[derive(ShaderType, Debug, Clone, Copy, PartialEq)]
struct CellLook {
    /// Linear colour of the top.
    colour: Vec3,
    /// Height in units.
    height: f32,
    /// 1 for a critical cell.
    framed: u32,
}

/// The one material of all cells of a cluster.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub(super) struct CellMaterial {
    #[storage(0, read_only)]
    looks: Handle<ShaderBuffer>,
}

const SHADER: Handle<Shader> = uuid_handle!("6ff5a8e2-3f0c-4f6e-9a05-6a1d0d3f7c51");

impl Material for CellMaterial {
    fn vertex_shader() -> ShaderRef {
        SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }
}

/// The buffer of the cluster that is shown.
#[derive(Resource, Debug)]
pub(super) struct CellLooks(Handle<ShaderBuffer>);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(MaterialPlugin::<CellMaterial>::default());
    load_internal_asset!(app, SHADER, "../../assets/shaders/cell.wgsl", Shader::from_wgsl);
}

/// Puts the cells of a new run into the scene, under its first cluster. Those of an older run went with their cluster.
pub(super) fn build(
    mut commands: Commands,
    roster: Res<Roster>,
    clusters: Query<(&LiveCluster, &Tape)>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<CellMaterial>>,
    mut plain_materials: ResMut<Assets<StandardMaterial>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let Some(&(shown, _)) = roster.is_changed().then(|| roster.0.first()).flatten() else { return };
    let Ok((LiveCluster(cluster), tape)) = clusters.get(shown) else { return };
    let Some(frame) = tape.latest() else { return };
    let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
    let looks = buffers.add(ShaderBuffer::from(looks(frame)));
    let material = MeshMaterial3d(materials.add(CellMaterial { looks: looks.clone() }));
    commands.insert_resource(CellLooks(looks));
    let unit = Cuboid::new(FOOTPRINT, 1.0, FOOTPRINT).mesh().build();
    let unit = Mesh3d(meshes.add(unit.translated_by(Vec3::Y * 0.5)));
    commands.entity(shown).insert((Transform::default(), Visibility::default()));
    for row in 0..rows {
        for column in 0..columns {
            let index = cluster.index(row, column);
            commands.spawn((
                Cell { index, row, column },
                ChildOf(shown),
                unit.clone(),
                material.clone(),
                MeshTag(index as u32),
                Transform::from_translation(cell_position(row as f32, column as f32, rows, columns)),
            ));
        }
    }
    let far = cell_position(rows as f32 - 0.4, columns as f32 - 0.4, rows, columns);
    let size = (2.0 * far.xz()).extend(0.1).xzy();
    let plate = StandardMaterial { base_color: super::PLATE, unlit: true, ..Default::default() };
    commands.spawn((
        ChildOf(shown),
        Mesh3d(meshes.add(Cuboid::from_size(size))),
        MeshMaterial3d(plain_materials.add(plate)),
        Transform::from_translation(Vec3::Y * -0.06),
    ));
}

/// Writes the looks of all cells into the buffer when another moment is shown, and only then.
pub(super) fn show(
    shown: Shown,
    handle: Option<Res<CellLooks>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut drawn: Local<Option<Moment>>,
) {
    let moment = shown.moment();
    let (Some(handle), Some(frame), true) = (handle, shown.frame(), moment != *drawn) else { return };
    if let Some(mut buffer) = buffers.get_mut(&handle.0) {
        buffer.set_data(looks(frame));
        *drawn = moment;
    }
}

fn looks(frame: &Frame) -> Vec<CellLook> {
    let look = |index: usize| {
        let (cpu, memory, priority) = (frame.cpu[index], frame.mem[index], frame.priority[index]);
        let colour = LinearRgba::from(cell_colour(cpu, memory, priority));
        CellLook {
            colour: Vec3::new(colour.red, colour.green, colour.blue),
            height: cell_height(memory),
            framed: u32::from(priority > CRITICAL),
        }
    };
    (0..frame.cpu.len()).map(look).collect()
}
