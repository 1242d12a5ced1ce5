//! Files that a person asks for by name, with a command or in the window: one rule for all of them.
//!
//! A new file is created, in a folder that exists. An existing one is refused, unless the person said that it may be replaced.
//! A file that a run keeps for itself is never written.

use crate::storage::codec::atomic::{folder_of, place, temporary_in, through_links};
use crate::storage::codec::table::write_rows;
use crate::storage::run_folder::is_kept_by_a_run;
use crate::storage::{Checkpoint, RecordError, UnsavedState};
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file that is to be written where a person asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    path: PathBuf,
    replace: bool,
}

impl OutputFile {
    /// The file at `path`, which is replaced if it exists, or else refused.
    pub fn new(path: impl Into<PathBuf>, replace: bool) -> Self {
        Self { path: path.into(), replace }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file beside it, under its name with this extension added, by the same rule.
    pub fn beside(&self, extension: &str) -> Self {
        Self::new(self.path.with_added_extension(extension), self.replace)
    }

    /// Checks that it could be written now, and writes nothing. Asked before long work, so that no work is lost to a refusal.
    ///
    /// # Errors
    /// An existing file that is not to be replaced, a missing folder, a file of a run, or what the system refuses.
    pub fn check(&self) -> Result<(), RecordError> {
        let refused = |kind, problem: String| Err(self.io(io::Error::new(kind, problem)));
        if self.path.file_name().is_none() {
            return refused(ErrorKind::InvalidInput, "it is no name of a file".to_owned());
        }
        match fs::symlink_metadata(&self.path) {
            Ok(_) if !self.replace => return Err(RecordError::Exists(self.path.clone())),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.io(error)),
            _ => {}
        }
        let target = through_links(&self.path)?;
        if is_kept_by_a_run(&target) {
            let problem = "a run keeps this file for itself: name another file";
            return refused(ErrorKind::InvalidInput, problem.to_owned());
        }
        if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
            let problem = "it is a folder, a pipe or a device, which cannot be replaced: name another file";
            return refused(ErrorKind::InvalidInput, problem.to_owned());
        }
        let folder = folder_of(&target);
        if !folder.is_dir() {
            let problem = format!("there is no folder {}: create it first", folder.display());
            return refused(ErrorKind::NotFound, problem);
        }
        temporary_in(folder).map(drop).map_err(RecordError::io("write into", folder))
    }

    /// Writes it atomically.
    ///
    /// # Errors
    /// As [`OutputFile::check`].
    pub fn write(&self, bytes: &[u8]) -> Result<(), RecordError> {
        self.write_with(|file| file.write_all(bytes))
    }

    /// Writes a CSV table; the header is the first of `rows`.
    ///
    /// # Errors
    /// As [`OutputFile::check`].
    pub fn write_table<R>(&self, rows: impl IntoIterator<Item = R>) -> Result<(), RecordError>
    where
        R: IntoIterator<Item: AsRef<[u8]>>,
    {
        self.write_with(|file| write_rows(file, rows))
    }

    /// Writes a checkpoint with, if given, the state of its run.
    ///
    /// # Errors
    /// As [`OutputFile::check`], or weights that are not finite.
    pub fn write_checkpoint(
        &self,
        checkpoint: &Checkpoint,
        state: Option<&UnsavedState<'_>>,
    ) -> Result<(), RecordError> {
        checkpoint.check_finite(&self.path)?;
        self.write_with(|file| checkpoint.write(file, state))
    }

    /// Writes the rest of an open file.
    ///
    /// # Errors
    /// As [`OutputFile::check`].
    pub fn copy(&self, mut from: &File) -> Result<(), RecordError> {
        self.write_with(|file| io::copy(&mut from, file).map(drop))
    }

    fn write_with(&self, fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> Result<(), RecordError> {
        self.check()?;
        place(&self.path, self.replace, fill)
    }

    fn io(&self, problem: io::Error) -> RecordError {
        RecordError::io("write", &self.path)(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(file: &OutputFile) -> String {
        let checked = file.check().unwrap_err().to_string();
        assert_eq!(file.write(b"new").unwrap_err().to_string(), checked, "the check says what writing would say");
        checked
    }

    #[test]
    fn an_existing_file_is_replaced_only_where_that_was_said() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.csv");
        let file = |replace| OutputFile::new(&path, replace);
        file(false).write(b"mine").unwrap();
        assert!(refusal(&file(false)).contains("a.csv exists and is not overwritten"));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        file(true).check().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"mine", "a check writes nothing");
        file(true).write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing else stays");
    }

    #[test]
    fn a_file_that_appears_during_the_work_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let late = place(&path, false, |file| {
            fs::write(&path, "theirs")?;
            file.write_all(b"ours")
        });
        assert!(matches!(late, Err(RecordError::Exists(_))), "{late:?}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
    }

    #[test]
    fn a_place_that_is_no_place_for_a_file_is_a_sentence() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str, replace| OutputFile::new(place.path().join(name), replace);
        let absent = refusal(&at("absent/a.csv", false));
        assert!(absent.contains("there is no folder") && absent.contains("absent: create it first"), "{absent}");
        assert!(!place.path().join("absent").exists());
        fs::create_dir(place.path().join("folder")).unwrap();
        assert!(refusal(&at("folder", true)).contains("it is a folder"));
        assert!(refusal(&OutputFile::new("", false)).contains("no name of a file"));
    }

    #[test]
    fn a_file_that_a_run_keeps_is_never_written() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path().join("run");
        let folder = crate::storage::RunFolder::create(&run, &crate::settings::Settings::default()).unwrap();
        for name in ["episodes.csv", "settings.ron", "summary.json", "run.lock"] {
            assert!(refusal(&OutputFile::new(run.join(name), true)).contains("a run keeps this file"), "{name}");
        }
        fs::create_dir(run.join("checkpoints")).unwrap();
        fs::create_dir(run.join("blackbox")).unwrap();
        let [later, own] = ["step-000000000100.rsnt", "best.rsnt"].map(|name| run.join("checkpoints").join(name));
        assert!(refusal(&OutputFile::new(later, false)).contains("a run keeps this file"));
        OutputFile::new(own, false).write(b"chosen by a person").unwrap();
        assert!(refusal(&OutputFile::new(run.join("blackbox/episode-00000007.rsbb"), false)).contains("a run keeps"));
        #[cfg(unix)]
        {
            let link = place.path().join("link.csv");
            std::os::unix::fs::symlink(run.join("episodes.csv"), &link).unwrap();
            assert!(refusal(&OutputFile::new(&link, true)).contains("a run keeps this file"));
        }
        OutputFile::new(place.path().join("episodes.csv"), false).write(b"elsewhere").unwrap();
        drop(folder);
    }
}
