//! The cells of a cluster: one mesh with one material, so that a cluster is one draw call. What differs between cells
//! lies in a storage buffer, written only when another moment is shown; the shader blends between two moments.

use super::colour_mode::{CellState, ColourMode};
use super::layout::{FOOTPRINT, cell_height, cell_position};
use super::oom_estimates::OomEstimates;
use super::shown::{Shown, ShownMoment};
use super::wall::Wall;
use crate::cluster::{CRITICAL, OOM};
use crate::simulation::Frame;
use bevy::app::App;
use bevy::asset::{Asset, Assets, Handle, RenderAssetUsages, load_internal_asset, uuid_handle};
use bevy::ecs::prelude::{DetectChangesMut, Local, Res, ResMut, Resource};
use bevy::mesh::{Indices, Mesh, PrimitiveTopology};
use bevy::pbr::{Material, MaterialPlugin};
use bevy::reflect::TypePath;
use bevy::render::render_resource::AsBindGroup;
use bevy::render::storage::ShaderBuffer;
use bevy::shader::{Shader, ShaderRef};

/// The material of the cells of one cluster.
#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
pub(super) struct CellMaterial {
    /// Instance data of its cells.
    #[storage(0, read_only)]
    pub instances: Handle<ShaderBuffer>,
    /// Uniforms that all clusters share.
    #[storage(1, read_only)]
    pub scene: Handle<ShaderBuffer>,
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

/// The buffer of the few numbers that change every frame for all cells: blend, pulse, fear.
#[derive(Resource, Debug)]
pub(super) struct SceneUniforms(pub Handle<ShaderBuffer>);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(MaterialPlugin::<CellMaterial>::default());
    load_internal_asset!(app, SHADER, "../../assets/shaders/cell.wgsl", Shader::from_wgsl);
    let mut buffers = app.world_mut().resource_mut::<Assets<ShaderBuffer>>();
    let scene = buffers.add(ShaderBuffer::new(&[0; 16], RenderAssetUsages::RENDER_WORLD));
    app.insert_resource(SceneUniforms(scene));
}

/// Bytes of a cell in the buffer: see `cell.wgsl`.
const CELL_BYTES: usize = 5 * size_of::<u32>();
const CRITICAL_FLAG: u32 = 1;
const DEAD_FLAG: u32 = 2;

/// A buffer for `cells` cells. Its size must not change: the renderer would not notice.
pub(super) fn empty_instances(cells: usize) -> ShaderBuffer {
    ShaderBuffer::new(&vec![0; cells * CELL_BYTES], RenderAssetUsages::RENDER_WORLD)
}

/// Corners of a box's faces, x and z from -1 to 1 and y from 0 to 1, counterclockwise from outside. The number tells
/// the shader which face it is.
const FACES: [(f32, [[f32; 3]; 4]); 5] = [
    (0.0, [[-1.0, 1.0, -1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, -1.0]]),
    (1.0, [[1.0, 0.0, 1.0], [1.0, 0.0, -1.0], [1.0, 1.0, -1.0], [1.0, 1.0, 1.0]]),
    (1.0, [[-1.0, 0.0, -1.0], [-1.0, 0.0, 1.0], [-1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]]),
    (2.0, [[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]]),
    (2.0, [[1.0, 0.0, -1.0], [-1.0, 0.0, -1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, -1.0]]),
];

/// The boxes of all cells of a cluster, each of height 1 and without a bottom.
pub(super) fn cells_mesh(rows: usize, columns: usize) -> Mesh {
    let count = rows * columns * FACES.len();
    let (mut positions, mut offsets) = (Vec::with_capacity(4 * count), Vec::with_capacity(4 * count));
    let (mut identities, mut indices) = (Vec::with_capacity(4 * count), Vec::with_capacity(6 * count));
    for index in 0..rows * columns {
        let middle = cell_position((index / columns) as f32, (index % columns) as f32, rows, columns);
        for (face, corners) in FACES {
            let first = positions.len() as u32;
            for [x, y, z] in corners {
                let (x, z) = (x * FOOTPRINT / 2.0, z * FOOTPRINT / 2.0);
                positions.push([middle.x + x, y, middle.z + z]);
                offsets.push([x, z]);
                identities.push([index as f32, face]);
            }
            indices.extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
        }
    }
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, offsets)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_1, identities)
        .with_inserted_indices(Indices::U32(indices))
}

/// Instance data of a cell at one moment: two words of colour and height, and flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CellInstance([u32; 3]);

impl CellInstance {
    fn new(mode: ColourMode, state: &CellState) -> Self {
        let light = mode.light(state);
        let pack = |low: f32, high: f32| {
            let unorm = |share: f32| (share * f32::from(u16::MAX) + 0.5) as u32;
            unorm(low) | unorm(high) << 16
        };
        let dead = if state.memory >= OOM { DEAD_FLAG } else { 0 };
        let critical = if state.priority > CRITICAL { CRITICAL_FLAG } else { 0 };
        // Square roots spread the values as the eye does, and so need fewer bits than linear light.
        Self([
            pack(light.red.sqrt(), light.green.sqrt()),
            pack(light.blue.sqrt(), cell_height(state.memory)),
            critical | dead,
        ])
    }
}

/// Buffers reused from frame to frame.
#[derive(Debug, Default)]
pub(super) struct CellScratch {
    oom_estimates: OomEstimates,
    steps_left: Vec<f32>,
    instances: Vec<CellInstance>,
}

impl CellScratch {
    /// Computes what the colours of a moment depend on besides its frame.
    fn prepare(&mut self, shown: &Shown, moment: ShownMoment, mode: ColourMode) {
        self.steps_left.clear();
        if let (ColourMode::TimeLeft, Some(frame_history)) = (mode, shown.frame_history_of(moment.cluster)) {
            self.steps_left.extend_from_slice(self.oom_estimates.update(frame_history, moment.frame));
        }
    }

    fn instances<'a>(&'a self, mode: ColourMode, frame: &'a Frame) -> impl Iterator<Item = CellInstance> + 'a {
        (0..frame.cpu.len()).map(move |cell| {
            let (cpu, memory, priority) = (frame.cpu[cell], frame.mem[cell], frame.priority[cell]);
            let steps_left = self.steps_left.get(cell).copied().unwrap_or(f32::INFINITY);
            CellInstance::new(mode, &CellState { cpu, memory, priority, steps_left })
        })
    }

    /// The instance data of all cells, for the previous moment and this one.
    fn bytes(&mut self, shown: &Shown, moment: ShownMoment, mode: ColourMode) -> Option<Vec<u8>> {
        let now = shown.frame_of(moment)?;
        let mut before = std::mem::take(&mut self.instances);
        before.clear();
        if let Some(frame) = shown.previous_frame_of(moment) {
            self.prepare(shown, ShownMoment { frame: moment.frame - 1, ..moment }, mode);
            before.extend(self.instances(mode, frame));
        }
        self.prepare(shown, moment, mode);
        let mut bytes = Vec::with_capacity(now.cpu.len() * CELL_BYTES);
        for (cell, CellInstance(current)) in self.instances(mode, now).enumerate() {
            let CellInstance(previous) = before.get(cell).copied().unwrap_or(CellInstance(current));
            let flags = current[2] | (previous[2] & DEAD_FLAG) << 1;
            for word in [previous[0], previous[1], current[0], current[1], flags] {
                bytes.extend_from_slice(&word.to_ne_bytes());
            }
        }
        self.instances = before;
        Some(bytes)
    }
}

/// Writes the instance data of every cluster whose moment or colour mode has changed.
pub(super) fn update(
    shown: Shown,
    mode: Res<ColourMode>,
    mut wall: ResMut<Wall>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut scratch: Local<CellScratch>,
) {
    let wall = wall.bypass_change_detection();
    let slots: Vec<_> = wall.in_use().collect();
    for (slot, cluster) in slots {
        let Some(moment) = shown.moment_of(cluster) else { continue };
        let slot = &mut wall.slots[slot];
        if slot.drawn == Some((moment, *mode)) {
            continue;
        }
        let (Some(bytes), Some(mut buffer)) = (scratch.bytes(&shown, moment, *mode), buffers.get_mut(&slot.instances))
        else {
            continue;
        };
        buffer.data = Some(bytes);
        slot.drawn = Some((moment, *mode));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::Vec3;

    #[test]
    fn every_face_is_seen_from_outside() {
        for (_, corners) in FACES {
            let [a, b, c, d] = corners.map(Vec3::from);
            let outwards = (a + b + c + d) / 4.0 - Vec3::Y * 0.5;
            assert!((b - a).cross(c - a).dot(outwards) > 0.0 && (c - a).cross(d - a).dot(outwards) > 0.0);
        }
    }

    #[test]
    fn a_mesh_has_five_faces_for_each_cell() {
        let mesh = cells_mesh(3, 7);
        assert_eq!(mesh.count_vertices(), 3 * 7 * 20);
        assert_eq!(mesh.indices().map(Indices::len), Some(3 * 7 * 30));
    }
}
