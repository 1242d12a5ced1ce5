//! The overlay: egui panels over the scene, one file each (feature `visual`).
//!
//! Owns everything drawn in two dimensions. It reads the simulation, changes its pace, and asks for everything else
//! through commands, which are applied between two ticks and recorded. Ranges, units and tooltips come from the
//! settings tree.

mod accessibility;
mod bar;
mod caption;
mod card;
mod chart;
mod cluster_labels;
mod compare;
mod decision;
mod dialog;
mod drive;
mod faults;
mod help;
mod interventions;
mod layout;
mod layout_file;
mod legend;
mod log;
mod panel_params;
mod persistence;
mod recording;
mod redraw;
mod risk;
mod run_control;
mod scenario;
mod scene_controls;
mod settings;
mod shortcuts;
mod survival_curve;
#[cfg(test)]
mod tests;
mod timeline;
mod tuning;
mod widgets;

use crate::simulation::{ChartHistory, EventLog, ManualControl};
use crate::view::{KeySystems, SceneArea, ViewSystems};
use bevy::app::{App, Last, PreStartup, PreUpdate, Update};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{DetectChangesMut, IntoScheduleConfigs, ResMut, Resource};
use bevy::ecs::schedule::common_conditions::{resource_exists, run_once};
use bevy::winit::WinitSettings;
use bevy_egui::egui::Ui;
use bevy_egui::{EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};
use dialog::FileDialogs;
use help::Help;
use layout::{Layout, section};
use panel_params::{PanelControls, PanelData};
use scene_controls::SceneControlState;
use widgets::SettingSpecs;

/// A section that is open by default.
const OPEN: bool = true;
/// A section that is folded by default.
const FOLDED: bool = false;

/// State of the panels: filters, and input that has not been sent.
#[derive(Resource, Debug, Default)]
pub(crate) struct PanelStates {
    chart: chart::ChartPanel,
    decision: decision::DecisionPanel,
    log: log::LogPanel,
    scenario: scenario::ScenarioPanel,
    compare: compare::ComparePanel,
    settings: settings::SettingsPanel,
    tuning: tuning::TuningPanel,
    persistence: persistence::PersistencePanel,
}

/// Adds the overlay to an app that has the scene.
pub fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default());
    // The scene's plugin spawns the overlay's camera.
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;
    app.init_resource::<Layout>().init_resource::<layout_file::LayoutFile>();
    app.add_systems(PreStartup, layout_file::load);
    // winit's plugin adds it too; without a window nothing reads it.
    app.init_resource::<WinitSettings>();
    app.add_systems(Last, (layout_file::save, redraw::choose_update_modes));
    app.init_resource::<FileDialogs>().add_systems(Update, dialog::poll);
    app.init_resource::<PanelStates>()
        .init_resource::<SettingSpecs>()
        .init_resource::<ChartHistory>()
        .init_resource::<EventLog>();
    app.init_resource::<timeline::Timeline>().init_resource::<Help>().init_resource::<SceneControlState>();
    app.add_systems(
        PreUpdate,
        redraw::filter_egui_input.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass),
    );
    let read_keys = (
        shortcuts::apply_keys,
        timeline::apply_moves,
        scene_controls::apply_keys.run_if(resource_exists::<ManualControl>),
    )
        .chain();
    app.add_systems(PreUpdate, read_keys.after(KeySystems).after(EguiPreUpdateSet::BeginPass));
    app.add_systems(Update, timeline::track_history.after(ViewSystems));
    app.add_systems(EguiPrimaryContextPass, (layout::rescale, show, cluster_labels::show, caption::show).chain());
    let scene_windows = (card::show, drive::show, compare::show_scoreboard).chain().after(show);
    app.add_systems(EguiPrimaryContextPass, scene_windows.run_if(resource_exists::<ManualControl>));
    accessibility::plugin(app);
    app.add_systems(Update, widgets::set_visuals.run_if(run_once).after(ViewSystems));
}

/// Makes the window show the recording in its world instead of a run.
pub(crate) fn play_recording(app: &mut App) {
    app.add_systems(Update, timeline::advance_recording.before(ViewSystems));
}

/// The left panel: controls. A recording can only be watched.
fn left(ui: &mut Ui, layout: &mut Layout, data: &PanelData, controls: &mut PanelControls, panels: &mut PanelStates) {
    if data.recording.is_some() {
        section(ui, layout, "Recording", OPEN, |ui| recording::show(ui, data, controls));
        section(ui, layout, "Legend", OPEN, |ui| legend::show(ui, controls));
        return;
    }
    section(ui, layout, "Run", OPEN, |ui| run_control::show(ui, data, controls));
    section(ui, layout, "Scenario", OPEN, |ui| scenario::show(ui, data, controls, &mut panels.scenario));
    section(ui, layout, "Compare", FOLDED, |ui| compare::show(ui, data, controls, &mut panels.compare));
    section(ui, layout, "Tuning", OPEN, |ui| tuning::show(ui, data, controls, &mut panels.tuning));
    section(ui, layout, "Settings", FOLDED, |ui| settings::show(ui, data, controls, &mut panels.settings));
    section(ui, layout, "Save and load", OPEN, |ui| persistence::show(ui, data, controls, &mut panels.persistence));
    section(ui, layout, "Legend", FOLDED, |ui| legend::show(ui, controls));
}

/// The right panel: what happens.
fn right(ui: &mut Ui, layout: &mut Layout, data: &PanelData, controls: &mut PanelControls, panels: &mut PanelStates) {
    section(ui, layout, "Prophet", OPEN, |ui| risk::show(ui, data));
    section(ui, layout, "Decision", FOLDED, |ui| decision::show(ui, data, &mut panels.decision));
    section(ui, layout, "Charts", OPEN, |ui| chart::show(ui, data, &mut panels.chart));
    section(ui, layout, "Events", OPEN, |ui| log::show(ui, data, controls, &mut panels.log));
}

/// The strip at the bottom: the timeline.
fn strip(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls) {
    timeline::show(ui, &mut controls.timeline);
    log::show_latest(ui, data, controls);
}

fn show(
    mut contexts: EguiContexts,
    mut data: PanelData,
    mut controls: PanelControls,
    mut panels: ResMut<PanelStates>,
    mut layout: ResMut<Layout>,
    mut help: ResMut<Help>,
    (mut area, mut scene_state): (ResMut<SceneArea>, ResMut<SceneControlState>),
) -> Result {
    *data.playhead = *controls.playhead;
    let context = contexts.ctx_mut()?.clone();
    let window = context.viewport_rect();
    let mut new = layout.clone();
    let mut free = window;
    if !new.bare {
        free = layout::bar(&context, free, |ui| bar::show(ui, &mut new, &mut controls, &mut help.open));
    }
    if !new.bare && new.strip {
        free = layout::strip(&context, free, |ui| strip(ui, &data, &mut controls));
    }
    let [left_width, right_width] = new.widths(window.size(), free.height());
    if let Some(width) = left_width {
        let mut side = new.left;
        free = layout::side(&context, free, true, width, &mut side, |ui| {
            left(ui, &mut new, &data, &mut controls, &mut panels);
        });
        new.left.width = side.width;
    }
    if let Some(width) = right_width {
        let mut side = new.right;
        free = layout::side(&context, free, false, width, &mut side, |ui| {
            right(ui, &mut new, &data, &mut controls, &mut panels);
        });
        new.right.width = side.width;
    }
    help::show(&context, &mut help.open);
    risk::warn(&context, &data, free);
    let free = layout::scene(
        scene_state.scene_area(free, if new.bare { 0.0 } else { caption::HEIGHT }),
        context.pixels_per_point(),
    );
    if *area != free {
        *area = free;
    }
    layout.set_if_neq(new);
    Ok(())
}
