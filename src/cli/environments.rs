//! The environments of an evaluation: its scenarios, as `--set` and `--trace` change them.

use super::CliError;
use super::options::assignment;
use crate::cluster::TraceLoad;
use crate::settings::{Scenario, Settings};
use crate::trace::import;
use clap::Args;
use std::path::Path;
use std::sync::Arc;

/// Options that change every scenario of an evaluation.
#[derive(Debug, Args)]
pub struct EnvironmentOptions {
    /// Change the scenarios, such as cluster.rows=12, or with --trace its reading, such as trace.steps_per_row=5; may be
    /// given several times. A trained policy stays as it was trained
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Real telemetry that drives the cells instead of the synthetic load
    #[arg(long, value_name = "FILE")]
    trace: Option<String>,
}

/// The changed scenarios, and the load that drives them.
#[derive(Debug)]
pub struct Environments {
    /// The scenarios, with names that say what was changed.
    pub scenarios: Vec<Scenario>,
    /// The load of the trace, if there is one.
    pub load: Option<TraceLoad>,
    /// The report of the import, if there is a trace.
    pub report: Option<String>,
}

impl EnvironmentOptions {
    /// Changes the scenarios and imports the trace.
    ///
    /// # Errors
    /// A setting that is unknown, out of range, or belongs neither to the scenario nor to the trace; an invalid trace.
    pub fn apply(&self, scenarios: Vec<Scenario>) -> Result<Environments, CliError> {
        let mut changes = Vec::new();
        for text in &self.set {
            let (path, value) = assignment(text, "cluster.rows=12")?;
            self.check(path, text)?;
            // The last of several values for a path counts.
            changes.retain(|(other, _)| *other != path);
            changes.push((path, value));
        }
        let mut settings = Settings::default();
        settings.trace.file = self.trace.clone().unwrap_or_default();
        let mut changed = Vec::new();
        for scenario in scenarios {
            settings.cluster = scenario;
            for (path, value) in &changes {
                settings.assign(path, value)?;
            }
            settings.check(None)?;
            let name = scenario_name(&settings, &changes);
            changed.push(Scenario { name, ..settings.cluster.clone() });
        }
        let imported = self.trace.as_ref().map(|file| import(Path::new(file))).transpose()?;
        let report = imported.as_ref().map(|imported| imported.report.to_string());
        let load = imported.map(|imported| TraceLoad::new(Arc::new(imported.table), &settings.trace));
        Ok(Environments { scenarios: changed, load, report })
    }

    fn check(&self, path: &str, text: &str) -> Result<(), CliError> {
        let refused = |reason: &str| Err(CliError::BadInput(format!("--set {text}: {reason}")));
        if path == "trace.file" {
            return refused("name the trace with --trace FILE");
        }
        if path == "cluster.name" {
            return refused("a scenario keeps its name here; the changes are added to it");
        }
        if path.starts_with("trace.") && self.trace.is_none() {
            return refused("it says how a trace is read, so name one with --trace FILE");
        }
        if !path.starts_with("cluster.") && !path.starts_with("trace.") {
            return refused(
                "an evaluation takes settings of the scenario (cluster...) and of the trace (trace...) only; a trained \
                 policy stays as it was trained",
            );
        }
        Ok(())
    }
}

/// The name of a scenario with what was changed: `default 12x12`, `default leak_median=0.005 with load.csv`.
fn scenario_name(settings: &Settings, changes: &[(&str, &str)]) -> String {
    let cluster = &settings.cluster;
    let mut name = cluster.name.clone();
    let is_size = |path: &str| ["cluster.rows", "cluster.columns"].contains(&path);
    if changes.iter().any(|(path, _)| is_size(path)) {
        name += &format!(" {}x{}", cluster.rows, cluster.columns);
    }
    let changes_in = |section: &'static str| {
        let rest = changes.iter().filter(move |(path, _)| !is_size(path));
        rest.filter_map(move |(path, value)| Some(format!(" {}={}", path.strip_prefix(section)?, value.trim())))
    };
    name.extend(changes_in("cluster."));
    if !settings.trace.file.is_empty() {
        let file = Path::new(&settings.trace.file).file_name().unwrap_or_default();
        name += &format!(" with {}", file.to_string_lossy());
    }
    name.extend(changes_in("trace."));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &[&str]) -> Result<Vec<String>, CliError> {
        let options = EnvironmentOptions { set: set.iter().map(|text| (*text).to_owned()).collect(), trace: None };
        let other = Scenario { name: "other".to_owned(), rows: 4, ..Scenario::default() };
        let environments = options.apply(vec![Scenario::default(), other])?;
        Ok(environments.scenarios.into_iter().map(|scenario| scenario.name).collect())
    }

    #[test]
    fn the_name_of_a_scenario_says_what_was_changed() {
        assert_eq!(names(&[]).unwrap(), ["default", "other"]);
        assert_eq!(names(&["cluster.columns=12"]).unwrap(), ["default 6x12", "other 4x12"]);
        let several = ["cluster.rows=9", "cluster.leak_max=0.02", "cluster.rows = 12", "cluster.columns=12"];
        assert_eq!(names(&several).unwrap(), ["default 12x12 leak_max=0.02", "other 12x12 leak_max=0.02"]);
    }

    #[test]
    fn settings_of_neither_scenario_nor_trace_are_refused() {
        for (text, part) in [
            ("pilot.gamma=0.9", "settings of the scenario"),
            ("cluster.rowz=9", "did you mean \"cluster.rows\""),
            ("cluster.rows=2", "from 3 to 128"),
            ("cluster.name=mine", "keeps its name"),
            ("trace.steps_per_row=5", "--trace FILE"),
            ("trace.file=load.csv", "--trace FILE"),
            ("cluster.rows", "such as cluster.rows=12"),
        ] {
            let Err(CliError::BadInput(sentence)) = names(&[text]) else { panic!("{text} was accepted") };
            assert!(sentence.contains(part), "{sentence}");
        }
    }
}
