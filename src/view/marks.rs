//! Marks: flat symbols over the scene. All are quads of one mesh, described by one small buffer, so that marks come and
//! go without spawning entities or changing meshes.

use super::action_marks::{TouchedCells, mark_action};
use super::agent;
use super::atmosphere::Atmosphere;
use super::shapes::{CellLayout, MARK_BYTES, Mark, MarkShape};
use super::shown::{Shown, ShownMoment};
use super::trail::{mark_observed_cells, mark_trail};
use super::wall::Wall;
use bevy::app::{App, Startup};
use bevy::asset::{Asset, Assets, Handle, RenderAssetUsages, load_internal_asset, uuid_handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::color::Srgba;
use bevy::ecs::prelude::{Commands, Local, Res, ResMut, Resource};
use bevy::math::Vec3;
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{Material, MaterialPlugin, MeshMaterial3d};
use bevy::prelude::AlphaMode;
use bevy::reflect::TypePath;
use bevy::render::render_resource::AsBindGroup;
use bevy::render::storage::ShaderBuffer;
use bevy::shader::{Shader, ShaderRef};
use bevy::transform::components::Transform;

/// Maximum number of marks.
const CAPACITY: usize = 768;
/// Up to this many clusters show what their agents do; on a larger wall only the one in focus does.
const MAX_DETAILED_CLUSTERS: usize = 4;

/// Frame of the cluster in focus, where there are several.
const FOCUS: Srgba = Srgba::rgb(0.80, 0.86, 0.95);
/// Frame of a cluster whose risk is above the alarm level.
const ALARM: Srgba = Srgba::rgb(0.95, 0.28, 0.12);
/// Glow of an agent whose Prophet is afraid.
const FEAR: Srgba = Srgba::rgb(1.0, 0.35, 0.2);

#[derive(Asset, TypePath, AsBindGroup, Debug, Clone)]
struct MarkMaterial {
    #[storage(0, read_only)]
    marks: Handle<ShaderBuffer>,
}

const SHADER: Handle<Shader> = uuid_handle!("b4f1f5f3-8f0d-4f43-9d4c-2a1f3c8f6a77");

impl Material for MarkMaterial {
    fn vertex_shader() -> ShaderRef {
        SHADER.into()
    }

    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Blend
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }
}

/// The buffer of all marks.
#[derive(Resource, Debug)]
pub(super) struct MarkBuffer(Handle<ShaderBuffer>);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(MaterialPlugin::<MarkMaterial>::default());
    load_internal_asset!(app, SHADER, "../../assets/shaders/mark.wgsl", Shader::from_wgsl);
    app.add_systems(Startup, spawn);
}

fn spawn(
    mut commands: Commands,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<MarkMaterial>>,
) {
    let marks = buffers.add(ShaderBuffer::new(&[0; CAPACITY * MARK_BYTES], RenderAssetUsages::RENDER_WORLD));
    let material = MeshMaterial3d(materials.add(MarkMaterial { marks: marks.clone() }));
    commands.insert_resource(MarkBuffer(marks));
    let corners = [[-1.0, 0.0, -1.0], [-1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.0, -1.0]];
    let positions: Vec<[f32; 3]> = (0..CAPACITY).flat_map(|_| corners).collect();
    let identities: Vec<[f32; 2]> = (0..CAPACITY).flat_map(|mark| [[mark as f32, 0.0]; 4]).collect();
    let indices = (0..CAPACITY as u32).flat_map(|mark| [0, 1, 2, 0, 2, 3].map(|corner| 4 * mark + corner));
    let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, identities)
        .with_inserted_indices(Indices::U32(indices.collect()));
    commands.spawn((Mesh3d(meshes.add(mesh)), material, Transform::default(), NoFrustumCulling));
}

/// The values that the marks depend on.
#[derive(Debug, Default, PartialEq)]
pub(super) struct MarkInputs {
    moments: Vec<ShownMoment>,
    wall: (usize, Vec3),
    share: f32,
    fear: f32,
    pulse: f32,
}

/// Buffers and values kept from frame to frame.
#[derive(Debug, Default)]
pub(super) struct MarkScratch {
    drawn: MarkInputs,
    now: MarkInputs,
    marks: Vec<Mark>,
    touched_cells: TouchedCells,
}

/// Writes the marks of this frame, unless nothing has changed.
pub(super) fn draw(
    shown: Shown,
    wall: Res<Wall>,
    atmosphere: Res<Atmosphere>,
    mark_buffer: Option<Res<MarkBuffer>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut scratch: Local<MarkScratch>,
) {
    let Some(mark_buffer) = mark_buffer else { return };
    let MarkScratch { drawn, now, marks, touched_cells } = &mut *scratch;
    now.moments.clear();
    now.moments.extend(wall.in_use().filter_map(|(_, cluster)| shown.moment_of(cluster)));
    (now.wall, now.share) = ((wall.clusters(), wall.extent().0), shown.progress());
    (now.fear, now.pulse) = (atmosphere.fear, atmosphere.pulse);
    if now == drawn {
        return;
    }
    std::mem::swap(now, drawn);
    marks.clear();
    for (slot, cluster) in wall.in_use() {
        let Some(moment) = shown.moment_of(cluster) else { continue };
        mark_slot(&shown, &wall, &atmosphere, slot, moment, marks, touched_cells);
    }
    if let Some(mut buffer) = buffers.get_mut(&mark_buffer.0) {
        let mut bytes = Vec::with_capacity(CAPACITY * MARK_BYTES);
        marks.iter().take(CAPACITY).for_each(|mark| mark.write(&mut bytes));
        bytes.resize(CAPACITY * MARK_BYTES, 0);
        buffer.data = Some(bytes);
    }
}

fn mark_slot(
    shown: &Shown,
    wall: &Wall,
    atmosphere: &Atmosphere,
    slot: usize,
    moment: ShownMoment,
    marks: &mut Vec<Mark>,
    touched_cells: &mut TouchedCells,
) {
    let Some(now) = shown.frame_of(moment) else { return };
    let before = shown.previous_frame_of(moment);
    let (middle, focused) = (wall.position(slot), wall.is_focus(slot));
    let half = wall.plate_half();
    if focused && wall.clusters() > 1 {
        marks.push(Mark::new(middle, MarkShape::Rectangle(half + 0.38, 0.06), FOCUS, 0.9));
    }
    if atmosphere.is_alarming(shown.risk_of(moment)) {
        let alpha = if shown.is_live() { 0.35 + 0.65 * atmosphere.pulse } else { 0.9 };
        let width = 0.07 + 0.004 * half.max_element();
        marks.push(Mark::new(middle, MarkShape::Rectangle(half + 0.12, width), ALARM, alpha));
    }
    let (body, twin) = agent::positions(before.unwrap_or(now), now, shown.progress(), wall.size);
    let fear = shown.risk_of(moment).max(0.0).sqrt();
    for position in [Some(body), twin].into_iter().flatten() {
        let glow = MarkShape::Glow(agent::RING_RADIUS, 0.62);
        marks.push(Mark::new(middle + position + Vec3::Y * 0.03, glow, FEAR, 0.95 * fear));
    }
    if focused || wall.clusters() <= MAX_DETAILED_CLUSTERS {
        let layout = CellLayout { middle, size: wall.size };
        mark_observed_cells(&layout, before, now, shown.progress(), marks);
        mark_trail(shown, &layout, moment, marks);
        // Paused, an effect is shown halfway, so that a look back shows what was done.
        let progress = if shown.is_gliding() { shown.progress() } else { 0.55 };
        mark_action(&layout, before, now, progress, marks, touched_cells);
    }
}
