//! Comparison of two policies on the same episodes: their choice, and the scoreboard.

use super::layout::scene_rect;
use super::panel_params::{PanelControls, PanelData};
use super::scene_controls::SceneControls;
use super::widgets::{colour, scene_window};
use crate::policy::SCRIPTED;
use crate::simulation::Command;
use bevy::ecs::error::Result;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Button, ComboBox, Grid, RichText, TextEdit, Ui, vec2};

/// Widths of the scoreboard, in points: with a row per policy, and with a column per policy in a narrow scene.
const FLAT: f32 = 420.0;
const NARROW: f32 = 236.0;

/// The two policies to compare, as in `run.policy`.
#[derive(Debug)]
pub(super) struct ComparePanel([String; 2]);

impl Default for ComparePanel {
    fn default() -> Self {
        Self(["pilot:builtin".to_owned(), "heuristic".to_owned()])
    }
}

pub(super) fn show(
    ui: &mut Ui,
    data: &PanelData,
    controls: &mut PanelControls,
    ComparePanel(names): &mut ComparePanel,
) {
    for (at, name) in names.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            ComboBox::from_id_salt(("contender", at)).selected_text("").width(16.0).show_ui(ui, |ui| {
                for policy in ["pilot:builtin", "qtable"].into_iter().chain(SCRIPTED) {
                    ui.selectable_value(name, policy.to_owned(), policy);
                }
            });
            let tip = "A scripted policy, pilot:builtin, qtable, or pilot:FILE with a checkpoint or run folder";
            ui.add(TextEdit::singleline(name).desired_width(ui.available_width())).on_hover_text(tip);
        });
    }
    ui.horizontal(|ui| {
        let tip = "End this run (it is saved) and let both play the same episodes side by side; nothing is learned";
        if ui.add(Button::new("Begin comparison")).on_hover_text(tip).clicked() {
            let mut settings = data.settings.0.clone();
            [settings.run.policy, settings.run.against] = names.clone();
            controls.commands.0.push_back(Command::Restart(Box::new(settings)));
        }
        let comparing = !data.settings.0.run.against.is_empty();
        let tip = "End the comparison (it is saved) and go on watching the first of the two alone";
        if ui.add_enabled(comparing, Button::new("End")).on_hover_text(tip).clicked() {
            let mut settings = data.settings.0.clone();
            settings.run.against.clear();
            settings.run.clusters = 1;
            controls.commands.0.push_back(Command::Restart(Box::new(settings)));
        }
    });
}

/// A figure of the scoreboard: name, tooltip, and its text for the policy with this index.
type ScoreRow<'a> = (&'static str, &'static str, &'a dyn Fn(usize) -> String);

/// The scoreboard, at the foot of the scene: the clusters are in its middle, the warning at its top.
pub(super) fn show_scoreboard(mut contexts: EguiContexts, mut controls: SceneControls) -> Result {
    if controls.layout.bare || controls.board.is_none() {
        return Ok(());
    }
    let context = contexts.ctx_mut()?.clone();
    let scene = scene_rect(&controls.area, &context);
    let flat = scene.width() >= FLAT + 20.0;
    let width = if flat { FLAT } else { NARROW.min(scene.width() - 16.0).max(60.0) };
    controls.show_at_foot(&context, scene_window("Comparison", width), |ui, controls| table(ui, controls, flat));
    Ok(())
}

fn table(ui: &mut Ui, controls: &SceneControls, flat: bool) {
    let Some(board) = &controls.board else { return };
    let side = |at: usize| &board.sides[at];
    let figures: [ScoreRow; 5] = [
        ("Step", "Steps of the running episode", &|at| controls.steps(at, side(at).is_waiting())),
        ("Episodes", "Episodes ended", &|at| side(at).episodes.to_string()),
        ("Collapses", "Episodes that ended in a collapse", &|at| side(at).collapses.to_string()),
        ("Survival", "Mean steps survived", &|at| {
            side(at).mean_survival().map_or("-".to_owned(), |steps| format!("{steps:.0}"))
        }),
        ("Wins", "Episodes of the same seed survived longer than the other", &|at| side(at).wins.to_string()),
    ];
    let names = board.sides.iter().map(|side| RichText::new(&side.name).strong());
    let columns = if flat { figures.len() } else { board.sides.len() };
    Grid::new(("scoreboard", flat)).num_columns(1 + columns).striped(true).spacing(vec2(14.0, 3.0)).show(ui, |ui| {
        let number = |ui: &mut Ui, text: String| drop(ui.label(RichText::new(text).monospace()));
        ui.label("");
        if flat {
            for (name, tip, _) in &figures {
                ui.label(*name).on_hover_text(*tip);
            }
            ui.end_row();
            for (at, name) in names.enumerate() {
                ui.label(name);
                figures.iter().for_each(|(.., figure)| number(ui, figure(at)));
                ui.end_row();
            }
            return;
        }
        names.for_each(|name| drop(ui.label(name)));
        ui.end_row();
        for (name, tip, figure) in &figures {
            ui.label(*name).on_hover_text(*tip);
            (0..board.sides.len()).for_each(|at| number(ui, figure(at)));
            ui.end_row();
        }
    });
    ui.colored_label(colour::NOTE, format!("{} ties; both meet the same random events", board.ties));
}
