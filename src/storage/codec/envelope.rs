//! The frame of the program's own binary files: magic word, format version, length and CRC-32 of each part, CRC-32 of all
//! that, and the parts.

use std::io::{self, Seek, Write};
use std::ops::Range;

/// Bytes of the magic word and the version.
const BEGINNING: usize = 8 + 4;
/// Bytes that tell of a part: length and checksum.
const PART: usize = 8 + 4;

/// A kind of file.
#[derive(Debug)]
pub(crate) struct Kind<const PARTS: usize> {
    /// What it begins with.
    pub magic: &'static [u8; 8],
    /// The format version that is written and read.
    pub version: u32,
    /// What files of this kind began with when Resonetics 0.1 wrote them.
    pub magic_of_0_1: &'static [u8; 8],
    /// What to do with such a file.
    pub advice: &'static str,
    /// What its parts are called.
    pub parts: [&'static str; PARTS],
}

/// What is written into a part.
pub(crate) type Fill<'a> = &'a mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Part {
    length: u64,
    checksum: u32,
}

impl Part {
    fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, checksum: crc32fast::hash(bytes) }
    }
}

/// A writer that notes what passes through it as a part.
struct Measured<W> {
    into: W,
    length: u64,
    hasher: crc32fast::Hasher,
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.into.write(bytes)?;
        self.length += count as u64;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// A header that is intact.
#[derive(Debug)]
pub(crate) struct Header<const PARTS: usize> {
    names: [&'static str; PARTS],
    parts: [Part; PARTS],
}

impl<const PARTS: usize> Kind<PARTS> {
    /// Bytes of the header.
    pub const HEADER: usize = BEGINNING + PARTS * PART + 4;

    /// Writes a file whose parts are what each of `fills` writes: the header last, when all that it tells is known.
    pub fn write(&self, file: &mut (impl Write + Seek), fills: [Fill<'_>; PARTS]) -> io::Result<()> {
        file.write_all(&vec![0; Self::HEADER])?;
        let mut header = [&self.magic[..], &self.version.to_le_bytes()].concat();
        for fill in fills {
            let mut measured = Measured { into: &mut *file, length: 0, hasher: crc32fast::Hasher::new() };
            fill(&mut measured)?;
            header.extend_from_slice(&measured.length.to_le_bytes());
            header.extend_from_slice(&measured.hasher.finalize().to_le_bytes());
        }
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        file.rewind()?;
        file.write_all(&header)
    }

    /// Reads the header at the start of `head`, which holds the whole file or at least [`Kind::HEADER`] bytes of it.
    ///
    /// # Errors
    /// What is wrong, as the rest of a sentence that names the file.
    pub fn read(&self, head: &[u8]) -> Result<Header<PARTS>, String> {
        if head.starts_with(self.magic_of_0_1) {
            let advice = self.advice;
            return Err(format!("Resonetics 0.1 wrote it, whose files this version does not read: {advice}"));
        }
        let version = self.version_of(head).ok_or("it does not begin like one")?;
        if version != self.version {
            return Err(format!("it has format version {version}, this program reads version {}", self.version));
        }
        let header = head.get(..Self::HEADER).ok_or("it is too short")?;
        let (message, checksum) = header.split_at(Self::HEADER - 4);
        if crc32fast::hash(message).to_le_bytes() != checksum {
            return Err("the checksum of its header does not match: it is damaged".to_owned());
        }
        let mut parts = [Part::default(); PARTS];
        for (part, bytes) in parts.iter_mut().zip(message[BEGINNING..].as_chunks::<PART>().0) {
            let [a, b, c, d, e, f, g, h, checksum @ ..] = *bytes;
            *part =
                Part { length: u64::from_le_bytes([a, b, c, d, e, f, g, h]), checksum: u32::from_le_bytes(checksum) };
        }
        Ok(Header { names: self.parts, parts })
    }

    /// The parts of a whole file that is intact.
    ///
    /// # Errors
    /// As [`Kind::read`].
    pub fn open<'a>(&self, bytes: &'a [u8]) -> Result<[&'a [u8]; PARTS], String> {
        let header = self.read(bytes)?;
        let mut parts = [&bytes[..0]; PARTS];
        for (at, (part, place)) in parts.iter_mut().zip(header.places(bytes.len() as u64)?).enumerate() {
            *part = &bytes[place.start as usize..place.end as usize];
            header.check(at, part)?;
        }
        Ok(parts)
    }

    /// The format version of bytes that begin like such a file.
    pub fn version_of(&self, bytes: &[u8]) -> Option<u32> {
        bytes.strip_prefix(self.magic)?.first_chunk().map(|version| u32::from_le_bytes(*version))
    }

    /// What bytes that begin like such a file, or as one did for Resonetics 0.1, say of their format.
    pub fn format_of(&self, bytes: &[u8]) -> Option<String> {
        let of_0_1 = || bytes.starts_with(self.magic_of_0_1).then(|| "Resonetics 0.1".to_owned());
        self.version_of(bytes).map(|version| format!("format version {version}")).or_else(of_0_1)
    }
}

impl<const PARTS: usize> Header<PARTS> {
    /// Where the parts lie in a file of `length` bytes.
    ///
    /// # Errors
    /// The file has another length than its header tells.
    pub fn places(&self, length: u64) -> Result<[Range<u64>; PARTS], String> {
        let header = Kind::<PARTS>::HEADER as u64;
        let total = self.parts.iter().try_fold(header, |sum, part| sum.checked_add(part.length));
        if total != Some(length) {
            let wanted = total.map_or("far too many".to_owned(), |total| total.to_string());
            return Err(format!("it should hold {wanted} bytes and holds {length}: it was cut off or added to"));
        }
        let mut end = header;
        Ok(self.parts.map(|part| {
            end += part.length;
            end - part.length..end
        }))
    }

    /// Whether these are the bytes of part `at`.
    ///
    /// # Errors
    /// They are not.
    pub fn check(&self, at: usize, bytes: &[u8]) -> Result<(), String> {
        if Part::of(bytes) == self.parts[at] {
            Ok(())
        } else {
            Err(format!("the checksum of its {} does not match: it is damaged", self.names[at]))
        }
    }
}
