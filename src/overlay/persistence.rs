//! Save and load: checkpoints, the table of episodes, screenshots, and autosaves.

use super::dialog::{self, DialogPurpose};
use super::panel_params::{PanelControls, PanelData};
use super::widgets::{colour, grouped, labelled_value};
use crate::simulation::Command;
use crate::storage::OutputFile;
use crate::view::KeyAction;
use bevy_egui::egui::{Button, RichText, TextEdit, Ui, vec2};
use jiff::SignedDuration;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Seconds between two searches for the latest checkpoint.
const REFRESH_INTERVAL: f64 = 1.0;

/// Paths as typed, and the latest checkpoint.
#[derive(Debug, Default)]
pub(super) struct PersistencePanel {
    checkpoint: String,
    table: String,
    refreshed: Option<f64>,
    latest: Option<(String, SystemTime)>,
    /// The file that exists, and the command that replaces it, until the person answers.
    question: Option<(PathBuf, Command)>,
}

impl PersistencePanel {
    /// Gives the command that writes a file. Where it exists already, the person is asked first.
    fn write(&mut self, controls: &mut PanelControls, path: &str, command: fn(OutputFile) -> Command) {
        let path = PathBuf::from(path.trim());
        match path.symlink_metadata() {
            Ok(_) => self.question = Some((path.clone(), command(OutputFile::new(path, true)))),
            Err(_) => {
                self.question = None;
                controls.commands.0.push_back(command(OutputFile::new(path, false)));
            }
        }
    }

    /// Asks whether a file may be replaced.
    fn ask(&mut self, ui: &mut Ui, controls: &mut PanelControls) {
        let Some((path, command)) = &self.question else { return };
        ui.label(RichText::new(format!("{} exists. Replace it?", path.display())).color(colour::RISK));
        let (mut replace, mut keep) = (false, false);
        ui.horizontal(|ui| {
            replace = ui.button("Replace").on_hover_text("Write the new file in its place").clicked();
            keep = ui.button("Keep").on_hover_text("Leave the file as it is").clicked();
        });
        if replace {
            controls.commands.0.push_back(command.clone());
        }
        if replace || keep {
            self.question = None;
        }
    }
}

fn save_as(file: OutputFile) -> Command {
    Command::Save(Some(file))
}

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls, state: &mut PersistencePanel) {
    let run_folder = data.run_writer.folder();
    if let Some(folder) = run_folder {
        let shown = folder.display().to_string();
        ui.label(RichText::new(&shown).monospace().color(colour::NOTE))
            .on_hover_text("The folder of this run: settings, episodes, steps, commands, checkpoints");
        if state.table.is_empty() {
            state.table = folder.with_extension("csv").display().to_string();
        }
        autosave(ui, data, state, folder);
    }
    ui.horizontal(|ui| {
        let half = vec2((ui.available_width() - ui.spacing().item_spacing.x) / 2.0, 22.0);
        let save = Button::new("Save").min_size(half).truncate();
        let tip = KeyAction::Save.with_key("Save both networks into the run folder now");
        if ui.add(save).on_hover_text(tip).clicked() {
            controls.commands.0.push_back(Command::Save(None));
        }
        let tip = KeyAction::Picture.with_key("Save a picture of the window into the run folder");
        if ui.add(Button::new("Picture").min_size(half).truncate()).on_hover_text(tip).clicked() {
            controls.picture(data.stats.ticks, run_folder);
        }
    });
    if let Some(path) = controls.dialogs.take(DialogPurpose::Load) {
        controls.commands.0.push_back(Command::Load(PathBuf::from(&path)));
        state.checkpoint = path;
    }
    if let Some(path) = controls.dialogs.take(DialogPurpose::Save) {
        state.write(controls, &path, save_as);
        state.checkpoint = path;
    }
    if let Some(path) = controls.dialogs.take(DialogPurpose::Export) {
        state.write(controls, &path, Command::ExportEpisodes);
        state.table = path;
    }
    ui.add(TextEdit::singleline(&mut state.checkpoint).desired_width(f32::INFINITY).hint_text("checkpoint.rsnt"))
        .on_hover_text("A checkpoint file; Load takes a run folder as well and finds the newest in it");
    ui.horizontal_wrapped(|ui| {
        let named = !state.checkpoint.trim().is_empty();
        let path = state.checkpoint.clone();
        if ui.add_enabled(named, Button::new("Save as")).on_hover_text("Save both networks to this file").clicked() {
            state.write(controls, &path, save_as);
        }
        dialog::button(ui, &mut controls.dialogs, run_folder, DialogPurpose::Save, "Choose where to save, and save");
        let tip = "A checkpoint of this run: go back to it exactly. Of another run: take over its networks";
        if ui.add_enabled(named, Button::new("Load")).on_hover_text(tip).clicked() {
            controls.commands.0.push_back(Command::Load(PathBuf::from(path.trim())));
        }
        dialog::button(ui, &mut controls.dialogs, run_folder, DialogPurpose::Load, "Choose a checkpoint, and load it");
    });
    ui.add(TextEdit::singleline(&mut state.table).desired_width(f32::INFINITY).hint_text("episodes.csv"));
    ui.horizontal_wrapped(|ui| {
        let named = !state.table.trim().is_empty();
        let tip = "Copy the table of all episodes so far to this file";
        if ui.add_enabled(named, Button::new("Export CSV")).on_hover_text(tip).clicked() {
            let path = state.table.clone();
            state.write(controls, &path, Command::ExportEpisodes);
        }
        dialog::button(
            ui,
            &mut controls.dialogs,
            run_folder,
            DialogPurpose::Export,
            "Choose where to export, and export",
        );
    });
    state.ask(ui, controls);
}

/// When the latest checkpoint was written, and when the next is due.
fn autosave(ui: &mut Ui, data: &PanelData, state: &mut PersistencePanel, folder: &Path) {
    let now = ui.input(|input| input.time);
    if state.refreshed.is_none_or(|refreshed| (now - refreshed).abs() >= REFRESH_INTERVAL) {
        (state.refreshed, state.latest) = (Some(now), latest(&folder.join("checkpoints")));
    }
    let row = match &state.latest {
        Some((name, written)) => {
            let age = SignedDuration::from_secs(written.elapsed().map_or(0, |age| age.as_secs() as i64));
            labelled_value(ui, "Saved", format!("{age:#} ago")).on_hover_text(name)
        }
        None => labelled_value(ui, "Saved", "not yet"),
    };
    row.on_hover_text("When the latest checkpoint of this run was written");
    let every = data.settings.0.run.checkpoint_every;
    let next = match data.learner.0.steps() {
        _ if every == 0 => "at the end".to_owned(),
        steps => format!("in {} steps", grouped(every - steps % every)),
    };
    labelled_value(ui, "Next", next).on_hover_text("When the next automatic checkpoint is due (run.checkpoint_every)");
}

/// Name and time of the newest file in a folder.
fn latest(folder: &Path) -> Option<(String, SystemTime)> {
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let written = files.filter_map(|file| {
        let time = file.metadata().ok()?.modified().ok()?;
        Some((file.file_name().to_string_lossy().into_owned(), time))
    });
    written.max_by_key(|(name, time)| (*time, name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_checkpoint_is_the_newest_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(latest(folder.path()), None);
        assert_eq!(latest(&folder.path().join("absent")), None);
        for name in ["step-000000000100.rsnt", "step-000000000200.rsnt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        assert_eq!(latest(folder.path()).unwrap().0, "step-000000000200.rsnt");
    }
}
