//! Statistics as pure functions: interquartile mean, bootstrap, median, probability of improvement.

use super::Interval;
use crate::cluster::{RngPurpose, stream};
use rand::RngExt;
use rayon::prelude::*;

/// Resamples of a bootstrap.
pub const RESAMPLES: u64 = 2_000;

/// The interquartile mean of weighted values in rising order: a quarter of the values, rounded down, is left out at either
/// end. `count` is the sum of the weights.
pub fn interquartile_mean(sorted: impl Iterator<Item = (f64, u64)>, count: u64) -> f64 {
    let cut = count / 4;
    let (mut seen, mut sum) = (0, 0.0);
    for (value, times) in sorted {
        let (from, to) = (seen.max(cut), (seen + times).min(count - cut));
        sum += value * to.saturating_sub(from) as f64;
        seen += times;
    }
    sum / (count - 2 * cut).max(1) as f64
}

/// The median; of an even number of values the mean of the middle two.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// The quantile at `share` (0 to 1) of values in rising order, linearly interpolated; 0 if there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = share * last as f64;
    let below = (position as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// The 95% percentile intervals of figures, by bootstrap over `episodes` episodes.
///
/// `figures` computes the figures from the number of times each episode counts. A resample draws episodes with replacement
/// and takes each drawn episode for every training seed and every policy, so episodes that seeds and policies share are not
/// treated as independent. It says nothing about other training seeds. Each resample has its own random stream, so the result depends
/// on `seed` alone, not on the threads.
pub fn bootstrap(episodes: usize, seed: u64, figures: impl Fn(&[u64]) -> Vec<f64> + Sync) -> Vec<Interval> {
    let estimates = figures(&vec![1; episodes]);
    let resampled: Vec<_> = (0..RESAMPLES)
        .into_par_iter()
        .map_init(
            || vec![0; episodes],
            |times, number| {
                let mut rng = stream(seed, number, RngPurpose::Bootstrap);
                times.fill(0);
                (0..episodes).for_each(|_| times[rng.random_range(0..episodes)] += 1);
                figures(times)
            },
        )
        .collect();
    let interval = |(at, estimate): (usize, f64)| {
        let mut values: Vec<_> = resampled.iter().map(|figures| figures[at]).collect();
        values.sort_by(f64::total_cmp);
        Interval { estimate, low: quantile(&values, 0.025), high: quantile(&values, 0.975) }
    };
    estimates.into_iter().enumerate().map(interval).collect()
}

/// P(X > Y) + P(X = Y) / 2 for independent draws from two histograms over the same bins, in rising order: the
/// Mann-Whitney form of "X is better than Y".
pub fn probability_of_improvement(x: &[u64], y: &[u64]) -> f64 {
    let (mut below, mut twice_won) = (0_u64, 0.0);
    for (here, there) in x.iter().zip(y) {
        twice_won += *here as f64 * (2 * below + there) as f64;
        below += there;
    }
    let pairs = x.iter().sum::<u64>() as f64 * below as f64;
    if pairs > 0.0 { twice_won / (2.0 * pairs) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(values: &[f64]) -> impl Iterator<Item = (f64, u64)> {
        values.iter().map(|value| (*value, 1))
    }

    #[test]
    fn the_interquartile_mean_leaves_out_a_quarter_at_either_end() {
        // Of eight values two at either end: (3 + 4 + 5 + 6) / 4.
        let eight = [-100.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 900.0];
        assert_eq!(interquartile_mean(once(&eight), 8), 4.5);
        // Of five values one, a quarter rounded down: (2 + 3 + 7) / 3.
        assert_eq!(interquartile_mean(once(&[0.0, 2.0, 3.0, 7.0, 50.0]), 5), 4.0);
        assert_eq!(interquartile_mean(once(&[1.0, 2.0]), 2), 1.5);
        // 1, 1, 1, 4, 4, 9, 9, 9: the middle four are 1, 4, 4, 9.
        assert_eq!(interquartile_mean([(1.0, 3), (4.0, 2), (7.0, 0), (9.0, 3)].into_iter(), 8), 4.5);
    }

    #[test]
    fn quantiles_lie_in_a_straight_line_between_neighbours() {
        let values = [10.0, 20.0, 40.0, 80.0];
        assert_eq!([0.0, 0.5, 0.75, 1.0].map(|share| quantile(&values, share)), [10.0, 30.0, 50.0, 80.0]);
        assert_eq!((median([5.0, 1.0, 3.0]), median([4.0, 1.0]), median([])), (3.0, 2.5, 0.0));
    }

    #[test]
    fn the_probability_of_improvement_counts_a_tie_half() {
        // X = {1, 2}, Y = {0, 2, 2}: of six pairs 1 > 0 and 2 > 0 are won and 2 = 2 twice tied: (2 + 1) / 6.
        let (x, y) = ([0, 1, 1], [1, 0, 2]);
        assert_eq!(probability_of_improvement(&x, &y), 0.5);
        assert_eq!(probability_of_improvement(&y, &x), 0.5);
        // X = {2, 2, 1}, Y = {0, 1}: five of six pairs won and one tied.
        assert_eq!(probability_of_improvement(&[0, 1, 2], &[1, 1, 0]), 5.5 / 6.0);
        assert_eq!(probability_of_improvement(&x, &x), 0.5);
    }

    #[test]
    fn the_bootstrap_of_a_mean_has_the_width_of_its_standard_error_and_repeats() {
        let values: Vec<_> = (0..400).map(|at| f64::from(at % 20)).collect();
        let mean = |times: &[u64]| {
            let sum: f64 = values.iter().zip(times).map(|(value, times)| value * *times as f64).sum();
            vec![sum / times.iter().sum::<u64>() as f64]
        };
        let [interval] = bootstrap(400, 7, mean)[..] else { panic!("one figure, one interval") };
        // The variance of 0, ..., 19 is 33.25.
        let half = 1.96 * (33.25_f64 / 400.0).sqrt();
        assert_eq!(interval.estimate, 9.5);
        for (bound, expected) in [(interval.low, 9.5 - half), (interval.high, 9.5 + half)] {
            assert!((bound - expected).abs() < 0.05, "{interval:?}, expected 9.5 +- {half}");
        }
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(one.install(|| bootstrap(400, 7, mean)), [interval]);
        assert_ne!(bootstrap(400, 8, mean), [interval]);
    }
}
