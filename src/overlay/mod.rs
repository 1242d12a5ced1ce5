//! The overlay: egui panels over the scene, one file each (feature `visual`).
//!
//! Owns what is drawn in two dimensions and the keyboard shortcuts. It reads the simulation, changes its pace, and asks
//! for everything else through commands, which are applied between two ticks and recorded. Ranges, units and tooltips
//! come from the settings tree.

mod bar;
mod card;
mod chaos;
mod chart;
mod compare;
mod drive;
mod hands;
mod help;
mod keys;
mod layout;
mod legend;
mod log;
mod memory;
mod persistence;
mod risk;
mod run_control;
mod scenario;
mod timeline;
mod tuning;
mod widgets;

use crate::tick::{
    ActiveSettings, CommandQueue, Decision, EventLog, Forecast, History, Journal, Mind, Pace, Roster, Tally, Tape,
};
use crate::view::{ColourMode, PictureRequest, Playhead, SceneArea, ViewSystems};
use bevy::app::{App, Last, PreStartup, PreUpdate, Update};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{DetectChangesMut, IntoScheduleConfigs, MessageWriter, Query, Res, ResMut, Resource};
use bevy::ecs::system::SystemParam;
use bevy_egui::egui::{self, Ui, UiBuilder};
use bevy_egui::{EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};
use layout::{Layout, section};
use widgets::Specs;

/// Whether a section is open until somebody folds or unfolds it.
const OPEN: bool = true;
/// See [`OPEN`].
const FOLDED: bool = false;

/// What people have typed and not sent yet, and what is unfolded.
#[derive(Resource, Debug, Default)]
pub(crate) struct Drafts {
    scenario: scenario::Draft,
    compare: compare::Draft,
    tuning: tuning::Draft,
    persistence: persistence::Draft,
    help: bool,
}

/// What the panels read.
#[derive(SystemParam)]
struct Facts<'w, 's> {
    settings: Res<'w, ActiveSettings>,
    tally: Res<'w, Tally>,
    mind: Res<'w, Mind>,
    history: Res<'w, History>,
    log: Res<'w, EventLog>,
    journal: Res<'w, Journal>,
    roster: Res<'w, Roster>,
    specs: Res<'w, Specs>,
    agents: Query<'w, 's, (&'static Forecast, &'static Decision)>,
    tapes: Query<'w, 's, &'static Tape>,
    playhead: Res<'w, Playhead>,
}

impl Facts<'_, '_> {
    /// Forecast and decision of the agent in focus at the moment that is shown; none where a look back finds a moment
    /// of which they are not known.
    fn agent(&self) -> Option<(&Forecast, &Decision)> {
        let (cluster, agent) = self.roster.0.get(self.playhead.cluster).or(self.roster.0.first())?;
        match self.playhead.at {
            None => self.agents.get(*agent).ok(),
            Some(number) => {
                let tape = self.tapes.get(*cluster).ok()?;
                tape.get(number.max(tape.range().start))?.thoughts()
            }
        }
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
}

/// Adds the overlay to an app with the scene.
pub fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default());
    // The scene's plugin spawns the overlay's camera.
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;
    app.init_resource::<Layout>().init_resource::<memory::LayoutFile>();
    app.add_systems(PreStartup, memory::recall);
    app.add_systems(Last, memory::keep);
    app.init_resource::<Drafts>().init_resource::<Specs>().init_resource::<History>().init_resource::<EventLog>();
    app.init_resource::<timeline::Timeline>();
    app.add_systems(PreUpdate, (keys::listen, timeline::obey).chain().after(EguiPreUpdateSet::BeginPass));
    app.add_systems(Update, timeline::follow.after(ViewSystems));
    app.add_systems(EguiPrimaryContextPass, (layout::rescale, show).chain());
    hands::plugin(app);
    app.add_systems(Update, widgets::style.run_if(bevy::ecs::schedule::common_conditions::run_once).after(ViewSystems));
}

/// Makes the window play the recording in its world instead of a run.
pub(crate) fn play_recording(app: &mut App) {
    app.add_systems(Update, timeline::play.before(ViewSystems));
}

/// The panel on the left: what people do.
fn left(ui: &mut Ui, layout: &mut Layout, facts: &Facts, controls: &mut Controls, drafts: &mut Drafts) {
    section(ui, layout, "Run", OPEN, |ui| run_control::show(ui, facts, controls));
    section(ui, layout, "Scenario", OPEN, |ui| scenario::show(ui, facts, controls, &mut drafts.scenario));
    section(ui, layout, "Compare", FOLDED, |ui| compare::show(ui, facts, controls, &mut drafts.compare));
    section(ui, layout, "Tuning", OPEN, |ui| tuning::show(ui, facts, controls, &mut drafts.tuning));
    section(ui, layout, "Save and load", OPEN, |ui| persistence::show(ui, facts, controls, &mut drafts.persistence));
    section(ui, layout, "Legend", FOLDED, |ui| legend::show(ui, controls));
}

/// The panel on the right: what there is to see.
fn right(ui: &mut Ui, layout: &mut Layout, facts: &Facts) {
    section(ui, layout, "Prophet", OPEN, |ui| risk::show(ui, facts));
    section(ui, layout, "Charts", OPEN, |ui| chart::show(ui, facts));
    section(ui, layout, "Events", OPEN, |ui| log::show(ui, facts));
}

/// The strip at the bottom: time.
fn strip(ui: &mut Ui, facts: &Facts, timeline: &mut timeline::Timeline) {
    timeline::show(ui, timeline);
    log::show_latest(ui, facts);
}

fn show(
    mut contexts: EguiContexts,
    facts: Facts,
    mut controls: Controls,
    mut drafts: ResMut<Drafts>,
    mut layout: ResMut<Layout>,
    mut area: ResMut<SceneArea>,
) -> Result {
    let context = contexts.ctx_mut()?.clone();
    let whole = context.viewport_rect();
    let layer = UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(whole);
    let mut ui = Ui::new(context.clone(), "overlay".into(), layer);
    let mut new = layout.clone();
    if !new.bare {
        layout::bar(&mut ui, |ui| bar::show(ui, &mut new, &mut drafts.help));
    }
    if !new.bare && new.strip {
        layout::strip(&mut ui, |ui| strip(ui, &facts, &mut controls.timeline));
    }
    let [left_width, right_width] = new.widths(whole.size(), ui.available_rect_before_wrap().height());
    if let Some(width) = left_width {
        let mut side = new.left;
        layout::side(&mut ui, true, width, &mut side, |ui| left(ui, &mut new, &facts, &mut controls, &mut drafts));
        new.left = side;
    }
    if let Some(width) = right_width {
        let mut side = new.right;
        layout::side(&mut ui, false, width, &mut side, |ui| right(ui, &mut new, &facts));
        new.right = side;
    }
    help::show(&context, &mut drafts.help);
    let free = layout::scene(ui.available_rect_before_wrap(), context.pixels_per_point());
    if *area != free {
        *area = free;
    }
    layout.set_if_neq(new);
    Ok(())
}
