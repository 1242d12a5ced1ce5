//! The overlay: egui panels over the scene, one file each (feature `visual`).
//!
//! Owns what is drawn in two dimensions and the keyboard shortcuts. It reads the simulation, changes its pace, and asks
//! for everything else through commands, which are applied between two ticks and recorded. Ranges, units and tooltips
//! come from the settings tree.

mod accessibility;
mod bar;
mod caption;
mod card;
mod chaos;
mod chart;
mod compare;
mod decision;
mod dialog;
mod drive;
mod hands;
mod help;
mod idle;
mod keys;
mod layout;
mod legend;
mod log;
mod memory;
mod names;
mod persistence;
mod recording;
mod risk;
mod run_control;
mod scenario;
mod settings;
#[cfg(test)]
mod tests;
mod timeline;
mod tuning;
mod widgets;

use crate::simulation::{
    ActiveLearner, ActiveSettings, ChartHistory, ClusterOrder, CommandQueue, ComparedPolicy, Decision, EventLog,
    Forecast, Frame, FrameHistory, NetworkInputs, Pace, PilotInputs, Playback, ProphetInputs, RunStats, RunWriter,
};
use crate::view::{ColourMode, PictureRequest, Playhead, Rig, SceneArea, ViewSystems};
use bevy::app::{App, Last, PreStartup, PreUpdate, Update};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{
    DetectChangesMut, Entity, IntoScheduleConfigs, Local, MessageWriter, Query, Res, ResMut, Resource,
};
use bevy::ecs::system::SystemParam;
use bevy::winit::WinitSettings;
use bevy_egui::egui::Ui;
use bevy_egui::{EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};
use dialog::FileDialogs;
use layout::{Layout, section};
use widgets::SettingSpecs;

/// Whether a section is open until somebody folds or unfolds it.
const OPEN: bool = true;
/// See [`OPEN`].
const FOLDED: bool = false;

/// What people have typed and not sent yet, and what is unfolded.
#[derive(Resource, Debug, Default)]
pub(crate) struct PanelStates {
    chart: chart::PanelState,
    decision: decision::PanelState,
    log: log::PanelState,
    scenario: scenario::PanelState,
    compare: compare::PanelState,
    settings: settings::PanelState,
    tuning: tuning::PanelState,
    persistence: persistence::PanelState,
    help: bool,
}

/// What the panels read.
#[derive(SystemParam)]
struct PanelFacts<'w, 's> {
    settings: Res<'w, ActiveSettings>,
    stats: Res<'w, RunStats>,
    learner: Res<'w, ActiveLearner>,
    history: Res<'w, ChartHistory>,
    log: Res<'w, EventLog>,
    run_writer: Res<'w, RunWriter>,
    cluster_order: Res<'w, ClusterOrder>,
    specs: Res<'w, SettingSpecs>,
    agents: Query<'w, 's, (&'static Forecast, &'static Decision, &'static PilotInputs, &'static ProphetInputs)>,
    frame_histories: Query<'w, 's, &'static FrameHistory>,
    contenders: Query<'w, 's, &'static ComparedPolicy>,
    /// What is shown in the place of a run, if something is.
    recording: Option<Res<'w, Playback>>,
    /// Where people looked when the frame began.
    playhead: Local<'s, Playhead>,
}

impl PanelFacts<'_, '_> {
    /// Cluster and agent in focus.
    fn entities(&self) -> Option<(Entity, Entity)> {
        self.cluster_order.0.get(self.playhead.cluster).or(self.cluster_order.0.first()).copied()
    }

    /// Place in the roster of the cluster in focus.
    fn place(&self) -> usize {
        if self.playhead.cluster < self.cluster_order.0.len() { self.playhead.cluster } else { 0 }
    }

    /// The policy that acts in the cluster in focus, where two are compared.
    fn compared(&self) -> Option<&str> {
        self.contenders.get(self.entities()?.0).ok().map(|compared| compared.name.as_str())
    }

    /// The tape of the cluster in focus.
    fn frame_history(&self) -> Option<&FrameHistory> {
        self.frame_histories.get(self.entities()?.0).ok()
    }

    /// Whether the past is looked at.
    fn is_past(&self) -> bool {
        self.playhead.at.is_some()
    }

    /// Number of the frame that is shown.
    fn number(&self) -> Option<u64> {
        let range = self.frame_history()?.range();
        let last = range.end.checked_sub(1)?;
        Some(self.playhead.at.map_or(last, |at| at.clamp(range.start, last)))
    }

    /// The moment of the past that is looked at, if it is.
    fn frame(&self) -> Option<&Frame> {
        self.playhead.at?;
        self.frame_history()?.get(self.number()?)
    }

    /// The number of the frame right after this tick in the cluster in focus, if it is kept.
    fn frame_of(&self, tick: u64) -> Option<u64> {
        let frame_history = self.frame_history()?;
        let range = frame_history.range();
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            match frame_history.get(middle)?.tick < tick {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        frame_history.get(low).filter(|frame| frame.tick == tick).map(|_| low)
    }

    /// Forecast and decision of the agent that is shown, at the moment that is shown.
    fn agent(&self) -> Option<(&Forecast, &Decision)> {
        match self.frame() {
            Some(frame) => frame.forecast_and_decision(),
            None => self.agents.get(self.entities()?.1).ok().map(|(forecast, decision, ..)| (forecast, decision)),
        }
    }

    /// What the agent that is shown was given at the moment that is shown, where that is known.
    fn network_inputs(&self) -> Option<NetworkInputs> {
        if self.is_past() {
            return self.frame_history()?.network_inputs(self.number()?).copied();
        }
        let (.., pilot_inputs, prophet_inputs) = self.agents.get(self.entities()?.1).ok()?;
        Some(NetworkInputs { pilot_input: pilot_inputs.now, prophet_input: prophet_inputs.prophet_input })
    }
}

/// What the panels may change.
#[derive(SystemParam)]
struct Controls<'w> {
    pace: ResMut<'w, Pace>,
    commands: ResMut<'w, CommandQueue>,
    pictures: MessageWriter<'w, PictureRequest>,
    timeline: ResMut<'w, timeline::Timeline>,
    mode: ResMut<'w, ColourMode>,
    rig: ResMut<'w, Rig>,
    playhead: ResMut<'w, Playhead>,
    dialogs: ResMut<'w, FileDialogs>,
}

/// Adds the overlay to an app with the scene.
pub fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default());
    // The scene's plugin spawns the overlay's camera.
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;
    app.init_resource::<Layout>().init_resource::<memory::LayoutFile>();
    app.add_systems(PreStartup, memory::pilot_inputs);
    // winit's own plugin brings it too; without a window nothing reads it.
    app.init_resource::<WinitSettings>();
    app.add_systems(Last, (memory::keep, idle::pace));
    app.init_resource::<FileDialogs>().add_systems(Update, dialog::hear);
    app.init_resource::<PanelStates>()
        .init_resource::<SettingSpecs>()
        .init_resource::<ChartHistory>()
        .init_resource::<EventLog>();
    app.init_resource::<timeline::Timeline>();
    app.add_systems(PreUpdate, idle::hush.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass));
    app.add_systems(PreUpdate, (keys::listen, timeline::obey).chain().after(EguiPreUpdateSet::BeginPass));
    app.add_systems(Update, timeline::follow.after(ViewSystems));
    app.add_systems(EguiPrimaryContextPass, (layout::rescale, show, names::show, caption::show).chain());
    hands::plugin(app);
    message::plugin(app);
    app.add_systems(Update, widgets::style.run_if(bevy::ecs::schedule::common_conditions::run_once).after(ViewSystems));
}

/// Makes the window play the recording in its world instead of a run.
pub(crate) fn play_recording(app: &mut App) {
    app.add_systems(Update, timeline::play.before(ViewSystems));
}

/// The panel on the left: what people do. A recording can only be looked at.
fn left(ui: &mut Ui, layout: &mut Layout, facts: &PanelFacts, controls: &mut Controls, panels: &mut PanelStates) {
    if facts.recording.is_some() {
        section(ui, layout, "Recording", OPEN, |ui| recording::show(ui, facts, controls));
        section(ui, layout, "Legend", OPEN, |ui| legend::show(ui, controls));
        return;
    }
    section(ui, layout, "Run", OPEN, |ui| run_control::show(ui, facts, controls));
    section(ui, layout, "Scenario", OPEN, |ui| scenario::show(ui, facts, controls, &mut panels.scenario));
    section(ui, layout, "Compare", FOLDED, |ui| compare::show(ui, facts, controls, &mut panels.compare));
    section(ui, layout, "Tuning", OPEN, |ui| tuning::show(ui, facts, controls, &mut panels.tuning));
    section(ui, layout, "Settings", FOLDED, |ui| settings::show(ui, facts, controls, &mut panels.settings));
    section(ui, layout, "Save and load", OPEN, |ui| persistence::show(ui, facts, controls, &mut panels.persistence));
    section(ui, layout, "Legend", FOLDED, |ui| legend::show(ui, controls));
}

/// The panel on the right: what there is to see.
fn right(ui: &mut Ui, layout: &mut Layout, facts: &PanelFacts, controls: &mut Controls, panels: &mut PanelStates) {
    section(ui, layout, "Prophet", OPEN, |ui| risk::show(ui, facts));
    section(ui, layout, "Decision", FOLDED, |ui| decision::show(ui, facts, &mut panels.decision));
    section(ui, layout, "Charts", OPEN, |ui| chart::show(ui, facts, &mut panels.chart));
    section(ui, layout, "Events", OPEN, |ui| log::show(ui, facts, controls, &mut panels.log));
}

/// The strip at the bottom: time.
fn strip(ui: &mut Ui, facts: &PanelFacts, controls: &mut Controls) {
    timeline::show(ui, &mut controls.timeline);
    log::show_latest(ui, facts, controls);
}

fn show(
    mut contexts: EguiContexts,
    mut facts: PanelFacts,
    mut controls: Controls,
    mut panels: ResMut<PanelStates>,
    mut layout: ResMut<Layout>,
    (mut area, mut control_state): (ResMut<SceneArea>, ResMut<hands::ControlState>),
) -> Result {
    *facts.playhead = *controls.playhead;
    let context = contexts.ctx_mut()?.clone();
    let window = context.viewport_rect();
    let mut new = layout.clone();
    let mut free = window;
    if !new.bare {
        free = layout::bar(&context, free, |ui| bar::show(ui, &mut new, &mut controls, &mut panels.help));
    }
    if !new.bare && new.strip {
        free = layout::strip(&context, free, |ui| strip(ui, &facts, &mut controls));
    }
    let [left_width, right_width] = new.widths(window.size(), free.height());
    if let Some(width) = left_width {
        let mut side = new.left;
        free = layout::side(&context, free, true, width, &mut side, |ui| {
            left(ui, &mut new, &facts, &mut controls, &mut panels);
        });
        new.left.width = side.width;
    }
    if let Some(width) = right_width {
        let mut side = new.right;
        free = layout::side(&context, free, false, width, &mut side, |ui| {
            right(ui, &mut new, &facts, &mut controls, &mut panels);
        });
        new.right.width = side.width;
    }
    help::show(&context, &mut panels.help);
    risk::warn(&context, &facts, free);
    let free = layout::scene(
        control_state.above(free, if new.bare { 0.0 } else { caption::HEIGHT }),
        context.pixels_per_point(),
    );
    if *area != free {
        *area = free;
    }
    layout.set_if_neq(new);
    Ok(())
}
