//! The settings panel, generated from the settings tree: what may change during the run changes at once, the rest goes
//! into a draft for a new run.

mod state;

pub(super) use state::SettingsPanel;

use super::panel_params::{PanelControls, PanelData};
use super::widgets::{colour, explain};
use crate::settings::Settings;
use crate::simulation::{Command, is_live};
use bevy_egui::egui::{Align, Button, CollapsingHeader, ComboBox, Label, Layout, Response, RichText, TextEdit, Ui};
use state::{DEFAULTS, SettingRow, SettingWidget, rows};

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls, state: &mut SettingsPanel) {
    let active = &data.settings.0;
    let commands = panel(ui, active, state, |response, path, more| explain(response, &data.specs, path, more));
    controls.commands.0.extend(commands);
}

/// Draws the panel; returns the commands that it asks for.
fn panel(
    ui: &mut Ui,
    active: &Settings,
    state: &mut SettingsPanel,
    explain: impl Fn(Response, &str, &str) -> Response,
) -> Vec<Command> {
    let mut commands = Vec::new();
    ui.add(TextEdit::singleline(&mut state.search).hint_text("search").desired_width(f32::INFINITY));
    // A draft equal to the running settings is no longer needed.
    state.next = state.next.take().filter(|next| next != active);
    let (now, next) = (rows(active), state.next.as_ref().map(rows));
    let shown = next.as_ref().unwrap_or(&now);
    let waiting = shown.iter().zip(&now).filter(|(shown, now)| shown.text != now.text).count();
    if waiting > 0 {
        ui.horizontal_wrapped(|ui| {
            let text = RichText::new(format!("{waiting} wait for a new run")).color(colour::FEAR);
            ui.label(text);
            if ui.button("New run").on_hover_text("End this run (it is saved) and begin a new one with them").clicked()
            {
                commands.extend(state.next.clone().map(|next| Command::Restart(Box::new(next))));
            }
            if ui.button("Discard").on_hover_text("Forget these changes").clicked() {
                state.next = None;
            }
        });
    }
    let sections = shown.iter().zip(&now).zip(DEFAULTS.iter()).collect::<Vec<_>>();
    let section = |row: &SettingRow| row.path.split('.').next().unwrap_or_default().to_owned();
    for rows in sections.chunk_by(|((a, _), _), ((b, _), _)| section(a) == section(b)) {
        let found: Vec<_> = rows.iter().filter(|((row, _), _)| state.matches_search(row)).collect();
        if found.is_empty() {
            continue;
        }
        let name = section(rows[0].0.0);
        let searching = (!state.search.trim().is_empty()).then_some(true);
        CollapsingHeader::new(&name).id_salt(("settings", &name)).open(searching).show(ui, |ui| {
            for ((row, now), usual) in found {
                let entered = line(ui, row, now, usual, is_live(active, &row.path), state, &explain);
                commands.extend(entered.and_then(|value| state.enter(active, &row.path, &value)));
                if let Some(refused) = state.refused.get(&row.path) {
                    ui.colored_label(colour::RISK, refused);
                }
            }
        });
    }
    commands
}

/// A row; returns the value that was entered.
fn line(
    ui: &mut Ui,
    row: &SettingRow,
    now: &SettingRow,
    usual: &SettingRow,
    live: bool,
    state: &mut SettingsPanel,
    explain: impl Fn(Response, &str, &str) -> Response,
) -> Option<String> {
    let mut entered = None;
    ui.horizontal(|ui| {
        let changed = row.text != usual.text;
        let name = RichText::new(row.spec.name).color(match (row.text != now.text, changed) {
            (true, _) => colour::FEAR,
            (false, true) => colour::GOOD,
            (false, false) => colour::NOTE,
        });
        let effect = if live { "\nTakes effect at once" } else { "\nNeeds a new run" };
        let default = format!("{effect}\nDefault: {}", if usual.text.is_empty() { "empty" } else { &usual.text });
        let label = ui.scope(|ui| {
            ui.set_max_width(0.5 * ui.available_width());
            ui.add(Label::new(name).truncate())
        });
        explain(label.inner, &row.path, &default);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if changed && ui.add(Button::new("\u{21ba}").small()).on_hover_text("Back to the default").clicked() {
                entered = Some(usual.text.clone());
            }
            if !live {
                ui.label(RichText::new("new run").small().weak()).on_hover_text("Needs a new run");
            }
            let chosen = match row.widget {
                SettingWidget::Flag(on) => flag(ui, on),
                SettingWidget::Choice(options) => choice(ui, row, options),
                SettingWidget::Typed => typed(ui, row, state),
            };
            entered = entered.take().or(chosen);
        });
    });
    entered
}

fn flag(ui: &mut Ui, mut on: bool) -> Option<String> {
    ui.checkbox(&mut on, "").changed().then(|| on.to_string())
}

fn choice(ui: &mut Ui, row: &SettingRow, options: &[&str]) -> Option<String> {
    let mut chosen = None;
    ComboBox::from_id_salt(&row.path).selected_text(&row.text).width(84.0).show_ui(ui, |ui| {
        for option in options {
            if ui.selectable_label(row.text == *option, *option).clicked() {
                chosen = Some((*option).to_owned());
            }
        }
    });
    chosen
}

fn typed(ui: &mut Ui, row: &SettingRow, state: &mut SettingsPanel) -> Option<String> {
    let mut text = state.typed.get(&row.path).unwrap_or(&row.text).clone();
    let unit = (!row.spec.unit.is_empty()).then(|| ui.label(RichText::new(row.spec.unit).small().weak()));
    let width = if unit.is_some() { 64.0 } else { 92.0 };
    let field = ui.add(TextEdit::singleline(&mut text).id_salt(&row.path).desired_width(width));
    if field.changed() {
        state.typed.insert(row.path.clone(), text.clone());
    }
    (field.lost_focus() && state.typed.contains_key(&row.path) && text != row.text).then_some(text)
}
