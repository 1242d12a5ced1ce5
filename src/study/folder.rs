//! The study folder: the study it belongs to, the runs that are done, and the tables.

use super::{Job, Plan, ResultRow, RowKey, Study, StudyError};
use crate::bounded;
use crate::settings::{load_settings, parse};
use crate::storage::{RecordError, TableReader, lock_folder, write_file, write_table};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const STUDY: &str = "study.ron";
const LOCK: &str = "study.lock";
const RESULTS: &str = "results.csv";
const EVALUATION: &str = "evaluation.csv";
/// The largest file that is read, in bytes; evaluations are streamed.
const LARGEST: u64 = 16 << 20;

/// The folder of a study, locked for this process.
#[derive(Debug)]
pub struct StudyFolder {
    path: PathBuf,
    /// Unlocks the folder when dropped.
    _lock: Option<File>,
}

impl StudyFolder {
    /// Opens and locks the folder for a study: a new or empty one, or one of the same study, to which variants, seeds,
    /// scenarios and policies may have been added.
    ///
    /// # Errors
    /// A folder with other contents, or one that another process uses; nothing in it has changed then.
    pub fn open(path: &Path, study: &Study) -> Result<Self, StudyError> {
        let file = path.join(STUDY);
        let text = read(&file)?;
        match &text {
            Some(text) => {
                let before: Study = parse(&file, text)?;
                if let Some(problem) = difference(&before, study) {
                    return Err(StudyError::Folder { folder: path.to_owned(), problem });
                }
            }
            None if !is_vacant(path) => {
                let problem = "files, but no study".to_owned();
                return Err(StudyError::Folder { folder: path.to_owned(), problem });
            }
            None => fs::create_dir_all(path).map_err(RecordError::io("create", path))?,
        }
        let lock = lock_folder(path, LOCK)?;
        let new = to_ron(study);
        if text.as_ref() != Some(&new) {
            write_file(&file, new.as_bytes())?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of a job.
    pub fn job_folder(&self, job: &Job) -> PathBuf {
        self.path.join(&job.folder)
    }

    /// Whether the training of a job is done; a scripted policy needs none. An unfinished run is deleted.
    ///
    /// # Errors
    /// A finished run with other settings, or an I/O error.
    pub fn is_trained(&self, job: &Job) -> Result<bool, StudyError> {
        let (Some(settings), run) = (job.settings(), self.job_folder(job)) else { return Ok(true) };
        let summary = read(&run.join("summary.json"))?;
        let summary: Option<serde_json::Value> = summary.and_then(|text| serde_json::from_str(&text).ok());
        if summary.is_some_and(|summary| summary["ended"] == "finished") {
            let found = load_settings(&run.join("settings.ron").to_string_lossy())?;
            if found == *settings {
                return Ok(true);
            }
            let problem = format!("{}, a run with other settings", job.folder.display());
            return Err(StudyError::Folder { folder: self.path.clone(), problem });
        }
        match fs::remove_dir_all(&run) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(RecordError::io("remove", &run)(error).into()),
            _ => Ok(false),
        }
    }

    /// The rows of `results.csv` that belong to jobs of the plan.
    ///
    /// # Errors
    /// A file that is not a table of results.
    pub fn rows(&self, plan: &Plan) -> Result<HashMap<RowKey, ResultRow>, StudyError> {
        let path = self.path.join(RESULTS);
        let Some(text) = read(&path)? else { return Ok(HashMap::new()) };
        let rows = rows_from(text.as_bytes()).map_err(|problem| StudyError::Results { path: path.clone(), problem })?;
        let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        rows.retain(|key, _| plan.jobs.iter().any(|job| job.key == *key));
        Ok(rows)
    }

    /// Writes `results.csv`, the rows in the order of the plan.
    ///
    /// # Errors
    /// An I/O error.
    pub fn write_rows(&self, plan: &Plan, rows: &HashMap<RowKey, ResultRow>) -> Result<(), RecordError> {
        let rows = plan.jobs.iter().filter_map(|job| rows.get(&job.key));
        let records = std::iter::once(ResultRow::HEADER.map(str::to_owned)).chain(rows.map(ResultRow::fields));
        write_table(&self.path.join(RESULTS), records)
    }

    /// Whether each evaluated episode of a job ended in a collapse; `None` if there are not `episodes` of them.
    ///
    /// # Errors
    /// An I/O error.
    pub fn collapsed(&self, job: &Job, episodes: u64) -> Result<Option<Vec<bool>>, StudyError> {
        let path = self.job_folder(job).join(EVALUATION);
        let mut table = match TableReader::open(&path) {
            Ok(Ok(table)) => table,
            Ok(Err(_)) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RecordError::io("read", &path)(error).into()),
        };
        let (mut collapsed, mut row) = (Vec::new(), csv::StringRecord::new());
        loop {
            match table.next(&mut row) {
                Ok(false) => break,
                Ok(true) if (collapsed.len() as u64) < episodes => match row.get(2) {
                    Some("0") => collapsed.push(false),
                    Some("1") => collapsed.push(true),
                    _ => return Ok(None),
                },
                _ => return Ok(None),
            }
        }
        Ok((collapsed.len() as u64 == episodes).then_some(collapsed))
    }

    /// Writes the evaluated episodes of a job: steps survived, and whether each ended in a collapse.
    ///
    /// # Errors
    /// An I/O error.
    pub fn write_evaluation(&self, job: &Job, survived: &[u32], collapsed: &[bool]) -> Result<(), RecordError> {
        let records = survived.iter().zip(collapsed).enumerate().map(|(episode, (steps, collapsed))| {
            [episode.to_string(), steps.to_string(), u8::from(*collapsed).to_string()]
        });
        let header = std::iter::once(["episode", "steps", "collapsed"].map(str::to_owned));
        write_table(&self.job_folder(job).join(EVALUATION), header.chain(records))
    }

    /// Writes `summary.md`; returns its path.
    ///
    /// # Errors
    /// An I/O error.
    pub fn write_summary(&self, text: &str) -> Result<PathBuf, RecordError> {
        let path = self.path.join("summary.md");
        write_file(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// Parses a table of results.
///
/// # Errors
/// What is wrong with the table, and in which line.
pub fn rows_from(bytes: &[u8]) -> Result<Vec<ResultRow>, String> {
    let mut table = TableReader::new(bytes)?;
    if *table.header() != ResultRow::HEADER[..] {
        return Err("it has other columns".to_owned());
    }
    let (mut rows, mut record) = (Vec::new(), csv::StringRecord::new());
    while table.next(&mut record)? {
        let row = ResultRow::from_fields(&record).map_err(|problem| format!("in line {} {problem}", table.line()))?;
        rows.push(row);
    }
    Ok(rows)
}

/// The text of a file, or `None` if it does not exist.
fn read(path: &Path) -> Result<Option<String>, RecordError> {
    match bounded::read_text(path, LARGEST) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RecordError::io("read", path)(error)),
    }
}

/// Whether the path does not exist or is an empty folder, apart from a lock file.
fn is_vacant(path: &Path) -> bool {
    match fs::read_dir(path) {
        Ok(mut entries) => entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == LOCK)),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

fn to_ron(study: &Study) -> String {
    let pretty = ron::ser::PrettyConfig::new();
    ron::ser::to_string_pretty(study, pretty).expect("names and numbers always have a RON form") + "\n"
}

/// How a study differs from an earlier one in more than additions.
fn difference(before: &Study, now: &Study) -> Option<String> {
    let other = |what: &str| Some(format!("a study made from another file, in which {what}"));
    if before.settings != now.settings || before.set != now.set {
        return other("the settings common to all variants differ");
    }
    if before.evaluation != now.evaluation {
        let (episodes, seed) = (before.evaluation.episodes, before.evaluation.seed);
        return other(&format!("the evaluation has {episodes} episodes from seed {seed}"));
    }
    for variant in &before.variants {
        match now.variants.iter().find(|other| other.name == variant.name) {
            Some(same) if same.set == variant.set => {}
            Some(_) => return other(&format!("the variant \"{}\" changes other settings", variant.name)),
            None => return other(&format!("there is also a variant \"{}\"", variant.name)),
        }
    }
    if let Some(seed) = before.seeds.iter().find(|seed| !now.seeds.contains(seed)) {
        return other(&format!("there is also the training seed {seed}"));
    }
    let removed = |before: &[String], now: &[String]| before.iter().find(|name| !now.contains(name)).cloned();
    if let Some(name) = removed(&before.scenarios, &now.scenarios) {
        return other(&format!("there is also the scenario {name}"));
    }
    let policy = removed(&before.policies, &now.policies)?;
    other(&format!("there is also the policy {policy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "(scenarios: [\"calm\", \"default\"], seeds: [1, 2], set: {\"run.steps\": \"160\"}, variants: \
        [(name: \"a\"), (name: \"b\", set: {\"pilot.n_step\": \"1\"})], policies: [\"idle\"], evaluation: (episodes: 4))";

    fn plan(changes: &[(&str, &str)]) -> Plan {
        let text = changes.iter().fold(TEXT.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        Plan::from_text(Path::new("study.ron"), &text, 16).unwrap()
    }

    #[test]
    fn a_study_may_grow_but_not_change_otherwise() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inside/study");
        let open = |changes: &[(&str, &str)]| StudyFolder::open(&path, &plan(changes).study);
        open(&[]).unwrap();
        open(&[]).unwrap();
        for (from, to, message) in [
            ("160", "320", "the settings common to all variants differ"),
            ("episodes: 4", "episodes: 5", "the evaluation has 4 episodes from seed 5000000"),
            ("\"pilot.n_step\": \"1\"", "\"pilot.n_step\": \"2\"", "the variant \"b\" changes other settings"),
            ("(name: \"a\"), ", "", "there is also a variant \"a\""),
            ("[1, 2]", "[2, 3]", "there is also the training seed 1"),
            ("\"calm\", ", "", "there is also the scenario calm"),
            ("\"idle\"", "\"patrol\"", "there is also the policy idle"),
        ] {
            let refused = open(&[(from, to)]).unwrap_err().to_string();
            assert!(refused.contains(message) && refused.contains("--out"), "{refused}");
        }
        let added = [
            ("[1, 2]", "[0, 2, 1]"),
            ("(name: \"a\")", "(name: \"a\"), (name: \"c\")"),
            ("\"calm\"", "\"calm\", \"cascade\""),
            ("\"idle\"", "\"idle\", \"patrol\""),
        ];
        open(&added).unwrap();
        let refused = open(&[]).unwrap_err().to_string();
        assert!(refused.contains("there is also a variant \"c\""), "an addition belongs to the study: {refused}");
    }

    #[test]
    fn a_folder_with_other_files_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("note.txt"), "mine").unwrap();
        let refused = StudyFolder::open(directory.path(), &plan(&[]).study).unwrap_err().to_string();
        assert!(refused.contains("files, but no study"), "{refused}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_processes_cannot_work_in_one_folder() {
        let directory = tempfile::tempdir().unwrap();
        let first = StudyFolder::open(directory.path(), &plan(&[]).study).unwrap();
        let second = StudyFolder::open(directory.path(), &plan(&[]).study);
        assert!(matches!(second, Err(StudyError::Record(RecordError::Busy(_)))));
        drop(first);
        StudyFolder::open(directory.path(), &plan(&[]).study).unwrap();
    }

    #[test]
    fn a_finished_run_is_kept_an_unfinished_one_deleted_and_one_with_other_settings_refused() {
        let directory = tempfile::tempdir().unwrap();
        let plan = plan(&[]);
        let folder = StudyFolder::open(directory.path(), &plan.study).unwrap();
        let job = &plan.jobs[0];
        let run = folder.job_folder(job);
        let begin = |settings: &str| {
            fs::create_dir_all(&run).unwrap();
            fs::write(run.join("settings.ron"), settings).unwrap();
        };
        let settings = job.settings().unwrap();
        assert!(!folder.is_trained(job).unwrap());
        begin(&settings.to_ron());
        fs::write(run.join("summary.json"), "{\"ended\": \"interrupted\"}").unwrap();
        assert!(!folder.is_trained(job).unwrap() && !run.exists());
        begin(&settings.to_ron());
        fs::write(run.join("summary.json"), "{\"ended\": \"finished\"}").unwrap();
        assert!(folder.is_trained(job).unwrap() && run.exists());
        begin(&settings.to_ron().replace("gamma: 0.97", "gamma: 0.96"));
        let refused = folder.is_trained(job).unwrap_err().to_string();
        assert!(refused.contains("calm/a/seed-1, a run with other settings") && run.exists(), "{refused}");
    }
}
