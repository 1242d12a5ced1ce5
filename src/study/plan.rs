//! The jobs of a study: a training and an evaluation per scenario, variant and seed, and an evaluation per scenario and
//! scripted policy.

use super::file::{POLICIES, STUDIES, Study};
use crate::settings::{Scenario, Settings, SettingsError, find, load_scenario, load_settings, parse};
use crate::storage::folder_name;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most rows of `results.csv`; the settings of each are kept in memory.
const MOST_JOBS: usize = 20_000;

/// A study and its jobs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The study.
    pub study: Study,
    /// The jobs in the order of `results.csv`: by scenario, first the variants by seed, then the policies.
    pub jobs: Vec<Job>,
}

/// The columns that identify a row of `results.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant or of the scripted policy.
    pub name: String,
    /// Training seed; `None` for a scripted policy.
    pub seed: Option<u64>,
}

/// The work behind one row of `results.csv`: a training and its evaluation, or the evaluation of a scripted policy.
#[derive(Debug, Clone)]
pub struct Job {
    /// The row it fills.
    pub key: RowKey,
    /// The folder of its files, relative to the study folder.
    pub folder: PathBuf,
    /// The scenario of the evaluation.
    pub scenario: Arc<Scenario>,
    /// Settings of the training; `None` for a scripted policy.
    pub settings: Option<Settings>,
}

impl Job {
    /// Environment steps of the training, in whole ticks; 0 for a scripted policy.
    pub fn training_steps(&self) -> u64 {
        self.settings.as_ref().map_or(0, |settings| {
            let clusters = settings.run.clusters as u64;
            settings.run.steps.div_ceil(clusters) * clusters
        })
    }
}

impl Plan {
    /// The plan of a built-in study by name, or of a study file by path. `clusters` replaces `run.clusters = 0`.
    ///
    /// # Errors
    /// An unknown name, or an invalid file, with line and column.
    pub fn load(name_or_path: &str, clusters: usize) -> Result<Self, SettingsError> {
        let (file, text) = find("study", name_or_path, &STUDIES)?;
        Self::from_text(&file, &text, clusters)
    }

    /// The plan of a study in RON text; errors name `file`.
    ///
    /// # Errors
    /// An invalid study, with line and column.
    pub fn from_text(file: &Path, text: &str, clusters: usize) -> Result<Self, SettingsError> {
        let study: Study = parse(file, text).map_err(|error| at_start_of_word(error, text))?;
        let base = if study.settings.is_empty() { Settings::default() } else { load_settings(&study.settings)? };
        let mut jobs: Vec<Job> = Vec::new();
        for name in &study.scenarios {
            let scenario = Arc::new(load_scenario(name)?);
            let scenario_folder = PathBuf::from(folder_name(&scenario.name));
            if jobs.iter().any(|job| job.folder.starts_with(&scenario_folder)) {
                let problem = format!("two scenarios would share the folder {}", scenario_folder.display());
                return Err(error_at(file, text, "scenarios", problem));
            }
            for variant in &study.variants {
                if jobs.len() + study.seeds.len() + study.policies.len() > MOST_JOBS {
                    let problem = format!("the study would have more than {MOST_JOBS} trainings and evaluations");
                    return Err(error_at(file, text, "variants", problem));
                }
                let mut settings = Settings { cluster: (*scenario).clone(), ..base.clone() };
                for (path, value) in study.set.0.iter().chain(&variant.set.0) {
                    settings.assign(path, value)?;
                }
                if settings.run.clusters == 0 {
                    settings.run.clusters = clusters;
                }
                settings.run.threads = 1;
                settings.run.black_box_ticks = 0;
                settings.run.max_runtime = 0.0;
                let refused = |error: SettingsError| {
                    error_at(file, text, &variant.name, format!("variant \"{}\": {error}", variant.name))
                };
                settings.check(None).map_err(refused)?;
                for seed in &study.seeds {
                    settings.run.seed = *seed;
                    jobs.push(Job {
                        key: RowKey { scenario: scenario.name.clone(), name: variant.name.clone(), seed: Some(*seed) },
                        folder: scenario_folder.join(folder_name(&variant.name)).join(format!("seed-{seed}")),
                        scenario: Arc::clone(&scenario),
                        settings: Some(settings.clone()),
                    });
                }
            }
            jobs.extend(study.policies.iter().map(|policy| Job {
                key: RowKey { scenario: scenario.name.clone(), name: policy.clone(), seed: None },
                folder: scenario_folder.join(POLICIES).join(policy),
                scenario: Arc::clone(&scenario),
                settings: None,
            }));
        }
        Ok(Self { study, jobs })
    }
}

/// Moves the position of an error to the start of its name or number: the parser reports the position after the word, or
/// after its opening quote.
fn at_start_of_word(error: SettingsError, text: &str) -> SettingsError {
    let SettingsError::Ron { file, line, column, problem } = error else { return error };
    let before: String = text.lines().nth(line - 1).unwrap_or_default().chars().take(column - 1).collect();
    let inside = before.matches('"').count() % 2 == 1;
    let word = match before.strip_suffix('"') {
        Some(_) if inside => 1,
        Some(open) => open.rfind('"').map_or(0, |quote| 2 + open[quote + 1..].chars().count()),
        None => before.len() - before.trim_end_matches(|letter: char| letter.is_ascii_digit()).len(),
    };
    SettingsError::Ron { file, line, column: column - word, problem }
}

/// An error at the line and column of the first `word` in the text, as a quoted name or as a field.
fn error_at(file: &Path, text: &str, word: &str, problem: String) -> SettingsError {
    let quoted = text.match_indices(&format!("\"{word}\"")).map(|(at, _)| at).find(|at| {
        let before = text[..*at].trim_end().strip_suffix(':').map(str::trim_end);
        before.is_some_and(|before| before.ends_with("name"))
    });
    let before = &text[..quoted.or_else(|| text.find(word)).unwrap_or(0)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    SettingsError::Ron {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        problem,
    }
}
