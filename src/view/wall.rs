//! The wall: clusters that run side by side stand side by side. The one in focus stands round the origin, so that
//! whoever asks where one of its cells is need not know of the others.

use super::camera::{CameraRig, MainCamera, Pointer};
use super::colour_mode::ColourMode;
use super::keys::{KeyAction, KeyActions};
use super::shown::{Playhead, Shown, ShownMoment};
use crate::simulation::ClusterOrder;
use bevy::asset::Handle;
use bevy::camera::Camera;
use bevy::camera::visibility::Visibility;
use bevy::ecs::entity::Entity;
use bevy::ecs::prelude::{Query, Res, ResMut, Resource, Single, With, Without};
use bevy::math::primitives::InfinitePlane3d;
use bevy::math::{Ray3d, Vec2, Vec3};
use bevy::pbr::StandardMaterial;
use bevy::render::storage::ShaderBuffer;
use bevy::transform::components::{GlobalTransform, Transform};

/// Most clusters on the wall.
const MAX_CLUSTERS: usize = 64;
/// Most cells on the wall: at every tick a frame of so many takes 6 ms of the main thread, 12 with the times to OOM
/// (`cargo bench --bench frame`).
const MAX_CELLS: usize = 1 << 16;
/// What a plate is wider than its cells, in units.
const RIM: f32 = 0.2;

/// A place on the wall.
#[derive(Debug)]
pub(super) struct WallSlot {
    /// Everything that stands here is below it.
    pub root: Entity,
    /// The looks of its cells.
    pub instances: Handle<ShaderBuffer>,
    /// What they show.
    pub drawn: Option<(ShownMoment, ColourMode)>,
    /// Bodies of its agent: where it is, and where it is seen a second time while it goes over the edge.
    pub bodies: [Entity; 2],
}

/// The wall that is shown.
#[derive(Resource, Debug, Default)]
pub struct Wall {
    pub(super) slots: Vec<WallSlot>,
    /// Rows and columns of each cluster.
    pub(super) size: (usize, usize),
    /// The paint of all plates.
    pub(super) plate: Handle<StandardMaterial>,
    /// Place in the roster of the first slot.
    first: usize,
    /// Slots that have a cluster.
    used: usize,
    /// The slot in focus.
    focus: usize,
}

impl Wall {
    /// How many clusters of so many cells a wall shows.
    pub(super) fn capacity(clusters: usize, cells: usize) -> usize {
        clusters.min(MAX_CLUSTERS).min((MAX_CELLS / cells.max(1)).max(1))
    }

    /// Slots beside each other: as near to a square as can be.
    fn slots_per_row(&self) -> usize {
        let (rows, columns) = (self.size.0.max(1) as f32, self.size.1.max(1) as f32);
        let across = (self.used as f32 * rows / columns).sqrt().ceil() as usize;
        across.clamp(1, self.used.max(1))
    }

    /// From one cluster to the next, in units.
    fn spacing(&self) -> Vec2 {
        let gap = |cells: usize| cells as f32 + 1.0 + 0.06 * cells as f32;
        Vec2::new(gap(self.size.1), gap(self.size.0))
    }

    fn grid_offset(&self, slot: usize) -> Vec3 {
        let across = self.slots_per_row();
        let at = Vec2::new((slot % across) as f32, (slot / across) as f32) * self.spacing();
        Vec3::new(at.x, 0.0, at.y)
    }

    /// Where the middle of a slot's cluster is.
    pub(super) fn position(&self, slot: usize) -> Vec3 {
        self.grid_offset(slot) - self.grid_offset(self.focus)
    }

    /// Half the width and depth of a plate.
    pub(super) fn plate_half(&self) -> Vec2 {
        Vec2::new(self.size.1 as f32, self.size.0 as f32) / 2.0 + RIM / 2.0
    }

    /// Middle of the wall, and half its width and depth.
    pub(super) fn extent(&self) -> (Vec3, Vec2) {
        let down = self.used.max(1).div_ceil(self.slots_per_row());
        let extent = self.spacing() * Vec2::new(self.slots_per_row() as f32 - 1.0, down as f32 - 1.0);
        let middle = Vec3::new(extent.x, 0.0, extent.y) / 2.0 - self.grid_offset(self.focus);
        (middle, extent / 2.0 + Vec2::new(self.size.1 as f32, self.size.0 as f32) / 2.0 + RIM / 2.0)
    }

    /// The slots in use, with the places of their clusters in the roster.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.used).map(|slot| (slot, self.first + slot))
    }

    /// Whether a slot is the one in focus.
    pub(super) fn is_focus(&self, slot: usize) -> bool {
        slot == self.focus
    }

    /// How many clusters are shown.
    pub fn clusters(&self) -> usize {
        self.used
    }

    /// The slot on whose plate a ray meets the ground.
    pub(super) fn slot_under(&self, ray: Ray3d) -> Option<usize> {
        self.slot_at(ray.plane_intersection_point(Vec3::ZERO, InfinitePlane3d::new(Vec3::Y))?)
    }

    /// The slot whose plate a point of the ground is on.
    fn slot_at(&self, point: Vec3) -> Option<usize> {
        let half = self.plate_half();
        (0..self.used).find(|slot| {
            let off = (point - self.position(*slot)).abs();
            off.x <= half.x && off.z <= half.y
        })
    }
}

/// Gives every slot its cluster and its place. The camera goes with the clusters, so that none seems to move.
pub(super) fn arrange(
    shown: Shown,
    mut wall: ResMut<Wall>,
    mut rig: ResMut<CameraRig>,
    mut camera: Single<&mut Transform, With<MainCamera>>,
    mut roots: Query<(&mut Transform, &mut Visibility), Without<MainCamera>>,
) {
    let size = wall.slots.len();
    if size == 0 {
        return;
    }
    let first = shown.focus_index() / size * size;
    let (used, focus) = (size.min(shown.clusters() - first), shown.focus_index() - first);
    let same = (wall.first, wall.used, wall.focus) == (first, used, focus);
    if same {
        return;
    }
    if (wall.first, wall.used) == (first, used) {
        let shift = -wall.position(focus);
        rig.shift(shift);
        camera.translation += shift;
    }
    (wall.first, wall.used, wall.focus) = (first, used, focus);
    for (at, slot) in wall.slots.iter().enumerate() {
        if let Ok((mut transform, mut visibility)) = roots.get_mut(slot.root) {
            transform.translation = wall.position(at);
            *visibility = if at < used { Visibility::Inherited } else { Visibility::Hidden };
        }
    }
    wall.slots.iter_mut().for_each(|slot| slot.drawn = None);
}

/// A click on a cluster puts it into focus, as the keys do in their order.
pub(super) fn choose_focus(
    keys: Res<KeyActions>,
    pointer: Res<Pointer>,
    wall: Res<Wall>,
    cluster_order: Res<ClusterOrder>,
    camera: Single<(&Camera, &GlobalTransform), With<MainCamera>>,
    mut playhead: ResMut<Playhead>,
) {
    let clusters = cluster_order.0.len();
    if clusters < 2 {
        return;
    }
    let steps = keys.iter().map(|action| if let KeyAction::Cluster(steps) = action { steps } else { 0 });
    let step = steps.sum::<isize>().rem_euclid(clusters as isize) as usize;
    let mut wanted = (step > 0).then(|| (playhead.cluster + step) % clusters);
    if let Some(at) = pointer.clicked {
        let (camera, eye) = *camera;
        let ray = camera.viewport_to_world(eye, at).ok();
        wanted = ray.and_then(|ray| wall.slot_under(ray)).map(|slot| wall.first + slot).or(wanted);
    }
    if let Some(cluster) = wanted.filter(|cluster| *cluster != playhead.cluster) {
        // Frames are numbered by cluster: the present is the one moment that all share.
        *playhead = Playhead { cluster, at: None };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(used: usize, focus: usize) -> Wall {
        Wall { size: (6, 6), used, focus, ..Default::default() }
    }

    #[test]
    fn the_one_in_focus_stands_round_the_origin_and_none_overlap() {
        for used in [1, 2, 4, 7, 64] {
            for focus in [0, used / 2, used - 1] {
                let wall = wall(used, focus);
                assert_eq!(wall.position(focus), Vec3::ZERO);
                let (middle, half) = wall.extent();
                for slot in 0..used {
                    let off = (wall.position(slot) - middle).abs();
                    assert!(off.x + 3.0 <= half.x && off.z + 3.0 <= half.y, "{slot} of {used} is on the wall");
                    assert_eq!(wall.slot_at(wall.position(slot) + Vec3::new(2.9, 0.0, -2.9)), Some(slot));
                }
                assert_eq!(wall.slot_at(middle + Vec3::X * 1000.0), None);
            }
        }
    }

    #[test]
    fn a_wall_holds_as_many_as_a_frame_can_bear() {
        assert_eq!(Wall::capacity(1, 128 * 128), 1);
        assert_eq!(Wall::capacity(16, 128 * 128), 4);
        assert_eq!(Wall::capacity(16, 64 * 64), 16);
        assert_eq!(Wall::capacity(1000, 36), 64);
    }

    #[test]
    fn clusters_that_are_wide_stand_above_each_other() {
        let wide = Wall { size: (3, 40), used: 4, ..Default::default() };
        assert_eq!(wide.slots_per_row(), 1);
        assert_eq!(Wall { size: (40, 3), used: 4, ..Default::default() }.slots_per_row(), 4);
    }
}
