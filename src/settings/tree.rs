//! The settings tree: the macro `settings!` turns a commented list of fields into a serde struct with defaults and a visitor
//! over its fields. RON, `--set`, `--help` and the overlay all use that visitor, so each setting is described once.

use super::whole::Whole;
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Name, help text, unit and range of one setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingSpec {
    /// Field name as written in RON.
    pub name: &'static str,
    /// One sentence of help.
    pub help: &'static str,
    /// Unit of the value; empty for a plain number.
    pub unit: &'static str,
    /// Smallest and largest allowed value.
    pub range: Option<(f64, f64)>,
}

/// A mutable reference to the value of one setting, by its type.
#[derive(Debug)]
pub enum SettingSlot<'a> {
    /// A real number.
    Real(&'a mut f64),
    /// A whole number that counts things in memory.
    Count(&'a mut usize),
    /// A whole number of 64 bits: steps, seeds.
    Long(&'a mut u64),
    /// On or off.
    Flag(&'a mut bool),
    /// Free text.
    Text(&'a mut String),
    /// One to eight whole numbers: widths of hidden layers, or horizons.
    Counts(&'a mut Vec<usize>),
    /// One of a few names.
    Choice(&'a mut dyn NamedOption),
}

/// An enum whose variants are chosen by name.
pub trait NamedOption: fmt::Debug {
    /// Names of all options, in order.
    fn options(&self) -> &'static [&'static str];
    /// Name of the chosen option.
    fn chosen(&self) -> &'static str;
    /// Chooses by name; returns false and changes nothing if there is no such option.
    fn choose(&mut self, name: &str) -> bool;
}

/// Called for every setting of a tree, in the order of definition, with its path (such as `pilot.gamma`), its
/// specification and its value.
pub type SettingVisitor<'v> = dyn FnMut(&str, &'static SettingSpec, SettingSlot<'_>) + 'v;

/// Called for every child of a node, with its specification.
pub type ChildVisitor<'v> = dyn FnMut(&'static SettingSpec, &mut dyn SettingTree) + 'v;

/// A node of the settings tree: a struct of settings, or a leaf with one value.
pub trait SettingTree {
    /// The value of a leaf; `None` for a struct.
    fn slot(&mut self) -> Option<SettingSlot<'_>> {
        None
    }

    /// Calls the visitor for every child, in the order of definition; a leaf has none.
    fn children(&mut self, _: &mut ChildVisitor<'_>) {}
}

/// Calls `visitor` for every setting of a tree.
pub fn visit(tree: &mut dyn SettingTree, visitor: &mut SettingVisitor<'_>) {
    tree.children(&mut |spec, child| visit_below(spec.name, spec, child, visitor));
}

fn visit_below(path: &str, spec: &'static SettingSpec, tree: &mut dyn SettingTree, visitor: &mut SettingVisitor<'_>) {
    if let Some(slot) = tree.slot() {
        return visitor(path, spec, slot);
    }
    tree.children(&mut |spec, child| visit_below(&format!("{path}.{}", spec.name), spec, child, visitor));
}

/// Calls `found` for the setting at `path`; returns false if there is none.
pub fn find(
    tree: &mut dyn SettingTree,
    path: &str,
    found: &mut dyn FnMut(&'static SettingSpec, SettingSlot<'_>),
) -> bool {
    let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    let mut exists = false;
    tree.children(&mut |spec, child| {
        if spec.name == name {
            exists = match (below, child.slot()) {
                (Some(below), None) => find(child, below, found),
                (None, Some(slot)) => {
                    found(spec, slot);
                    true
                }
                _ => false,
            };
        }
    });
    exists
}

macro_rules! leaf {
    ($($type:ty => $slot:ident),+ $(,)?) => {$(
        impl SettingTree for $type {
            fn slot(&mut self) -> Option<SettingSlot<'_>> {
                Some(SettingSlot::$slot(self))
            }
        }
    )+};
}

/// How the value of a setting is read from a file: whole numbers in any of their forms, all else as serde does.
pub trait ReadSetting: for<'de> Deserialize<'de> {
    /// Reads the value.
    ///
    /// # Errors
    /// A value of another kind.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl ReadSetting for f64 {}
impl ReadSetting for bool {}
impl ReadSetting for String {}

impl ReadSetting for u64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Whole::deserialize(deserializer)?.0)
    }
}

impl ReadSetting for usize {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Whole::deserialize(deserializer)?.0;
        Self::try_from(whole).map_err(|_| serde::de::Error::custom(format!("{whole} is too large")))
    }
}

impl ReadSetting for Vec<usize> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wholes = Vec::<Whole>::deserialize(deserializer)?;
        // A width that is too large here is far out of its range.
        Ok(wholes.into_iter().map(|whole| usize::try_from(whole.0).unwrap_or(usize::MAX)).collect())
    }
}

leaf! {
    f64 => Real,
    usize => Count,
    u64 => Long,
    bool => Flag,
    String => Text,
    Vec<usize> => Counts,
}

/// Defines a struct of settings, each as `name: type = default, low => high, "unit";`. Range and unit are optional; the doc
/// comment is the help text.
macro_rules! settings {
    ($(#[doc = $about:literal])+ $vis:vis struct $type:ident {
        $($(#[doc = $help:literal])+ $name:ident: $kind:ty = $default:expr $(, $low:literal => $high:literal $(, $unit:literal)?)?;)*
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        $vis struct $type {
            $($(#[doc = $help])+ #[serde(deserialize_with = "crate::settings::tree::ReadSetting::read")] pub $name: $kind,)*
        }

        impl $crate::settings::tree::ReadSetting for $type {}

        impl Default for $type {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl $crate::settings::tree::SettingTree for $type {
            fn children(&mut self, visitor: &mut $crate::settings::tree::ChildVisitor<'_>) {
                $({
                    static SPEC: $crate::settings::tree::SettingSpec = $crate::settings::tree::SettingSpec {
                        name: stringify!($name),
                        help: concat!($($help),+).trim_ascii(),
                        unit: concat!("" $($(, $unit)?)?),
                        range: $crate::settings::tree::settings!(@range $($low, $high)?),
                    };
                    visitor(&SPEC, &mut self.$name);
                })*
            }
        }
    };
    (@range) => { None };
    (@range $low:literal, $high:literal) => { Some(($low as f64, $high as f64)) };
}

/// Defines an enum whose variants are chosen by name in RON, on the command line and in the overlay.
macro_rules! choice {
    ($(#[doc = $about:literal])+ $vis:vis enum $type:ident {
        $($(#[doc = $help:literal])+ $option:ident = $name:literal,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $type {
            $($(#[doc = $help])+ $option,)+
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::settings::tree::NamedOption::chosen(self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match <String as serde::Deserialize>::deserialize(deserializer)?.as_str() {
                    $($name => Ok(Self::$option),)+
                    other => Err(serde::de::Error::unknown_variant(other, &[$($name),+])),
                }
            }
        }

        impl $crate::settings::tree::ReadSetting for $type {}

        impl $crate::settings::tree::NamedOption for $type {
            fn options(&self) -> &'static [&'static str] {
                &[$($name),+]
            }

            fn chosen(&self) -> &'static str {
                match self { $(Self::$option => $name,)+ }
            }

            fn choose(&mut self, name: &str) -> bool {
                match name {
                    $($name => *self = Self::$option,)+
                    _ => return false,
                }
                true
            }
        }

        impl $crate::settings::tree::SettingTree for $type {
            fn slot(&mut self) -> Option<$crate::settings::tree::SettingSlot<'_>> {
                Some($crate::settings::tree::SettingSlot::Choice(self))
            }
        }
    };
}

pub(crate) use {choice, settings};

/// Whether a text is one line of reasonable length. Names and paths come from untrusted files and end up in terminals.
fn is_line(text: &str) -> bool {
    text.len() <= 4096 && !text.chars().any(char::is_control)
}

impl SettingSlot<'_> {
    /// The value as text, as written on the command line.
    pub fn text(&self) -> String {
        match self {
            SettingSlot::Real(value) => value.to_string(),
            SettingSlot::Count(value) => value.to_string(),
            SettingSlot::Long(value) => value.to_string(),
            SettingSlot::Flag(value) => value.to_string(),
            SettingSlot::Text(value) => (*value).clone(),
            SettingSlot::Counts(value) => value.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            SettingSlot::Choice(value) => value.chosen().to_owned(),
        }
    }

    /// What the setting accepts, as the end of the sentence "expected ...".
    pub fn expectation(&self, spec: &SettingSpec) -> String {
        let kind = match self {
            SettingSlot::Real(_) => "a number",
            SettingSlot::Count(_) | SettingSlot::Long(_) => "a whole number",
            SettingSlot::Flag(_) => "true or false",
            SettingSlot::Text(_) => "text of one line",
            SettingSlot::Counts(_) => "one to eight whole numbers such as 64,64, each",
            SettingSlot::Choice(value) => return format!("one of: {}", value.options().join(", ")),
        };
        let unit = if spec.unit.is_empty() { String::new() } else { format!(" ({})", spec.unit) };
        match spec.range {
            Some((low, high)) => format!("{kind} from {low} to {high}{unit}"),
            None => format!("{kind}{unit}"),
        }
    }

    /// Whether the value is in the range of its specification. Choices always are; text must be one line.
    pub fn in_range(&self, spec: &SettingSpec) -> bool {
        let Some((low, high)) = spec.range else {
            return match self {
                SettingSlot::Real(value) => value.is_finite(),
                SettingSlot::Text(value) => is_line(value),
                _ => true,
            };
        };
        let within = |value: f64| (low..=high).contains(&value);
        match self {
            SettingSlot::Real(value) => within(**value),
            SettingSlot::Count(value) => within(**value as f64),
            SettingSlot::Long(value) => within(**value as f64),
            SettingSlot::Counts(value) => {
                (1..=8).contains(&value.len()) && value.iter().all(|width| within(*width as f64))
            }
            SettingSlot::Text(value) => is_line(value),
            SettingSlot::Flag(_) | SettingSlot::Choice(_) => true,
        }
    }

    /// Sets the value from text; returns false and changes nothing if the text is of the wrong kind. Does not check the
    /// range.
    pub fn parse(&mut self, text: &str) -> bool {
        fn into<T: std::str::FromStr>(target: &mut T, text: &str) -> bool {
            text.trim().parse().map(|value| *target = value).is_ok()
        }
        match self {
            SettingSlot::Real(value) => into(*value, text),
            SettingSlot::Count(value) => {
                let whole = Whole::from_text(text).and_then(|whole| usize::try_from(whole.0).ok());
                whole.map(|whole| **value = whole).is_some()
            }
            SettingSlot::Long(value) => Whole::from_text(text).map(|whole| **value = whole.0).is_some(),
            SettingSlot::Flag(value) => into(*value, text),
            SettingSlot::Text(value) => {
                text.clone_into(value);
                true
            }
            SettingSlot::Counts(value) => {
                let width = |text| usize::try_from(Whole::from_text(text)?.0).ok();
                let widths = text.split(',').map(width).collect::<Option<Vec<usize>>>();
                widths.map(|widths| **value = widths).is_some()
            }
            SettingSlot::Choice(value) => value.choose(text.trim()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn every_setting_that_is_visited_is_found_by_its_path_and_nothing_else_is() {
        let mut settings = Settings::default();
        let mut visited = Vec::new();
        visit(&mut settings, &mut |path, spec, slot| visited.push((path.to_owned(), spec.help, slot.text())));
        assert!(visited.len() > 100);
        for (path, help, text) in &visited {
            let mut found = None;
            assert!(find(&mut settings, path, &mut |spec, slot| found = Some((spec.help, slot.text()))), "{path}");
            assert_eq!(found, Some((*help, text.clone())), "{path}");
        }
        for path in ["", ".", "pilot", "pilot.", ".pilot", "pilot.gama", "pilot.gamma.", "pilot.gamma.gamma", "gamma"] {
            assert!(!find(&mut settings, path, &mut |_, _| unreachable!("{path} is no setting")), "{path}");
        }
    }
}
