//! Black boxes that the system refused to write: the latest of them wait in memory until it takes them.

use crate::storage::{RecordError, RunFolder, write_black_box};
use std::collections::VecDeque;
use std::path::Path;

/// As many wait at most.
const MOST: usize = 16;
/// And as many bytes in all of them, but for the newest.
const MOST_BYTES: usize = 32 << 20;

/// A black box of a run.
#[derive(Debug)]
struct QueuedBlackBox {
    /// Number of its episode.
    episode: u64,
    bytes: Vec<u8>,
    /// How many files are kept; 0 keeps all.
    keep: usize,
}

/// Black boxes that wait, the oldest first.
#[derive(Debug, Default)]
pub(in crate::simulation) struct RetryQueue {
    boxes: VecDeque<QueuedBlackBox>,
    /// How many gave way to newer ones.
    lost: u64,
}

impl RetryQueue {
    /// Adds one; the oldest give way.
    pub fn add(&mut self, episode: u64, bytes: Vec<u8>, keep: usize) {
        self.boxes.push_back(QueuedBlackBox { episode, bytes, keep });
        let held = |boxes: &VecDeque<QueuedBlackBox>| boxes.iter().map(|kept| kept.bytes.len()).sum::<usize>();
        while self.boxes.len() > 1 && (self.boxes.len() > MOST || held(&self.boxes) > MOST_BYTES) {
            self.boxes.pop_front();
            self.lost += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// How many are lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Writes those that wait into the run folder, as far as the system takes them.
    ///
    /// # Errors
    /// What it refused.
    pub fn write(&mut self, folder: &mut RunFolder) -> Result<(), RecordError> {
        while let Some(QueuedBlackBox { episode, bytes, keep }) = self.boxes.front() {
            folder.black_box(*episode, bytes, *keep)?;
            self.boxes.pop_front();
        }
        Ok(())
    }

    /// Writes those that wait into another run folder; they wait on.
    ///
    /// # Errors
    /// What the system refused.
    pub fn save_into(&self, run: &Path) -> Result<(), RecordError> {
        self.boxes.iter().try_for_each(|kept| write_black_box(run, kept.episode, &kept.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::black_boxes_in;

    #[test]
    fn the_oldest_give_way_and_one_is_always_kept() {
        let place = tempfile::tempdir().unwrap();
        let mut retry_queue = RetryQueue::default();
        (0..20).for_each(|episode| retry_queue.add(episode, vec![episode as u8], 0));
        assert_eq!((retry_queue.boxes.len(), retry_queue.take_lost(), retry_queue.take_lost()), (MOST, 4, 0));
        retry_queue.save_into(place.path()).unwrap();
        let files = black_boxes_in(place.path());
        assert_eq!((files.len(), std::fs::read(&files[0]).unwrap()), (MOST, vec![4]));
        retry_queue.add(20, vec![0; MOST_BYTES + 1], 0);
        assert_eq!((retry_queue.boxes.len(), retry_queue.take_lost()), (1, 16));
    }
}
