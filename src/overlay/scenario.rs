//! The scenario picker: another scenario or seed begins a new run in a folder of its own.

use super::widgets::explain;
use super::{Controls, Facts};
use crate::policy::SCRIPTED;
use crate::settings::{SCENARIOS, Settings, load_scenario};
use crate::tick::{Command, EventKind};
use bevy_egui::egui::{Button, Color32, ComboBox, DragValue, TextEdit, Ui};

/// What is chosen for the next run.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Name or file of the scenario; empty until somebody chooses.
    name: String,
    seed: Option<u64>,
    /// Who acts, as in `run.policy`; none until somebody chooses.
    policy: Option<String>,
    problem: String,
}

/// A policy in words.
fn who(policy: &str) -> String {
    match policy {
        "" => "a Pilot that learns from zero".to_owned(),
        "pilot:builtin" => "the built-in trained Pilot".to_owned(),
        "qtable" => "the tuned Q-table".to_owned(),
        trained if trained.starts_with("pilot:") => trained.to_owned(),
        scripted => format!("{scripted} (scripted)"),
    }
}

pub(super) fn show(ui: &mut Ui, facts: &Facts, controls: &mut Controls, draft: &mut Draft) {
    let active = &facts.settings.0;
    if draft.name.is_empty() {
        draft.name.clone_from(&active.cluster.name);
    }
    ui.horizontal(|ui| {
        ComboBox::from_id_salt("scenario").selected_text(&draft.name).width(150.0).show_ui(ui, |ui| {
            for (name, _) in SCENARIOS {
                ui.selectable_value(&mut draft.name, name.to_owned(), name);
            }
        });
        let mut seed = draft.seed.unwrap_or(active.run.seed);
        let response = ui.add(DragValue::new(&mut seed).prefix("seed "));
        if explain(response, &facts.specs, "run.seed", "").changed() {
            draft.seed = Some(seed);
        }
    });
    let policy = draft.policy.clone().unwrap_or_else(|| active.run.policy.clone());
    let response = ComboBox::from_id_salt("policy").selected_text(who(&policy)).width(238.0).show_ui(ui, |ui| {
        for name in ["", "pilot:builtin", "qtable"].into_iter().chain(SCRIPTED) {
            if ui.selectable_label(policy == name, who(name)).clicked() {
                draft.policy = Some(name.to_owned());
            }
        }
    });
    explain(response.response, &facts.specs, "run.policy", "\nTakes effect with the next run");
    ui.horizontal(|ui| {
        let file = TextEdit::singleline(&mut draft.name).desired_width(150.0).hint_text("name or RON file");
        ui.add(file).on_hover_text("A built-in scenario, or the path of a scenario file");
        let tip = "End this run (it is saved) and begin a new one with this scenario, seed and policy";
        if ui.add(Button::new("New run")).on_hover_text(tip).clicked() {
            match load_scenario(&draft.name) {
                Ok(cluster) => {
                    let mut settings = active.clone();
                    settings.cluster = cluster;
                    settings.run.seed = draft.seed.unwrap_or(settings.run.seed);
                    if policy.is_empty() && !settings.run.policy.is_empty() {
                        // What was watched brought its own networks' settings; learning begins with the usual ones.
                        let Settings { run, pilot, prophet, .. } = Settings::default();
                        (settings.run.agent, settings.pilot, settings.prophet) = (run.agent, pilot, prophet);
                    }
                    if !settings.run.against.is_empty() {
                        settings.run.against.clear();
                        settings.run.clusters = 0;
                    }
                    settings.run.policy = policy;
                    controls.commands.0.push_back(Command::Restart(Box::new(settings)));
                    *draft = Draft::default();
                }
                Err(error) => draft.problem = error.to_string(),
            }
        }
    });
    if !draft.problem.is_empty() {
        ui.colored_label(super::log::colour_of(EventKind::Trouble), &draft.problem);
    }
    if !active.trace.file.is_empty() {
        ui.colored_label(Color32::GRAY, format!("Load from {}", active.trace.file));
    }
}
