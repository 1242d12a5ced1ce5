//! Atomic file writes: a temporary file in the same folder, synced, then moved to its place.

use crate::storage::RecordError;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes `bytes` to `path` atomically, in the place of what is there: after a crash at any moment the path holds the old file
/// or the new one. The folder is created if it is missing. This is for files whose names the program chooses; for those that
/// a person asks for see [`OutputFile`](crate::storage::OutputFile).
///
/// # Errors
/// What the system refused.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    write_with(path, |file| file.write_all(bytes))
}

/// As [`write_file`], with the content that `fill` produces, without holding all of it in memory.
///
/// # Errors
/// What the system refused.
pub(in crate::storage) fn write_with(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), RecordError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
    sync_folder(folder_of(folder));
    place(path, true, fill)
}

/// Writes the content that `fill` produces into a folder that exists. A file in its place is replaced, keeping its permissions
/// and the link that leads to it, or refused: by the system in the moment of the move, so nothing can come in between.
///
/// # Errors
/// A file that is not replaced, or what the system refused.
pub(in crate::storage) fn place(
    path: &Path,
    replace: bool,
    fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), RecordError> {
    let target = if replace { through_links(path)? } else { path.to_owned() };
    let folder = folder_of(&target);
    let file = temporary_in(folder).map_err(RecordError::io("write into", folder))?;
    let refused = || RecordError::io("write", path);
    let mut writer = BufWriter::new(file.as_file());
    fill(&mut writer).and_then(|()| writer.flush()).map_err(refused())?;
    drop(writer);
    if let (true, Ok(before)) = (replace, fs::metadata(&target)) {
        file.as_file().set_permissions(before.permissions()).map_err(refused())?;
    }
    file.as_file().sync_all().map_err(refused())?;
    let placed = if replace { file.persist(&target) } else { file.persist_noclobber(&target) };
    placed.map_err(|error| match error.error {
        problem if problem.kind() == io::ErrorKind::AlreadyExists => RecordError::Exists(path.to_owned()),
        problem => refused()(problem),
    })?;
    sync_folder(folder);
    Ok(())
}

/// The file that a path leads to: a link is followed, so that the file is written and the link stays.
pub(in crate::storage) fn through_links(path: &Path) -> Result<PathBuf, RecordError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => fs::canonicalize(path).map_err(RecordError::io("follow the link", path)),
        _ => Ok(path.to_owned()),
    }
}

/// The folder that a path lies in.
pub(in crate::storage) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file with the permissions that any new file gets, by the user's mask; by itself it would be private.
pub(in crate::storage) fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Makes new names in a folder durable. Some systems cannot sync a folder; the files are complete either way.
pub(in crate::storage) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_new_file_gets_the_usual_permissions_and_a_replaced_one_keeps_its_own() {
        let place = tempfile::tempdir().unwrap();
        let [usual, ours] = ["usual", "ours"].map(|name| place.path().join(name));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        File::create(&usual).unwrap();
        write_file(&ours, b"1").unwrap();
        assert_eq!(mode(&ours), mode(&usual));
        fs::set_permissions(&ours, PermissionsExt::from_mode(0o600)).unwrap();
        write_file(&ours, b"2").unwrap();
        assert_eq!((mode(&ours), fs::read(&ours).unwrap()), (0o600, b"2".to_vec()));
    }

    #[test]
    fn a_link_is_written_through_and_stays() {
        let place = tempfile::tempdir().unwrap();
        let [kept, link, lost] = ["kept/layout.ron", "layout.ron", "lost.ron"].map(|name| place.path().join(name));
        write_file(&kept, b"1").unwrap();
        symlink("kept/layout.ron", &link).unwrap();
        write_file(&link, b"2").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&kept).unwrap(), b"2");
        symlink("nowhere/a.ron", &lost).unwrap();
        let problem = write_file(&lost, b"3").unwrap_err().to_string();
        assert!(problem.contains("cannot follow the link") && problem.contains("lost.ron"), "{problem}");
        assert!(fs::symlink_metadata(&lost).unwrap().is_symlink());
    }
}
