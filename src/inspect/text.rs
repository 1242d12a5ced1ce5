//! Settings, scenarios, studies and searches in RON, summaries and states in JSON, and reports.

use super::{Findings, tail};
use crate::bounded;
use crate::settings::{Settings, load_scenario, settings_from};
use crate::study::Plan;
use crate::tune::{load_space, plan_from};
use serde_json::Value;
use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The largest text file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The text of a file, or why it cannot be read as one.
fn read(path: &Path, kind: &str) -> io::Result<Result<String, Findings>> {
    match bounded::read_text(path, LARGEST) {
        Ok(text) => Ok(Ok(text)),
        Err(error) if matches!(error.kind(), ErrorKind::FileTooLarge | ErrorKind::InvalidData) => {
            Ok(Err(Findings::broken(kind, error)))
        }
        Err(error) => Err(error),
    }
}

/// Inspects a JSON file: the summary of a run, the state of a picture, or unknown.
pub(super) fn json(path: &Path) -> io::Result<Findings> {
    let text = match read(path, "JSON file")? {
        Ok(text) => text,
        Err(findings) => return Ok(findings),
    };
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return Ok(Findings::broken("JSON file", format!("it cannot be parsed: {error}"))),
    };
    let is_count = |name: &str| value[name].is_u64();
    if value["cells"].is_array() && is_count("tick") {
        return Ok(picture_state(&value));
    }
    let texts = ["version", "scenario", "ended"];
    let counts = ["seed", "clusters", "ticks", "steps", "episodes", "collapses"];
    if !value["ended"].is_string() && !is_count("ticks") {
        return Ok(Findings::broken(
            "unknown JSON file",
            "it is no summary of a run, which has `ended` or `ticks`, nor the state of a picture, which has `tick` and `cells`",
        ));
    }
    let kind = "summary of a run (summary.json)";
    let missing =
        texts.iter().find(|name| !value[**name].is_string()).or_else(|| counts.iter().find(|name| !is_count(name)));
    if let Some(name) = missing {
        return Ok(Findings::broken(kind, format!("it has no `{name}` of the right kind")));
    }
    let entries = texts
        .into_iter()
        .chain(counts)
        .map(|name| (name, value[name].as_str().map_or_else(|| value[name].to_string(), str::to_owned)));
    let findings = entries.fold(Findings::of(kind), |findings, (name, value)| findings.with(name, value));
    Ok(findings.with("checkpoint", value["checkpoint"].as_str().unwrap_or("none")))
}

/// The state that a picture shows, which lies beside it.
fn picture_state(value: &Value) -> Findings {
    let kind = "state of a picture (JSON)";
    let texts = ["scenario", "mode", "camera"];
    if let Some(name) = texts.iter().find(|name| !value[**name].is_string()) {
        return Findings::broken(kind, format!("it has no `{name}` of the right kind"));
    }
    let findings = texts
        .iter()
        .fold(Findings::of(kind), |findings, name| findings.with(name, value[*name].as_str().unwrap_or_default()));
    let cells = value["cells"].as_array().map_or(0, Vec::len);
    findings.with("seed", &value["seed"]).with("tick", &value["tick"]).with("cells", cells)
}

/// A report in HTML or Markdown; none if the text begins like neither.
pub(super) fn document(path: &Path, beginning: &str) -> Option<io::Result<Findings>> {
    /// How a report of an evaluation begins, up to its title, and what its last lines have.
    const REPORT: [&str; 3] = ["<!DOCTYPE html>", "<title>Evaluation on ", "Made by Resonetics "];
    let [begin, title, made] = REPORT;
    if beginning.starts_with(begin) {
        let (_, rest) = beginning.split_once(title)?;
        let kind = "report of an evaluation (HTML)";
        let scenarios = rest.split('<').next().unwrap_or_default().to_owned();
        return Some(tail(path, 1000).map(|tail| {
            let tail = String::from_utf8_lossy(&tail).into_owned();
            match tail.contains(made) && tail.trim_end().ends_with("</html>") {
                true => Findings::of(kind).with("scenarios", scenarios),
                false => Findings::broken(kind, "it was cut off: its end is missing"),
            }
        }));
    }
    let line = beginning.lines().next().unwrap_or_default();
    if let Some(episode) = line.strip_prefix("# Post-mortem of episode ") {
        return Some(Ok(Findings::of("report of a black box (Markdown)").with("episode", episode)));
    }
    let (command, about) = line.strip_prefix("Made by `")?.split_once("`.")?;
    let findings = Findings::of("summary of a study (Markdown)").with("command", command);
    Some(Ok(if about.is_empty() { findings } else { findings.with("about", about.trim()) }))
}

/// Inspects a RON file: settings, a scenario, a study, a search, a search space or the layout of the window.
pub(super) fn ron(path: &Path) -> io::Result<Findings> {
    let unknown = "unknown text file";
    let text = match read(path, unknown)? {
        Ok(text) => text,
        Err(findings) => return Ok(findings),
    };
    let keys = match ron::from_str::<ron::Value>(&text) {
        Ok(ron::Value::Map(fields)) => fields.keys().filter_map(name).collect::<HashSet<_>>(),
        Ok(ron::Value::Seq(_)) => return Ok(space(path)),
        Ok(_) => HashSet::new(),
        // A setting may have a value that the generic parser cannot read, so the names of fields decide.
        Err(_) => text
            .lines()
            .filter_map(|line| line.trim_start().split_once(':'))
            .map(|(key, _)| key.trim().to_owned())
            .collect(),
    };
    let has = |names: &[String]| names.iter().any(|name| keys.contains(name));
    if keys.contains("space") {
        return Ok(search(path, &text));
    }
    if has(&["scenarios", "seeds", "variants"].map(str::to_owned)) {
        return Ok(study(path));
    }
    let (mut sections, mut fields) = (Vec::new(), Vec::new());
    Settings::default().each(&mut |path, _, _| {
        sections.extend(path.split_once('.').map(|(section, _)| section.to_owned()));
        fields.extend(path.strip_prefix("cluster.").map(str::to_owned));
    });
    if has(&sections) {
        return Ok(settings(path, &text));
    }
    if has(&fields) {
        return Ok(scenario(path));
    }
    if ["scale", "strip"].iter().all(|name| keys.contains(*name)) {
        return Ok(layout(&text));
    }
    Ok(Findings::broken(
        unknown,
        "it is none of this program's tables, traces, settings, scenarios, studies or reports",
    ))
}

fn name(key: &ron::Value) -> Option<String> {
    match key {
        ron::Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

fn settings(path: &Path, text: &str) -> Findings {
    let kind = "settings (RON)";
    match settings_from(path, text) {
        Ok(settings) => with_settings(Findings::of(kind), &settings),
        Err(error) => Findings::broken(kind, error),
    }
}

/// Adds the run that settings describe.
fn with_settings(findings: Findings, settings: &Settings) -> Findings {
    let (rows, columns) = (settings.cluster.rows, settings.cluster.columns);
    let scenario = format!("{}, {rows} x {columns} cells", settings.cluster.name);
    let findings = findings.with("scenario", scenario).with("seed", settings.run.seed);
    findings.with("steps", settings.run.steps)
}

/// A path that cannot be mistaken for a built-in name.
fn unambiguous(path: &Path) -> String {
    if path.is_absolute() { path.display().to_string() } else { Path::new(".").join(path).display().to_string() }
}

fn scenario(path: &Path) -> Findings {
    let kind = "scenario (RON)";
    match load_scenario(&unambiguous(path)) {
        Ok(scenario) => {
            let cells = format!("{} x {}", scenario.rows, scenario.columns);
            let findings = Findings::of(kind).with("name", scenario.name).with("cells", cells);
            findings.with("steps of an episode", scenario.max_steps)
        }
        Err(error) => Findings::broken(kind, error),
    }
}

fn study(path: &Path) -> Findings {
    let kind = "study (RON)";
    match Plan::load(&unambiguous(path), 1) {
        Ok(Plan { study, jobs }) => {
            let findings = Findings::of(kind).with("about", &study.about).with("scenarios", study.scenarios.join(", "));
            let findings = findings.with("seeds", study.seeds.len()).with("variants", study.variants.len());
            findings.with("rows of its results", jobs.len())
        }
        Err(error) => Findings::broken(kind, error),
    }
}

fn search(path: &Path, text: &str) -> Findings {
    let kind = "plan of a search (study.ron)";
    match plan_from(path, text) {
        Ok(plan) => {
            let paths: Vec<_> = plan.space.iter().map(|parameter| parameter.path.as_str()).collect();
            let findings = Findings::of(kind).with("parameters", paths.join(", "));
            let findings = findings.with("trainings per trial", plan.seeds).with("episodes", plan.episodes);
            with_settings(findings, &plan.settings)
        }
        Err(error) => Findings::broken(kind, error),
    }
}

/// The layout of the window, whose panels this room does not know.
fn layout(text: &str) -> Findings {
    let kind = "layout of the window (RON)";
    match ron::from_str::<ron::Value>(text) {
        Ok(ron::Value::Map(fields)) => {
            let open = fields.get(&ron::Value::String("open".to_owned()));
            let panels = open.map_or(0, |open| if let ron::Value::Map(panels) = open { panels.len() } else { 0 });
            Findings::of(kind).with("panels opened or folded", panels)
        }
        Ok(_) => Findings::broken(kind, "it is no list of names and values"),
        Err(error) => Findings::broken(kind, error),
    }
}

fn space(path: &Path) -> Findings {
    let kind = "space of a search (RON)";
    match load_space(path) {
        Ok(space) => {
            let paths: Vec<_> = space.iter().map(|parameter| parameter.path.as_str()).collect();
            Findings::of(kind).with("parameters", paths.join(", "))
        }
        Err(error) => Findings::broken(kind, error),
    }
}
