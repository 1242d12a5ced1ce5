//! What a study searches: settings by their path, each with range and scale. The built-in spaces are files of the
//! form that `--space` takes, one per agent.

use super::TuneError;
use crate::settings::{AgentKind, Settings, SettingsError, parse, read_small};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A setting that is searched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its path, such as `pilot.gamma`.
    pub path: String,
    /// Its values.
    pub range: Range,
}

/// Values of a setting and how they are spread; bounds are inclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Range {
    /// Numbers, all alike.
    Linear(f64, f64),
    /// Positive numbers, all orders of magnitude alike.
    Log(f64, f64),
    /// Numbers below 1, all orders of magnitude of what they lack of 1 alike: discounts and decay factors.
    BelowOne(f64, f64),
    /// Whole numbers, all alike.
    Whole(u64, u64),
    /// These values, in an order in which neighbours are alike.
    Choice(Vec<String>),
}

/// The built-in space of an agent.
pub fn space_of(agent: AgentKind) -> Vec<Parameter> {
    let text = match agent {
        AgentKind::Dqn => include_str!("../../assets/spaces/dqn.ron"),
        AgentKind::QTable => include_str!("../../assets/spaces/qtable.ron"),
    };
    ron::from_str(text).expect("the built-in spaces are sound, which a test checks")
}

/// A space from a file.
///
/// # Errors
/// A file that cannot be read, or text that is no space.
pub fn load_space(path: &Path) -> Result<Vec<Parameter>, TuneError> {
    Ok(space_from(path, &read_small(path)?)?)
}

/// A space from RON text; `file` is what errors call it.
///
/// # Errors
/// Text that is no space, with line and column.
pub fn space_from(file: &Path, text: &str) -> Result<Vec<Parameter>, SettingsError> {
    parse(file, text)
}

/// Checks that every value of the space is one that its setting takes, in the settings of a study.
///
/// # Errors
/// The first parameter that is no good.
pub fn check(space: &[Parameter], settings: &Settings) -> Result<(), TuneError> {
    if space.is_empty() {
        return Err(TuneError::Space { path: "(empty)".to_owned(), problem: "there is nothing to search".to_owned() });
    }
    for (at, parameter) in space.iter().enumerate() {
        let refused = |problem: String| TuneError::Space { path: parameter.path.clone(), problem };
        if space[..at].iter().any(|other| other.path == parameter.path) {
            return Err(refused("it is named twice".to_owned()));
        }
        if let Some(problem) = parameter.range.problem() {
            return Err(refused(problem.to_owned()));
        }
        for value in parameter.range.corners() {
            settings.clone().assign(&parameter.path, &value)?;
        }
    }
    Ok(())
}

/// Significant digits of the values tried: more would only be hard to read.
const DIGITS: i32 = 4;

impl Range {
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

    /// The values that must be allowed for all to be.
    fn corners(&self) -> Vec<String> {
        match self {
            Self::Choice(values) => values.clone(),
            _ => vec![self.value(0.0), self.value(1.0)],
        }
    }

    /// The value at a place from 0 to 1, as text that its setting takes.
    pub fn value(&self, place: f64) -> String {
        let between = |low: f64, high: f64| low + place * (high - low);
        match self {
            Self::Linear(low, high) => rounded(between(*low, *high)).clamp(*low, *high).to_string(),
            Self::Log(low, high) => rounded(between(low.ln(), high.ln()).exp()).clamp(*low, *high).to_string(),
            Self::BelowOne(low, high) => {
                let lack = between((1.0 - low).ln(), (1.0 - high).ln()).exp();
                let decimals = (DIGITS - 2 - lack.log10().floor() as i32).max(0) as usize;
                let value: f64 = format!("{:.decimals$}", 1.0 - lack).parse().unwrap_or(1.0 - lack);
                value.clamp(*low, *high).to_string()
            }
            Self::Whole(low, high) => {
                let last = high - low;
                (low + ((place * (last as f64 + 1.0)) as u64).min(last)).to_string()
            }
            Self::Choice(values) => {
                let at = ((place * values.len() as f64) as usize).min(values.len() - 1);
                values[at].clone()
            }
        }
    }

    /// The place of a value; none for text that is no value of this range.
    pub fn place(&self, value: &str) -> Option<f64> {
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

    fn parameter(path: &str, range: Range) -> Parameter {
        Parameter { path: path.to_owned(), range }
    }

    #[test]
    fn the_built_in_spaces_hold_only_values_that_the_settings_take() {
        let v10 = load_settings("v10").unwrap();
        for (agent, settings, count) in [(AgentKind::QTable, v10, 6), (AgentKind::Dqn, Settings::default(), 10)] {
            let space = space_of(agent);
            assert_eq!(space.len(), count);
            check(&space, &settings).unwrap();
            // The settings in use lie inside, so that the search can find them.
            settings.clone().each(&mut |path, _, slot| {
                let Some(parameter) = space.iter().find(|one| one.path == path) else { return };
                let place = parameter.range.place(&slot.text());
                assert!(place.is_some_and(|place| (0.0..=1.0).contains(&place)), "{path} = {}", slot.text());
            });
        }
    }

    #[test]
    fn a_value_and_its_place_are_two_forms_of_the_same() {
        let ranges = [
            Range::Linear(-10.0, 30.0),
            Range::Log(1e-4, 0.5),
            Range::BelowOne(0.5, 0.999),
            Range::Whole(1, 8),
            Range::Choice(["32", "64", "128"].map(str::to_owned).to_vec()),
        ];
        for range in &ranges {
            for step in 0..=40 {
                let value = range.value(f64::from(step) / 40.0);
                let place = range.place(&value).unwrap();
                assert_eq!(range.value(place), value, "{range:?} at {step}");
            }
        }
        let at = |range: &Range, places: [f64; 3]| places.map(|place| range.value(place));
        assert_eq!(at(&ranges[0], [0.0, 0.5, 1.0]), ["-10", "10", "30"]);
        assert_eq!(at(&Range::Log(0.001, 0.1), [0.0, 0.5, 1.0]), ["0.001", "0.01", "0.1"]);
        assert_eq!(at(&Range::BelowOne(0.9, 0.999), [0.0, 0.5, 1.0]), ["0.9", "0.99", "0.999"]);
        assert_eq!(at(&ranges[3], [0.0, 0.5, 1.0]), ["1", "5", "8"]);
        assert_eq!(at(&ranges[4], [0.3, 0.5, 0.7]), ["32", "64", "128"]);
        assert_eq!((ranges[4].place("48"), ranges[3].place("0"), ranges[0].place("x")), (None, None, None));
    }

    #[test]
    fn a_space_that_its_settings_would_refuse_is_refused_at_once() {
        let refusal = |space: &[Parameter]| check(space, &Settings::default()).unwrap_err().to_string();
        let gamma = || parameter("pilot.gamma", Range::BelowOne(0.9, 0.99));
        for (space, part) in [
            (vec![], "nothing to search"),
            (vec![gamma(), gamma()], "pilot.gamma: it is named twice"),
            (vec![parameter("pilot.gama", Range::Linear(0.1, 0.2))], "did you mean \"pilot.gamma\"?"),
            (vec![parameter("pilot.gamma", Range::Linear(0.9, 1.2))], "pilot.gamma is \"1.2\", expected"),
            (vec![parameter("pilot.gamma", Range::Log(0.0, 0.2))], "it needs 0 < first bound"),
            (
                vec![parameter("pilot.batch_size", Range::Choice(vec!["many".to_owned()]))],
                "pilot.batch_size is \"many\"",
            ),
            (vec![parameter("pilot.n_step", Range::Whole(3, 3))], "must be below"),
        ] {
            let message = refusal(&space);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_space_file_that_is_no_space_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("space.ron");
        fs::write(&file, "[\n    (path: \"pilot.gamma\", range: Log(0.9)),\n]").unwrap();
        let message = load_space(&file).unwrap_err().to_string();
        assert!(message.contains("space.ron:2:"), "{message}");
        fs::write(&file, include_str!("../../assets/spaces/dqn.ron")).unwrap();
        assert_eq!(load_space(&file).unwrap(), space_of(AgentKind::Dqn));
        let absent = load_space(&folder.path().join("absent")).unwrap_err();
        assert!(absent.is_bad_input() && absent.to_string().starts_with("cannot read"), "{absent}");
    }
}
