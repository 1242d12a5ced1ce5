//! What is entered and not in force yet, and the settings as rows.

use crate::settings::Settings;
use crate::settings::tree::{SettingSlot, SettingSpec};
use crate::simulation::{Command, is_live};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What is being searched for, typed and changed.
#[derive(Debug, Default)]
pub(in crate::overlay) struct SettingsPanel {
    pub(super) search: String,
    /// The settings of the next run, where they are others than those of this one.
    pub(super) next: Option<Settings>,
    /// Text that is not entered yet, by path.
    pub(super) typed: BTreeMap<String, String>,
    /// Why a value was refused, by path.
    pub(super) refused: BTreeMap<String, String>,
}

/// A setting as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SettingRow {
    /// Path, such as `pilot.gamma`.
    pub path: String,
    pub spec: &'static SettingSpec,
    /// The value as it is written in RON.
    pub text: String,
    /// What kind of widget it has.
    pub widget: SettingWidget,
}

/// Kinds of widgets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SettingWidget {
    Flag(bool),
    Choice(&'static [&'static str]),
    Typed,
}

/// The rows of the defaults.
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
    /// Enters a value: a command for what may change now, the draft of the next run for the rest. A value that the tree
    /// refuses changes nothing, and why stands under it.
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

    /// Whether a setting belongs to what is searched for.
    pub(super) fn matches_search(&self, row: &SettingRow) -> bool {
        let help = row.spec.help.to_lowercase();
        let words = self.search.to_lowercase();
        words.split_whitespace().all(|word| row.path.contains(word) || help.contains(word))
    }
}
