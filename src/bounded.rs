//! Files from strangers: opened only where they are plain files, and read only up to a size.
//!
//! A pipe may never end and may never begin, a device gives what it likes for as long as it likes, and a folder is no file.
//! None of them is opened, so nobody waits for them. Touches nothing but the file it is given.

use std::fs::{self, File};
use std::io::{self, Error, ErrorKind, Read};
use std::path::Path;

/// Opens a plain file to read; links are followed.
///
/// # Errors
/// Anything else, or what the system refused.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let refused = |kind, problem| Err(Error::new(kind, problem));
    match fs::metadata(path)? {
        it if it.is_file() => File::open(path),
        it if it.is_dir() => refused(ErrorKind::IsADirectory, "it is a folder, and a file is needed"),
        _ => refused(ErrorKind::InvalidInput, "it is a pipe or a device, and only plain files are read"),
    }
}

/// The bytes of a plain file of at most `largest` bytes.
///
/// # Errors
/// A larger one, anything but a file, or what the system refused.
pub(crate) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_from(&open(path)?, largest)
}

/// What is left of an open file, of at most `largest` bytes.
///
/// # Errors
/// More than that, or what the system refused.
pub(crate) fn read_from(file: &File, largest: u64) -> io::Result<Vec<u8>> {
    let too_large = || Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MiB", largest >> 20));
    let expected = file.metadata()?.len();
    if expected > largest {
        return Err(too_large());
    }
    // Room for all of it at once: growing by doubling would take twice the memory.
    let mut bytes = Vec::with_capacity(expected as usize);
    file.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest { Err(too_large()) } else { Ok(bytes) }
}

/// The text of a plain file of at most `largest` bytes.
///
/// # Errors
/// As [`read`], or bytes that are no UTF-8.
pub(crate) fn read_text(path: &Path, largest: u64) -> io::Result<String> {
    let no_text = |_| Error::new(ErrorKind::InvalidData, "it is no text: it holds bytes that are not UTF-8");
    String::from_utf8(read(path, largest)?).map_err(no_text)
}

/// Whether an error says that what was named cannot be read whatever the system does: nothing there, or no such file.
pub(crate) fn is_bad_input(error: &Error) -> bool {
    use ErrorKind::{FileTooLarge, InvalidData, InvalidInput, IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | IsADirectory | NotADirectory | InvalidInput | InvalidData | FileTooLarge)
}

/// A word or value from such a file as a sentence quotes it: shortened, control characters escaped.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut quoted: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        quoted.push_str("...");
    }
    quoted
}

/// A text that may hold parts of such a file, made fit to be shown: at most `longest` characters, and line ends the only control
/// characters.
pub(crate) fn shown(text: &str, longest: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(4 * longest));
    for letter in text.chars().take(longest) {
        match letter {
            '\n' => shown.push(letter),
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => shown.push(letter),
        }
    }
    if text.chars().nth(longest).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_a_folder_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read(place.path(), 5).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(read(&path.join("b"), 5).unwrap_err().kind(), ErrorKind::NotADirectory);
        fs::write(&path, [0xff]).unwrap();
        assert!(is_bad_input(&read_text(&path, 5).unwrap_err()));
    }

    #[test]
    fn what_is_shown_is_short_and_moves_no_cursor() {
        assert_eq!(shown("a\u{1b}[2J\nü\r", 100), "a\\u{1b}[2J\nü\\r");
        assert_eq!(shown("äöü", 3), "äöü");
        assert_eq!(shown("äöü!", 3), "äöü...");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_not_opened_even_through_a_link_and_a_file_without_a_size_is_bounded() {
        let place = tempfile::tempdir().unwrap();
        let link = place.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert_eq!(read(&link, 5).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(read(Path::new("/proc/self/stat"), 5).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
