//! The files that a command is asked to write, and `--force`.

use super::CliError;
use crate::storage::OutputFile;
use clap::Args;
use std::path::{Path, PathBuf, absolute};

/// The option that lets existing files be replaced.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct ForceOption {
    /// Replace files that exist; without it they are refused
    #[arg(long)]
    force: bool,
}

impl ForceOption {
    /// The file that was asked for, checked before the work begins.
    ///
    /// # Errors
    /// A file that cannot be written, or exists and is not to be replaced.
    pub fn file(self, path: &Path) -> Result<OutputFile, CliError> {
        let file = OutputFile::new(path, self.force);
        file.check()?;
        Ok(file)
    }

    /// The files that were asked for, each by an option of its own.
    ///
    /// # Errors
    /// As [`ForceOption::file`], or a file that two options name.
    pub fn files<const COUNT: usize>(
        self,
        asked: [&Option<PathBuf>; COUNT],
    ) -> Result<[Option<OutputFile>; COUNT], CliError> {
        let mut files = [const { None }; COUNT];
        for (at, path) in asked.iter().enumerate() {
            let Some(path) = path else { continue };
            let mut others = asked[..at].iter().copied().flatten();
            if others.any(|other| absolute(other).ok() == absolute(path).ok()) {
                let sentence = format!("two options name {}: give each a file of its own", path.display());
                return Err(CliError::BadInput(sentence));
            }
            files[at] = Some(self.file(path)?);
        }
        Ok(files)
    }
}
