//! The agent: a ring that hovers over its cell and glides to the next, open in the middle so that the cell's colour
//! stays visible.

use super::layout::{cell_height, cell_position, on_the_way};
use crate::tick::{Agent, LiveCluster, Pace, Roster, Tally};
use bevy::asset::Assets;
use bevy::color::Color;
use bevy::ecs::prelude::{Commands, Component, DetectChanges, Query, Res, ResMut};
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

/// The way an agent takes between two ticks.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Glide {
    from: (usize, usize),
    to: (usize, usize),
    /// Steps of the episode at `to`.
    time: usize,
}

impl Glide {
    /// The way after a step. A jump, to a new episode or over many ticks of one frame, has no way.
    fn next(self, to: (usize, usize), time: usize) -> Self {
        let from = if time == self.time + 1 { self.to } else { to };
        Self { from, to, time }
    }
}

/// Gives the agent of a new run its body.
pub(super) fn build(
    mut commands: Commands,
    roster: Res<Roster>,
    agents: Query<&Agent>,
    clusters: Query<&LiveCluster>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
) {
    let Some(&(cluster, agent)) = roster.is_changed().then(|| roster.0.first()).flatten() else { return };
    debug_assert!(agents.get(agent).is_ok_and(|agent| agent.cluster == cluster));
    let Ok(LiveCluster(cluster)) = clusters.get(cluster) else { return };
    let paint = StandardMaterial { base_color: COLOUR, unlit: true, ..Default::default() };
    let place = cluster.agent();
    commands.entity(agent).insert((
        Mesh3d(meshes.add(Torus { minor_radius: TUBE, major_radius: RADIUS })),
        MeshMaterial3d(materials.add(paint)),
        Transform::default(),
        Glide { from: place, to: place, time: cluster.time() },
    ));
}

/// Moves the agent along its way; where the way wraps around the torus it leaves at one edge and enters at the other.
pub(super) fn glide(
    pace: Res<Pace>,
    tally: Res<Tally>,
    roster: Res<Roster>,
    clusters: Query<&LiveCluster>,
    mut bodies: Query<(&mut Glide, &mut Transform)>,
) {
    let Some(&(cluster, agent)) = roster.0.first() else { return };
    let (Ok(LiveCluster(cluster)), Ok((mut glide, mut transform))) = (clusters.get(cluster), bodies.get_mut(agent))
    else {
        return;
    };
    if tally.is_changed() {
        *glide = glide.next(cluster.agent(), cluster.time());
    }
    let (rows, columns) = (cluster.scenario().rows, cluster.scenario().columns);
    let share = pace.between_ticks();
    let row = on_the_way(glide.from.0, glide.to.0, rows, share);
    let column = on_the_way(glide.from.1, glide.to.1, columns, share);
    let height = |(row, column)| cell_height(cluster.cells().mem[cluster.index(row, column)]);
    let over = height(glide.from) + (height(glide.to) - height(glide.from)) * share;
    let place = cell_position(row, column, rows, columns) + Vec3::Y * (over + TUBE);
    if transform.translation != place {
        transform.translation = place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_glides_after_a_step_and_jumps_after_more() {
        let glide = Glide { from: (0, 0), to: (1, 1), time: 7 };
        assert_eq!(glide.next((1, 2), 8), Glide { from: (1, 1), to: (1, 2), time: 8 });
        assert_eq!(glide.next((3, 3), 12), Glide { from: (3, 3), to: (3, 3), time: 12 });
        assert_eq!(glide.next((5, 0), 1), Glide { from: (5, 0), to: (5, 0), time: 1 });
    }
}
