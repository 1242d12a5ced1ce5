//! The frame around a binary file: magic word, format version, length and CRC-32 of the body, and the body.

/// Magic, version, length, checksum.
const HEADER: usize = 8 + 4 + 8 + 4;

/// The file that holds `body`.
pub(crate) fn seal(magic: &[u8; 8], version: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(magic);
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Format version and body of a file whose frame is intact and of a version from 1 to `newest`.
///
/// # Errors
/// What is wrong, as the rest of a sentence that names the file.
pub(crate) fn open<'a>(magic: &[u8; 8], newest: u32, bytes: &'a [u8]) -> Result<(u32, &'a [u8]), String> {
    let (header, body) = bytes.split_at_checked(HEADER).ok_or("it is too short")?;
    let number = |from: usize| u32::from_le_bytes([header[from], header[from + 1], header[from + 2], header[from + 3]]);
    if &header[..8] != magic {
        return Err("it does not begin like one".to_owned());
    }
    let version = number(8);
    if !(1..=newest).contains(&version) {
        return Err(format!("it has format version {version}, this program reads versions 1 to {newest}"));
    }
    let length = u64::from(number(12)) | u64::from(number(16)) << 32;
    if length != body.len() as u64 {
        return Err(format!("it should hold {length} bytes and holds {}: it was cut off or added to", body.len()));
    }
    if crc32fast::hash(body) != number(20) {
        return Err("its checksum does not match: it is damaged".to_owned());
    }
    Ok((version, body))
}

/// The format version of a file that begins with this magic word.
pub(crate) fn version(magic: &[u8; 8], bytes: &[u8]) -> Option<u32> {
    bytes.strip_prefix(magic)?.first_chunk().map(|version| u32::from_le_bytes(*version))
}
