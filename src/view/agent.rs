//! The agent: a ring that hovers over its cell and glides to the next, open in the middle so that the cell's colour
//! stays visible.

use super::layout::{cell_height, cell_position, on_the_way};
use super::shown::Shown;
use crate::tick::{Agent, Roster};
use bevy::asset::Assets;
use bevy::color::Color;
use bevy::ecs::prelude::{Commands, Component, DetectChanges, Query, Res, ResMut, With};
use bevy::math::Vec3;
use bevy::math::primitives::Torus;
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::transform::components::Transform;

/// Middle of the ring's tube, from the ring's axis, in units.
const RADIUS: f32 = 0.33;
/// Radius of the tube.
const TUBE: f32 = 0.045;
/// The ring's colour: Okabe and Ito's reddish purple, lightened; no cell has it.
const COLOUR: Color = Color::srgb(0.98, 0.55, 0.83);

/// The body of an agent.
#[derive(Component, Debug, Clone, Copy)]
pub(super) struct Body;

/// Gives the agent of a new run its body.
pub(super) fn build(
    mut commands: Commands,
    roster: Res<Roster>,
    agents: Query<&Agent>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
) {
    let Some(&(cluster, agent)) = roster.is_changed().then(|| roster.0.first()).flatten() else { return };
    debug_assert!(agents.get(agent).is_ok_and(|agent| agent.cluster == cluster));
    let paint = StandardMaterial { base_color: COLOUR, unlit: true, ..Default::default() };
    commands.entity(agent).insert((
        Mesh3d(meshes.add(Torus { minor_radius: TUBE, major_radius: RADIUS })),
        MeshMaterial3d(materials.add(paint)),
        Transform::default(),
        Body,
    ));
}

/// Moves the agent along its way; where the way wraps around the torus it leaves at one edge and enters at the other. A
/// jump, to a new episode or over many ticks of one frame, has no way.
pub(super) fn glide(shown: Shown, mut bodies: Query<&mut Transform, With<Body>>) {
    let (Some((_, agent)), Some(cluster), Some(to)) = (shown.entities(), shown.cluster(), shown.frame()) else {
        return;
    };
    let Ok(mut transform) = bodies.get_mut(agent) else { return };
    let from = shown.before().unwrap_or(to);
    let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
    let share = shown.share();
    let row = on_the_way(from.agent.0, to.agent.0, rows, share);
    let column = on_the_way(from.agent.1, to.agent.1, columns, share);
    let height = |(row, column)| cell_height(to.mem[cluster.index(row, column)]);
    let over = height(from.agent) + (height(to.agent) - height(from.agent)) * share;
    let place = cell_position(row, column, rows, columns) + Vec3::Y * (over + TUBE);
    if transform.translation != place {
        transform.translation = place;
    }
}
