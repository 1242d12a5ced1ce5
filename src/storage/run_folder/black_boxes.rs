//! The black boxes of a run folder: one file per collapse, of which the newest are kept.

use crate::storage::RecordError;
use crate::storage::codec::atomic::temporary_in;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Name of their folder within a run folder.
pub(in crate::storage) const FOLDER: &str = "blackbox";
/// Extension of the files.
const EXTENSION: &str = "rsbb";

/// Writes the black box of an episode into `folder` and removes all but the newest `keep` that the run wrote; 0 keeps all.
/// Files that people put there stay.
pub(in crate::storage) fn write(folder: &Path, episode: u64, bytes: &[u8], keep: usize) -> Result<(), RecordError> {
    let path = folder.join(file_name(episode));
    if !folder.is_dir() {
        fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
    }
    let refused = |problem| RecordError::io("write", &path)(problem);
    let mut file = temporary_in(folder).map_err(refused)?;
    file.write_all(bytes).map_err(refused)?;
    file.persist(&path).map_err(|error| refused(error.error))?;
    if keep == 0 {
        return Ok(());
    }
    let all: Vec<_> = in_folder(folder).into_iter().filter(|path| episode_of(path).is_some()).collect();
    for old in &all[..all.len().saturating_sub(keep)] {
        match fs::remove_file(old) {
            Err(problem) if problem.kind() != ErrorKind::NotFound => {
                return Err(RecordError::io("remove", old)(problem));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the black box of an episode into a run folder and keeps all others.
pub(crate) fn write_black_box(run: &Path, episode: u64, bytes: &[u8]) -> Result<(), RecordError> {
    write(&run.join(FOLDER), episode, bytes, 0)
}

/// Removes the black boxes from episode `first` on from a run folder.
pub(in crate::storage) fn forget(run: &Path, first: u64) -> Result<(), RecordError> {
    for path in in_folder(&run.join(FOLDER)) {
        if episode_of(&path).is_some_and(|episode| episode >= first) {
            fs::remove_file(&path).map_err(RecordError::io("remove", &path))?;
        }
    }
    Ok(())
}

fn file_name(episode: u64) -> String {
    format!("episode-{episode:08}.{EXTENSION}")
}

/// The number of the episode of a file that a run wrote; none for a file with a name of another form.
pub(in crate::storage) fn episode_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let number = name.strip_prefix("episode-")?.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok()?;
    (name == file_name(number)).then_some(number)
}

/// The black boxes of a run folder, or of a folder of black boxes, the newest last.
pub(crate) fn black_boxes_in(folder: &Path) -> Vec<PathBuf> {
    let inside = folder.join(FOLDER);
    in_folder(if inside.is_dir() { &inside } else { folder })
}

/// Sorted by number: it is padded to eight digits, and a longer one is newer.
fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = |path: &PathBuf| path.extension().is_some_and(|extension| extension == EXTENSION);
    let mut files: Vec<_> = files.filter(ours).collect();
    files.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_kept() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        let mine = ["my-favourite.rsbb", "episode-4.rsbb", "episode-00000004 copy.rsbb", "a.rsbb"];
        mine.iter().for_each(|name| fs::write(folder.join(name), "mine").unwrap());
        for (episode, keep) in [(99_999_999, 0), (3, 0), (100_000_000, 2), (7, 2)] {
            write(&folder, episode, b"content", keep).unwrap();
        }
        for name in mine {
            assert_eq!(fs::read(folder.join(name)).unwrap(), b"mine", "{name} is not of this run");
            fs::remove_file(folder.join(name)).unwrap();
        }
        let names: Vec<_> = black_boxes_in(place.path())
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["episode-99999999.rsbb", "episode-100000000.rsbb"]);
        assert_eq!(fs::read(folder.join(&names[1])).unwrap(), b"content");
        forget(place.path(), 100_000_000).unwrap();
        assert_eq!(black_boxes_in(place.path()), [folder.join("episode-99999999.rsbb")]);
    }
}
