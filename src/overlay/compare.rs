//! Two policies on the same episodes: choosing them, and the scoreboard.

use super::hands::{Hands, note, scene};
use super::widgets::colour;
use super::{Controls, Facts};
use crate::policy::SCRIPTED;
use crate::tick::Command;
use bevy::ecs::error::Result;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{Align2, Button, ComboBox, Grid, RichText, TextEdit, Ui, vec2};

/// Width of the scoreboard, in points.
const WIDTH: f32 = 236.0;

/// Who is to be compared.
#[derive(Debug)]
pub(super) struct Draft([String; 2]);

impl Default for Draft {
    fn default() -> Self {
        Self(["pilot:builtin".to_owned(), "heuristic".to_owned()])
    }
}

pub(super) fn show(ui: &mut Ui, facts: &Facts, controls: &mut Controls, Draft(names): &mut Draft) {
    for (at, name) in names.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            ComboBox::from_id_salt(("contender", at)).selected_text("").width(16.0).show_ui(ui, |ui| {
                for known in ["pilot:builtin", "qtable"].into_iter().chain(SCRIPTED) {
                    ui.selectable_value(name, known.to_owned(), known);
                }
            });
            let tip = "A scripted policy, pilot:builtin, qtable, or pilot:FILE with a checkpoint or run folder";
            ui.add(TextEdit::singleline(name).desired_width(ui.available_width())).on_hover_text(tip);
        });
    }
    ui.horizontal(|ui| {
        let tip = "End this run (it is saved) and let both play the same episodes side by side; nothing is learned";
        if ui.add(Button::new("Begin comparison")).on_hover_text(tip).clicked() {
            let mut settings = facts.settings.0.clone();
            [settings.run.policy, settings.run.against] = names.clone();
            controls.commands.0.push_back(Command::Restart(Box::new(settings)));
        }
        let comparing = !facts.settings.0.run.against.is_empty();
        let tip = "End the comparison (it is saved) and go on watching the first of the two alone";
        if ui.add_enabled(comparing, Button::new("End")).on_hover_text(tip).clicked() {
            let mut settings = facts.settings.0.clone();
            settings.run.against.clear();
            settings.run.clusters = 1;
            controls.commands.0.push_back(Command::Restart(Box::new(settings)));
        }
    });
}

/// The scoreboard of the comparison in progress.
pub(super) fn show_board(mut contexts: EguiContexts, hands: Hands) -> Result {
    let Some(board) = &hands.board else { return Ok(()) };
    if hands.layout.bare {
        return Ok(());
    }
    let context = contexts.ctx_mut()?.clone();
    let corner = scene(&hands.area, &context).left_top() + vec2(8.0, 8.0);
    note("Comparison", corner, Align2::LEFT_TOP, WIDTH).show(&context, |ui| {
        Grid::new("scoreboard").num_columns(3).striped(true).spacing(vec2(12.0, 3.0)).show(ui, |ui| {
            ui.label("");
            for side in &board.sides {
                ui.label(RichText::new(&side.name).strong());
            }
            ui.end_row();
            let mut row = |name: &str, tip: &str, value: &dyn Fn(usize) -> String| {
                ui.label(name).on_hover_text(tip);
                for at in 0..board.sides.len() {
                    ui.label(RichText::new(value(at)).monospace());
                }
                ui.end_row();
            };
            let side = |at: usize| &board.sides[at];
            row("Step", "Steps of the running episode", &|at| hands.steps(at, side(at).is_waiting()));
            row("Episodes", "Episodes ended", &|at| side(at).episodes.to_string());
            row("Collapses", "Episodes that ended in a collapse", &|at| side(at).collapses.to_string());
            let mean = |at: usize| side(at).mean_survival().map_or("-".to_owned(), |steps| format!("{steps:.0}"));
            row("Survival", "Mean steps survived", &mean);
            row("Wins", "Episodes of the same seed survived longer than the other", &|at| side(at).wins.to_string());
        });
        ui.colored_label(colour::NOTE, format!("{} ties; both meet the same weather", board.ties));
    });
    Ok(())
}
