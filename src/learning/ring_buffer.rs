//! A buffer of fixed size that overwrites its oldest items and is sampled uniformly.

use crate::cluster::RngStream;
use rand::RngExt;

/// A ring buffer of at most `capacity` items; memory is allocated as it fills.
#[derive(Debug, Clone)]
pub struct RingBuffer<T> {
    capacity: usize,
    items: Vec<T>,
    /// Slot of the oldest item, which the next one overwrites once the ring is full.
    oldest: usize,
}

impl<T> RingBuffer<T> {
    /// An empty buffer.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, items: Vec::new(), oldest: 0 }
    }

    /// A memory that holds these items, slot by slot; none if there are too many, or the oldest is not among them.
    pub fn of(capacity: usize, items: Vec<T>, oldest: usize) -> Option<Self> {
        let whole = items.len() == capacity && oldest < capacity;
        (whole || (items.len() < capacity && oldest == 0)).then_some(Self { capacity, items, oldest })
    }

    /// The items, slot by slot.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The slot of the oldest item once the ring is full; else 0.
    pub fn oldest(&self) -> usize {
        self.oldest
    }

    /// Number of items held.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is held yet.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Stores an item, in place of the oldest if the ring is full; returns its slot.
    pub fn push(&mut self, item: T) -> usize {
        if self.items.len() < self.capacity {
            self.items.push(item);
            return self.items.len() - 1;
        }
        let slot = self.oldest;
        self.items[slot] = item;
        self.oldest = (slot + 1) % self.capacity;
        slot
    }

    /// The item in a slot.
    pub fn get(&self, slot: usize) -> Option<&T> {
        self.items.get(slot)
    }

    /// Draws `count` items with replacement, or none if the buffer is empty.
    pub fn draw<'a>(&'a self, count: usize, rng: &'a mut RngStream) -> impl Iterator<Item = &'a T> {
        let count = if self.items.is_empty() { 0 } else { count };
        (0..count).map(move |_| &self.items[rng.random_range(0..self.items.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};

    #[test]
    fn a_full_buffer_overwrites_the_oldest_and_draws_from_all_others() {
        let mut ring = RingBuffer::new(3);
        let slots: Vec<_> = (0..5).map(|item| ring.push(item)).collect();
        assert_eq!((slots, ring.get(1)), (vec![0, 1, 2, 0, 1], Some(&4)));
        let mut rng = stream(1, 0, RngPurpose::Replay);
        let drawn: Vec<_> = ring.draw(200, &mut rng).copied().collect();
        assert_eq!((ring.len(), drawn.len()), (3, 200));
        assert!(drawn.iter().all(|item| (2..5).contains(item)));
        assert!((2..5).all(|item| drawn.contains(&item)));
    }

    #[test]
    fn an_empty_buffer_draws_nothing() {
        let ring = RingBuffer::<u8>::new(3);
        assert_eq!(ring.draw(5, &mut stream(1, 0, RngPurpose::Replay)).count(), 0);
    }
}
