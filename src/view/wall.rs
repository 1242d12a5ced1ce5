//! The wall: the clusters of a run side by side. The one in focus is centred on the origin, so that code about its
//! cells need not know of the others.

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

/// Maximum number of clusters on the wall.
const MAX_CLUSTERS: usize = 64;
/// Maximum number of cells on the wall: a frame with a tick then takes 6 ms of the main thread, 12 ms with the times to
/// OOM (`cargo bench --bench frame`).
const MAX_CELLS: usize = 1 << 16;
/// Width that a plate has in excess of its cells, in units.
const PLATE_MARGIN: f32 = 0.2;

/// A position on the wall, with what is drawn there.
#[derive(Debug)]
pub(super) struct WallSlot {
    /// Parent of everything drawn here.
    pub root: Entity,
    /// Instance data of its cells.
    pub instances: Handle<ShaderBuffer>,
    /// The moment and mode in that data.
    pub drawn: Option<(ShownMoment, ColourMode)>,
    /// The agent's body, and its copy while it crosses the edge.
    pub bodies: [Entity; 2],
}

/// The clusters that are drawn, and their arrangement.
#[derive(Resource, Debug, Default)]
pub struct Wall {
    pub(super) slots: Vec<WallSlot>,
    /// Rows and columns of each cluster.
    pub(super) size: (usize, usize),
    /// Material of all plates.
    pub(super) plate: Handle<StandardMaterial>,
    /// Index of the first slot's cluster.
    first: usize,
    /// Number of slots that hold a cluster.
    used: usize,
    /// The slot in focus.
    focus: usize,
}

impl Wall {
    /// Number of clusters of `cells` cells each that fit on the wall.
    pub(super) fn capacity(clusters: usize, cells: usize) -> usize {
        clusters.min(MAX_CLUSTERS).min((MAX_CELLS / cells.max(1)).max(1))
    }

    /// Slots in a row, so that the wall is as square as possible.
    fn slots_per_row(&self) -> usize {
        let (rows, columns) = (self.size.0.max(1) as f32, self.size.1.max(1) as f32);
        let across = (self.used as f32 * rows / columns).sqrt().ceil() as usize;
        across.clamp(1, self.used.max(1))
    }

    /// Distance between the centres of neighbouring clusters, in units.
    fn spacing(&self) -> Vec2 {
        let gap = |cells: usize| cells as f32 + 1.0 + 0.06 * cells as f32;
        Vec2::new(gap(self.size.1), gap(self.size.0))
    }

    fn grid_offset(&self, slot: usize) -> Vec3 {
        let across = self.slots_per_row();
        let at = Vec2::new((slot % across) as f32, (slot / across) as f32) * self.spacing();
        Vec3::new(at.x, 0.0, at.y)
    }

    /// Centre of a slot's cluster.
    pub(super) fn position(&self, slot: usize) -> Vec3 {
        self.grid_offset(slot) - self.grid_offset(self.focus)
    }

    /// Half the width and half the depth of a plate.
    pub(super) fn plate_half(&self) -> Vec2 {
        Vec2::new(self.size.1 as f32, self.size.0 as f32) / 2.0 + PLATE_MARGIN / 2.0
    }

    /// Centre of the wall, and half its width and depth.
    pub(super) fn extent(&self) -> (Vec3, Vec2) {
        let down = self.used.max(1).div_ceil(self.slots_per_row());
        let extent = self.spacing() * Vec2::new(self.slots_per_row() as f32 - 1.0, down as f32 - 1.0);
        let middle = Vec3::new(extent.x, 0.0, extent.y) / 2.0 - self.grid_offset(self.focus);
        (middle, extent / 2.0 + Vec2::new(self.size.1 as f32, self.size.0 as f32) / 2.0 + PLATE_MARGIN / 2.0)
    }

    /// The slots in use, with the indices of their clusters.
    pub(super) fn in_use(&self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.used).map(|slot| (slot, self.first + slot))
    }

    /// Whether a slot is the one in focus.
    pub(super) fn is_focus(&self, slot: usize) -> bool {
        slot == self.focus
    }

    /// Number of clusters drawn.
    pub fn clusters(&self) -> usize {
        self.used
    }

    /// The slot on whose plate a ray hits the ground.
    pub(super) fn slot_under(&self, ray: Ray3d) -> Option<usize> {
        self.slot_at(ray.plane_intersection_point(Vec3::ZERO, InfinitePlane3d::new(Vec3::Y))?)
    }

    /// The slot whose plate contains a point of the ground.
    fn slot_at(&self, point: Vec3) -> Option<usize> {
        let half = self.plate_half();
        (0..self.used).find(|slot| {
            let off = (point - self.position(*slot)).abs();
            off.x <= half.x && off.z <= half.y
        })
    }
}

/// Assigns clusters to slots and positions the slots. The camera moves along, so that the picture stands still.
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

/// Changes the focus: by a click on a cluster, or by keys.
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
        // Frame numbers differ between clusters, so only the present carries over.
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
    fn the_cluster_in_focus_is_at_the_origin_and_none_overlap() {
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
    fn the_wall_holds_as_many_cells_as_a_frame_can_draw() {
        assert_eq!(Wall::capacity(1, 128 * 128), 1);
        assert_eq!(Wall::capacity(16, 128 * 128), 4);
        assert_eq!(Wall::capacity(16, 64 * 64), 16);
        assert_eq!(Wall::capacity(1000, 36), 64);
    }

    #[test]
    fn wide_clusters_are_stacked() {
        let wide = Wall { size: (3, 40), used: 4, ..Default::default() };
        assert_eq!(wide.slots_per_row(), 1);
        assert_eq!(Wall { size: (40, 3), used: 4, ..Default::default() }.slots_per_row(), 4);
    }
}
