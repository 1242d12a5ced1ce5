//! A checkpoint file of which single parts are read.

use super::{CHECKPOINT, unusable};
use crate::bounded;
use crate::storage::RecordError;
use crate::storage::codec::envelope::{Header, Kind};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// A file whose header is intact and that is as long as it says.
pub(super) struct Opened<'a> {
    pub path: &'a Path,
    file: File,
    header: Header<3>,
    places: [Range<u64>; 3],
}

impl<'a> Opened<'a> {
    pub fn at(path: &'a Path) -> Result<Self, RecordError> {
        let refused = |problem| RecordError::io("read", path)(problem);
        let mut file = bounded::open(path).map_err(refused)?;
        let length = file.metadata().map_err(refused)?.len();
        let mut head = Vec::new();
        (&mut file).take(Kind::<3>::HEADER as u64).read_to_end(&mut head).map_err(refused)?;
        let header = CHECKPOINT.read(&head).map_err(|problem| unusable(path, problem))?;
        let places = header.places(length).map_err(|problem| unusable(path, problem))?;
        Ok(Self { path, file, header, places })
    }

    /// The bytes of a part; one of more than `largest` is refused unread.
    pub fn part(&mut self, at: usize, largest: u64) -> Result<Vec<u8>, RecordError> {
        let Range { start, end } = self.places[at];
        if end - start > largest {
            let problem = format!("its {} is larger than it can be ({largest} bytes)", CHECKPOINT.parts[at]);
            return Err(unusable(self.path, problem));
        }
        let mut bytes = Vec::with_capacity((end - start) as usize);
        let found = self.file.seek(SeekFrom::Start(start));
        let read = found.and_then(|_| (&mut self.file).take(end - start).read_to_end(&mut bytes));
        read.map_err(RecordError::io("read", self.path))?;
        self.header.check(at, &bytes).map_err(|problem| unusable(self.path, problem))?;
        Ok(bytes)
    }
}
