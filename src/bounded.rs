//! Reads untrusted files: plain files only, and only up to a size limit.
//!
//! Pipes and devices may block or never end, so they are not opened. Touches nothing but the file it is given.

use std::fs::{self, File};
use std::io::{self, Error, ErrorKind, Read};
use std::path::Path;

/// Opens a plain file for reading; follows links.
///
/// # Errors
/// The path is not a plain file, or an error of the system.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let refused = |kind, problem| Err(Error::new(kind, problem));
    match fs::metadata(path)? {
        metadata if metadata.is_file() => File::open(path),
        metadata if metadata.is_dir() => refused(ErrorKind::IsADirectory, "it is a folder, not a file"),
        _ => refused(ErrorKind::InvalidInput, "it is a pipe or a device, not a plain file"),
    }
}

/// Reads a plain file of at most `limit` bytes.
///
/// # Errors
/// The file is larger, the path is not a plain file, or an error of the system.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_from(&open(path)?, limit)
}

/// Reads the rest of an open file, at most `limit` bytes.
///
/// # Errors
/// The file is larger, or an error of the system.
pub(crate) fn read_from(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MiB", limit >> 20));
    let expected = file.metadata()?.len();
    if expected > limit {
        return Err(too_large());
    }
    // Growing by doubling would take up to twice the memory.
    let mut bytes = Vec::with_capacity(expected as usize);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// Reads the text of a plain file of at most `limit` bytes, as [`decode`] does.
///
/// # Errors
/// As [`read`], or the file is not text.
pub(crate) fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let not_text =
        || Error::new(ErrorKind::InvalidData, "it is not text: it contains bytes that are not UTF-8, nor is it UTF-16");
    decode(read(path, limit)?).ok_or_else(not_text)
}

/// The text of a whole file: UTF-8, or what its byte order mark says, as editors and shells on Windows write it. The mark is
/// left out.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    let utf16 = |of_pair: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units: Vec<_> = pairs.iter().copied().map(of_pair).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty())
    };
    match &bytes[..] {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] => std::str::from_utf8(text).ok().map(str::to_owned),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// Whether an error is the caller's fault (no such file, not a file, malformed, too large) rather than the system's.
pub(crate) fn is_bad_input(kind: ErrorKind) -> bool {
    use ErrorKind::{FileTooLarge, InvalidData, InvalidInput, IsADirectory, NotADirectory, NotFound};
    matches!(kind, NotFound | IsADirectory | NotADirectory | InvalidInput | InvalidData | FileTooLarge)
}

/// Untrusted text to be quoted in a sentence: shortened to 80 characters, control characters escaped.
pub(crate) fn quoted(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut quoted: String = text.chars().take(LIMIT).flat_map(char::escape_debug).collect();
    if text.chars().nth(LIMIT).is_some() {
        quoted.push_str("...");
    }
    quoted
}

/// Untrusted text that is safe to print: at most `limit` characters, control characters other than line ends escaped.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let mut printable = String::with_capacity(text.len().min(4 * limit));
    for letter in text.chars().take(limit) {
        match letter {
            '\n' => printable.push(letter),
            letter if letter.is_control() => printable.extend(letter.escape_default()),
            letter => printable.push(letter),
        }
    }
    if text.chars().nth(limit).is_some() {
        printable.push_str("...");
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit_and_a_folder_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read(folder.path(), 5).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(read(&path.join("b"), 5).unwrap_err().kind(), ErrorKind::NotADirectory);
        fs::write(&path, [0xff]).unwrap();
        assert!(is_bad_input(read_text(&path, 5).unwrap_err().kind()));
    }

    #[test]
    fn text_is_read_in_any_form_of_unicode_that_has_a_byte_order_mark() {
        let units: Vec<u16> = "(ä: 😀)".encode_utf16().collect();
        let utf16 = |mark: [u8; 2], of_unit: fn(u16) -> [u8; 2]| {
            [&mark[..], &units.iter().flat_map(|unit| of_unit(*unit)).collect::<Vec<_>>()].concat()
        };
        let little = utf16([0xff, 0xfe], u16::to_le_bytes);
        for bytes in ["\u{feff}(ä: 😀)".into(), "(ä: 😀)".into(), little.clone(), utf16([0xfe, 0xff], u16::to_be_bytes)]
        {
            assert_eq!(decode(bytes).as_deref(), Some("(ä: 😀)"));
        }
        assert_eq!(decode(little[..little.len() - 1].to_vec()), None, "half a unit is left");
        assert_eq!(decode(little[..little.len() - 4].to_vec()), None, "half a character is left");
        assert_eq!(decode(little[2..].to_vec()), None, "without a mark it could be anything");
    }

    #[test]
    fn printable_text_is_short_and_cannot_control_a_terminal() {
        assert_eq!(printable("a\u{1b}[2J\nü\r", 100), "a\\u{1b}[2J\nü\\r");
        assert_eq!(printable("äöü", 3), "äöü");
        assert_eq!(printable("äöü!", 3), "äöü...");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_not_opened_even_through_a_link_and_a_file_without_a_size_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert_eq!(read(&link, 5).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(read(Path::new("/proc/self/stat"), 5).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
