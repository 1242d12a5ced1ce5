//! The agent: a ring that hovers over its cell and glides to the next. It is open in the middle, so that the cell's
//! colour stays visible. On its way over the edge of the torus it is drawn at both edges.

use super::layout::{cell_height, cell_position, on_the_way};
use super::shown::Shown;
use super::wall::Wall;
use crate::cluster::torus::shortest_way;
use crate::simulation::Frame;
use bevy::asset::Assets;
use bevy::camera::visibility::Visibility;
use bevy::color::Color;
use bevy::ecs::prelude::{Bundle, Query, Res};
use bevy::math::Vec3;
use bevy::math::primitives::Torus;
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::transform::components::Transform;

/// Distance from the ring's axis to the middle of its tube, in units.
pub(super) const RING_RADIUS: f32 = 0.33;
/// Radius of the tube, in units.
const TUBE_RADIUS: f32 = 0.045;
/// Rows or columns above which the ring grows with the cluster, so that it can be found in a large one.
const LARGE_SIDE: f32 = 20.0;
/// The ring's colour: Okabe and Ito's reddish purple, lightened; no cell has it.
const COLOUR: Color = Color::srgb(0.98, 0.55, 0.83);

/// Mesh, material and transform of an agent.
#[derive(Bundle, Clone)]
pub(super) struct AgentMesh(Mesh3d, MeshMaterial3d<StandardMaterial>, Transform, Visibility);

impl AgentMesh {
    /// A bundle that the agents of all clusters of this size share.
    pub fn new(
        (rows, columns): (usize, usize),
        meshes: &mut Assets<Mesh>,
        materials: &mut Assets<StandardMaterial>,
    ) -> Self {
        let paint = StandardMaterial { base_color: COLOUR, unlit: true, ..Default::default() };
        let scale = (rows.max(columns) as f32 / LARGE_SIDE).max(1.0);
        let ring = Mesh3d(meshes.add(Torus { minor_radius: TUBE_RADIUS * scale, major_radius: RING_RADIUS * scale }));
        Self(ring, MeshMaterial3d(materials.add(paint)), Transform::default(), Visibility::Hidden)
    }
}

/// Positions of an agent, relative to its cluster: one, or two while it crosses the edge. `share` is the blend between
/// the two frames, 0 to 1.
pub(super) fn positions(
    before: &Frame,
    now: &Frame,
    share: f32,
    (rows, columns): (usize, usize),
) -> (Vec3, Option<Vec3>) {
    let height = |(row, column): (usize, usize)| cell_height(now.mem[row * columns + column]);
    let over = height(before.agent) + (height(now.agent) - height(before.agent)) * share;
    let position = |row, column| cell_position(row, column, rows, columns) + Vec3::Y * over;
    let row = on_the_way(before.agent.0, now.agent.0, rows, share);
    let column = on_the_way(before.agent.1, now.agent.1, columns, share);
    // The second position is one grid length away, on the side that the agent moves to or comes from.
    let turned = |at: f32, from: usize, to: usize, length: usize| {
        let wraps = share < 1.0 && from as isize + shortest_way(from, to, length) != to as isize;
        let turn = if at * 2.0 < length as f32 - 1.0 { length as f32 } else { -(length as f32) };
        wraps.then_some(at + turn)
    };
    let twin =
        match (turned(row, before.agent.0, now.agent.0, rows), turned(column, before.agent.1, now.agent.1, columns)) {
            (None, None) => None,
            (again, also) => Some(position(again.unwrap_or(row), also.unwrap_or(column))),
        };
    (position(row, column), twin)
}

/// Moves the agents along their paths. A jump, to a new episode or over many ticks of one frame, has no path.
pub(super) fn move_bodies(shown: Shown, wall: Res<Wall>, mut bodies: Query<(&mut Transform, &mut Visibility)>) {
    for (slot, at) in wall.in_use() {
        let Some((moment, now)) = shown.moment_of(at).and_then(|moment| Some((moment, shown.frame_of(moment)?))) else {
            continue;
        };
        let before = shown.previous_frame_of(moment).unwrap_or(now);
        let (position, twin) = positions(before, now, shown.progress(), wall.size);
        for (body, position) in wall.slots[slot].bodies.into_iter().zip([Some(position), twin]) {
            let Ok((mut transform, mut visibility)) = bodies.get_mut(body) else { continue };
            let wanted = if position.is_some() { Visibility::Inherited } else { Visibility::Hidden };
            if *visibility != wanted {
                *visibility = wanted;
            }
            let position = position.map(|position| position + Vec3::Y * TUBE_RADIUS);
            if let Some(position) = position.filter(|position| transform.translation != *position) {
                transform.translation = position;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(agent: (usize, usize)) -> Frame {
        Frame { agent, mem: vec![0.0; 36], ..Default::default() }
    }

    #[test]
    fn while_crossing_the_edge_an_agent_is_drawn_at_both_sides() {
        let (position, twin) = positions(&at((2, 5)), &at((2, 0)), 0.25, (6, 6));
        assert_eq!((position.x, twin.map(|twin| twin.x)), (2.75, Some(-3.25)));
        let (position, twin) = positions(&at((0, 3)), &at((5, 3)), 0.75, (6, 6));
        assert_eq!((position.z, twin.map(|twin| twin.z)), (2.75, Some(-3.25)));
    }

    #[test]
    fn otherwise_an_agent_is_drawn_once() {
        assert_eq!(positions(&at((2, 4)), &at((2, 5)), 0.5, (6, 6)).1, None);
        assert_eq!(positions(&at((2, 5)), &at((2, 0)), 1.0, (6, 6)).1, None);
    }
}
