//! The search space: settings by their path, each with range and scale. The built-in spaces, one per agent, have the file
//! format that `--space` takes.

use super::TuneError;
use crate::settings::tree::ReadSetting;
use crate::settings::{AgentKind, Settings, SettingsError, parse, read_small};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A setting that is searched, and its range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Path of the setting, such as `pilot.gamma`.
    pub path: String,
    /// The values to search.
    pub range: ValueRange,
}

/// The values of a parameter and how they are distributed; bounds are inclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ValueRange {
    /// Numbers, uniformly.
    Linear(f64, f64),
    /// Positive numbers, uniformly in their logarithm.
    Log(f64, f64),
    /// Numbers below 1, uniformly in the logarithm of their distance to 1: discounts and decay factors.
    BelowOne(f64, f64),
    /// Integers, uniformly.
    Whole(#[serde(deserialize_with = "ReadSetting::read")] u64, #[serde(deserialize_with = "ReadSetting::read")] u64),
    /// A list of values, ordered so that neighbours are similar.
    Choice(Vec<String>),
}

/// The built-in space of an agent.
pub fn default_space(agent: AgentKind) -> Vec<Parameter> {
    let text = match agent {
        AgentKind::Dqn => include_str!("../../assets/spaces/dqn.ron"),
        AgentKind::QTable => include_str!("../../assets/spaces/qtable.ron"),
    };
    ron::from_str(text).expect("a test parses the built-in spaces")
}

/// Reads a space from a file.
///
/// # Errors
/// A file that cannot be read, or is not a search space.
pub fn load_space(path: &Path) -> Result<Vec<Parameter>, TuneError> {
    Ok(space_from(path, &read_small(path)?)?)
}

/// Parses a space in RON; errors name `file`.
///
/// # Errors
/// An invalid space, with line and column.
pub fn space_from(file: &Path, text: &str) -> Result<Vec<Parameter>, SettingsError> {
    parse(file, text)
}

/// Checks that the settings accept every value of the space.
///
/// # Errors
/// The first parameter that cannot be searched.
pub fn check(space: &[Parameter], settings: &Settings) -> Result<(), TuneError> {
    if space.is_empty() {
        return Err(TuneError::Space { path: "(empty)".to_owned(), problem: "there is nothing to search".to_owned() });
    }
    for (at, parameter) in space.iter().enumerate() {
        let refused = |problem: String| TuneError::Space { path: parameter.path.clone(), problem };
        if space[..at].iter().any(|other| other.path == parameter.path) {
            return Err(refused("it is listed twice".to_owned()));
        }
        if let Some(problem) = parameter.range.problem() {
            return Err(refused(problem.to_owned()));
        }
        for value in parameter.range.extremes() {
            settings.clone().assign(&parameter.path, &value)?;
        }
    }
    Ok(())
}

/// Significant digits of the values tried; more would only be hard to read.
const DIGITS: i32 = 4;

impl ValueRange {
    /// What is wrong with the range, if anything.
    fn problem(&self) -> Option<&'static str> {
        match self {
            Self::Linear(low, high) | Self::Log(low, high) | Self::BelowOne(low, high)
                if !low.is_finite() || !high.is_finite() =>
            {
                Some("its bounds must be numbers")
            }
            Self::Linear(low, high) if low >= high => Some("the first bound must be below the second"),
            Self::Log(low, high) if *low <= 0.0 || low >= high => Some("it needs 0 < first bound < second bound"),
            Self::BelowOne(low, high) if low >= high || *high >= 1.0 => Some("it needs first bound < second bound < 1"),
            Self::Whole(low, high) if low >= high => Some("the first bound must be below the second"),
            Self::Choice(values) if values.is_empty() => Some("it has no values"),
            _ => None,
        }
    }

    /// Values that, if valid, make all others valid too.
    fn extremes(&self) -> Vec<String> {
        match self {
            Self::Choice(values) => values.clone(),
            _ => vec![self.value(0.0), self.value(1.0)],
        }
    }

    /// The value at a position from 0 to 1, as text that the setting parses.
    pub fn value(&self, position: f64) -> String {
        let between = |low: f64, high: f64| low + position * (high - low);
        match self {
            Self::Linear(low, high) => rounded(between(*low, *high)).clamp(*low, *high).to_string(),
            Self::Log(low, high) => rounded(between(low.ln(), high.ln()).exp()).clamp(*low, *high).to_string(),
            Self::BelowOne(low, high) => {
                let distance = between((1.0 - low).ln(), (1.0 - high).ln()).exp();
                let decimals = (DIGITS - 2 - distance.log10().floor() as i32).max(0) as usize;
                let value: f64 = format!("{:.decimals$}", 1.0 - distance).parse().unwrap_or(1.0 - distance);
                value.clamp(*low, *high).to_string()
            }
            Self::Whole(low, high) => {
                let last = high - low;
                (low + ((position * (last as f64 + 1.0)) as u64).min(last)).to_string()
            }
            Self::Choice(values) => {
                let at = ((position * values.len() as f64) as usize).min(values.len() - 1);
                values[at].clone()
            }
        }
    }

    /// The position of a value, 0 to 1; `None` for text that is not a value of this range.
    pub fn position(&self, value: &str) -> Option<f64> {
        let number = || value.parse::<f64>().ok();
        let share = |low: f64, high: f64, at: f64| ((at - low) / (high - low)).clamp(0.0, 1.0);
        match self {
            Self::Linear(low, high) => Some(share(*low, *high, number()?)),
            Self::Log(low, high) => Some(share(low.ln(), high.ln(), number()?.ln())),
            Self::BelowOne(low, high) => Some(share((1.0 - low).ln(), (1.0 - high).ln(), (1.0 - number()?).ln())),
            Self::Whole(low, high) => {
                let count = (high - low) as f64 + 1.0;
                Some(((value.parse::<u64>().ok()?.checked_sub(*low)? as f64 + 0.5) / count).min(1.0))
            }
            Self::Choice(values) => {
                let at = values.iter().position(|one| one == value)?;
                Some((at as f64 + 0.5) / values.len() as f64)
            }
        }
    }
}

/// A number with four significant digits.
fn rounded(number: f64) -> f64 {
    let digits = (DIGITS - 1) as usize;
    format!("{number:.digits$e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::load_settings;
    use std::fs;

    fn parameter(path: &str, range: ValueRange) -> Parameter {
        Parameter { path: path.to_owned(), range }
    }

    #[test]
    fn the_built_in_spaces_hold_only_values_that_the_settings_accept() {
        let v10 = load_settings("v10").unwrap();
        for (agent, settings, count) in [(AgentKind::QTable, v10, 6), (AgentKind::Dqn, Settings::default(), 10)] {
            let space = default_space(agent);
            assert_eq!(space.len(), count);
            check(&space, &settings).unwrap();
            // The defaults lie inside, so that the search can find them.
            settings.clone().each(&mut |path, _, slot| {
                let Some(parameter) = space.iter().find(|one| one.path == path) else { return };
                let position = parameter.range.position(&slot.text());
                assert!(position.is_some_and(|position| (0.0..=1.0).contains(&position)), "{path} = {}", slot.text());
            });
        }
    }

    #[test]
    fn a_value_and_its_position_convert_into_each_other() {
        let ranges = [
            ValueRange::Linear(-10.0, 30.0),
            ValueRange::Log(1e-4, 0.5),
            ValueRange::BelowOne(0.5, 0.999),
            ValueRange::Whole(1, 8),
            ValueRange::Choice(["32", "64", "128"].map(str::to_owned).to_vec()),
        ];
        for range in &ranges {
            for step in 0..=40 {
                let value = range.value(f64::from(step) / 40.0);
                let position = range.position(&value).unwrap();
                assert_eq!(range.value(position), value, "{range:?} at {step}");
            }
        }
        let at = |range: &ValueRange, positions: [f64; 3]| positions.map(|position| range.value(position));
        assert_eq!(at(&ranges[0], [0.0, 0.5, 1.0]), ["-10", "10", "30"]);
        assert_eq!(at(&ValueRange::Log(0.001, 0.1), [0.0, 0.5, 1.0]), ["0.001", "0.01", "0.1"]);
        assert_eq!(at(&ValueRange::BelowOne(0.9, 0.999), [0.0, 0.5, 1.0]), ["0.9", "0.99", "0.999"]);
        assert_eq!(at(&ranges[3], [0.0, 0.5, 1.0]), ["1", "5", "8"]);
        assert_eq!(at(&ranges[4], [0.3, 0.5, 0.7]), ["32", "64", "128"]);
        assert_eq!((ranges[4].position("48"), ranges[3].position("0"), ranges[0].position("x")), (None, None, None));
    }

    #[test]
    fn a_space_with_values_that_the_settings_refuse_is_refused() {
        let refusal = |space: &[Parameter]| check(space, &Settings::default()).unwrap_err().to_string();
        let gamma = || parameter("pilot.gamma", ValueRange::BelowOne(0.9, 0.99));
        for (space, part) in [
            (vec![], "nothing to search"),
            (vec![gamma(), gamma()], "pilot.gamma: it is listed twice"),
            (vec![parameter("pilot.gama", ValueRange::Linear(0.1, 0.2))], "did you mean \"pilot.gamma\"?"),
            (vec![parameter("pilot.gamma", ValueRange::Linear(0.9, 1.2))], "pilot.gamma is \"1.2\", expected"),
            (vec![parameter("pilot.gamma", ValueRange::Log(0.0, 0.2))], "it needs 0 < first bound"),
            (
                vec![parameter("pilot.batch_size", ValueRange::Choice(vec!["many".to_owned()]))],
                "pilot.batch_size is \"many\"",
            ),
            (vec![parameter("pilot.n_step", ValueRange::Whole(3, 3))], "must be below"),
        ] {
            let message = refusal(&space);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn an_invalid_space_file_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("space.ron");
        fs::write(&file, "[\n    (path: \"pilot.gamma\", range: Log(0.9)),\n]").unwrap();
        let message = load_space(&file).unwrap_err().to_string();
        assert!(message.contains("space.ron:2:"), "{message}");
        fs::write(&file, include_str!("../../assets/spaces/dqn.ron")).unwrap();
        assert_eq!(load_space(&file).unwrap(), default_space(AgentKind::Dqn));
        let absent = load_space(&folder.path().join("absent")).unwrap_err();
        assert!(absent.is_bad_input() && absent.to_string().starts_with("cannot read"), "{absent}");
    }
}
