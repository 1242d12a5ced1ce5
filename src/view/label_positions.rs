//! Labels of the clusters and their positions in the window: over the far edge of each plate. Compared policies are
//! always labelled; otherwise the cluster in focus and the one under the pointer are. The overlay draws them.

use super::camera::{MainCamera, Pointer};
use super::shown::Shown;
use super::wall::Wall;
use crate::simulation::ComparedPolicy;
use bevy::camera::Camera;
use bevy::ecs::prelude::{DetectChangesMut, Query, Res, ResMut, Resource, Single, With};
use bevy::math::{Vec2, Vec3};
use bevy::transform::components::{GlobalTransform, Transform};

/// Height of a label above the far edge of its plate, in units.
const ABOVE: f32 = 0.55;

/// A label and its position.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterLabel {
    /// Index of the cluster.
    pub cluster: usize,
    /// The policy that acts in the cluster, or the cluster's number.
    pub text: String,
    /// Bottom centre of the label, in logical pixels of the window.
    pub at: Vec2,
    /// Whether the cluster is in focus.
    pub focus: bool,
}

/// The labels to draw.
#[derive(Resource, Debug, Clone, Default, PartialEq)]
pub struct ClusterLabels(pub Vec<ClusterLabel>);

/// Computes the labels and their positions.
pub(super) fn update(
    (shown, wall): (Shown, Res<Wall>),
    compared_policies: Query<&ComparedPolicy>,
    pointer: Res<Pointer>,
    camera: Single<(&Camera, &Transform), With<MainCamera>>,
    mut names: ResMut<ClusterLabels>,
) {
    let mut now = Vec::new();
    if wall.clusters() > 1 {
        // The camera has no parent, so its transform is its global transform, and up to date in this frame.
        let (camera, eye) = (camera.0, GlobalTransform::from(*camera.1));
        let hovered = pointer.over.and_then(|at| wall.slot_under(camera.viewport_to_world(&eye, at).ok()?));
        for (slot, cluster) in wall.in_use() {
            let compared = shown.entity_of(cluster).and_then(|entity| compared_policies.get(entity).ok());
            let (focus, wanted) = (wall.is_focus(slot), wall.is_focus(slot) || hovered == Some(slot));
            let text = match compared {
                Some(compared) => compared.name.clone(),
                None if wanted => format!("cluster {cluster}"),
                None => continue,
            };
            let foot = wall.position(slot) + Vec3::new(0.0, ABOVE, -wall.plate_half().y);
            if let Ok(at) = camera.world_to_viewport(&eye, foot) {
                now.push(ClusterLabel { cluster, text, at: at.round(), focus });
            }
        }
    }
    names.set_if_neq(ClusterLabels(now));
}
