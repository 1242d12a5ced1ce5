//! The envelope of the program's own binary files: a header with magic bytes, format version, length and CRC-32 of each
//! part and its own CRC-32, then the parts.

use std::io::{self, Seek, Write};
use std::ops::Range;

/// Bytes of the magic and the version.
const PREFIX: usize = 8 + 4;
/// Bytes of the header per part: length and checksum.
const PART_HEADER: usize = 8 + 4;

/// A binary file format of `PARTS` parts.
#[derive(Debug)]
pub(crate) struct FileFormat<const PARTS: usize> {
    /// Magic bytes at the start of the file.
    pub magic: &'static [u8; 8],
    /// The format version that is written and read.
    pub version: u32,
    /// Magic bytes of the same kind of file in Resonetics 0.1.
    pub magic_of_0_1: &'static [u8; 8],
    /// What to do with such a file.
    pub advice: &'static str,
    /// Names of the parts, for error messages.
    pub parts: [&'static str; PARTS],
}

/// Writes the content of a part.
pub(crate) type Fill<'a> = &'a mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct PartHeader {
    length: u64,
    checksum: u32,
}

impl PartHeader {
    fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, checksum: crc32fast::hash(bytes) }
    }
}

/// A writer that counts and checksums what passes through it.
struct MeasuringWriter<W> {
    into: W,
    length: u64,
    hasher: crc32fast::Hasher,
}

impl<W: Write> Write for MeasuringWriter<W> {
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

/// A header whose checksum is right.
#[derive(Debug)]
pub(crate) struct Header<const PARTS: usize> {
    names: [&'static str; PARTS],
    parts: [PartHeader; PARTS],
}

impl<const PARTS: usize> FileFormat<PARTS> {
    /// Bytes of the header.
    pub const HEADER: usize = PREFIX + PARTS * PART_HEADER + 4;

    /// Writes a file, each part by one of `fills`. The header is written last, when lengths and checksums are known.
    pub fn write(&self, file: &mut (impl Write + Seek), fills: [Fill<'_>; PARTS]) -> io::Result<()> {
        file.write_all(&vec![0; Self::HEADER])?;
        let mut header = [&self.magic[..], &self.version.to_le_bytes()].concat();
        for fill in fills {
            let mut writer = MeasuringWriter { into: &mut *file, length: 0, hasher: crc32fast::Hasher::new() };
            fill(&mut writer)?;
            header.extend_from_slice(&writer.length.to_le_bytes());
            header.extend_from_slice(&writer.hasher.finalize().to_le_bytes());
        }
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        file.rewind()?;
        file.write_all(&header)
    }

    /// Reads the header at the start of `head`: the file, or at least its first [`FileFormat::HEADER`] bytes.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the file.
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
        let (content, checksum) = header.split_at(Self::HEADER - 4);
        if crc32fast::hash(content).to_le_bytes() != checksum {
            return Err("the checksum of its header does not match: it is damaged".to_owned());
        }
        let mut parts = [PartHeader::default(); PARTS];
        for (part, bytes) in parts.iter_mut().zip(content[PREFIX..].as_chunks::<PART_HEADER>().0) {
            let [a, b, c, d, e, f, g, h, checksum @ ..] = *bytes;
            *part = PartHeader {
                length: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
                checksum: u32::from_le_bytes(checksum),
            };
        }
        Ok(Header { names: self.parts, parts })
    }

    /// The parts of a complete file, each checked.
    ///
    /// # Errors
    /// As [`FileFormat::read`].
    pub fn open<'a>(&self, bytes: &'a [u8]) -> Result<[&'a [u8]; PARTS], String> {
        let header = self.read(bytes)?;
        let mut parts = [&bytes[..0]; PARTS];
        for (at, (part, range)) in parts.iter_mut().zip(header.ranges(bytes.len() as u64)?).enumerate() {
            *part = &bytes[range.start as usize..range.end as usize];
            header.check(at, part)?;
        }
        Ok(parts)
    }

    /// The format version of bytes that begin like such a file.
    pub fn version_of(&self, bytes: &[u8]) -> Option<u32> {
        bytes.strip_prefix(self.magic)?.first_chunk().map(|version| u32::from_le_bytes(*version))
    }

    /// Describes the format version of bytes that begin like such a file, of this version or of Resonetics 0.1.
    pub fn format_of(&self, bytes: &[u8]) -> Option<String> {
        let of_0_1 = || bytes.starts_with(self.magic_of_0_1).then(|| "Resonetics 0.1".to_owned());
        self.version_of(bytes).map(|version| format!("format version {version}")).or_else(of_0_1)
    }
}

impl<const PARTS: usize> Header<PARTS> {
    /// The byte ranges of the parts in a file of `length` bytes.
    ///
    /// # Errors
    /// The length of the file contradicts the header.
    pub fn ranges(&self, length: u64) -> Result<[Range<u64>; PARTS], String> {
        let header = FileFormat::<PARTS>::HEADER as u64;
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

    /// Checks `bytes` against the length and checksum of part `index`.
    ///
    /// # Errors
    /// They do not match.
    pub fn check(&self, index: usize, bytes: &[u8]) -> Result<(), String> {
        if PartHeader::of(bytes) == self.parts[index] {
            Ok(())
        } else {
            Err(format!("the checksum of its {} does not match: it is damaged", self.names[index]))
        }
    }
}
