//! The cameras: a circling one, one from straight above, one that follows the agent, and Bevy's FreeCamera. The first three
//! are orbits, so that a change from one to another is a way between two orbits.

use super::mode::CameraMode;
use super::pose::{FIELD_OF_VIEW, FLATTEST, Orbit, PITCH, STEEPEST};
use bevy::ecs::resource::Resource;
use bevy::math::{Quat, Vec2, Vec3};

/// Seconds that a change of camera takes.
const EASE: f32 = 0.4;
/// Seconds in which a camera that follows has come near for the most part.
const INERTIA: f32 = 0.25;
/// Radians that a drag turns the camera per logical pixel.
const TURN: f32 = 0.006;
/// What a notch of the wheel magnifies.
const ZOOM: f32 = 1.15;
/// The nearest that a camera may come, in units.
const NEAREST: f32 = 2.0;
/// How far beyond home it may go.
const FARTHEST: f32 = 3.0;
/// Distances from which an agent is followed and a cell is looked at, in units, and the angle.
const FOLLOWING: f32 = 9.0;
const CLOSE: f32 = 7.0;
const FOLLOWING_PITCH: f32 = 0.85;

/// What there is to look at.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CameraTargets {
    /// Middle of all clusters, and half their width and depth.
    pub reach: (Vec3, Vec2),
    /// Where the agent in focus is.
    pub agent: Vec3,
    /// Width over height of the picture.
    pub aspect: f32,
    /// Height of the picture in logical pixels.
    pub height: f32,
}

impl CameraTargets {
    fn home(&self, pitch: f32) -> Orbit {
        Orbit::home(self.reach.0, self.reach.1, pitch, self.aspect)
    }
}

/// The camera's state.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Rig {
    mode: CameraMode,
    /// Where it is.
    now: Orbit,
    /// Where it goes.
    goal: Orbit,
    /// Where it came from.
    from: Orbit,
    /// Seconds since it set out.
    under_way: f32,
    /// Where it was sent to see everything, for as long as nobody steers it elsewhere.
    home: Option<Orbit>,
    /// The way of looking that was asked for and not taken yet.
    asked: Option<CameraMode>,
}

impl Default for Rig {
    fn default() -> Self {
        Self::new(CameraMode::default())
    }
}

impl Rig {
    /// A camera that has seen nothing yet.
    pub fn new(mode: CameraMode) -> Self {
        let nowhere = Orbit { target: Vec3::ZERO, yaw: 0.0, pitch: PITCH, distance: 10.0 };
        Self { mode, now: nowhere, goal: nowhere, from: nowhere, under_way: EASE, home: None, asked: None }
    }

    /// The way of looking.
    pub fn mode(&self) -> CameraMode {
        self.mode
    }

    /// Asks for another way of looking, which the next frame sets out for.
    pub fn ask(&mut self, mode: CameraMode) {
        self.asked = Some(mode);
    }

    /// The way of looking that was asked for since the last frame.
    pub(super) fn take_asked(&mut self) -> Option<CameraMode> {
        self.asked.take()
    }

    /// Where the camera is.
    pub(super) fn orbit(&self) -> Orbit {
        self.now
    }

    /// Whether it has arrived where it was sent.
    pub fn is_at_rest(&self) -> bool {
        self.mode == CameraMode::Fly || (self.under_way >= EASE && self.now.target.distance(self.goal.target) < 0.01)
    }

    /// Whether nobody has steered it away from where it sees everything.
    pub(super) fn is_home(&self) -> bool {
        self.home == Some(self.goal) || self.home.is_none()
    }

    /// Moves everything along with the clusters.
    pub(in crate::view) fn shift(&mut self, by: Vec3) {
        let home = self.home.as_mut().map(|home| &mut home.target);
        for target in [&mut self.now.target, &mut self.goal.target, &mut self.from.target].into_iter().chain(home) {
            *target += by;
        }
    }

    fn set_out(&mut self, goal: Orbit) {
        (self.from, self.goal, self.under_way) = (self.now, goal, 0.0);
    }

    /// Looks at everything there is, at once or on a smooth way.
    pub(super) fn go_home(&mut self, sights: &CameraTargets, at_once: bool) {
        let goal = match self.mode {
            CameraMode::Top => sights.home(STEEPEST),
            CameraMode::Follow => self.following(sights),
            CameraMode::Orbit | CameraMode::Fly => sights.home(PITCH),
        };
        self.home = Some(goal);
        self.set_out(goal);
        if at_once {
            (self.now, self.under_way) = (goal, EASE);
        }
    }

    fn following(&self, sights: &CameraTargets) -> Orbit {
        let distance = FOLLOWING.min(0.8 * sights.home(PITCH).distance);
        Orbit { target: sights.agent, yaw: 0.0, pitch: FOLLOWING_PITCH, distance }
    }

    /// Changes the way of looking. A camera that flew sets out from where it is.
    pub(super) fn choose(&mut self, mode: CameraMode, flown: Option<Orbit>, sights: &CameraTargets) {
        if let Some(flown) = flown.filter(|_| self.mode == CameraMode::Fly) {
            self.now = flown;
        }
        self.mode = mode;
        if mode == CameraMode::Fly {
            (self.goal, self.under_way, self.home) = (self.now, EASE, Some(self.now));
        } else {
            self.go_home(sights, false);
        }
    }

    /// Looks at one place, on a smooth way.
    pub(super) fn look_at(&mut self, place: Vec3, flown: Option<Orbit>) {
        if let Some(flown) = flown.filter(|_| self.mode == CameraMode::Fly) {
            self.now = flown;
        }
        if matches!(self.mode, CameraMode::Fly | CameraMode::Follow) {
            self.mode = CameraMode::Orbit;
        }
        let (pitch, distance) = (self.goal.pitch.max(0.6), self.goal.distance.min(CLOSE));
        self.set_out(Orbit { target: place, pitch, distance, ..self.now });
    }

    /// Where it stands is where it wants to be: a hand on the mouse ends every way.
    fn halt(&mut self) {
        (self.goal, self.under_way) = (self.now, EASE);
    }

    /// Turns by a drag of so many logical pixels.
    pub(super) fn turn(&mut self, drag: Vec2) {
        self.halt();
        self.goal.yaw -= TURN * drag.x;
        if self.mode != CameraMode::Top {
            self.goal.pitch = (self.goal.pitch + TURN * drag.y).clamp(FLATTEST, STEEPEST);
        }
        self.now = self.goal;
    }

    /// Moves what is looked at along with a drag of so many logical pixels, within the wall.
    pub(super) fn pan(&mut self, drag: Vec2, sights: &CameraTargets) {
        self.halt();
        let per_pixel = 2.0 * (FIELD_OF_VIEW / 2.0).tan() * self.goal.distance / sights.height.max(1.0);
        let along = Vec3::new(-drag.x, 0.0, -drag.y / self.goal.pitch.sin().max(0.2)) * per_pixel;
        let (middle, half) = sights.reach;
        let half = Vec3::new(half.x, 0.0, half.y);
        let target = self.goal.target + Quat::from_rotation_y(self.goal.yaw) * along;
        self.goal.target = target.clamp(middle - half, middle + half).with_y(0.0);
        self.now = self.goal;
    }

    /// Comes nearer by so many notches of the wheel.
    pub(super) fn zoom(&mut self, notches: f32, sights: &CameraTargets) {
        self.halt();
        let farthest = FARTHEST * sights.home(PITCH).distance;
        self.goal.distance = (self.goal.distance * ZOOM.powf(-notches)).clamp(NEAREST, farthest.max(NEAREST));
        self.now = self.goal;
    }

    /// Goes on for so many seconds.
    pub(super) fn advance(&mut self, seconds: f32, sights: &CameraTargets) {
        if self.mode == CameraMode::Follow {
            self.goal.target = sights.agent.with_y(0.0);
        }
        if self.under_way < EASE {
            self.under_way += seconds;
            let share = (self.under_way / EASE).min(1.0);
            self.now = self.from.towards(&self.goal, share * share * (3.0 - 2.0 * share));
        } else {
            // What follows lags a little behind, so that a jump over the edge is no jerk.
            let left = (self.now.target - self.goal.target) * (-seconds / INERTIA).exp();
            let left = if left.length() < 0.004 { Vec3::ZERO } else { left };
            self.now = Orbit { target: self.goal.target + left, ..self.goal };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sights() -> CameraTargets {
        let agent = Vec3::new(1.5, 0.3, -0.5);
        CameraTargets { reach: (Vec3::ZERO, Vec2::splat(3.1)), agent, aspect: 1.0, height: 700.0 }
    }

    fn at_home(mode: CameraMode) -> Rig {
        let mut rig = Rig::new(mode);
        rig.go_home(&sights(), true);
        rig
    }

    #[test]
    fn a_change_of_camera_is_smooth_and_arrives() {
        let mut rig = at_home(CameraMode::Orbit);
        let before = rig.orbit();
        rig.choose(CameraMode::Top, None, &sights());
        rig.advance(0.02, &sights());
        assert!((rig.orbit().pitch - before.pitch).abs() < 0.05 && !rig.is_at_rest());
        (0..30).for_each(|_| rig.advance(0.02, &sights()));
        assert!(rig.is_at_rest() && rig.is_home());
        assert_eq!(rig.orbit(), sights().home(STEEPEST));
    }

    #[test]
    fn a_hand_on_the_mouse_ends_the_way() {
        let mut rig = at_home(CameraMode::Orbit);
        rig.choose(CameraMode::Top, None, &sights());
        rig.advance(0.2, &sights());
        let halfway = rig.orbit();
        rig.zoom(1.0, &sights());
        rig.advance(5.0, &sights());
        assert_eq!(rig.orbit().pitch, halfway.pitch);
        assert!(!rig.is_home());
    }

    #[test]
    fn it_follows_the_agent_and_lags_behind() {
        let mut rig = at_home(CameraMode::Follow);
        assert_eq!(rig.orbit().target.x, 1.5);
        let beyond = CameraTargets { agent: Vec3::new(-2.5, 0.2, -0.5), ..sights() };
        rig.advance(0.05, &beyond);
        let lagging = rig.orbit().target.x;
        assert!((-2.4..1.4).contains(&lagging), "{lagging}");
        (0..60).for_each(|_| rig.advance(0.05, &beyond));
        assert_eq!(rig.orbit().target, Vec3::new(-2.5, 0.0, -0.5));
        assert!(rig.is_at_rest());
    }

    #[test]
    fn it_stays_near_the_clusters_and_above_the_ground() {
        let mut rig = at_home(CameraMode::Orbit);
        rig.turn(Vec2::new(0.0, -10_000.0));
        assert_eq!(rig.orbit().pitch, FLATTEST);
        rig.pan(Vec2::splat(1e6), &sights());
        assert!(rig.orbit().target.abs().max_element() <= 3.1);
        rig.zoom(1000.0, &sights());
        assert_eq!(rig.orbit().distance, NEAREST);
        rig.zoom(-1000.0, &sights());
        assert_eq!(rig.orbit().distance, FARTHEST * sights().home(PITCH).distance);
    }

    #[test]
    fn a_camera_that_flew_sets_out_from_where_it_is() {
        let mut rig = at_home(CameraMode::Orbit);
        rig.choose(CameraMode::Fly, None, &sights());
        let flown = Orbit { target: Vec3::X, yaw: 1.0, pitch: 0.5, distance: 5.0 };
        rig.choose(CameraMode::Orbit, Some(flown), &sights());
        assert_eq!(rig.orbit(), flown);
        rig.look_at(Vec3::Z, None);
        (0..30).for_each(|_| rig.advance(0.05, &sights()));
        assert_eq!((rig.orbit().target, rig.orbit().distance), (Vec3::Z, CLOSE));
    }
}
