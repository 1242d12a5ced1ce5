//! The search folder: `study.ron` holds the plan, `trials.csv` one row per trial, `best.ron` the settings of the best one.
//! Files are replaced atomically, so that the search can always continue.

use super::{INTERIM_EVALUATIONS, Parameter, Trial, TrialFigures, TuneError};
use crate::bounded;
use crate::settings::{Settings, SettingsError, parse};
use crate::storage::{RecordError, lock_folder, write_file, write_table};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, DirEntry, File};
use std::io::{self, ErrorKind};
use std::path::Path;

const PLAN: &str = "study.ron";
const TRIALS: &str = "trials.csv";
/// Only the lock on this file matters, as in the folder of a study.
const LOCK: &str = "study.lock";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 << 20;
/// Name of the file with the best settings, which `--settings` takes.
pub const BEST: &str = "best.ron";

/// Everything that determines a search: two searches with the same plan have the same trials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchPlan {
    /// Trainings per trial, with consecutive seeds from `run.seed`.
    pub seeds: u64,
    /// Episodes that evaluate a finished training.
    pub episodes: u64,
    /// The search space.
    pub space: Vec<Parameter>,
    /// All other settings; `run.seed` is also the seed of the search.
    pub settings: Settings,
}

impl SearchPlan {
    /// Episodes of an interim evaluation: a tenth of `episodes`, at least eight.
    pub fn short_episodes(&self) -> u64 {
        (self.episodes / 10).max(8).min(self.episodes)
    }

    /// The first difference of another plan, if any.
    fn difference(&self, other: &Self) -> Option<String> {
        for (name, ours, theirs) in [("seeds", self.seeds, other.seeds), ("episodes", self.episodes, other.episodes)] {
            if ours != theirs {
                return Some(format!("its {name} are {theirs}, not {ours}"));
            }
        }
        let mut values = HashMap::new();
        other.settings.clone().each(&mut |path, _, slot| {
            values.insert(path.to_owned(), slot.text());
        });
        let mut found = None;
        self.settings.clone().each(&mut |path, _, slot| {
            let (ours, theirs) = (slot.text(), &values[path]);
            if found.is_none() && ours != *theirs {
                found = Some(format!("its {path} is \"{theirs}\", not \"{ours}\""));
            }
        });
        found.or_else(|| (self.space != other.space).then(|| "its search space differs".to_owned()))
    }
}

/// Creates the folder of a search, or reads the trials of the one in it, and locks it as long as the file lives that is
/// returned with them.
///
/// # Errors
/// A folder with other contents or in which another process searches, unreadable files, or an I/O error.
pub fn open(folder: &Path, plan: &SearchPlan) -> Result<(Vec<Trial>, Option<File>), TuneError> {
    let path = folder.join(PLAN);
    match bounded::read_text(&path, LARGEST) {
        Ok(text) => {
            let recorded = plan_from(&path, &text)?;
            if let Some(difference) = plan.difference(&recorded) {
                return Err(TuneError::OtherSearch { folder: folder.to_owned(), difference });
            }
            let lock = lock_folder(folder, LOCK)?;
            Ok((read_trials(&folder.join(TRIALS), &plan.space)?, lock))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let foreign = |entry: io::Result<DirEntry>| entry.is_ok_and(|entry| entry.file_name() != LOCK);
            if fs::read_dir(folder).is_ok_and(|mut entries| entries.any(foreign)) {
                let problem = "the folder is not empty and holds no study.ron: name another one with --out".to_owned();
                return Err(TuneError::Unreadable { path: folder.to_owned(), problem });
            }
            let text = ron::ser::to_string_pretty(plan, ron::ser::PrettyConfig::new())
                .expect("a plan is numbers and names, which always have a RON form");
            fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
            let lock = lock_folder(folder, LOCK)?;
            write_trials(folder, &plan.space, &[])?;
            write_file(&path, text.as_bytes())?;
            Ok((Vec::new(), lock))
        }
        Err(error) => Err(RecordError::io("read", &path)(error).into()),
    }
}

/// Parses a plan in RON; errors name `path`.
///
/// # Errors
/// An invalid plan, with line and column.
pub fn plan_from(path: &Path, text: &str) -> Result<SearchPlan, SettingsError> {
    parse(path, text)
}

/// The columns of `trials.csv`.
fn header(space: &[Parameter]) -> Vec<String> {
    let first = ["trial", "state", "lost", "steps", "collapses"].map(str::to_owned);
    let paths = space.iter().map(|parameter| parameter.path.clone());
    first.into_iter().chain(paths).chain((1..=INTERIM_EVALUATIONS).map(|tenth| format!("lost_at_{tenth}0"))).collect()
}

/// Writes all trials. Numbers keep all their digits, so that they are read back unchanged.
///
/// # Errors
/// An I/O error.
pub fn write_trials(folder: &Path, space: &[Parameter], trials: &[Trial]) -> Result<(), TuneError> {
    let row = |trial: &Trial| {
        let state = if trial.figures.is_some() { "finished" } else { "pruned" };
        let figures = trial.figures.map(|figures| [figures.lost, figures.steps, figures.collapses]);
        let figures = figures.map_or([const { String::new() }; 3], |figures| figures.map(|number| number.to_string()));
        let mut row = vec![trial.number.to_string(), state.to_owned()];
        row.extend(figures);
        row.extend(trial.values.iter().cloned());
        row.extend(trial.interim_losses.iter().map(f64::to_string));
        row.resize(header(space).len(), String::new());
        row
    };
    Ok(write_table(&folder.join(TRIALS), std::iter::once(header(space)).chain(trials.iter().map(row)))?)
}

/// Reads the trials.
fn read_trials(path: &Path, space: &[Parameter]) -> Result<Vec<Trial>, TuneError> {
    let text = bounded::read(path, LARGEST).map_err(RecordError::io("read", path))?;
    trials_from(path, &text, space)
}

/// Parses a table of trials; errors name `path`.
///
/// # Errors
/// Columns that are not those of this space, or damaged rows.
pub fn trials_from(path: &Path, text: &[u8], space: &[Parameter]) -> Result<Vec<Trial>, TuneError> {
    let unreadable = |problem: String| TuneError::Unreadable { path: path.to_owned(), problem };
    let mut table = csv::Reader::from_reader(text);
    let columns = table.headers().map_err(|error| unreadable(error.to_string()))?;
    if *columns != header(space)[..] {
        return Err(unreadable("its columns are not those of this search".to_owned()));
    }
    let mut trials = Vec::new();
    for (number, record) in (0..).zip(table.records()) {
        let record = record.map_err(|error| unreadable(error.to_string()))?;
        let trial = read_trial(&record, number, space);
        trials.push(trial.ok_or_else(|| unreadable(format!("line {} is not a valid trial", number + 2)))?);
    }
    Ok(trials)
}

/// Parses a row; `None` if it is damaged.
fn read_trial(record: &csv::StringRecord, number: u64, space: &[Parameter]) -> Option<Trial> {
    let fields: Vec<&str> = record.iter().collect();
    let ([index, state, lost, steps, collapses], rest) = fields.split_first_chunk()?;
    let (values, interim_losses) = rest.split_at_checked(space.len())?;
    let finite = |text: &&str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let figures = match *state {
        "finished" => Some(TrialFigures { lost: finite(lost)?, steps: finite(steps)?, collapses: finite(collapses)? }),
        "pruned" => None,
        _ => return None,
    };
    let interim_losses: Vec<f64> =
        interim_losses.iter().filter(|loss| !loss.is_empty()).map(finite).collect::<Option<_>>()?;
    let in_range = space.iter().zip(values).all(|(parameter, value)| parameter.range.position(value).is_some());
    let complete = figures.is_none() || interim_losses.len() as u64 == INTERIM_EVALUATIONS;
    let valid = index.parse() == Ok(number) && in_range && complete;
    valid.then(|| Trial {
        number,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        interim_losses,
        figures,
    })
}

/// Writes the settings of the best trial, with its results in a comment.
///
/// # Errors
/// An I/O error.
pub fn write_best(folder: &Path, best: &Trial, figures: &TrialFigures, settings: &Settings) -> Result<(), TuneError> {
    let text = format!(
        "// Trial {} of a search: {:.1} of {} steps survived, {:.1}% of the episodes collapsed.\n{}\n",
        best.number,
        figures.steps,
        settings.cluster.max_steps,
        100.0 * figures.collapses,
        settings.to_ron(),
    );
    Ok(write_file(&folder.join(BEST), text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{AgentKind, load_settings};
    use crate::tune::default_space;

    fn plan() -> SearchPlan {
        let settings = load_settings("v10").unwrap();
        SearchPlan { seeds: 2, episodes: 40, space: default_space(AgentKind::QTable), settings }
    }

    fn trials() -> Vec<Trial> {
        let values = |at: f64| plan().space.iter().map(|one| one.range.value(at)).collect();
        let figures = TrialFigures { lost: 1.0 / 3.0, steps: 200.0, collapses: 0.1 + 0.2 };
        vec![
            Trial { number: 0, values: values(0.37), interim_losses: vec![2.0 / 7.0; 9], figures: Some(figures) },
            Trial { number: 1, values: values(0.91), interim_losses: vec![0.625, 1e-17], figures: None },
        ]
    }

    #[test]
    fn trials_are_read_back_to_the_last_digit() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("search");
        assert_eq!(open(&folder, &plan()).unwrap().0, []);
        write_trials(&folder, &plan().space, &trials()).unwrap();
        assert_eq!(open(&folder, &plan()).unwrap().0, trials());
    }

    #[test]
    fn another_search_is_refused_with_the_first_difference() {
        let directory = tempfile::tempdir().unwrap();
        open(directory.path(), &plan()).unwrap();
        let refusal = |change: fn(&mut SearchPlan)| {
            let mut plan = plan();
            change(&mut plan);
            open(directory.path(), &plan).unwrap_err().to_string()
        };
        assert!(refusal(|plan| plan.seeds = 3).contains("its seeds are 2, not 3"));
        let message = refusal(|plan| plan.settings.cluster.rows = 4);
        assert!(message.contains("its cluster.rows is \"6\", not \"4\""), "{message}");
        assert!(refusal(|plan| plan.space.truncate(2)).contains("search space"));
        assert_eq!(open(directory.path(), &plan()).unwrap().0, []);
    }

    #[test]
    fn two_processes_cannot_search_in_one_folder() {
        let directory = tempfile::tempdir().unwrap();
        let first = open(directory.path(), &plan()).unwrap();
        let second = open(directory.path(), &plan());
        assert!(matches!(second, Err(TuneError::Record(RecordError::Busy(_)))), "{second:?}");
        drop(first);
        open(directory.path(), &plan()).unwrap();
    }

    #[test]
    fn a_folder_with_other_files_and_damaged_rows_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("notes"), "").unwrap();
        let message = open(directory.path(), &plan()).unwrap_err().to_string();
        assert!(message.contains("the folder is not empty"), "{message}");

        let folder = directory.path().join("search");
        open(&folder, &plan()).unwrap();
        write_trials(&folder, &plan().space, &trials()).unwrap();
        let file = folder.join(TRIALS);
        let good = fs::read_to_string(&file).unwrap();
        for (from, to) in [("\n1,", "\n7,"), ("pruned", "paused"), ("0.625", "half"), ("finished,0.3", "finished,x")] {
            assert!(good.contains(from), "{from} in {good}");
            fs::write(&file, good.replacen(from, to, 1)).unwrap();
            let message = open(&folder, &plan()).unwrap_err().to_string();
            assert!(message.contains("trials.csv") && message.contains("is not a valid trial"), "{message}");
        }
        fs::write(&file, good.replacen("qtable.gamma", "pilot.gamma", 1)).unwrap();
        assert!(open(&folder, &plan()).unwrap_err().to_string().contains("its columns"));
    }
}
