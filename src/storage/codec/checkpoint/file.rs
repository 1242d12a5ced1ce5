//! An open checkpoint file whose parts are read one by one.

use super::{CHECKPOINT, unusable};
use crate::bounded;
use crate::storage::RecordError;
use crate::storage::codec::envelope::{FileFormat, Header};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// An open file whose header is intact and whose length matches it.
pub(super) struct CheckpointFile<'a> {
    pub path: &'a Path,
    file: File,
    header: Header<3>,
    ranges: [Range<u64>; 3],
}

impl<'a> CheckpointFile<'a> {
    pub fn open(path: &'a Path) -> Result<Self, RecordError> {
        let refused = |problem| RecordError::io("read", path)(problem);
        let mut file = bounded::open(path).map_err(refused)?;
        let length = file.metadata().map_err(refused)?.len();
        let mut head = Vec::new();
        (&mut file).take(FileFormat::<3>::HEADER as u64).read_to_end(&mut head).map_err(refused)?;
        let header = CHECKPOINT.read(&head).map_err(|problem| unusable(path, problem))?;
        let ranges = header.ranges(length).map_err(|problem| unusable(path, problem))?;
        Ok(Self { path, file, header, ranges })
    }

    /// The bytes of a part. One of more than `largest` bytes is refused unread.
    pub fn part(&mut self, index: usize, largest: u64) -> Result<Vec<u8>, RecordError> {
        let Range { start, end } = self.ranges[index];
        if end - start > largest {
            let problem = format!("its {} is larger than it can be ({largest} bytes)", CHECKPOINT.parts[index]);
            return Err(unusable(self.path, problem));
        }
        let mut bytes = Vec::with_capacity((end - start) as usize);
        let sought = self.file.seek(SeekFrom::Start(start));
        let read = sought.and_then(|_| (&mut self.file).take(end - start).read_to_end(&mut bytes));
        read.map_err(RecordError::io("read", self.path))?;
        self.header.check(index, &bytes).map_err(|problem| unusable(self.path, problem))?;
        Ok(bytes)
    }
}
