//! Loads settings and scenarios from RON: the built-in ones by name, others by path.

use super::ron_location::{locate, value_of};
use super::tree::{SettingSlot, visit};
use super::{RewardSettings, Scenario, Settings, SettingsError};
use crate::bounded::{self, printable, quoted};
use ron::Value;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Largest settings file in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The built-in scenarios: name and RON text.
pub const SCENARIOS: [(&str, &str); 7] = [
    ("classic", include_str!("../../assets/scenarios/classic.ron")),
    ("calm", include_str!("../../assets/scenarios/calm.ron")),
    ("default", include_str!("../../assets/scenarios/default.ron")),
    ("leak-storm", include_str!("../../assets/scenarios/leak-storm.ron")),
    ("rush-hour", include_str!("../../assets/scenarios/rush-hour.ron")),
    ("budget-squeeze", include_str!("../../assets/scenarios/budget-squeeze.ron")),
    ("cascade", include_str!("../../assets/scenarios/cascade.ron")),
];

/// The built-in settings profiles: name and RON text.
pub const PROFILES: [(&str, &str); 2] =
    [("v10", include_str!("../../assets/profiles/v10.ron")), ("v13", include_str!("../../assets/profiles/v13.ron"))];

/// Loads a built-in scenario by name, or a scenario file by path.
///
/// # Errors
/// An unknown name, a file that cannot be read or parsed, or a value out of range.
pub fn load_scenario(name_or_path: &str) -> Result<Scenario, SettingsError> {
    let (file, text) = find("scenario", name_or_path, &SCENARIOS)?;
    scenario_from(&file, &text)
}

/// Parses a scenario from RON; `file` is its name in errors.
///
/// # Errors
/// Malformed text, or a value out of range.
pub fn scenario_from(file: &Path, text: &str) -> Result<Scenario, SettingsError> {
    let cluster = parse::<Scenario>(file, text).map_err(|error| name_setting(error, text, true))?;
    let settings = Settings { cluster, ..Settings::default() };
    settings.check(Some((file, text)))?;
    Ok(settings.cluster)
}

/// Loads a built-in profile by name, or a settings file by path. Settings that it leaves out have their defaults; weights
/// that it leaves out are those of its reward profile.
///
/// # Errors
/// An unknown name, a file that cannot be read or parsed, or a value out of range.
pub fn load_settings(name_or_path: &str) -> Result<Settings, SettingsError> {
    let (file, text) = find("settings profile", name_or_path, &PROFILES)?;
    settings_from(&file, &text)
}

/// Parses settings from RON; `file` is their name in errors.
///
/// # Errors
/// Malformed text, or a value out of range.
pub fn settings_from(file: &Path, text: &str) -> Result<Settings, SettingsError> {
    let mut settings = parse::<Settings>(file, text).map_err(|error| name_setting(error, text, false))?;
    fill_in_profile(&mut settings.reward, &parse(file, text)?);
    settings.check(Some((file, text)))?;
    Ok(settings)
}

/// The error for a value of the wrong kind, with the setting that it is for and what that accepts. Other errors stay as they are.
fn name_setting(error: SettingsError, text: &str, is_scenario: bool) -> SettingsError {
    let SettingsError::Ron { file, line, column, .. } = &error else { return error };
    // The setting that begins last before the error.
    let mut nearest = ((0, 0), None);
    Settings::default().each(&mut |path, spec, mut slot| {
        let section = path.split('.').next().unwrap_or_default();
        let named = if is_scenario { section == "cluster" } else { locate(text, section).is_some() };
        let place = locate(text, path).filter(|place| named && *place > nearest.0 && *place <= (*line, *column));
        let (Some(place), Some(value)) = (place, value_of(text, path)) else { return };
        let is_text = matches!(slot, SettingSlot::Text(_) | SettingSlot::Choice(_));
        let plain = if matches!(slot, SettingSlot::Counts(_)) { value.trim_matches(['[', ']']) } else { value };
        // Something else is wrong where the setting accepts the value, or where it is no single value.
        let wrong = !is_text && !slot.parse(plain) && !plain.contains([':', '(', '\n']) && !plain.is_empty();
        nearest = (place, wrong.then(|| (path.to_owned(), quoted(value), slot.expectation(spec))));
    });
    let (line, column) = nearest.0;
    match nearest.1 {
        Some((path, value, expected)) => {
            SettingsError::BadValueInFile { file: file.clone(), line, column, path, value, expected }
        }
        None => error,
    }
}

/// Longest name for which a similar one is looked for; comparing takes time in proportion to the length.
const MAX_NAME: usize = 100;

/// The known name most similar to `name`, if any is similar enough.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME {
        return None;
    }
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Reads a built-in file by name, or a file by path: its name in errors, and its text.
///
/// # Errors
/// An unknown name, or a file that cannot be read.
pub(crate) fn find(
    kind: &'static str,
    name_or_path: &str,
    built_in: &[(&'static str, &'static str)],
) -> Result<(std::path::PathBuf, String), SettingsError> {
    if let Some((name, text)) = built_in.iter().find(|(name, _)| *name == name_or_path) {
        return Ok((format!("built-in {name}.ron").into(), (*text).to_owned()));
    }
    let path = Path::new(name_or_path);
    if !path.exists() && !name_or_path.contains(['/', '\\']) && path.extension().is_none() {
        let names = built_in.iter().map(|(name, _)| *name);
        return Err(SettingsError::unknown(kind, name_or_path, names));
    }
    Ok((path.to_owned(), read_small(path)?))
}

/// Reads the text of a plain file of at most 1 MiB.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read_small(path: &Path) -> Result<String, SettingsError> {
    bounded::read_text(path, MAX_FILE).map_err(|problem| SettingsError::unreadable(path, &problem))
}

/// Parses a value from RON; `file` is its name in errors.
///
/// # Errors
/// Malformed text, with line and column.
pub(crate) fn parse<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, SettingsError> {
    // Parsed values may take many times the memory of their text.
    if text.len() as u64 > MAX_FILE {
        let problem = Error::new(ErrorKind::FileTooLarge, "the text is more than 1 MiB");
        return Err(SettingsError::unreadable(file, &problem));
    }
    ron::from_str(text).map_err(|error| SettingsError::Ron {
        file: file.to_owned(),
        line: error.span.start.line,
        column: error.span.start.col,
        problem: match &error.code {
            ron::Error::NoSuchStructField { expected, found, .. } => unknown("setting", found, expected),
            ron::Error::NoSuchEnumVariant { expected, found, .. } => unknown("choice", found, expected),
            other => printable(&other.to_string(), 300),
        },
    })
}

fn unknown(kind: &'static str, name: &str, known: &[&str]) -> String {
    SettingsError::unknown(kind, name, known.iter().copied()).to_string()
}

/// Sets the weights that `file` leaves out to those of its reward profile.
fn fill_in_profile(reward: &mut RewardSettings, file: &Value) {
    let field = |value: &Value, name: &str| match value {
        Value::Map(fields) => fields.get(&Value::String(name.to_owned())).cloned(),
        _ => None,
    };
    let Some(given) = field(file, "reward") else { return };
    let mut weights = HashMap::new();
    visit(&mut RewardSettings::for_profile(reward.profile), &mut |name, _, slot| {
        if let SettingSlot::Real(weight) = slot {
            weights.insert(name.to_owned(), *weight);
        }
    });
    visit(reward, &mut |name, _, slot| {
        if let (SettingSlot::Real(weight), Some(of_profile), None) = (slot, weights.get(name), field(&given, name)) {
            *weight = *of_profile;
        }
    });
}

/// A value out of range, or one that contradicts another setting.
pub(super) struct RefusedValue {
    /// Path of the setting.
    pub path: String,
    /// Its value.
    pub value: String,
    /// What is allowed.
    pub expected: String,
    /// Path of the setting that it contradicts, if any.
    pub other: Option<String>,
}

impl RefusedValue {
    /// The error; with the position in the source file of the field, or else of the field that it contradicts.
    pub fn into_error(self, source: Option<(&Path, &str)>) -> SettingsError {
        let Self { path, value, expected, other } = self;
        let value = quoted(&value);
        let position = source.and_then(|(file, text)| {
            let other = other.as_deref().and_then(|other| locate(text, other));
            let (line, column) = locate(text, &path).or(other)?;
            Some((file.to_owned(), line, column))
        });
        match position {
            Some((file, line, column)) => SettingsError::BadValueInFile { file, line, column, path, value, expected },
            None => SettingsError::BadValue { path, value, expected },
        }
    }
}
