//! Run folders: each of their files.

use super::folder::FolderFindings;
use super::{Findings, checkpoint, inspect as inspect_file};
use crate::blackbox::BlackBox;
use crate::storage::{black_boxes_in, checkpoints_in};
use std::fs;
use std::path::Path;

/// The files of a run, and whether an unfinished run must have them.
const FILES: [(&str, bool); 5] = [
    ("settings.ron", true),
    ("episodes.csv", true),
    ("steps.csv", true),
    ("commands.csv", true),
    ("summary.json", false),
];

/// Inspects a run folder: its files, and its newest intact checkpoint in detail.
pub(super) fn inspect(folder: &Path) -> Findings {
    let mut found = FolderFindings::new(folder, "run folder");
    FILES.iter().for_each(|(name, required)| found.file(name, *required));
    // Only the runs of a study have one.
    if folder.join("evaluation.csv").exists() {
        found.file("evaluation.csv", false);
    }
    let checkpoints = checkpoints_in(folder);
    found.add("checkpoints", checkpoints.len());
    let mut newest = None;
    for path in checkpoints.iter().rev() {
        match checkpoint::read(path) {
            Ok((intact, state)) if newest.is_none() => newest = Some((path, intact, state)),
            Ok(_) => {}
            Err(error) => found.troubles.push(error.to_string()),
        }
    }
    if let Some((path, newest, state)) = newest {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        found.add(if found.troubles.is_empty() { "newest" } else { "newest intact" }, name);
        found.findings = checkpoint::with_state(checkpoint::contents(found.findings, &newest), state.as_ref());
    }
    let broken_box = |path: &Path| Some(BlackBox::load(path).err()?.to_string());
    found.files("black boxes", &black_boxes_in(folder), broken_box);
    let entries = fs::read_dir(folder.join("pictures")).into_iter().flatten().flatten();
    let mut pictures: Vec<_> = entries.map(|entry| entry.path()).collect();
    pictures.sort();
    let broken_picture = |path: &Path| {
        let trouble = inspect_file(path).map_or_else(|error| Some(error.to_string()), |found| found.trouble);
        Some(format!("{}: {}", path.display(), trouble?))
    };
    if !pictures.is_empty() {
        found.files("files of pictures", &pictures, broken_picture);
    }
    found.finish()
}
