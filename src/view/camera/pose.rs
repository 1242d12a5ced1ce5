//! Orbits: the position of a camera around its target. Pure geometry.

use bevy::math::{EulerRot, Quat, Vec2, Vec3};
use bevy::transform::components::Transform;
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// Vertical field of view, in radians. Narrow, so that far rows are seen at nearly the same angle as near ones.
pub(super) const FIELD_OF_VIEW: f32 = 0.5;
/// Angle of the home camera below the horizon, in radians.
pub(super) const HOME_PITCH: f32 = 1.08;
/// Pitch of the view from above, in radians.
pub(super) const TOP_PITCH: f32 = FRAC_PI_2;
/// Smallest pitch of an orbiting camera, in radians.
pub(super) const MIN_PITCH: f32 = 0.15;
/// Share of the scene's area that the clusters may fill in the home view.
const FILL: f32 = 0.92;
/// Greatest height above a plate, in units.
const MAX_HEIGHT: f32 = 0.6;

/// A camera on a sphere around its target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orbit {
    /// The point that it looks at.
    pub target: Vec3,
    /// Rotation about the vertical, in radians; 0 looks along the columns from the last row.
    pub yaw: f32,
    /// Angle below the horizon, in radians.
    pub pitch: f32,
    /// Distance from the target, in units.
    pub distance: f32,
}

impl Orbit {
    /// The orbit that shows all of a rectangle on the ground, given its centre and half its width and depth, at this
    /// aspect (width over height).
    pub fn home(middle: Vec3, half: Vec2, pitch: f32, aspect: f32) -> Self {
        let rotation = Quat::from_euler(EulerRot::YXZ, 0.0, -pitch, 0.0);
        let tangent = (FIELD_OF_VIEW / 2.0).tan() * FILL;
        let tangents = Vec2::new(tangent * aspect.max(0.1), tangent);
        // Seen from a camera that is `d` behind the origin along its axis, a point at depth `z` before the origin is at
        // depth `d - z`; it is inside when |x| and |y| are at most (d - z) times the tangent.
        let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)];
        let distance = corners
            .into_iter()
            .flat_map(|(x, z)| [0.0, MAX_HEIGHT].map(|y| Vec3::new(x * half.x, y, z * half.y)))
            .map(|corner| {
                let seen = rotation.inverse() * corner;
                seen.z + (seen.x.abs() / tangents.x).max(seen.y.abs() / tangents.y)
            })
            .fold(1.0, f32::max);
        Self { target: middle, yaw: 0.0, pitch, distance }
    }

    /// The camera's transform.
    pub fn transform(&self) -> Transform {
        let rotation = Quat::from_euler(EulerRot::YXZ, self.yaw, -self.pitch, 0.0);
        Transform::from_translation(self.target + rotation * (Vec3::Z * self.distance)).with_rotation(rotation)
    }

    /// The orbit of a camera with this transform: around the point of the ground that it looks at, or else around a
    /// point `far` away.
    pub fn from_transform(transform: &Transform, far: f32) -> Self {
        let (yaw, pitch, _) = transform.rotation.to_euler(EulerRot::YXZ);
        let forward = transform.forward();
        let to_ground = -transform.translation.y / forward.y;
        let distance = if to_ground > 0.0 && to_ground < 4.0 * far { to_ground } else { far };
        Self { target: transform.translation + forward * distance, yaw, pitch: -pitch, distance }
    }

    /// Interpolates to another orbit, `share` 0 to 1: by the shorter rotation, and geometrically in distance.
    pub fn interpolate(&self, other: &Self, share: f32) -> Self {
        if share >= 1.0 {
            return *other;
        }
        let turn = (other.yaw - self.yaw + PI).rem_euclid(TAU) - PI;
        Self {
            target: self.target.lerp(other.target, share),
            yaw: self.yaw + turn * share,
            pitch: self.pitch + (other.pitch - self.pitch) * share,
            distance: self.distance * (other.distance / self.distance).powf(share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::layout::{cell_height, cell_top};
    use super::*;

    /// Position in the picture, -1 to 1 on both axes.
    fn projected(camera: &Transform, point: Vec3, aspect: f32) -> Vec2 {
        let seen = camera.rotation.inverse() * (point - camera.translation);
        let tangent = (FIELD_OF_VIEW / 2.0).tan();
        Vec2::new(seen.x / (-seen.z * tangent * aspect), seen.y / (-seen.z * tangent))
    }

    fn home_camera(rows: usize, columns: usize, pitch: f32, aspect: f32) -> Transform {
        let half = Vec2::new(columns as f32, rows as f32) / 2.0 + 0.1;
        Orbit::home(Vec3::ZERO, half, pitch, aspect).transform()
    }

    const CASES: [(usize, usize, f32); 5] = [(6, 6, 1.0), (4, 4, 0.6), (128, 128, 1.2), (3, 40, 1.5), (40, 3, 1.0)];

    #[test]
    fn the_whole_cluster_is_in_the_picture_from_home_and_from_above() {
        for ((rows, columns, aspect), pitch) in
            CASES.into_iter().flat_map(|case| [(case, HOME_PITCH), (case, TOP_PITCH)])
        {
            let camera = home_camera(rows, columns, pitch, aspect);
            let corners = [(0, 0), (0, columns - 1), (rows - 1, 0), (rows - 1, columns - 1)];
            let corners =
                corners.map(|(row, column)| projected(&camera, cell_top(row, column, rows, columns, 1.0), aspect));
            assert!(corners.iter().all(|at| at.abs().max_element() < 1.0), "{rows}x{columns}: {corners:?}");
            assert!(
                corners.iter().any(|at| at.abs().max_element() > 0.6),
                "{rows}x{columns} is too small: {corners:?}"
            );
        }
    }

    #[test]
    fn no_cell_hides_the_middle_of_another_from_home() {
        for (rows, columns, aspect) in CASES {
            let camera = home_camera(rows, columns, HOME_PITCH, aspect);
            let far = cell_top(0, columns / 2, rows, columns, 0.0);
            let ray = camera.translation - far;
            // The cell in front ends 0.55 units before this point; the line of sight must pass above its greatest
            // height.
            let rise = ray.y / ray.z * 0.55;
            assert!(rise > cell_height(1.0) - cell_height(0.0), "{rows}x{columns}: {rise}");
        }
    }

    #[test]
    fn the_orbit_of_a_flying_camera_has_the_same_view() {
        let orbit = Orbit { target: Vec3::new(2.0, 0.0, -1.0), yaw: 0.7, pitch: 0.9, distance: 12.0 };
        let restored = Orbit::from_transform(&orbit.transform(), 50.0);
        assert!(restored.target.distance(orbit.target) < 1e-3 && (restored.distance - orbit.distance).abs() < 1e-3);
        let upwards = Transform::from_xyz(0.0, 3.0, 0.0).looking_at(Vec3::new(0.0, 9.0, -5.0), Vec3::Y);
        let seen = Orbit::from_transform(&upwards, 7.0).transform();
        assert!(seen.translation.distance(upwards.translation) < 1e-3, "the sky has no ground: {seen:?}");
        assert!(seen.forward().dot(*upwards.forward()) > 0.9999);
    }

    #[test]
    fn interpolation_takes_the_shorter_rotation() {
        let from = Orbit { target: Vec3::ZERO, yaw: 3.0, pitch: 1.0, distance: 4.0 };
        let to = Orbit { target: Vec3::X, yaw: -3.0, pitch: 0.5, distance: 16.0 };
        let half = from.interpolate(&to, 0.5);
        assert!((half.yaw - PI).abs() < 1e-3 && (half.distance - 8.0).abs() < 1e-3, "{half:?}");
        assert_eq!(from.interpolate(&to, 1.0), to);
    }
}
