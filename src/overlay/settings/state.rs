//! State of the settings panel: the draft of the next run, and the settings as rows.

use crate::settings::Settings;
use crate::settings::tree::{SettingSlot, SettingSpec};
use crate::simulation::{Command, is_live};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Search text, draft and pending input.
#[derive(Debug, Default)]
pub(in crate::overlay) struct SettingsPanel {
    pub(super) search: String,
    /// The settings of the next run, if they differ from those of this one.
    pub(super) next: Option<Settings>,
    /// Text that is being typed, by path.
    pub(super) typed: BTreeMap<String, String>,
    /// Why a value was refused, by path.
    pub(super) refused: BTreeMap<String, String>,
}

/// A setting as a row of the panel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SettingRow {
    /// Path, such as `pilot.gamma`.
    pub path: String,
    pub spec: &'static SettingSpec,
    /// The value in RON.
    pub text: String,
    /// Its kind of widget.
    pub widget: SettingWidget,
}

/// Kinds of widgets for a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SettingWidget {
    Flag(bool),
    Choice(&'static [&'static str]),
    Typed,
}

/// The rows of the default settings.
pub(super) static DEFAULTS: LazyLock<Vec<SettingRow>> = LazyLock::new(|| rows(&Settings::default()));

/// Every setting, in the order of the tree.
pub(super) fn rows(settings: &Settings) -> Vec<SettingRow> {
    let mut rows = Vec::new();
    settings.clone().each(&mut |path, spec, slot| {
        let widget = match &slot {
            SettingSlot::Flag(on) => SettingWidget::Flag(**on),
            SettingSlot::Choice(choice) => SettingWidget::Choice(choice.options()),
            _ => SettingWidget::Typed,
        };
        rows.push(SettingRow { path: path.to_owned(), spec, text: slot.text(), widget });
    });
    rows
}

impl SettingsPanel {
    /// Enters a value: a command if the setting may change during the run, otherwise a change of the draft. A refused
    /// value changes nothing, and the reason is shown under it.
    pub fn enter(&mut self, active: &Settings, path: &str, value: &str) -> Option<Command> {
        let mut next = self.next.clone().unwrap_or_else(|| active.clone());
        let live = is_live(active, path);
        let outcome = match live {
            true => active.clone().set(path, value).and_then(|()| next.assign(path, value)),
            false => next.set(path, value),
        };
        if let Err(error) = outcome {
            self.refused.insert(path.to_owned(), error.to_string());
            return None;
        }
        self.refused.remove(path);
        self.typed.remove(path);
        if live {
            self.next = self.next.is_some().then_some(next);
            return Some(Command::set(path, value));
        }
        self.next = Some(next).filter(|next| next != active);
        None
    }

    /// Whether the row matches the search.
    pub(super) fn matches_search(&self, row: &SettingRow) -> bool {
        let help = row.spec.help.to_lowercase();
        let words = self.search.to_lowercase();
        words.split_whitespace().all(|word| row.path.contains(word) || help.contains(word))
    }
}
