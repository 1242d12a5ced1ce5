//! Recognises the files that this program reads or writes, by content, and checks them.
//!
//! Owns the recognition of files and the [`Findings`] about each; uses the readers of the other rooms and changes nothing.
//! Files that are loaded into memory are limited in size; tables are streamed.

mod black_box;
mod checkpoint;
mod folder;
mod picture;
mod run;
mod table;
mod text;

use crate::bounded::{self, printable};
use crate::storage::{is_legacy, is_run, is_safetensors};
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are enough to recognise a file.
const HEAD: u64 = 64 << 10;
/// Names of the files whose lock keeps other processes out of a folder.
const LOCKS: [&str; 2] = ["run.lock", "study.lock"];

/// What a file is, what it contains, and whether it is intact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Its kind, with the format version.
    pub kind: String,
    /// Its contents as names and values.
    pub contents: Vec<(String, String)>,
    /// Why it is damaged or unknown; `None` if it is intact.
    pub trouble: Option<String>,
}

impl Findings {
    fn of(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    fn broken(kind: impl Into<String>, trouble: impl ToString) -> Self {
        Self { trouble: Some(printable(&trouble.to_string(), 2_000)), ..Self::of(kind) }
    }

    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.contents.push((name.to_owned(), printable(&value.to_string(), 500)));
        self
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, {}", self.kind, if self.trouble.is_none() { "intact" } else { "not intact" })?;
        let width = self.contents.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        self.contents.iter().try_for_each(|(name, value)| write!(formatter, "\n  {name:width$}  {value}"))
    }
}

/// Recognises and checks a file or run folder.
///
/// # Errors
/// An I/O error.
pub fn inspect(path: &Path) -> io::Result<Findings> {
    if path.is_dir() {
        return Ok(match is_run(path) {
            true => run::inspect(path),
            false => folder::inspect(path).unwrap_or_else(|| {
                let trouble = "it is no run folder (it has no settings.ron and no checkpoints/), nor a folder of runs, a study \
                               or a search";
                Findings::broken("unknown folder", trouble)
            }),
        });
    }
    let mut head = Vec::new();
    bounded::open(path)?.take(HEAD).read_to_end(&mut head)?;
    if head.is_empty() {
        // Whether somebody holds the lock does not lie in the file.
        if path.file_name().is_some_and(|name| LOCKS.iter().any(|lock| name == *lock)) {
            return Ok(Findings::of("lock of a folder, which is empty"));
        }
        return Ok(Findings::broken("empty file", "there is nothing in it"));
    }
    if is_legacy(&head) {
        return Ok(checkpoint::legacy(path));
    }
    if is_safetensors(&head) {
        return Ok(checkpoint::safetensors(path));
    }
    if checkpoint::is_ours(&head) {
        return Ok(checkpoint::ours(path, &head));
    }
    if black_box::is_black_box(&head) {
        return Ok(black_box::inspect(path, &head));
    }
    if let Some(findings) = picture::inspect(path, &head) {
        return findings;
    }
    // The bytes may end within a character, which has at most four.
    let cut = if head.len() as u64 == HEAD { 4 } else { 1 };
    let Some(beginning) = (0..cut).find_map(|cut| bounded::decode(head[..head.len() - cut].to_vec())) else {
        return Ok(Findings::broken("unknown file", "it is neither text nor begins like a file of this program"));
    };
    let first_line = beginning.lines().next().unwrap_or_default();
    if let Some(kind) = table::recognise(first_line) {
        return table::inspect(path, kind);
    }
    if beginning.trim_start().starts_with('{') {
        return text::json(path);
    }
    if let Some(findings) = text::document(path, &beginning) {
        return findings;
    }
    match table::trace(path) {
        Some(findings) => Ok(findings),
        None => text::ron(path),
    }
}

/// The last bytes of a file, at most so many.
fn tail(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut file = bounded::open(path)?;
    let start = file.metadata()?.len().saturating_sub(most as u64);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(most as u64).read_to_end(&mut tail)?;
    Ok(tail)
}
