//! What people do by hand: the card of the pinned cell, the wheel of an agent, and the keys for both. Drawn over the
//! scene, at its edges.

use super::faults::{self, FaultStrength};
use super::layout::Layout;
use super::{card, compare, drive};
use crate::cluster::{Action, Intervention};
use crate::simulation::{
    ActiveLearner, ActiveSettings, ClusterOrder, Command, CommandQueue, Guide, LiveCluster, ManualControl, PilotInputs,
    Playback, Scoreboard,
};
use crate::view::{KeyPresses, MainCamera, Picked, Playhead, SceneArea, Shown, ShownMoment};
use bevy::app::{App, PreUpdate};
use bevy::camera::Camera;
use bevy::ecs::prelude::{IntoScheduleConfigs, Query, Res, ResMut, Resource, With};
use bevy::ecs::schedule::common_conditions::resource_exists;
use bevy::ecs::system::SystemParam;
use bevy::input::ButtonInput;
use bevy::input::keyboard::KeyCode;
use bevy::transform::components::GlobalTransform;
use bevy_egui::egui::{Align2, Context, Id, Rect, RichText, Ui, Window, pos2, vec2};
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiPreUpdateSet, EguiPrimaryContextPass};

/// Space around a window at the foot of the scene, in points.
const MARGIN: f32 = 6.0;

/// What people have set on the card and the wheel.
#[derive(Resource, Debug, Default)]
pub(super) struct ControlState {
    pub strengths: FaultStrength,
    /// Whether the wheel tells what the Pilot would do.
    pub hint: bool,
    /// Whether the report of the last drive was shut.
    pub shut: bool,
    /// What it told last, and of which moment.
    pub advice: Option<(ShownMoment, String)>,
    /// The pinned cell, and whether its card stands on the left.
    pub side: Option<(usize, bool)>,
    /// Height of what stands at the foot of the scene, in points: the wheel, or the scoreboard.
    pub foot: f32,
    /// How much of it the scene has made room for.
    pub room: f32,
}

impl ControlState {
    /// What is left of the scene above its caption and what stood at its foot a frame ago: nearly three fifths at least.
    pub fn above(&mut self, scene: Rect, caption: f32) -> Rect {
        self.room = self.foot.min(0.4 * scene.height()) + caption;
        Rect { max: scene.max - vec2(0.0, self.room), ..scene }
    }
}

/// What a hand reaches.
#[derive(SystemParam)]
pub(super) struct ManualControls<'w, 's> {
    pub shown: Shown<'w, 's>,
    pub picked: ResMut<'w, Picked>,
    pub playhead: Res<'w, Playhead>,
    pub cluster_order: Res<'w, ClusterOrder>,
    pub manual_control: Res<'w, ManualControl>,
    pub board: Option<Res<'w, Scoreboard>>,
    pub recording: Option<Res<'w, Playback>>,
    pub settings: Res<'w, ActiveSettings>,
    pub learner: Res<'w, ActiveLearner>,
    pub area: Res<'w, SceneArea>,
    pub layout: Res<'w, Layout>,
    pub control_state: ResMut<'w, ControlState>,
    pub commands: ResMut<'w, CommandQueue>,
    pub lives: Query<'w, 's, &'static LiveCluster>,
    pub stand_ins: Query<'w, 's, (&'static PilotInputs, &'static Guide)>,
    pub camera: Query<'w, 's, (&'static Camera, &'static GlobalTransform), With<MainCamera>>,
}

impl ManualControls<'_, '_> {
    /// Index of the cluster in focus.
    pub fn cluster(&self) -> usize {
        if self.playhead.cluster < self.cluster_order.0.len() { self.playhead.cluster } else { 0 }
    }

    /// Whether the cluster in focus is driven by a person.
    pub fn drives_here(&self) -> bool {
        let focus = self.shown.entities().map(|(cluster, _)| cluster);
        self.manual_control.drive().is_some_and(|drive| Some(drive.cluster()) == focus)
    }

    /// Why nothing can be done to the cells now, if so.
    pub fn hindrance(&self) -> Option<&'static str> {
        if self.recording.is_some() {
            return Some("This is a recording: it can be looked at and not changed");
        }
        if self.shown.is_past() {
            return Some("You look back at the past: come back to the present first");
        }
        let over = self.shown.cluster().is_none_or(|cluster| cluster.outcome().is_over());
        over.then_some("This episode is over: the next one begins with the next tick")
    }

    /// Does it to the cluster in focus.
    pub fn intervene(&mut self, intervention: Intervention) {
        let cluster = self.cluster();
        self.commands.0.push_back(Command::Intervene { cluster, intervention });
    }

    /// Steps of the episode that a contender plays, or has played while it waits.
    pub fn steps(&self, compared: usize, waits: bool) -> String {
        let cluster = self.cluster_order.0.get(compared).map(|(cluster, _)| *cluster);
        let steps = cluster.and_then(|cluster| self.lives.get(cluster).ok()).map(|live| live.0.time());
        let waits = if waits { " (done)" } else { "" };
        steps.map_or_else(String::new, |steps| format!("{steps}{waits}"))
    }

    /// Gives the foot of the scene back where nobody stands there any more.
    pub fn clear_foot(&mut self) {
        let manual = self.manual_control.drive().is_some()
            || (self.manual_control.report().is_some() && !self.control_state.shut);
        if !manual && (self.board.is_none() || self.layout.bare) && self.control_state.foot != 0.0 {
            self.control_state.foot = 0.0;
        }
    }

    /// Shows a window at the foot of the scene, under the clusters.
    pub fn at_foot(&mut self, context: &Context, window: Window, contents: impl FnOnce(&mut Ui, &mut Self)) {
        let scene = scene(&self.area, context);
        let foot = scene.center_bottom() + vec2(0.0, self.control_state.room - MARGIN);
        let shown = window.pivot(Align2::CENTER_BOTTOM).fixed_pos(foot).show(context, |ui| contents(ui, self));
        let height = shown.map_or(0.0, |shown| shown.response.rect.height() + 2.0 * MARGIN);
        if (self.control_state.foot - height).abs() > 0.5 {
            self.control_state.foot = height;
            context.request_repaint();
        }
    }

    /// Takes over the agent in focus, or hands it back.
    pub fn turn(&mut self) {
        let command = match self.manual_control.drive() {
            Some(_) => Command::HandBack,
            None => Command::TakeOver(self.cluster()),
        };
        self.commands.0.push_back(command);
    }
}

/// The keys of the wheel. Arrows and digits are free for others while nobody drives.
const WHEEL: [(KeyCode, Action); 8] = [
    (KeyCode::ArrowUp, Action::Up),
    (KeyCode::ArrowDown, Action::Down),
    (KeyCode::ArrowLeft, Action::Left),
    (KeyCode::ArrowRight, Action::Right),
    (KeyCode::Digit1, Action::FullClean),
    (KeyCode::Digit2, Action::MemoryClean),
    (KeyCode::Digit3, Action::Throttle),
    (KeyCode::Digit4, Action::Scale),
];

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ControlState>();
    app.add_systems(PreUpdate, listen.after(EguiPreUpdateSet::BeginPass).run_if(resource_exists::<ManualControl>));
    let panels = (card::show, drive::show, compare::show_board).chain().after(super::show);
    app.add_systems(EguiPrimaryContextPass, panels.run_if(resource_exists::<ManualControl>));
}

fn listen(
    (keys, key_presses): (Res<ButtonInput<KeyCode>>, Res<KeyPresses>),
    wants: Res<EguiWantsInput>,
    mut hands: ManualControls,
) {
    let control = keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]);
    if control || wants.wants_any_keyboard_input() {
        return;
    }
    if key_presses.of(KeyCode::KeyT) > 0 && !hands.shown.is_past() {
        hands.turn();
    }
    if key_presses.of(KeyCode::KeyI) % 2 == 1 {
        hands.control_state.hint = !hands.control_state.hint;
    }
    if hands.drives_here() && !hands.shown.is_past() {
        let asked = key_presses.all().filter_map(|key| WHEEL.iter().find(|(of, _)| *of == key));
        hands.commands.0.extend(asked.map(|(_, action)| Command::Drive(*action)));
    }
    let (Some(cell), None) = (hands.picked.pinned, hands.hindrance()) else { return };
    let priority = hands.shown.frame().and_then(|frame| frame.priority.get(cell).copied()).unwrap_or(0.0);
    for event in key_presses.all().filter_map(|key| faults::DEEDS.iter().find(|event| event.key == key)) {
        let intervention = (event.make)(&hands.control_state.strengths, cell as u32, priority);
        hands.intervene(intervention);
    }
}

/// The scene's part of the window, in points.
pub(super) fn scene(area: &SceneArea, context: &Context) -> Rect {
    let scale = context.pixels_per_point();
    let corner = area.corner.as_vec2() / scale;
    let size = area.size.as_vec2() / scale;
    Rect::from_min_size(pos2(corner.x, corner.y), [size.x, size.y].into())
}

/// A small window over the scene.
pub(super) fn note(name: &'static str, width: f32) -> Window<'static> {
    let title = RichText::new(name).size(13.0).strong();
    let window = Window::new(title).id(Id::new(name)).resizable(false).collapsible(true).fade_in(false).fade_out(false);
    window.min_width(width).max_width(width)
}
