//! A series of numbers over a whole run in nearly constant memory: the latest numbers one by one, older ones as minimum, mean
//! and maximum of ever longer buckets.
//!
//! Level 0 keeps single numbers, each further level has buckets four times as long, and every level keeps only its latest
//! [`KEPT`] buckets. n numbers need about log4(n) levels, so 50 million numbers take less than half a megabyte.

use std::collections::VecDeque;

/// Buckets of a level that one bucket of the next is made of.
const FACTOR: u64 = 4;
/// Buckets that each level keeps.
pub const KEPT: usize = 2_048;

/// Summary of successive numbers of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Index of the first number.
    pub from: u64,
    /// Index after the last number.
    pub to: u64,
    /// Smallest number.
    pub min: f32,
    /// Mean of the numbers.
    pub mean: f32,
    /// Largest number.
    pub max: f32,
}

/// The sums of a bucket.
#[derive(Debug, Clone, Copy)]
struct BucketSums {
    min: f32,
    max: f32,
    sum: f32,
    count: u32,
}

impl BucketSums {
    const EMPTY: Self = Self { min: f32::INFINITY, max: f32::NEG_INFINITY, sum: 0.0, count: 0 };

    /// A number that is not finite is a gap.
    fn of(number: f32) -> Self {
        if number.is_finite() { Self { min: number, max: number, sum: number, count: 1 } } else { Self::EMPTY }
    }

    fn add(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.count += other.count;
    }
}

#[derive(Debug, Clone)]
struct Level {
    buckets: VecDeque<BucketSums>,
    /// Number of the oldest bucket that is kept.
    first: u64,
    /// The buckets that do not fill one of the next level yet.
    open: BucketSums,
    filled: u64,
}

/// A series of numbers to which numbers are appended.
#[derive(Debug, Clone)]
pub struct Series {
    levels: Vec<Level>,
    length: u64,
    /// Buckets that each level keeps.
    capacity: usize,
}

impl Default for Series {
    fn default() -> Self {
        Self::with_capacity(KEPT)
    }
}

impl Series {
    /// A series that keeps so many buckets of each level, at least four: fewer cost less memory and are coarser sooner.
    pub fn with_capacity(buckets: usize) -> Self {
        Self { levels: Vec::new(), length: 0, capacity: buckets.max(FACTOR as usize) }
    }

    /// Adds a number. One that is not finite leaves a gap.
    pub fn push(&mut self, number: f32) {
        self.length += 1;
        let mut bucket = BucketSums::of(number);
        for at in 0.. {
            if at == self.levels.len() {
                self.levels.push(Level { buckets: VecDeque::new(), first: 0, open: BucketSums::EMPTY, filled: 0 });
            }
            let level = &mut self.levels[at];
            if level.buckets.len() == self.capacity {
                level.buckets.pop_front();
                level.first += 1;
            }
            level.buckets.push_back(bucket);
            level.open.add(&bucket);
            level.filled += 1;
            if level.filled < FACTOR {
                return;
            }
            bucket = std::mem::replace(&mut level.open, BucketSums::EMPTY);
            level.filled = 0;
        }
    }

    /// Numbers added.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The last `latest` numbers in at most about `most` buckets, oldest first, as finely as that and memory allow. The
    /// first may begin a little earlier. Gaps are left out.
    pub fn view(&self, latest: u64, most: usize) -> Vec<Bucket> {
        let from = self.length.saturating_sub(latest);
        let (mut size, mut tail) = (1, BucketSums::EMPTY);
        for (at, level) in self.levels.iter().enumerate() {
            let fine = level.first * size <= from && (self.length - from).div_ceil(size) <= most as u64;
            if fine || at + 1 == self.levels.len() {
                let skipped = (from / size).saturating_sub(level.first) as usize;
                let buckets = level.buckets.iter().skip(skipped).chain(std::iter::once(&tail));
                let numbers = level.first + skipped as u64..;
                return numbers
                    .zip(buckets)
                    .filter(|(_, bucket)| bucket.count > 0)
                    .map(|(number, bucket)| Bucket {
                        from: number * size,
                        to: ((number + 1) * size).min(self.length),
                        min: bucket.min,
                        mean: bucket.sum / bucket.count as f32,
                        max: bucket.max,
                    })
                    .collect();
            }
            tail.add(&level.open);
            size *= FACTOR;
        }
        Vec::new()
    }

    /// The last number, unless it is a gap.
    pub fn last(&self) -> Option<f32> {
        self.levels.first()?.buckets.back().filter(|bucket| bucket.count > 0).map(|bucket| bucket.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(numbers: u64) -> Series {
        let mut series = Series::default();
        (0..numbers).for_each(|number| series.push(number as f32));
        series
    }

    #[test]
    fn the_latest_numbers_are_there_one_by_one() {
        let series = counted(5_000);
        let view = series.view(2_000, 4_000);
        assert_eq!((view.len(), series.len()), (2_000, 5_000));
        assert!(view.iter().zip(3_000..).all(|(bucket, at)| {
            (bucket.from, bucket.to) == (at, at + 1) && bucket.mean == at as f32 && bucket.min == bucket.max
        }));
        assert_eq!(series.last(), Some(4_999.0));
    }

    #[test]
    fn a_whole_run_is_seen_in_as_many_stretches_as_wanted_and_nothing_is_lost() {
        for (numbers, most) in [(3, 100), (1_000, 100), (70_000, 300), (70_001, 2_000), (262_143, 64)] {
            let view = counted(numbers).view(u64::MAX, most);
            assert!(view.len() <= most + 1 && view.len() as u64 >= (most as u64 / 5).min(numbers), "{}", view.len());
            assert_eq!((view[0].from, view[view.len() - 1].to), (0, numbers));
            assert!(view.windows(2).all(|pair| pair[0].to == pair[1].from));
            for bucket in view {
                assert_eq!((bucket.min, bucket.max), (bucket.from as f32, (bucket.to - 1) as f32));
                let mean = (bucket.min + bucket.max) / 2.0;
                assert!((bucket.mean - mean).abs() <= mean * 1e-4, "{bucket:?}");
            }
        }
    }

    #[test]
    fn a_peak_is_seen_however_long_ago_it_was() {
        let mut series = counted(0);
        (0..1_000_000).for_each(|at| series.push(if at == 123_456 { 9.0 } else { 0.0 }));
        let view = series.view(u64::MAX, 300);
        let peaks: Vec<_> = view.iter().filter(|bucket| bucket.max == 9.0).collect();
        assert!(peaks.len() == 1 && (peaks[0].from..peaks[0].to).contains(&123_456), "{peaks:?}");
    }

    #[test]
    fn gaps_are_left_out_and_do_not_spoil_what_is_around_them() {
        let mut series = counted(0);
        (0..64).for_each(|at| series.push(if at < 32 || at % 2 == 0 { f32::NAN } else { 5.0 }));
        assert!(series.view(u64::MAX, 16).iter().all(|bucket| bucket.mean == 5.0 && bucket.from >= 32));
        assert_eq!(Series::default().view(10, 10), []);
        assert_eq!(counted(0).last(), None);
    }

    #[test]
    fn a_series_that_keeps_less_is_coarser_and_loses_nothing() {
        let mut series = Series::with_capacity(128);
        (0..100_000_u64).for_each(|at| series.push(if at == 12_345 { 9.0 } else { 1.0 }));
        let (latest, whole) = (series.view(2_000, 280), series.view(u64::MAX, 280));
        assert!((100..=281).contains(&latest.len()), "{}", latest.len());
        assert_eq!((whole[0].from, whole[whole.len() - 1].to), (0, 100_000));
        assert_eq!(whole.iter().filter(|bucket| bucket.max == 9.0).count(), 1);
        assert!(series.levels.iter().all(|level| level.buckets.len() <= 128));
    }

    #[test]
    fn fifty_million_numbers_take_less_than_half_a_megabyte() {
        let mut series = Series::default();
        (0..50_000_000_u64).for_each(|at| series.push((at % 1_000) as f32));
        let bytes: usize = series.levels.iter().map(|level| level.buckets.capacity() * size_of::<BucketSums>()).sum();
        assert!(bytes < 500_000, "{bytes}");
        let view = series.view(u64::MAX, 600);
        assert!(view.len() <= 601 && view.iter().all(|bucket| bucket.min == 0.0 && bucket.max == 999.0));
        assert!((view[3].mean - 499.5).abs() < 1.0, "{:?}", view[3]);
    }
}
