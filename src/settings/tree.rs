//! The one description of a setting: the [`settings!`](crate::settings) macro turns a commented list of fields
//! into a serde struct, its defaults and a walk over its fields. RON, `--set`, `--help` and the overlay all use
//! that walk, so no number is described twice.

use std::fmt;

/// What a person needs to know about one setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingSpec {
    /// Field name as written in RON.
    pub name: &'static str,
    /// One sentence of help.
    pub help: &'static str,
    /// Unit of the value, empty where it is a plain number.
    pub unit: &'static str,
    /// Smallest and largest value allowed, both inclusive.
    pub range: Option<(f64, f64)>,
}

/// A setting's value, borrowed for reading or changing.
#[derive(Debug)]
pub enum SettingSlot<'a> {
    /// A real number.
    Real(&'a mut f64),
    /// A whole number that counts things held in memory.
    Count(&'a mut usize),
    /// A whole number of 64 bits: steps, seeds.
    Long(&'a mut u64),
    /// On or off.
    Flag(&'a mut bool),
    /// Free text.
    Text(&'a mut String),
    /// Widths of hidden layers.
    Widths(&'a mut Vec<usize>),
    /// One of a few names.
    Choice(&'a mut dyn NamedOption),
}

/// A closed set of named options.
pub trait NamedOption: fmt::Debug {
    /// Names of all options, in order.
    fn options(&self) -> &'static [&'static str];
    /// Name of the chosen option.
    fn chosen(&self) -> &'static str;
    /// Chooses by name; false (and unchanged) when there is no such option.
    fn choose(&mut self, name: &str) -> bool;
}

/// Receives every setting of a tree, in the order of its definition: path such as `pilot.gamma`, its
/// description and its value.
pub type SettingVisitor<'v> = dyn FnMut(&str, &'static SettingSpec, SettingSlot<'_>) + 'v;

/// Receives one part of a tree with its description.
pub type Part<'v> = dyn FnMut(&'static SettingSpec, &mut dyn SettingTree) + 'v;

/// A struct of settings, or one value at a leaf.
pub trait SettingTree {
    /// The value, at a leaf.
    fn slot(&mut self) -> Option<SettingSlot<'_>> {
        None
    }

    /// Calls `each` for every part, in the order of its definition; for none at a leaf.
    fn parts(&mut self, _: &mut Part<'_>) {}
}

/// Calls `visitor` for every setting of a tree.
pub fn visit(tree: &mut dyn SettingTree, visitor: &mut SettingVisitor<'_>) {
    tree.parts(&mut |spec, part| visit_below(spec.name, spec, part, visitor));
}

fn visit_below(path: &str, spec: &'static SettingSpec, tree: &mut dyn SettingTree, visitor: &mut SettingVisitor<'_>) {
    if let Some(slot) = tree.slot() {
        return visitor(path, spec, slot);
    }
    tree.parts(&mut |spec, part| visit_below(&format!("{path}.{}", spec.name), spec, part, visitor));
}

/// Calls `found` for the setting at `path`; false if there is none.
pub fn find(
    tree: &mut dyn SettingTree,
    path: &str,
    found: &mut dyn FnMut(&'static SettingSpec, SettingSlot<'_>),
) -> bool {
    let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    let mut is_there = false;
    tree.parts(&mut |spec, part| {
        if spec.name == name {
            is_there = match (below, part.slot()) {
                (Some(below), None) => find(part, below, found),
                (None, Some(slot)) => {
                    found(spec, slot);
                    true
                }
                _ => false,
            };
        }
    });
    is_there
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

leaf! {
    f64 => Real,
    usize => Count,
    u64 => Long,
    bool => Flag,
    String => Text,
    Vec<usize> => Widths,
}

/// Defines a struct of settings: `name: type = default, low => high, "unit";`, range and unit being optional.
macro_rules! settings {
    ($(#[doc = $about:literal])+ $vis:vis struct $type:ident {
        $($(#[doc = $help:literal])+ $name:ident: $kind:ty = $default:expr $(, $low:literal => $high:literal $(, $unit:literal)?)?;)*
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        $vis struct $type {
            $($(#[doc = $help])+ pub $name: $kind,)*
        }

        impl Default for $type {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl $crate::settings::tree::SettingTree for $type {
            fn parts(&mut self, each: &mut $crate::settings::tree::Part<'_>) {
                $({
                    static SPEC: $crate::settings::tree::SettingSpec = $crate::settings::tree::SettingSpec {
                        name: stringify!($name),
                        help: concat!($($help),+).trim_ascii(),
                        unit: concat!("" $($(, $unit)?)?),
                        range: $crate::settings::tree::settings!(@range $($low, $high)?),
                    };
                    each(&SPEC, &mut self.$name);
                })*
            }
        }
    };
    (@range) => { None };
    (@range $low:literal, $high:literal) => { Some(($low as f64, $high as f64)) };
}

/// Defines an enum whose options are chosen by name in RON, on the command line and in the overlay.
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

/// Whether a text can be shown in a line: names and paths come from files of strangers and end up in terminals.
fn is_line(text: &str) -> bool {
    text.len() <= 4096 && !text.chars().any(char::is_control)
}

impl SettingSlot<'_> {
    /// The value as it is written in RON and on the command line.
    pub fn text(&self) -> String {
        match self {
            SettingSlot::Real(value) => value.to_string(),
            SettingSlot::Count(value) => value.to_string(),
            SettingSlot::Long(value) => value.to_string(),
            SettingSlot::Flag(value) => value.to_string(),
            SettingSlot::Text(value) => (*value).clone(),
            SettingSlot::Widths(value) => value.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            SettingSlot::Choice(value) => value.chosen().to_owned(),
        }
    }

    /// What this slot accepts, as the end of the sentence "expected ...".
    pub fn expectation(&self, spec: &SettingSpec) -> String {
        let kind = match self {
            SettingSlot::Real(_) => "a number",
            SettingSlot::Count(_) | SettingSlot::Long(_) => "a whole number",
            SettingSlot::Flag(_) => "true or false",
            SettingSlot::Text(_) => "text of one line",
            SettingSlot::Widths(_) => "layer widths such as 64,64, each",
            SettingSlot::Choice(value) => return format!("one of: {}", value.options().join(", ")),
        };
        let unit = if spec.unit.is_empty() { String::new() } else { format!(" ({})", spec.unit) };
        match spec.range {
            Some((low, high)) => format!("{kind} from {low} to {high}{unit}"),
            None => format!("{kind}{unit}"),
        }
    }

    /// Whether the value lies in the range of its description. Choices always do, and text of one line.
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
            SettingSlot::Widths(value) => {
                (1..=4).contains(&value.len()) && value.iter().all(|width| within(*width as f64))
            }
            SettingSlot::Text(value) => is_line(value),
            SettingSlot::Flag(_) | SettingSlot::Choice(_) => true,
        }
    }

    /// Sets the value from text; false (and unchanged) when the text is not of the slot's kind. The range is
    /// not looked at here.
    pub fn parse(&mut self, text: &str) -> bool {
        fn into<T: std::str::FromStr>(target: &mut T, text: &str) -> bool {
            text.trim().parse().map(|value| *target = value).is_ok()
        }
        match self {
            SettingSlot::Real(value) => into(*value, text),
            SettingSlot::Count(value) => into(*value, &text.replace('_', "")),
            SettingSlot::Long(value) => into(*value, &text.replace('_', "")),
            SettingSlot::Flag(value) => into(*value, text),
            SettingSlot::Text(value) => {
                text.clone_into(value);
                true
            }
            SettingSlot::Widths(value) => {
                let widths = text.split(',').map(|width| width.trim().parse());
                widths.collect::<Result<Vec<usize>, _>>().map(|widths| **value = widths).is_ok()
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
