//! The environments of an evaluation: its scenarios, as `--set` and `--trace` change them, and the options that give those
//! of a run.

use super::CliError;
use super::options::assignment;
use crate::cluster::TraceLoad;
use crate::settings::{SCENARIOS, Scenario, Settings, SettingsError, TraceSettings, load_scenario};
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
    /// The settings of each scenario's world.
    pub worlds: Vec<Settings>,
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
            settings.cluster.name = name;
            changed.push(settings.clone());
        }
        let imported = self.trace.as_ref().map(|file| import(Path::new(file))).transpose()?;
        let report = imported.as_ref().map(|imported| imported.report.to_string());
        let load = imported.map(|imported| TraceLoad::new(Arc::new(imported.table), &settings.trace));
        let scenarios = changed.iter().map(|settings| settings.cluster.clone()).collect();
        Ok(Environments { scenarios, worlds: changed, load, report })
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

/// The options of an evaluation in the world of a run: its scenario by name, or `default` where it has a file of its own, then
/// each setting that differs from that, and the trace.
///
/// # Errors
/// Only a damaged scenario in this build.
pub fn options_of(run: &Settings) -> Result<Vec<String>, SettingsError> {
    let built_in = SCENARIOS.iter().find(|(name, _)| *name == run.cluster.name);
    let mut plain = Settings { cluster: load_scenario(built_in.map_or("default", |(name, _)| name))?, ..run.clone() };
    plain.trace = TraceSettings { file: run.trace.file.clone(), ..TraceSettings::default() };
    let mut options = vec!["--scenario".to_owned(), plain.cluster.name.clone()];
    for difference in run.world_differences(&plain) {
        options.extend(["--set".to_owned(), format!("{}={}", difference.path, difference.now)]);
    }
    if !run.trace.file.is_empty() {
        options.extend(["--trace".to_owned(), run.trace.file.clone()]);
    }
    Ok(options)
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

    #[derive(clap::Parser)]
    struct Typed {
        #[arg(long)]
        scenario: String,
        #[command(flatten)]
        environments: EnvironmentOptions,
    }

    #[test]
    fn the_options_of_a_run_give_its_world() {
        let place = tempfile::tempdir().unwrap();
        let trace = place.path().join("my load.csv");
        std::fs::write(&trace, "time_s,node,cpu\n0,a,0.5\n60,a,0.5\n").unwrap();
        let (trace, cascade) = (trace.to_str().unwrap(), load_scenario("cascade").unwrap());
        let own = Scenario { name: "my own".to_owned(), leak_median: 1.0 / 3.0 / 100.0, ..cascade.clone() };
        let small = Scenario { rows: 4, columns: 9, ..cascade.clone() };
        for (cluster, changes, options) in [
            (Scenario::default(), &[][..], 2),
            (cascade, &[("trace.steps_per_row", "3")], 2),
            (small, &[("trace.file", trace), ("trace.steps_per_row", "3"), ("trace.start", "first")], 12),
            (own, &[("trace.file", trace)], 16),
        ] {
            let mut run = Settings { cluster, ..Settings::default() };
            changes.iter().for_each(|(path, value)| run.assign(path, value).unwrap());
            let found = options_of(&run).unwrap();
            let typed: Typed = clap::Parser::parse_from(std::iter::once("evaluate".to_owned()).chain(found.clone()));
            let scenario = load_scenario(&typed.scenario).unwrap();
            let environments = typed.environments.apply(vec![scenario]).unwrap();
            assert_eq!(environments.worlds[0].world_differences(&run), [], "{found:?}");
            assert_eq!(found.len(), options, "{found:?}");
        }
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
