//! The jobs of a study: a training and an evaluation per scenario, variant and seed, and an evaluation per world and scripted
//! policy. Every evaluation has the cluster and the trace of the trainings it belongs to.

use super::file::{POLICIES, STUDIES, Study};
use crate::cluster::TraceLoad;
use crate::settings::{Scenario, Settings, SettingsError, TraceSettings, find, load_scenario, load_settings, parse};
use crate::storage::folder_name;
use crate::trace::{LoadTable, TraceError, import};
use std::collections::HashMap;
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
    /// Name of the variant, or of the scripted policy; with that of a variant behind it where it plays in that one's world.
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
    /// The world of the evaluation, and of the training if there is one.
    pub world: Arc<StudyWorld>,
    /// Who is evaluated.
    pub player: Player,
}

/// A world that is trained and evaluated in.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyWorld {
    /// The scenario, with what the study and the variant change in it.
    pub scenario: Scenario,
    /// The trace that drives its cells, if it names a file.
    pub trace: TraceSettings,
}

impl StudyWorld {
    fn of(settings: &Settings) -> Self {
        Self { scenario: settings.cluster.clone(), trace: settings.trace.clone() }
    }
}

/// Who is evaluated in a job.
#[derive(Debug, Clone)]
pub enum Player {
    /// What a training with these settings makes.
    Trained(Box<Settings>),
    /// The scripted policy of this name.
    Scripted(String),
}

/// The imported traces of a plan, by file.
#[derive(Debug, Clone, Default)]
pub struct Traces(HashMap<String, Arc<LoadTable>>);

impl Traces {
    /// The load of a world; `None` for the synthetic one.
    pub(super) fn load(&self, world: &StudyWorld) -> Option<TraceLoad> {
        self.0.get(&world.trace.file).map(|table| TraceLoad::new(Arc::clone(table), &world.trace))
    }
}

impl Job {
    /// Environment steps of the training, in whole ticks; 0 for a scripted policy.
    pub fn training_steps(&self) -> u64 {
        self.settings().map_or(0, |settings| {
            let clusters = settings.run.clusters as u64;
            settings.run.steps.div_ceil(clusters) * clusters
        })
    }

    /// Settings of the training; `None` for a scripted policy.
    pub fn settings(&self) -> Option<&Settings> {
        match &self.player {
            Player::Trained(settings) => Some(settings),
            Player::Scripted(_) => None,
        }
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

    /// Imports the traces that its worlds name.
    ///
    /// # Errors
    /// A trace that cannot be imported.
    pub fn import_traces(&self) -> Result<Traces, TraceError> {
        let mut traces = Traces::default();
        for file in self.jobs.iter().map(|job| &job.world.trace.file) {
            if !file.is_empty() && !traces.0.contains_key(file) {
                traces.0.insert(file.clone(), Arc::new(import(Path::new(file))?.table));
            }
        }
        Ok(traces)
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
            let scenario = load_scenario(name)?;
            let scenario_folder = PathBuf::from(folder_name(&scenario.name));
            if jobs.iter().any(|job| job.folder.starts_with(&scenario_folder)) {
                let problem = format!("two scenarios would share the folder {}", scenario_folder.display());
                return Err(error_at(file, text, "scenarios", problem));
            }
            let mut common = Settings { cluster: scenario.clone(), ..base.clone() };
            for (path, value) in &study.set.0 {
                common.assign(path, value)?;
            }
            // Each world with the variant that it belongs to; the common one belongs to none.
            let mut worlds: Vec<(Option<&str>, Arc<StudyWorld>)> = Vec::new();
            for variant in &study.variants {
                if jobs.len() + study.seeds.len() + (1 + worlds.len()) * study.policies.len() > MOST_JOBS {
                    let problem = format!("the study would have more than {MOST_JOBS} trainings and evaluations");
                    return Err(error_at(file, text, "variants", problem));
                }
                let mut settings = common.clone();
                for (path, value) in &variant.set.0 {
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
                let world = StudyWorld::of(&settings);
                let owner = (world != StudyWorld::of(&common)).then_some(variant.name.as_str());
                let known = worlds.iter().find(|(_, other)| **other == world).map(|(_, world)| Arc::clone(world));
                let world = known.unwrap_or_else(|| {
                    worlds.push((owner, Arc::new(world)));
                    Arc::clone(&worlds[worlds.len() - 1].1)
                });
                for seed in &study.seeds {
                    settings.run.seed = *seed;
                    jobs.push(Job {
                        key: RowKey { scenario: scenario.name.clone(), name: variant.name.clone(), seed: Some(*seed) },
                        folder: scenario_folder.join(folder_name(&variant.name)).join(format!("seed-{seed}")),
                        world: Arc::clone(&world),
                        player: Player::Trained(Box::new(settings.clone())),
                    });
                }
            }
            for (owner, world) in &worlds {
                let folder = scenario_folder.join(POLICIES).join(owner.map(folder_name).unwrap_or_default());
                jobs.extend(study.policies.iter().map(|policy| Job {
                    key: RowKey {
                        scenario: scenario.name.clone(),
                        name: owner.map_or(policy.clone(), |owner| format!("{policy}, {owner}")),
                        seed: None,
                    },
                    folder: folder.join(policy),
                    world: Arc::clone(world),
                    player: Player::Scripted(policy.clone()),
                }));
            }
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
