//! Reads finished runs: the run folders in a folder, and the episodes of a run.

use crate::bounded;
use crate::storage::{Checkpoint, RecordError, TableReader};
use crate::trace::natural;
use csv::StringRecord;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The longest table that is read, in rows: a quarter of a gigabyte in memory.
const MOST_EPISODES: usize = 8_000_000;

/// An ended episode of a training run, as read from `episodes.csv`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpisodeSummary {
    /// Environment steps of the whole run when it ended.
    pub step: u64,
    /// Steps survived.
    pub steps: u32,
    /// Whether it ended in a collapse.
    pub collapsed: bool,
    /// Mean epsilon over its steps, after fear.
    pub effective_epsilon: f64,
    /// Share of its steps that were handed over to the guide.
    pub handed_over: f64,
}

/// The run folders that `path` means: those inside a folder of run folders, in natural order of their names
/// (`seed-2` before `seed-10`), else `path` alone.
///
/// # Errors
/// What the system refused.
pub fn runs_in(path: &Path) -> Result<Vec<PathBuf>, RecordError> {
    if !path.is_dir() || is_run(path) {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(RecordError::io("read", path))?;
    let mut runs = Vec::new();
    for entry in entries {
        let inside = entry.map_err(RecordError::io("read", path))?.path();
        if is_run(&inside) {
            runs.push(inside);
        }
    }
    runs.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b)));
    Ok(if runs.is_empty() { vec![path.to_owned()] } else { runs })
}

/// The run folder of `path`, which is a run folder or a checkpoint in one.
pub fn run_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return is_run(path).then(|| path.to_owned());
    }
    let inside = path.extension().is_some_and(|extension| extension == Checkpoint::EXTENSION);
    path.parent()?.parent().filter(|folder| inside && is_run(folder)).map(Path::to_owned)
}

/// Whether a folder has settings or checkpoints, as a run folder does.
pub(crate) fn is_run(folder: &Path) -> bool {
    folder.join("settings.ron").is_file() || folder.join("checkpoints").is_dir()
}

/// The episodes of a run folder in the order of their ends; none where it holds no `episodes.csv`.
///
/// # Errors
/// A table that is not an `episodes.csv`, or what the system refused.
pub fn read_episodes(run: &Path) -> Result<Vec<EpisodeSummary>, RecordError> {
    let path = run.join("episodes.csv");
    match bounded::open(&path) {
        Ok(file) => episodes_from(&path, file),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(RecordError::io("read", &path)(error)),
    }
}

/// The episodes of a table; `path` is what errors call it. A last line without a line end is not a row.
///
/// # Errors
/// A table that is not an `episodes.csv`, or has more than 8 million rows.
pub fn episodes_from(path: &Path, table: impl Read) -> Result<Vec<EpisodeSummary>, RecordError> {
    let wrong = |problem: String| RecordError::Rows { path: path.to_owned(), problem };
    let mut table = TableReader::new(table).map_err(|bad| wrong(bad.into()))?;
    let header = table.header().clone();
    let column = |name: &str| {
        let found = header.iter().position(|header| header == name);
        found.ok_or_else(|| wrong(format!("it has no column {name}")))
    };
    let [step, steps, outcome] = [column("global_step")?, column("length")?, column("outcome")?];
    let shares = [column("effective_epsilon")?, column("handed_over")?];
    let (mut episodes, mut record) = (Vec::new(), StringRecord::new());
    while table.next(&mut record).map_err(|bad| wrong(bad.into()))? {
        let line = table.line();
        if episodes.len() == MOST_EPISODES {
            return Err(wrong(format!("it has more than {MOST_EPISODES} rows")));
        }
        let number = |at: usize| number(&record, at).ok_or_else(|| wrong(format!("line {line} lacks a whole number")));
        let [effective_epsilon, handed_over] = shares.map(|at| share(&record, at));
        let lacks = |what: &str| wrong(format!("line {line} lacks its {what}"));
        episodes.push(EpisodeSummary {
            step: number(step)?,
            steps: u32::try_from(number(steps)?).unwrap_or(u32::MAX),
            collapsed: record.get(outcome) != Some("truncated"),
            effective_epsilon: effective_epsilon.ok_or_else(|| lacks("effective epsilon"))?,
            handed_over: handed_over.ok_or_else(|| lacks("share of steps handed over"))?,
        });
    }
    Ok(episodes)
}

fn number(record: &StringRecord, at: usize) -> Option<u64> {
    record.get(at)?.parse().ok()
}

fn share(record: &StringRecord, at: usize) -> Option<f64> {
    record.get(at)?.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_runs_is_read_in_natural_order_and_other_things_in_it_are_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let study = place.path();
        for name in ["seed-10", "seed-2", "seed-1"] {
            fs::create_dir_all(study.join(name).join("checkpoints")).unwrap();
        }
        fs::create_dir(study.join("notes")).unwrap();
        fs::write(study.join("readme"), "").unwrap();
        let names = |path: &Path| -> Vec<_> {
            let runs = runs_in(path).unwrap();
            runs.iter().map(|run| run.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(study), ["seed-1", "seed-2", "seed-10"]);
        assert_eq!(names(&study.join("seed-2")), ["seed-2"], "a run folder stands for itself");
        assert_eq!(names(&study.join("notes")), ["notes"], "and so does what holds no run");
        assert_eq!(run_of(&study.join("seed-2/checkpoints/step-1.rsnt")), Some(study.join("seed-2")));
        assert_eq!((run_of(&study.join("readme")), run_of(&study.join("notes"))), (None, None));
    }

    #[test]
    fn episodes_are_read_by_the_names_of_their_columns() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(read_episodes(place.path()).unwrap(), []);
        let write = |text: &str| fs::write(place.path().join("episodes.csv"), text).unwrap();
        write(
            "length,global_step,outcome,effective_epsilon,handed_over\n12,160,critical-oom,0.5,0\n300,480,truncated,0.25,0.1\n",
        );
        let first = EpisodeSummary { step: 160, steps: 12, collapsed: true, effective_epsilon: 0.5, handed_over: 0.0 };
        let second =
            EpisodeSummary { step: 480, steps: 300, collapsed: false, effective_epsilon: 0.25, handed_over: 0.1 };
        assert_eq!(read_episodes(place.path()).unwrap(), [first, second]);
        let table = fs::read_to_string(place.path().join("episodes.csv")).unwrap();
        for cut in ["7", "7,488,truncated,0.2,0.1", "7,488,critical-oom,0"] {
            write(&format!("{table}{cut}"));
            assert_eq!(read_episodes(place.path()).unwrap(), [first, second], "{cut} has no end");
        }
        let header = "length,global_step,outcome,effective_epsilon,handed_over\n";
        for text in [
            "steps,step\n1,2\n",
            "length,global_step,outcome\n1,2,survived\n",
            &format!("{header}1,x,truncated,0.5\n"),
            &format!("{header}1,2,truncated,x\n"),
            &format!("{header}1\n"),
        ] {
            write(text);
            assert!(matches!(read_episodes(place.path()), Err(RecordError::Rows { .. })), "{text}");
        }
    }
}
