//! Folders of studies and searches, and folders of runs: each of their files.

use super::{Findings, inspect as inspect_file, run};
use crate::storage::is_run;
use std::fs;
use std::path::{Path, PathBuf};

/// Levels of folders between a folder and the runs of a study in it: scenario, variant, seed.
const DEEPEST: usize = 3;

/// The findings about a folder, as its files are gone through.
pub(super) struct FolderFindings<'a> {
    folder: &'a Path,
    pub findings: Findings,
    pub troubles: Vec<String>,
}

impl<'a> FolderFindings<'a> {
    pub fn new(folder: &'a Path, kind: &str) -> Self {
        Self { folder, findings: Findings::of(kind), troubles: Vec::new() }
    }

    /// Adds a line.
    pub fn add(&mut self, name: &str, value: impl ToString) {
        self.findings = std::mem::take(&mut self.findings).with(name, value);
    }

    /// Inspects a file, and adds a line with what is in it. A file that is missing is a trouble if it is `required`.
    pub fn file(&mut self, name: &str, required: bool) {
        let path = self.folder.join(name);
        if !path.exists() {
            self.add(name, "missing");
            if required {
                self.troubles.push(format!("{name} is missing"));
            }
            return;
        }
        let contents = match inspect_file(&path) {
            Ok(found) => {
                self.troubles.extend(found.trouble.map(|trouble| format!("{name}: {trouble}")));
                let contents: Vec<_> = found.contents.iter().map(|(name, value)| format!("{name} {value}")).collect();
                contents.join(", ")
            }
            Err(error) => {
                self.troubles.push(format!("{name}: {error}"));
                "unreadable".to_owned()
            }
        };
        self.add(name, contents);
    }

    /// Inspects files, and adds how many there are.
    pub fn files(&mut self, name: &str, files: &[PathBuf], inspect: impl Fn(&Path) -> Option<String>) {
        self.add(name, files.len());
        self.troubles.extend(files.iter().filter_map(|path| inspect(path)));
    }

    /// All findings.
    pub fn finish(self) -> Findings {
        let trouble = (!self.troubles.is_empty()).then(|| self.troubles.join("; "));
        Findings { trouble, ..self.findings }
    }
}

/// The study or search in a folder, or the runs; none if it holds nothing of the kind.
pub(super) fn inspect(folder: &Path) -> Option<Findings> {
    let runs = runs_below(folder, DEEPEST);
    let mut found = match [folder.join("study.ron"), folder.join("trials.csv")].map(|path| path.is_file()) {
        [true, true] => {
            let mut found = FolderFindings::new(folder, "folder of a search");
            found.file("study.ron", true);
            found.file("trials.csv", true);
            found.file("best.ron", false);
            return Some(found.finish());
        }
        [true, false] => {
            let mut found = FolderFindings::new(folder, "folder of a study");
            found.file("study.ron", true);
            found.file("results.csv", false);
            found.file("summary.md", false);
            found
        }
        [false, _] if runs.is_empty() => return None,
        [false, _] => FolderFindings::new(folder, "folder of runs"),
    };
    found.files("runs", &runs, |path| Some(format!("{}: {}", path.display(), run::inspect(path).trouble?)));
    Some(found.finish())
}

/// The run folders in a folder, at most so many levels below it, sorted.
fn runs_below(folder: &Path, levels: usize) -> Vec<PathBuf> {
    let mut inside: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    inside.sort();
    let below = |path: PathBuf| match is_run(&path) {
        true => vec![path],
        false if levels > 1 && path.is_dir() && !path.is_symlink() => runs_below(&path, levels - 1),
        false => Vec::new(),
    };
    inside.into_iter().flat_map(below).collect()
}
