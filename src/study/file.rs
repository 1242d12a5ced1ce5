//! The study file.
//!
//! Names and values are checked while the file is read, so that a refusal tells line and column.

use crate::policy::scripted;
use crate::settings::{SCENARIOS, Settings, SettingsError, load_scenario, load_settings};
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

/// Settings that the study gives every run itself, with the reason.
const OWN: [(&str, &str); 5] = [
    ("run.seed", "the list `seeds` gives it"),
    ("run.threads", "every run of a study is trained on one thread"),
    ("run.black_box_ticks", "the runs of a study keep no black boxes"),
    ("run.max_runtime", "a run that ends by the clock cannot be repeated"),
    ("cluster.name", "the list `scenarios` gives it"),
];

/// The folder of the scripted policies, which no variant can have.
pub(super) const POLICIES: &str = "policies";

/// A study as its file describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// What it is about, in a few words.
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
    /// What is compared; differences are taken to the first.
    #[serde(deserialize_with = "variants")]
    pub variants: Vec<Variant>,
    /// Scripted policies that play the same episodes.
    #[serde(default, deserialize_with = "policies")]
    pub policies: Vec<String>,
    /// How the trained Pilots are evaluated.
    #[serde(default)]
    pub evaluation: EvaluationPlan,
}

/// One variant of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in tables and folders.
    pub name: String,
    /// What it changes.
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
    /// Seed from which the episodes' seeds derive.
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
        deserializer.deserialize_map(Changes)
    }
}

struct Changes;

impl<'de> Visitor<'de> for Changes {
    type Value = SettingChanges;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("settings and their values in quotes, such as { \"pilot.gamma\": \"0.95\" }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SettingChanges, A::Error> {
        let mut changes = SettingChanges::default();
        while let Some(path) = map.next_key::<String>()? {
            if let Some((_, reason)) = OWN.iter().find(|(own, _)| *own == path) {
                return Err(A::Error::custom(format!("{path} is not for a study to change: {reason}")));
            }
            let mut known = Settings::default();
            if let Err(unknown @ SettingsError::Unknown { .. }) = known.assign(&path, "") {
                return Err(A::Error::custom(unknown));
            }
            let value = map.next_value::<String>()?;
            if changes.0.len() == MOST {
                return Err(A::Error::custom(format!(
                    "more than {MOST} settings are changed, and there are not as many"
                )));
            }
            known.assign(&path, &value).map_err(A::Error::custom)?;
            changes.0.push((path, value));
        }
        Ok(changes)
    }
}

/// A list whose items are taken one by one, so that a refusal stands where the item does.
struct Each<T, F> {
    least: usize,
    take: F,
    items: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(&mut Vec<T>, T) -> Result<(), String>> Visitor<'de> for Each<T, F> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list in square brackets")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = sequence.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::custom(format!("this list has more than {MOST} entries, the most of a study")));
            }
            (self.take)(&mut list, item).map_err(A::Error::custom)?;
        }
        if list.len() < self.least {
            return Err(A::Error::custom("this list is empty, and a study needs at least one entry here"));
        }
        Ok(list)
    }
}

/// The most entries of a list: no study that can be carried out has more, and checking them takes its time.
const MOST: usize = 1_000;

/// Adds an item that is not there yet.
fn add<T: PartialEq + fmt::Display>(list: &mut Vec<T>, item: T) -> Result<(), String> {
    if list.contains(&item) {
        return Err(format!("{item} is there twice"));
    }
    list.push(item);
    Ok(())
}

fn scenarios<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let take = |list: &mut Vec<String>, name: String| {
        if name == "all" {
            return SCENARIOS.into_iter().try_for_each(|(name, _)| add(list, name.to_owned()));
        }
        load_scenario(&name).map_err(|error| error.to_string())?;
        add(list, name)
    };
    deserializer.deserialize_seq(Each { least: 1, take, items: PhantomData })
}

fn seeds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    deserializer.deserialize_seq(Each { least: 1, take: add, items: PhantomData })
}

fn settings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if !name.is_empty() {
        load_settings(&name).map_err(D::Error::custom)?;
    }
    Ok(name)
}

fn variants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Variant>, D::Error> {
    let take = |list: &mut Vec<Variant>, variant: Variant| {
        if variant.name.trim().is_empty() {
            return Err("a variant needs a name".to_owned());
        }
        let folder = folder_name(&variant.name);
        if folder.eq_ignore_ascii_case(POLICIES) {
            return Err(format!(
                "\"{}\" cannot name a variant: the folder is that of the scripted policies",
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
    deserializer.deserialize_seq(Each { least: 1, take, items: PhantomData })
}

fn policies<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let take = |list: &mut Vec<String>, name: String| {
        if name != QTABLE {
            scripted(&name).map_err(|error| error.to_string())?;
        }
        add(list, name)
    };
    deserializer.deserialize_seq(Each { least: 0, take, items: PhantomData })
}

fn episodes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let episodes = u64::deserialize(deserializer)?;
    if !(2..=10_000_000).contains(&episodes) {
        return Err(D::Error::custom(format!("{episodes} episodes, expected a whole number from 2 to 10000000")));
    }
    Ok(episodes)
}
