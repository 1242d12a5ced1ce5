//! Names of folders and files: safe ones, free ones, and those of checkpoints.

use crate::storage::Checkpoint;
use std::path::{Path, PathBuf};

/// Longest name, in characters: systems allow 255.
const LONGEST: usize = 100;

/// Turns any name into the name of a folder: letters, digits, `.`, `_` and `-` stay, anything else becomes one `-`, so that no
/// name can lead out of the parent folder.
pub fn folder_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for letter in name.chars().take(LONGEST) {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => safe.push(letter),
            _ if safe.ends_with('-') => {}
            _ => safe.push('-'),
        }
    }
    let safe = safe.trim_matches(['-', '.']);
    if safe.is_empty() { "unnamed".to_owned() } else { safe.to_owned() }
}

/// File name of the checkpoint after `steps` steps, padded so that names sort in the order of steps.
pub(in crate::storage) fn checkpoint_name(steps: u64) -> String {
    format!("step-{steps:012}.{}", Checkpoint::EXTENSION)
}

/// Whether a checkpoint has a name from [`checkpoint_name`], rather than one that a person chose.
pub(in crate::storage) fn is_numbered(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let digits = name.strip_prefix("step-");
    digits.is_some_and(|digits| digits.len() >= 12 && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The first of `name-1`, `name-2`, ... in `parent` that is free.
pub fn free_folder(parent: &Path, name: &str) -> PathBuf {
    (1_u64..)
        .map(|number| parent.join(format!("{name}-{number}")))
        .find(|path| !path.exists())
        .expect("there are more numbers than folders")
}

/// `name.extension` in `folder` if that is free, else the first of `name-2.extension`, `name-3.extension`, ... that is.
pub fn free_file(folder: &Path, name: &str, extension: &str) -> PathBuf {
    let plain = folder.join(format!("{name}.{extension}"));
    let numbered = (2_u64..).map(|number| folder.join(format!("{name}-{number}.{extension}")));
    std::iter::once(plain).chain(numbered).find(|path| !path.exists()).expect("there are more numbers than files")
}
