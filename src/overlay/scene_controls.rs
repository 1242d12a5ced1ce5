//! Controls over the scene: state, parameters and keys of the cell card, the drive window and the scoreboard.

use super::interventions::{FaultStrength, INTERVENTIONS};
use super::layout::{Layout, scene_rect};
use crate::cluster::Intervention;
use crate::simulation::{
    ActiveLearner, ActiveSettings, Command, CommandQueue, Guide, LiveCluster, ManualControl, PilotInputs, Playback,
    Scoreboard,
};
use crate::view::{KeyAction, KeyActions, MainCamera, Picked, SceneArea, Shown, ShownMoment};
use bevy::camera::Camera;
use bevy::ecs::prelude::{Query, Res, ResMut, Resource, With};
use bevy::ecs::system::SystemParam;
use bevy::transform::components::GlobalTransform;
use bevy_egui::egui::{Align2, Context, Rect, Ui, Window, vec2};

/// Space around a window at the foot of the scene, in points.
const MARGIN: f32 = 6.0;

/// State of the windows over the scene.
#[derive(Resource, Debug, Default)]
pub(super) struct SceneControlState {
    pub strengths: FaultStrength,
    /// Whether the Pilot's suggestion is shown.
    pub show_hint: bool,
    /// Whether the report of the last drive was closed.
    pub report_closed: bool,
    /// The latest suggestion, and its moment.
    pub advice: Option<(ShownMoment, String)>,
    /// The pinned cell, and whether its card is on the left.
    pub card_side: Option<(usize, bool)>,
    /// Height of the window at the foot of the scene, in points: drive window or scoreboard.
    pub foot_height: f32,
    /// Height that the scene leaves free for it, in points.
    pub reserved_height: f32,
}

impl SceneControlState {
    /// The scene's area above its caption and the window at its foot, which takes at most two fifths of the height.
    pub fn scene_area(&mut self, scene: Rect, caption: f32) -> Rect {
        self.reserved_height = self.foot_height.min(0.4 * scene.height()) + caption;
        Rect { max: scene.max - vec2(0.0, self.reserved_height), ..scene }
    }
}

/// System parameters of the windows over the scene.
#[derive(SystemParam)]
pub(super) struct SceneControls<'w, 's> {
    pub shown: Shown<'w, 's>,
    pub picked: ResMut<'w, Picked>,
    pub manual_control: Res<'w, ManualControl>,
    pub board: Option<Res<'w, Scoreboard>>,
    pub recording: Option<Res<'w, Playback>>,
    pub settings: Res<'w, ActiveSettings>,
    pub learner: Res<'w, ActiveLearner>,
    pub area: Res<'w, SceneArea>,
    pub layout: Res<'w, Layout>,
    pub state: ResMut<'w, SceneControlState>,
    pub commands: ResMut<'w, CommandQueue>,
    pub clusters: Query<'w, 's, &'static LiveCluster>,
    pub agents: Query<'w, 's, (&'static PilotInputs, &'static Guide)>,
    pub camera: Query<'w, 's, (&'static Camera, &'static GlobalTransform), With<MainCamera>>,
}

impl SceneControls<'_, '_> {
    /// Whether a person drives the cluster in focus.
    pub fn drives_focus(&self) -> bool {
        let focus = self.shown.entities().map(|(cluster, _)| cluster);
        self.manual_control.drive().is_some_and(|drive| Some(drive.cluster()) == focus)
    }

    /// Why interventions are impossible now, if they are.
    pub fn blocked_reason(&self) -> Option<&'static str> {
        if self.recording.is_some() {
            return Some("A recording cannot be changed");
        }
        if self.shown.is_past() {
            return Some("You are looking at the past: return to the present first");
        }
        let over = self.shown.cluster().is_none_or(|cluster| cluster.outcome().is_over());
        over.then_some("This episode is over: the next one begins with the next tick")
    }

    /// Queues an intervention on the cluster in focus.
    pub fn intervene(&mut self, intervention: Intervention) {
        let cluster = self.shown.focus_index();
        self.commands.0.push_back(Command::Intervene { cluster, intervention });
    }

    /// Steps of the current episode of a compared policy, with a note if it waits for the other.
    pub fn steps(&self, index: usize, is_waiting: bool) -> String {
        let cluster = self.shown.entity_of(index);
        let steps = cluster.and_then(|cluster| self.clusters.get(cluster).ok()).map(|live| live.0.time());
        let is_waiting = if is_waiting { " (done)" } else { "" };
        steps.map_or_else(String::new, |steps| format!("{steps}{is_waiting}"))
    }

    /// Releases the space at the foot of the scene once no window is there.
    pub fn release_foot(&mut self) {
        let manual = self.manual_control.drive().is_some()
            || (self.manual_control.report().is_some() && !self.state.report_closed);
        if !manual && (self.board.is_none() || self.layout.bare) && self.state.foot_height != 0.0 {
            self.state.foot_height = 0.0;
        }
    }

    /// Shows a window at the foot of the scene, below the clusters.
    pub fn show_at_foot(&mut self, context: &Context, window: Window, contents: impl FnOnce(&mut Ui, &mut Self)) {
        let scene = scene_rect(&self.area, context);
        let foot = scene.center_bottom() + vec2(0.0, self.state.reserved_height - MARGIN);
        let shown = window.pivot(Align2::CENTER_BOTTOM).fixed_pos(foot).show(context, |ui| contents(ui, self));
        let height = shown.map_or(0.0, |shown| shown.response.rect.height() + 2.0 * MARGIN);
        if (self.state.foot_height - height).abs() > 0.5 {
            self.state.foot_height = height;
            context.request_repaint();
        }
    }

    /// Takes over the agent in focus, or hands it back.
    pub fn toggle_take_over(&mut self) {
        let command = match self.manual_control.drive() {
            Some(_) => Command::HandBack,
            None => Command::TakeOver(self.shown.focus_index()),
        };
        self.commands.0.push_back(command);
    }
}

/// Applies the keys for driving and interventions.
pub(super) fn apply_keys(keys: Res<KeyActions>, mut controls: SceneControls) {
    let mut toggled = false;
    for action in keys.iter() {
        match action {
            KeyAction::TakeOver if !toggled && !controls.shown.is_past() => {
                controls.toggle_take_over();
                toggled = true;
            }
            KeyAction::Hint => controls.state.show_hint = !controls.state.show_hint,
            KeyAction::Drive(action) if controls.drives_focus() && !controls.shown.is_past() => {
                controls.commands.0.push_back(Command::Drive(action));
            }
            _ => {
                let Some(button) = INTERVENTIONS.iter().find(|button| button.key == action) else { continue };
                let (Some(cell), None) = (controls.picked.pinned, controls.blocked_reason()) else { continue };
                let priority =
                    controls.shown.frame().and_then(|frame| frame.priority.get(cell).copied()).unwrap_or(0.0);
                let intervention = (button.make)(&controls.state.strengths, cell as u32, priority);
                controls.intervene(intervention);
            }
        }
    }
}
