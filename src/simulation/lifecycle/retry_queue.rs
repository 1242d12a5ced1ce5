//! Black boxes that the system refused to write. The latest of them wait in memory until it accepts them.

use crate::storage::{RecordError, RunFolder, write_black_box};
use std::collections::VecDeque;
use std::path::Path;

/// Most black boxes that wait.
const MAX_BOXES: usize = 16;
/// Most bytes of all of them together, unless the newest alone is larger.
const MAX_BYTES: usize = 32 << 20;

/// A black box that waits.
#[derive(Debug)]
struct QueuedBlackBox {
    /// Number of its episode.
    episode: u64,
    bytes: Vec<u8>,
    /// How many files are kept; 0 keeps all.
    keep: usize,
}

/// The waiting black boxes, oldest first.
#[derive(Debug, Default)]
pub(in crate::simulation) struct RetryQueue {
    boxes: VecDeque<QueuedBlackBox>,
    /// How many were dropped for newer ones.
    lost: u64,
}

impl RetryQueue {
    /// Adds a black box; the oldest are dropped if there are too many.
    pub fn add(&mut self, episode: u64, bytes: Vec<u8>, keep: usize) {
        self.boxes.push_back(QueuedBlackBox { episode, bytes, keep });
        let held = |boxes: &VecDeque<QueuedBlackBox>| boxes.iter().map(|kept| kept.bytes.len()).sum::<usize>();
        while self.boxes.len() > 1 && (self.boxes.len() > MAX_BOXES || held(&self.boxes) > MAX_BYTES) {
            self.boxes.pop_front();
            self.lost += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// How many were dropped since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Writes the waiting black boxes into the run folder until the system refuses one.
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

    /// Writes the waiting black boxes into another run folder; they stay in the queue.
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
    fn the_oldest_are_dropped_and_one_is_always_kept() {
        let place = tempfile::tempdir().unwrap();
        let mut retry_queue = RetryQueue::default();
        (0..20).for_each(|episode| retry_queue.add(episode, vec![episode as u8], 0));
        assert_eq!((retry_queue.boxes.len(), retry_queue.take_lost(), retry_queue.take_lost()), (MAX_BOXES, 4, 0));
        retry_queue.save_into(place.path()).unwrap();
        let files = black_boxes_in(place.path());
        assert_eq!((files.len(), std::fs::read(&files[0]).unwrap()), (MAX_BOXES, vec![4]));
        retry_queue.add(20, vec![0; MAX_BYTES + 1], 0);
        assert_eq!((retry_queue.boxes.len(), retry_queue.take_lost()), (1, 16));
    }
}
