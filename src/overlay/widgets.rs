//! Shared by the panels: descriptions of settings, common widgets, colours.

use crate::settings::Settings;
use crate::settings::tree::SettingSpec;
pub(super) use crate::trace::grouped;
use bevy::ecs::error::Result;
use bevy::ecs::resource::Resource;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Color32, Id, Response, RichText, Ui, Visuals, Window};
use std::collections::HashMap;

/// Colours of lines and warnings: Okabe and Ito's set, on a dark background.
pub(super) mod colour {
    use super::Color32;
    /// Danger, risk.
    pub const RISK: Color32 = Color32::from_rgb(230, 120, 60);
    /// Load.
    pub const LOAD: Color32 = Color32::from_rgb(86, 180, 233);
    /// Reward and survival.
    pub const GOOD: Color32 = Color32::from_rgb(90, 205, 165);
    /// Effects of fear.
    pub const FEAR: Color32 = Color32::from_rgb(204, 121, 167);
    /// Background lines.
    pub const FAINT: Color32 = Color32::from_rgb(75, 95, 95);
    /// Notes.
    pub const NOTE: Color32 = Color32::from_rgb(190, 195, 205);
}

/// Descriptions of all settings, by path.
#[derive(Resource, Debug)]
pub(super) struct SettingSpecs(HashMap<String, &'static SettingSpec>);

impl Default for SettingSpecs {
    fn default() -> Self {
        let mut specs = HashMap::new();
        Settings::default().each(&mut |path, spec, _| {
            specs.insert(path.to_owned(), spec);
        });
        Self(specs)
    }
}

impl SettingSpecs {
    /// The description of the setting at `path`.
    pub fn get(&self, path: &str) -> Option<&'static SettingSpec> {
        self.0.get(path).copied()
    }
}

/// Adds a tooltip with help, range and unit of a setting.
pub(super) fn explain(response: Response, specs: &SettingSpecs, path: &str, more: &str) -> Response {
    let Some(spec) = specs.get(path) else { return response };
    let range = spec.range.map(|(low, high)| format!("\n{low} to {high} {}", spec.unit)).unwrap_or_default();
    response.on_hover_text(format!("{}{range}\nSetting: {path}{more}", spec.help))
}

/// A label and its value, at the two ends of a line.
pub(super) fn labelled_value(ui: &mut Ui, name: &str, value: impl Into<String>) -> Response {
    ui.horizontal(|ui| {
        ui.label(name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(value).monospace());
        });
    })
    .response
}

/// A small window over the scene.
pub(super) fn scene_window(name: &'static str, width: f32) -> Window<'static> {
    let title = RichText::new(name).size(13.0).strong();
    let window = Window::new(title).id(Id::new(name)).resizable(false).collapsible(true).fade_in(false).fade_out(false);
    window.min_width(width).max_width(width)
}

/// Sets egui's visuals once.
pub(super) fn set_visuals(mut contexts: EguiContexts) -> Result {
    let context = contexts.ctx_mut()?;
    context.set_visuals(Visuals::dark());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_panels_is_in_the_tree() {
        let specs = SettingSpecs::default();
        let paths = ["cluster.max_steps", "pilot.learning_rate", "qtable.learning_rate", "run.max_runtime", "run.seed"];
        for path in paths.into_iter().chain(["view.speed"]) {
            assert!(specs.get(path).is_some_and(|spec| !spec.help.is_empty()), "{path}");
        }
    }
}
