//! The study file.
//!
//! Names and values are checked while the file is parsed, so that errors have a line and a column.

use crate::policy::scripted;
use crate::settings::tree::ReadSetting;
use crate::settings::{SCENARIOS, Settings, SettingsError, Whole, load_scenario, load_settings};
use crate::storage::{QTABLE, folder_name};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// The built-in studies: name and RON text.
pub const STUDIES: [(&str, &str); 3] = [
    ("pilot", include_str!("../../assets/studies/pilot.ron")),
    ("fear", include_str!("../../assets/studies/fear.ron")),
    ("models", include_str!("../../assets/studies/models.ron")),
];

/// Settings that a study controls itself, with the reason why a variant cannot change them.
const RESERVED: [(&str, &str); 5] = [
    ("run.seed", "the list `seeds` gives it"),
    ("run.threads", "every run of a study is trained on one thread"),
    ("run.black_box_ticks", "the runs of a study keep no black boxes"),
    ("run.max_runtime", "a run that ends by the clock cannot be repeated"),
    ("cluster.name", "the list `scenarios` gives it"),
];

/// The folder of the scripted policies, a name that no variant can have.
pub(super) const POLICIES: &str = "policies";

/// A study as its file describes it: variants of the settings, trained and evaluated with several seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// What it is about, in a few words; printed in the summary.
    #[serde(default)]
    pub about: String,
    /// Scenarios to train and evaluate on: built-in names or RON files; `all` stands for the built-in ones.
    #[serde(deserialize_with = "scenarios")]
    pub scenarios: Vec<String>,
    /// Training seeds.
    #[serde(deserialize_with = "seeds")]
    pub seeds: Vec<u64>,
    /// A built-in profile or a settings file that all variants start from; empty for the defaults.
    #[serde(default, deserialize_with = "settings")]
    pub settings: String,
    /// Changes common to all variants.
    #[serde(default)]
    pub set: SettingChanges,
    /// What is compared; differences are relative to the first.
    #[serde(deserialize_with = "variants")]
    pub variants: Vec<Variant>,
    /// Scripted policies that play the same episodes.
    #[serde(default, deserialize_with = "policies")]
    pub policies: Vec<String>,
    /// How the trained Pilots are evaluated.
    #[serde(default)]
    pub evaluation: EvaluationPlan,
}

/// One variant of the settings in a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in tables and folders.
    pub name: String,
    /// The settings it changes.
    #[serde(default)]
    pub set: SettingChanges,
}

/// The evaluation of every trained Pilot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationPlan {
    /// Episodes, at least 2.
    #[serde(deserialize_with = "episodes")]
    pub episodes: u64,
    /// Seed from which the seeds of the episodes derive.
    #[serde(deserialize_with = "ReadSetting::read")]
    pub seed: u64,
}

impl Default for EvaluationPlan {
    fn default() -> Self {
        Self { episodes: 1_000, seed: 5_000_000 }
    }
}

/// Changes to the settings in the order of the file, such as `{ "pilot.gamma": "0.95" }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingChanges(pub Vec<(String, String)>);

impl Serialize for SettingChanges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(path, value)| map.serialize_entry(path, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for SettingChanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingChangesVisitor)
    }
}

struct SettingChangesVisitor;

impl<'de> Visitor<'de> for SettingChangesVisitor {
    type Value = SettingChanges;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("settings and their values in quotes, such as { \"pilot.gamma\": \"0.95\" }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SettingChanges, A::Error> {
        let mut changes = SettingChanges::default();
        while let Some(path) = map.next_key::<String>()? {
            if let Some((_, reason)) = RESERVED.iter().find(|(reserved, _)| *reserved == path) {
                return Err(A::Error::custom(format!("a study cannot change {path}: {reason}")));
            }
            let mut settings = Settings::default();
            if let Err(unknown @ SettingsError::Unknown { .. }) = settings.assign(&path, "") {
                return Err(A::Error::custom(unknown));
            }
            let value = map.next_value::<String>()?;
            if changes.0.len() == MAX_ENTRIES {
                return Err(A::Error::custom(format!(
                    "more than {MAX_ENTRIES} settings are changed, but there are not that many"
                )));
            }
            settings.assign(&path, &value).map_err(A::Error::custom)?;
            changes.0.push((path, value));
        }
        Ok(changes)
    }
}

/// Visits a list and checks its items one by one, so that an error has the position of its item.
struct ListVisitor<T, F> {
    min_length: usize,
    add: F,
    items: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(&mut Vec<T>, T) -> Result<(), String>> Visitor<'de> for ListVisitor<T, F> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list in square brackets")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = sequence.next_element()? {
            if list.len() == MAX_ENTRIES {
                return Err(A::Error::custom(format!("this list has more than {MAX_ENTRIES} entries")));
            }
            (self.add)(&mut list, item).map_err(A::Error::custom)?;
        }
        if list.len() < self.min_length {
            return Err(A::Error::custom("this list is empty, but a study needs at least one entry here"));
        }
        Ok(list)
    }
}

/// The most entries of a list: a study with more could not be carried out, and checking them would take long.
const MAX_ENTRIES: usize = 1_000;

/// Adds an item to a list without duplicates.
fn add_unique<T: PartialEq + fmt::Display>(list: &mut Vec<T>, item: T) -> Result<(), String> {
    if list.contains(&item) {
        return Err(format!("{item} is listed twice"));
    }
    list.push(item);
    Ok(())
}

fn scenarios<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let add = |list: &mut Vec<String>, name: String| {
        if name == "all" {
            return SCENARIOS.into_iter().try_for_each(|(name, _)| add_unique(list, name.to_owned()));
        }
        load_scenario(&name).map_err(|error| error.to_string())?;
        add_unique(list, name)
    };
    deserializer.deserialize_seq(ListVisitor { min_length: 1, add, items: PhantomData })
}

fn seeds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let visitor = ListVisitor { min_length: 1, add: add_unique::<Whole>, items: PhantomData };
    Ok(deserializer.deserialize_seq(visitor)?.into_iter().map(|seed| seed.0).collect())
}

fn settings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if !name.is_empty() {
        load_settings(&name).map_err(D::Error::custom)?;
    }
    Ok(name)
}

fn variants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Variant>, D::Error> {
    let add = |list: &mut Vec<Variant>, variant: Variant| {
        if variant.name.trim().is_empty() {
            return Err("a variant needs a name".to_owned());
        }
        let folder = folder_name(&variant.name);
        if folder.eq_ignore_ascii_case(POLICIES) {
            return Err(format!(
                "\"{}\" cannot be the name of a variant: its folder holds the scripted policies",
                variant.name
            ));
        }
        if let Some(other) = list.iter().find(|other| folder_name(&other.name).eq_ignore_ascii_case(&folder)) {
            let (name, other) = (&variant.name, &other.name);
            return Err(format!("the variants \"{other}\" and \"{name}\" would share the folder {folder}"));
        }
        list.push(variant);
        Ok(())
    };
    deserializer.deserialize_seq(ListVisitor { min_length: 1, add, items: PhantomData })
}

fn policies<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let add = |list: &mut Vec<String>, name: String| {
        if name != QTABLE {
            scripted(&name).map_err(|error| error.to_string())?;
        }
        add_unique(list, name)
    };
    deserializer.deserialize_seq(ListVisitor { min_length: 0, add, items: PhantomData })
}

fn episodes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let episodes = Whole::deserialize(deserializer)?.0;
    if !(2..=10_000_000).contains(&episodes) {
        return Err(D::Error::custom(format!("{episodes} episodes, expected a whole number from 2 to 10000000")));
    }
    Ok(episodes)
}
