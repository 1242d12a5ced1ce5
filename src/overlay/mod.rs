//! The overlay: egui panels over the scene, one file each (feature `visual`).
//!
//! Owns what is drawn in two dimensions and the keyboard shortcuts. It reads the simulation, changes its pace, and asks
//! for everything else through commands, which are applied between two ticks and recorded. Ranges, units and tooltips
//! come from the settings tree.

mod chart;
mod help;
mod keys;
mod legend;
mod log;
mod persistence;
mod risk;
mod run_control;
mod scenario;
mod tuning;
mod widgets;

use crate::tick::{
    ActiveSettings, CommandQueue, Decision, EventLog, Forecast, History, Journal, Mind, Pace, Roster, Tally,
};
use crate::view::{ColourMode, PictureRequest, SceneArea, ViewSystems};
use bevy::app::{App, PreUpdate, Update};
use bevy::ecs::error::Result;
use bevy::ecs::prelude::{IntoScheduleConfigs, MessageWriter, Query, Res, ResMut, Resource};
use bevy::ecs::system::SystemParam;
use bevy::math::UVec2;
use bevy_egui::egui::{self, Panel, ScrollArea, Ui, UiBuilder};
use bevy_egui::{EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};
use widgets::Specs;

/// Width of the panel on the left, in points.
const LEFT: f32 = 268.0;
/// Width of the panel on the right, in points.
const RIGHT: f32 = 300.0;

/// What people have typed and not sent yet, and what is unfolded.
#[derive(Resource, Debug, Default)]
pub(crate) struct Drafts {
    scenario: scenario::Draft,
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
}

impl Facts<'_, '_> {
    /// Forecast and decision of the agent that is shown.
    fn agent(&self) -> Option<(&Forecast, &Decision)> {
        self.roster.0.first().and_then(|(_, agent)| self.agents.get(*agent).ok())
    }
}

/// What the panels may change.
#[derive(SystemParam)]
struct Controls<'w> {
    pace: ResMut<'w, Pace>,
    commands: ResMut<'w, CommandQueue>,
    pictures: MessageWriter<'w, PictureRequest>,
    mode: ResMut<'w, ColourMode>,
}

/// Adds the overlay to an app with the scene.
pub fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default());
    // The scene's plugin spawns the overlay's camera.
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;
    app.init_resource::<Drafts>().init_resource::<Specs>().init_resource::<History>().init_resource::<EventLog>();
    app.add_systems(PreUpdate, keys::listen.after(EguiPreUpdateSet::BeginPass));
    app.add_systems(EguiPrimaryContextPass, show);
    app.add_systems(Update, widgets::style.run_if(bevy::ecs::schedule::common_conditions::run_once).after(ViewSystems));
}

fn show(
    mut contexts: EguiContexts,
    facts: Facts,
    mut controls: Controls,
    mut drafts: ResMut<Drafts>,
    mut area: ResMut<SceneArea>,
) -> Result {
    let context = contexts.ctx_mut()?.clone();
    let whole = context.viewport_rect();
    let layer = UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(whole);
    let mut ui = Ui::new(context.clone(), "overlay".into(), layer);
    let left = Panel::left("left").exact_size(LEFT).resizable(false).show(&mut ui, |ui| {
        scrolled(ui, |ui| {
            run_control::show(ui, &facts, &mut controls);
            scenario::show(ui, &facts, &mut controls, &mut drafts.scenario);
            tuning::show(ui, &facts, &mut controls, &mut drafts.tuning);
            persistence::show(ui, &facts, &mut controls, &mut drafts.persistence);
            legend::show(ui, &mut controls, &mut drafts.help);
        });
    });
    let right = Panel::right("right").exact_size(RIGHT).resizable(false).show(&mut ui, |ui| {
        risk::show(ui, &facts);
        chart::show(ui, &facts);
        log::show(ui, &facts);
    });
    help::show(&context, &mut drafts.help);
    let scale = context.pixels_per_point();
    let (from, to) = (left.response.rect.right(), right.response.rect.left());
    let pixels = |x: f32, y: f32| UVec2::new((x.max(0.0) * scale) as u32, (y.max(0.0) * scale) as u32);
    let free = SceneArea { corner: pixels(from, 0.0), size: pixels(to - from, whole.height()) };
    if *area != free {
        *area = free;
    }
    Ok(())
}

fn scrolled(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink(false).show(ui, contents);
}
