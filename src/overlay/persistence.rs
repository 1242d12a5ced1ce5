//! Save and load: checkpoints and the table of episodes.

use super::widgets::colour;
use super::{Controls, Facts};
use crate::tick::Command;
use bevy_egui::egui::{Button, RichText, TextEdit, Ui, vec2};
use std::path::PathBuf;

/// Paths being typed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    checkpoint: String,
    table: String,
}

pub(super) fn show(ui: &mut Ui, facts: &Facts, controls: &mut Controls, draft: &mut Draft) {
    let queue = &mut controls.commands.0;
    if let Some(folder) = facts.journal.folder() {
        let shown = folder.display().to_string();
        ui.label(RichText::new(&shown).monospace().color(colour::NOTE))
            .on_hover_text("The folder of this run: settings, episodes, steps, commands, checkpoints");
        if draft.table.is_empty() {
            draft.table = folder.with_extension("csv").display().to_string();
        }
    }
    let wide = vec2(238.0, 22.0);
    let save = Button::new("Save checkpoint").min_size(wide);
    if ui.add(save).on_hover_text("Save both networks into the run folder now (F5)").clicked() {
        queue.push_back(Command::Save(None));
    }
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut draft.checkpoint).desired_width(128.0).hint_text("checkpoint.rsnt");
        ui.add(field).on_hover_text("A checkpoint file; Load takes a run folder as well and finds the newest in it");
        let named = !draft.checkpoint.trim().is_empty();
        let path = || PathBuf::from(draft.checkpoint.trim());
        if ui.add_enabled(named, Button::new("Save")).on_hover_text("Save both networks to this file").clicked() {
            queue.push_back(Command::Save(Some(path())));
        }
        let tip = "A checkpoint of this run: go back to it exactly. Of another run: take over its networks";
        if ui.add_enabled(named, Button::new("Load")).on_hover_text(tip).clicked() {
            queue.push_back(Command::Load(path()));
        }
    });
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(&mut draft.table).desired_width(128.0).hint_text("episodes.csv"));
        let named = !draft.table.trim().is_empty();
        let tip = "Copy the table of all episodes so far to this file";
        if ui.add_enabled(named, Button::new("Export CSV")).on_hover_text(tip).clicked() {
            queue.push_back(Command::ExportEpisodes(PathBuf::from(draft.table.trim())));
        }
    });
}
