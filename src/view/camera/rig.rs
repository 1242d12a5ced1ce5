//! The camera rig: orbit, top, follow and Bevy's FreeCamera. The first three are orbits, so that a change of mode
//! interpolates between two orbits.

use super::mode::CameraMode;
use super::pose::{FIELD_OF_VIEW, HOME_PITCH, MIN_PITCH, Orbit, TOP_PITCH};
use bevy::ecs::resource::Resource;
use bevy::math::{Quat, Vec2, Vec3};

/// Duration of a change of camera, in seconds.
const TRANSITION: f32 = 0.4;
/// Time constant with which a following camera catches up, in seconds.
const FOLLOW_LAG: f32 = 0.25;
/// Radians that the camera rotates per logical pixel of a drag.
const TURN_PER_PIXEL: f32 = 0.006;
/// Magnification per notch of the wheel.
const ZOOM_PER_NOTCH: f32 = 1.15;
/// Smallest distance from the target, in units.
const MIN_DISTANCE: f32 = 2.0;
/// Greatest distance, in multiples of that of the home view.
const MAX_HOME_DISTANCES: f32 = 3.0;
/// Distances for following an agent and for looking at a cell, in units, and the pitch for following, in radians.
const FOLLOW_DISTANCE: f32 = 9.0;
const CLOSE_DISTANCE: f32 = 7.0;
const FOLLOW_PITCH: f32 = 0.85;

/// What the camera can look at.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CameraTargets {
    /// Centre of all clusters, and half their width and depth.
    pub extent: (Vec3, Vec2),
    /// Where the agent in focus is.
    pub agent: Vec3,
    /// Width over height of the viewport.
    pub aspect: f32,
    /// Height of the viewport, in logical pixels.
    pub height: f32,
}

impl CameraTargets {
    fn home(&self, pitch: f32) -> Orbit {
        Orbit::home(self.extent.0, self.extent.1, pitch, self.aspect)
    }
}

/// State of the camera: its mode, where it is, and where it moves to.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct CameraRig {
    mode: CameraMode,
    /// Current orbit.
    now: Orbit,
    /// Orbit that it moves to.
    goal: Orbit,
    /// Orbit that it moves from.
    from: Orbit,
    /// Seconds since the movement began.
    elapsed: f32,
    /// The home view, for as long as nobody steers away from it.
    home: Option<Orbit>,
    /// A mode that was requested and not yet set.
    requested_mode: Option<CameraMode>,
}

impl Default for CameraRig {
    fn default() -> Self {
        Self::new(CameraMode::default())
    }
}

impl CameraRig {
    /// A camera before its first frame.
    pub fn new(mode: CameraMode) -> Self {
        let nowhere = Orbit { target: Vec3::ZERO, yaw: 0.0, pitch: HOME_PITCH, distance: 10.0 };
        Self { mode, now: nowhere, goal: nowhere, from: nowhere, elapsed: TRANSITION, home: None, requested_mode: None }
    }

    /// The current mode.
    pub fn mode(&self) -> CameraMode {
        self.mode
    }

    /// Requests a mode, which the next frame sets.
    pub fn request_mode(&mut self, mode: CameraMode) {
        self.requested_mode = Some(mode);
    }

    /// Takes the requested mode.
    pub(super) fn take_requested_mode(&mut self) -> Option<CameraMode> {
        self.requested_mode.take()
    }

    /// The current orbit.
    pub(super) fn orbit(&self) -> Orbit {
        self.now
    }

    /// Whether it has arrived at its goal.
    pub fn is_at_rest(&self) -> bool {
        self.mode == CameraMode::Fly
            || (self.elapsed >= TRANSITION && self.now.target.distance(self.goal.target) < 0.01)
    }

    /// Whether it shows the home view.
    pub(super) fn is_home(&self) -> bool {
        self.home == Some(self.goal) || self.home.is_none()
    }

    /// Translates everything, as the clusters move.
    pub(in crate::view) fn shift(&mut self, by: Vec3) {
        let home = self.home.as_mut().map(|home| &mut home.target);
        for target in [&mut self.now.target, &mut self.goal.target, &mut self.from.target].into_iter().chain(home) {
            *target += by;
        }
    }

    fn start_towards(&mut self, goal: Orbit) {
        (self.from, self.goal, self.elapsed) = (self.now, goal, 0.0);
    }

    /// Moves to the home view, at once or smoothly.
    pub(super) fn go_home(&mut self, targets: &CameraTargets, at_once: bool) {
        let goal = match self.mode {
            CameraMode::Top => targets.home(TOP_PITCH),
            CameraMode::Follow => self.follow_orbit(targets),
            CameraMode::Orbit | CameraMode::Fly => targets.home(HOME_PITCH),
        };
        self.home = Some(goal);
        self.start_towards(goal);
        if at_once {
            (self.now, self.elapsed) = (goal, TRANSITION);
        }
    }

    fn follow_orbit(&self, targets: &CameraTargets) -> Orbit {
        let distance = FOLLOW_DISTANCE.min(0.8 * targets.home(HOME_PITCH).distance);
        Orbit { target: targets.agent, yaw: 0.0, pitch: FOLLOW_PITCH, distance }
    }

    /// Sets the mode. A camera that flew starts from `free_orbit`.
    pub(super) fn set_mode(&mut self, mode: CameraMode, free_orbit: Option<Orbit>, targets: &CameraTargets) {
        if let Some(free_orbit) = free_orbit.filter(|_| self.mode == CameraMode::Fly) {
            self.now = free_orbit;
        }
        self.mode = mode;
        if mode == CameraMode::Fly {
            (self.goal, self.elapsed, self.home) = (self.now, TRANSITION, Some(self.now));
        } else {
            self.go_home(targets, false);
        }
    }

    /// Moves smoothly to look at a point.
    pub(super) fn look_at(&mut self, point: Vec3, free_orbit: Option<Orbit>) {
        if let Some(free_orbit) = free_orbit.filter(|_| self.mode == CameraMode::Fly) {
            self.now = free_orbit;
        }
        if matches!(self.mode, CameraMode::Fly | CameraMode::Follow) {
            self.mode = CameraMode::Orbit;
        }
        let (pitch, distance) = (self.goal.pitch.max(0.6), self.goal.distance.min(CLOSE_DISTANCE));
        self.start_towards(Orbit { target: point, pitch, distance, ..self.now });
    }

    /// Ends a movement where it is: steering by hand takes precedence.
    fn halt(&mut self) {
        (self.goal, self.elapsed) = (self.now, TRANSITION);
    }

    /// Rotates by a drag, in logical pixels.
    pub(super) fn turn(&mut self, drag: Vec2) {
        self.halt();
        self.goal.yaw -= TURN_PER_PIXEL * drag.x;
        if self.mode != CameraMode::Top {
            self.goal.pitch = (self.goal.pitch + TURN_PER_PIXEL * drag.y).clamp(MIN_PITCH, TOP_PITCH);
        }
        self.now = self.goal;
    }

    /// Pans by a drag, in logical pixels, within the wall.
    pub(super) fn pan(&mut self, drag: Vec2, targets: &CameraTargets) {
        self.halt();
        let per_pixel = 2.0 * (FIELD_OF_VIEW / 2.0).tan() * self.goal.distance / targets.height.max(1.0);
        let along = Vec3::new(-drag.x, 0.0, -drag.y / self.goal.pitch.sin().max(0.2)) * per_pixel;
        let (middle, half) = targets.extent;
        let half = Vec3::new(half.x, 0.0, half.y);
        let target = self.goal.target + Quat::from_rotation_y(self.goal.yaw) * along;
        self.goal.target = target.clamp(middle - half, middle + half).with_y(0.0);
        self.now = self.goal;
    }

    /// Zooms in by this many notches of the wheel.
    pub(super) fn zoom(&mut self, notches: f32, targets: &CameraTargets) {
        self.halt();
        let farthest = MAX_HOME_DISTANCES * targets.home(HOME_PITCH).distance;
        self.goal.distance =
            (self.goal.distance * ZOOM_PER_NOTCH.powf(-notches)).clamp(MIN_DISTANCE, farthest.max(MIN_DISTANCE));
        self.now = self.goal;
    }

    /// Advances by this many seconds.
    pub(super) fn advance(&mut self, seconds: f32, targets: &CameraTargets) {
        if self.mode == CameraMode::Follow {
            self.goal.target = targets.agent.with_y(0.0);
        }
        if self.elapsed < TRANSITION {
            self.elapsed += seconds;
            let share = (self.elapsed / TRANSITION).min(1.0);
            self.now = self.from.interpolate(&self.goal, share * share * (3.0 - 2.0 * share));
        } else {
            // The target lags a little, so that a jump over the edge is no jerk.
            let left = (self.now.target - self.goal.target) * (-seconds / FOLLOW_LAG).exp();
            let left = if left.length() < 0.004 { Vec3::ZERO } else { left };
            self.now = Orbit { target: self.goal.target + left, ..self.goal };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets() -> CameraTargets {
        let agent = Vec3::new(1.5, 0.3, -0.5);
        CameraTargets { extent: (Vec3::ZERO, Vec2::splat(3.1)), agent, aspect: 1.0, height: 700.0 }
    }

    fn at_home(mode: CameraMode) -> CameraRig {
        let mut rig = CameraRig::new(mode);
        rig.go_home(&targets(), true);
        rig
    }

    #[test]
    fn a_change_of_camera_is_smooth_and_arrives() {
        let mut rig = at_home(CameraMode::Orbit);
        let before = rig.orbit();
        rig.set_mode(CameraMode::Top, None, &targets());
        rig.advance(0.02, &targets());
        assert!((rig.orbit().pitch - before.pitch).abs() < 0.05 && !rig.is_at_rest());
        (0..30).for_each(|_| rig.advance(0.02, &targets()));
        assert!(rig.is_at_rest() && rig.is_home());
        assert_eq!(rig.orbit(), targets().home(TOP_PITCH));
    }

    #[test]
    fn steering_by_hand_ends_a_movement() {
        let mut rig = at_home(CameraMode::Orbit);
        rig.set_mode(CameraMode::Top, None, &targets());
        rig.advance(0.2, &targets());
        let halfway = rig.orbit();
        rig.zoom(1.0, &targets());
        rig.advance(5.0, &targets());
        assert_eq!(rig.orbit().pitch, halfway.pitch);
        assert!(!rig.is_home());
    }

    #[test]
    fn a_following_camera_lags_behind_the_agent() {
        let mut rig = at_home(CameraMode::Follow);
        assert_eq!(rig.orbit().target.x, 1.5);
        let beyond = CameraTargets { agent: Vec3::new(-2.5, 0.2, -0.5), ..targets() };
        rig.advance(0.05, &beyond);
        let lagging = rig.orbit().target.x;
        assert!((-2.4..1.4).contains(&lagging), "{lagging}");
        (0..60).for_each(|_| rig.advance(0.05, &beyond));
        assert_eq!(rig.orbit().target, Vec3::new(-2.5, 0.0, -0.5));
        assert!(rig.is_at_rest());
    }

    #[test]
    fn the_camera_stays_near_the_clusters_and_above_the_ground() {
        let mut rig = at_home(CameraMode::Orbit);
        rig.turn(Vec2::new(0.0, -10_000.0));
        assert_eq!(rig.orbit().pitch, MIN_PITCH);
        rig.pan(Vec2::splat(1e6), &targets());
        assert!(rig.orbit().target.abs().max_element() <= 3.1);
        rig.zoom(1000.0, &targets());
        assert_eq!(rig.orbit().distance, MIN_DISTANCE);
        rig.zoom(-1000.0, &targets());
        assert_eq!(rig.orbit().distance, MAX_HOME_DISTANCES * targets().home(HOME_PITCH).distance);
    }

    #[test]
    fn a_camera_that_flew_starts_from_where_it_is() {
        let mut rig = at_home(CameraMode::Orbit);
        rig.set_mode(CameraMode::Fly, None, &targets());
        let free_orbit = Orbit { target: Vec3::X, yaw: 1.0, pitch: 0.5, distance: 5.0 };
        rig.set_mode(CameraMode::Orbit, Some(free_orbit), &targets());
        assert_eq!(rig.orbit(), free_orbit);
        rig.look_at(Vec3::Z, None);
        (0..30).for_each(|_| rig.advance(0.05, &targets()));
        assert_eq!((rig.orbit().target, rig.orbit().distance), (Vec3::Z, CLOSE_DISTANCE));
    }
}
