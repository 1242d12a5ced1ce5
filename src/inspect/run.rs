//! Run folders: each of their files.

use super::{Findings, checkpoint, inspect as inspect_file};
use crate::blackbox::BlackBox;
use crate::storage::{black_boxes_in, checkpoints_in};
use std::path::Path;

/// The files of a run, and whether an unfinished run must have them.
const FILES: [(&str, bool); 5] = [
    ("settings.ron", true),
    ("episodes.csv", true),
    ("steps.csv", true),
    ("commands.csv", true),
    ("summary.json", false),
];

/// Inspects a run folder: its files, and its newest checkpoint in detail.
pub(super) fn inspect(folder: &Path) -> Findings {
    let mut findings = Findings::of("run folder");
    let mut troubles = Vec::new();
    for (name, required) in FILES {
        let path = folder.join(name);
        if !path.exists() {
            findings = findings.with(name, "missing");
            if required {
                troubles.push(format!("{name} is missing"));
            }
            continue;
        }
        let text = match inspect_file(&path) {
            Ok(found) => {
                troubles.extend(found.trouble.as_ref().map(|trouble| format!("{name}: {trouble}")));
                let contents: Vec<_> = found.contents.iter().map(|(name, value)| format!("{name} {value}")).collect();
                contents.join(", ")
            }
            Err(error) => {
                troubles.push(format!("{name}: {error}"));
                "unreadable".to_owned()
            }
        };
        findings = findings.with(name, text);
    }
    let checkpoints = checkpoints_in(folder);
    findings = findings.with("checkpoints", checkpoints.len());
    for (at, path) in checkpoints.iter().enumerate() {
        match checkpoint::read(path) {
            Ok((newest, state)) if at + 1 == checkpoints.len() => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let contents = checkpoint::contents(findings.with("newest", name), &newest);
                findings = checkpoint::with_state(contents, state.as_ref());
            }
            Ok(_) => {}
            Err(error) => troubles.push(error.to_string()),
        }
    }
    let black_boxes = black_boxes_in(folder);
    findings = findings.with("black boxes", black_boxes.len());
    troubles.extend(black_boxes.iter().filter_map(|path| Some(BlackBox::load(path).err()?.to_string())));
    findings.trouble = (!troubles.is_empty()).then(|| troubles.join("; "));
    findings
}
