//! The scenario picker: starts a new run, in a folder of its own, with another scenario, seed, policy or trace.

use super::dialog::{self, DialogPurpose};
use super::panel_params::{PanelControls, PanelData};
use super::widgets::explain;
use crate::policy::SCRIPTED;
use crate::settings::{SCENARIOS, Settings, load_scenario};
use crate::simulation::{Command, EventKind};
use bevy_egui::egui::{Button, ComboBox, DragValue, TextEdit, Ui, vec2};

/// Choices for the next run; `None` keeps the setting of this one.
#[derive(Debug, Default)]
pub(super) struct ScenarioPanel {
    /// Name or file of the scenario; empty until it is chosen.
    name: String,
    seed: Option<u64>,
    /// Policy, as in `run.policy`.
    policy: Option<String>,
    /// File of the trace; empty for the synthetic load.
    trace: Option<String>,
    steps_per_row: Option<usize>,
    problem: String,
}

/// Name of a policy for people.
fn policy_name(policy: &str) -> String {
    match policy {
        "" => "a Pilot that learns from zero".to_owned(),
        "pilot:builtin" => "the built-in trained Pilot".to_owned(),
        "qtable" => "the tuned Q-table".to_owned(),
        trained if trained.starts_with("pilot:") => trained.to_owned(),
        scripted => format!("{scripted} (scripted)"),
    }
}

pub(super) fn show(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls, state: &mut ScenarioPanel) {
    let active = &data.settings.0;
    if let Some(path) = controls.dialogs.take(DialogPurpose::Scenario) {
        state.name = path;
    }
    if let Some(path) = controls.dialogs.take(DialogPurpose::Trace) {
        state.trace = Some(path);
    }
    if state.name.is_empty() {
        state.name.clone_from(&active.cluster.name);
    }
    let width = ui.available_width();
    ui.horizontal_wrapped(|ui| {
        let list =
            ComboBox::from_id_salt("scenario").selected_text(&state.name).width((width - 92.0).max(60.0)).truncate();
        list.show_ui(ui, |ui| {
            for (name, _) in SCENARIOS {
                ui.selectable_value(&mut state.name, name.to_owned(), name);
            }
        });
        let mut seed = state.seed.unwrap_or(active.run.seed);
        let response = ui.add(DragValue::new(&mut seed).prefix("seed "));
        if explain(response, &data.specs, "run.seed", "").changed() {
            state.seed = Some(seed);
        }
    });
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut state.name).desired_width((width - 40.0).max(40.0));
        ui.add(field.hint_text("name or RON file"))
            .on_hover_text("A built-in scenario, or the path of a scenario file");
        dialog::button(
            ui,
            &mut controls.dialogs,
            data.run_writer.folder(),
            DialogPurpose::Scenario,
            "Choose a scenario file",
        );
    });
    let policy = state.policy.clone().unwrap_or_else(|| active.run.policy.clone());
    let response = ComboBox::from_id_salt("policy")
        .selected_text(policy_name(&policy))
        .width(width)
        .truncate()
        .show_ui(ui, |ui| {
            for name in ["", "pilot:builtin", "qtable"].into_iter().chain(SCRIPTED) {
                if ui.selectable_label(policy == name, policy_name(name)).clicked() {
                    state.policy = Some(name.to_owned());
                }
            }
        });
    explain(response.response, &data.specs, "run.policy", "\nTakes effect with the next run");
    trace_file(ui, data, controls, state, width);
    let tip = "End this run (it is saved) and begin a new one with this scenario, seed, policy and load";
    if ui.add(Button::new("New run").min_size(vec2(width, 22.0))).on_hover_text(tip).clicked() {
        match state.settings(active, policy) {
            Ok(settings) => {
                controls.commands.0.push_back(Command::Restart(Box::new(settings)));
                *state = ScenarioPanel::default();
            }
            Err(problem) => state.problem = problem,
        }
    }
    if !state.problem.is_empty() {
        ui.colored_label(super::log::event_colour(EventKind::Trouble), &state.problem);
    }
}

/// Chooses the trace of the next run.
fn trace_file(ui: &mut Ui, data: &PanelData, controls: &mut PanelControls, state: &mut ScenarioPanel, width: f32) {
    let active = &data.settings.0.trace;
    ui.horizontal(|ui| {
        let mut file = state.trace.clone().unwrap_or_else(|| active.file.clone());
        let field = TextEdit::singleline(&mut file).desired_width((width - 40.0).max(40.0)).hint_text("synthetic load");
        let more = "\nCSV with time_s,node,cpu[,memory], Bitbrains, or CloudWatch";
        if explain(ui.add(field), &data.specs, "trace.file", more).changed() {
            state.trace = Some(file);
        }
        dialog::button(
            ui,
            &mut controls.dialogs,
            data.run_writer.folder(),
            DialogPurpose::Trace,
            "Choose a trace file",
        );
    });
    if state.trace.as_ref().unwrap_or(&active.file).trim().is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let mut steps = state.steps_per_row.unwrap_or(active.steps_per_row);
        let range = data.specs.get("trace.steps_per_row").and_then(|spec| spec.range).unwrap_or((1.0, 1.0));
        let drag = DragValue::new(&mut steps).range(range.0 as usize..=range.1 as usize).suffix(" steps per row");
        if explain(ui.add(drag), &data.specs, "trace.steps_per_row", "").changed() {
            state.steps_per_row = Some(steps);
        }
    });
}

impl ScenarioPanel {
    /// The settings of the next run.
    fn settings(&self, active: &Settings, policy: String) -> Result<Settings, String> {
        let mut settings = active.clone();
        settings.cluster = load_scenario(&self.name).map_err(|error| error.to_string())?;
        settings.run.seed = self.seed.unwrap_or(settings.run.seed);
        if policy.is_empty() && !settings.run.policy.is_empty() {
            // A watched policy brought its own network settings; learning begins with the defaults.
            let Settings { run, pilot, prophet, .. } = Settings::default();
            (settings.run.agent, settings.pilot, settings.prophet) = (run.agent, pilot, prophet);
        }
        if !settings.run.against.is_empty() {
            settings.run.against.clear();
            settings.run.clusters = 0;
        }
        settings.run.policy = policy;
        if let Some(file) = &self.trace {
            settings.trace.file = file.trim().to_owned();
        }
        settings.trace.steps_per_row = self.steps_per_row.unwrap_or(settings.trace.steps_per_row);
        settings.check(None).map_err(|error| error.to_string())?;
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_make_the_settings_of_the_next_run() {
        let active = Settings::default();
        let state = ScenarioPanel {
            name: "cascade".to_owned(),
            seed: Some(9),
            trace: Some(" load.csv ".to_owned()),
            steps_per_row: Some(5),
            ..ScenarioPanel::default()
        };
        let settings = state.settings(&active, "patrol".to_owned()).unwrap();
        assert_eq!((settings.cluster.name.as_str(), settings.run.seed), ("cascade", 9));
        assert_eq!((settings.trace.file.as_str(), settings.trace.steps_per_row), ("load.csv", 5));
        assert_eq!(settings.run.policy, "patrol");
        let unknown = ScenarioPanel { name: "casscade".to_owned(), ..ScenarioPanel::default() };
        assert!(unknown.settings(&active, String::new()).unwrap_err().contains("cascade"));
    }
}
