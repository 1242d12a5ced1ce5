//! Intervals over training seeds.
//!
//! What several trainings reach varies for two reasons: other training seeds give other Pilots, and other episodes have
//! other random events. Each source has its own half-width, and the two are added in quadrature
//! (the method of variance estimates recovery: Zou and Donner 2008, "Construction of confidence intervals about effect
//! measures"). For the seeds it is the t interval of the seeds' shares; with three seeds that is 4.3 standard errors.
//! (Resampling three seeds gives a 95% interval little wider than their range, which misses the truth in a quarter of
//! the cases.) For the episodes it is the interval that the figure has anyway: of a share Wilson's with a design effect,
//! since all seeds play the same episodes. Chance in single episodes counts in both, so the interval is too wide rather
//! than too narrow. With one seed nothing is known about other seeds, and the interval is that of the episodes alone: of
//! this checkpoint and not of how it was trained.

use super::{Interval, mean, shared_rate};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The mean share of episodes that collapsed (or were hit otherwise) over training seeds, 0 to 1, with its 95% interval.
/// `collapsed` has one list per seed, over the same episodes.
pub fn collapse_rate_interval(collapsed: &[Vec<bool>]) -> Interval {
    let seeds = collapsed.iter().map(|episodes| share(episodes));
    let episodes = collapsed.iter().map(Vec::len).min().unwrap_or(0);
    let hits = |at: usize| collapsed.iter().filter(|seed| seed[at]).count() as u64;
    let found = shared_rate(&(0..episodes).map(hits).collect::<Vec<_>>(), collapsed.len() as u64);
    found.widened(seed_half_width(seeds), (0.0, 1.0))
}

impl Interval {
    /// This interval over episodes with the half-width over training seeds added in quadrature, within the limits of the
    /// figure.
    pub(super) fn widened(self, half: f64, (lowest, highest): (f64, f64)) -> Self {
        if half == 0.0 {
            return self;
        }
        let Self { estimate, low, high } = self;
        let low = (estimate - half.hypot(estimate - low)).max(lowest);
        Self { estimate, low, high: (estimate + half.hypot(high - estimate)).min(highest) }
    }
}

/// The mean difference of the shares of collapses, the second of each pair minus the first, with its 95% interval over
/// pairs and episodes. A pair is two Pilots of the same training seed (or one of them a scripted policy) over the same
/// episodes. `None` if no episode ends differently: then nothing is known about how far the difference may be from 0.
pub fn collapse_rate_difference(pairs: &[(&[bool], &[bool])]) -> Option<Interval> {
    let differences = pairs.iter().map(|(first, second)| share(second) - share(first));
    let episodes = pairs.iter().map(|(first, second)| first.len().min(second.len())).min()?;
    let mean_difference = |at: usize| {
        let sum: i32 = pairs.iter().map(|(first, second)| i32::from(second[at]) - i32::from(first[at])).sum();
        f64::from(sum) / pairs.len() as f64
    };
    if pairs.iter().all(|(first, second)| first == second) {
        return None;
    }
    let found = mean((0..episodes).map(mean_difference));
    let found = found.widened(seed_half_width(differences), (-1.0, 1.0));
    Some(Interval { low: found.low.max(-1.0), high: found.high.min(1.0), ..found })
}

/// The share of episodes that ended in a collapse.
pub fn share(collapsed: &[bool]) -> f64 {
    collapsed.iter().filter(|collapsed| **collapsed).count() as f64 / collapsed.len().max(1) as f64
}

/// Half the width of the t interval of the mean over training seeds; 0 for a single one.
pub(super) fn seed_half_width(seeds: impl IntoIterator<Item = f64>) -> f64 {
    let numbers: Vec<_> = seeds.into_iter().collect();
    let count = numbers.len() as f64;
    // With a single number there are no degrees of freedom, and no distribution.
    let Ok(t) = StudentsT::new(0.0, 1.0, count - 1.0) else { return 0.0 };
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    t.inverse_cdf(0.975) * (squares / (count - 1.0) / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, RngStream, stream};
    use crate::evaluate::rate as wilson;
    use rand::RngExt;

    /// Episodes of which the first `collapses` collapsed.
    fn first_collapsed(collapses: usize, count: usize) -> Vec<bool> {
        (0..count).map(|at| at < collapses).collect()
    }

    #[test]
    fn one_seed_has_the_interval_of_its_episodes() {
        let found = collapse_rate_interval(&[first_collapsed(10, 100)]);
        let expected = wilson(10, 100);
        assert_eq!(found.estimate, 0.1);
        assert!((found.low - expected.low).abs() < 1e-12 && (found.high - expected.high).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn two_seeds_that_always_and_never_collapse_have_an_interval_that_spans_both() {
        let found = collapse_rate_interval(&[first_collapsed(0, 100), first_collapsed(100, 100)]);
        assert_eq!((found.estimate, found.low, found.high), (0.5, 0.0, 1.0));
    }

    #[test]
    fn the_seeds_add_their_t_interval_in_quadrature() {
        // Shares of 10%, 20% and 30%, the same episodes first: a standard deviation of 10 points.
        let found = collapse_rate_interval(&[
            first_collapsed(100, 1000),
            first_collapsed(200, 1000),
            first_collapsed(300, 1000),
        ]);
        let seeds = 4.302_652_729_9 * 0.1 / 3.0_f64.sqrt();
        let episodes = shared_rate(
            &(0..1000).map(|at| (0..3).filter(|n| at < 100 * (n + 1)).count() as u64).collect::<Vec<_>>(),
            3,
        );
        assert!((found.estimate - 0.2).abs() < 1e-12);
        assert!((found.high - 0.2 - seeds.hypot(episodes.high - 0.2)).abs() < 1e-9, "{found:?}");
        assert_eq!(found.low, 0.0, "a share is not below 0: {found:?}");
        let never = collapse_rate_interval(&[first_collapsed(0, 1000), first_collapsed(0, 1000)]);
        assert_eq!((never.estimate, never.low), (0.0, 0.0));
        assert_eq!(never.high, wilson(0, 2000).high, "never seen is not impossible");
    }

    #[test]
    fn the_t_interval_has_textbook_factors() {
        // Numbers with a standard error of 1: half of them a standard deviation above their mean, half below.
        for (count, factor) in
            [(2, 12.706_204_7), (4, 3.182_446_3), (10, 2.262_157_2), (32, 2.039_513_4), (1_000, 1.962_341_5)]
        {
            let away = f64::from(count - 1).sqrt();
            let numbers: Vec<_> = (0..count).map(|at| if at % 2 == 0 { 5.0 + away } else { 5.0 - away }).collect();
            let found = seed_half_width(numbers);
            assert!((found - factor).abs() < 1e-6, "{count}: {found}");
        }
        assert_eq!((seed_half_width([]), seed_half_width([0.3])), (0.0, 0.0));
    }

    #[test]
    fn a_difference_that_all_seeds_share_has_a_narrow_interval_however_the_seeds_differ() {
        let (low, high) = (
            [first_collapsed(100, 1000), first_collapsed(300, 1000)],
            [first_collapsed(150, 1000), first_collapsed(350, 1000)],
        );
        let pairs: Vec<_> = low.iter().zip(&high).map(|(a, b)| (&a[..], &b[..])).collect();
        let found = collapse_rate_difference(&pairs).unwrap();
        let episodes =
            mean((0..1000).map(|at| f64::from(u8::from((100..150).contains(&at) || (300..350).contains(&at))) / 2.0));
        assert!((found.estimate - 0.05).abs() < 1e-12);
        assert!((found.low - episodes.low).abs() < 1e-9 && (found.high - episodes.high).abs() < 1e-9, "{found:?}");
        // The same shares with the seeds crossed over differ by 25 points and by -15.
        let pairs = [(&low[0][..], &high[1][..]), (&low[1][..], &high[0][..])];
        let crossed = collapse_rate_difference(&pairs).unwrap();
        assert!((crossed.estimate - 0.05).abs() < 1e-12);
        assert_eq!((crossed.low, crossed.high), (-1.0, 1.0), "12.7 standard errors of 20 points, within bounds");
        assert_eq!(collapse_rate_difference(&[(&low[0], &low[0])]), None);
    }

    /// Episodes that each collapse with probability `rate` times their difficulty.
    fn play(rng: &mut RngStream, difficulties: &[f64], rate: f64) -> Vec<bool> {
        difficulties.iter().map(|difficulty| rng.random_range(0.0..1.0) < rate * difficulty).collect()
    }

    #[test]
    fn intervals_of_three_seeds_cover_the_truth_in_about_95_of_100_studies() {
        let studies = 1_000;
        let (mut held, mut held_difference) = (0, 0);
        for study in 0..studies {
            let mut rng = stream(9, study, RngPurpose::Bootstrap);
            // A tenth of the episodes is ten times as hard as the average, the rest never ends in a collapse.
            let difficulties: Vec<_> =
                (0..300).map(|_| if rng.random_range(0..10) == 0 { 10.0 } else { 0.0 }).collect();
            let mut seed = |mean: f64| {
                let rate = mean * rng.random_range(0.5..1.5);
                play(&mut rng, &difficulties, rate)
            };
            let [one, two] = [0.03, 0.05].map(|mean| (0..3).map(|_| seed(mean)).collect::<Vec<_>>());
            let found = collapse_rate_interval(&one);
            held += u64::from(found.low <= 0.03 && 0.03 <= found.high);
            let pairs: Vec<_> = one.iter().zip(&two).map(|(a, b)| (&a[..], &b[..])).collect();
            let found = collapse_rate_difference(&pairs).unwrap();
            held_difference += u64::from(found.low <= 0.02 && 0.02 <= found.high);
        }
        for held in [held, held_difference] {
            assert!((940..=998).contains(&held), "{held} and {held_difference} of {studies}");
        }
    }
}
