//! Pairwise comparison: how likely one policy survives longer than another.

use super::{Interval, Score, bootstrap, decimals, probability_of_improvement, seed_half_width};
use crate::storage::{OutputFile, RecordError};

/// A policy compared with a rival on the same scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Improvement {
    /// Name of the scenario.
    pub scenario: String,
    /// Index of the policy among the scores.
    pub policy: usize,
    /// Index of the rival among the scores.
    pub rival: usize,
    /// P(X > Y) + P(X = Y) / 2, where X and Y are the steps survived by the policy and the rival in independent episodes.
    pub probability: Interval,
    /// Share of paired episodes (of the same seed) in which the policy survives longer.
    pub longer: f64,
    /// Share of paired episodes in which both survive equally long.
    pub equal: f64,
}

/// Compares every policy with every other. `scores` are of one scenario over the same episodes; `seed` is that of the
/// evaluation.
pub fn improvements(scores: &[Score], seed: u64) -> Vec<Improvement> {
    let episodes = scores.iter().flat_map(|score| &score.survived).map(Vec::len).min().unwrap_or(0);
    let pairs: Vec<_> = (0..scores.len()).flat_map(|a| (a + 1..scores.len()).map(move |b| (a, b))).collect();
    if pairs.is_empty() || episodes == 0 {
        return Vec::new();
    }
    let mut bins: Vec<_> = scores.iter().flat_map(|score| score.survived.iter().flatten().copied()).collect();
    bins.sort_unstable();
    bins.dedup();
    let bin = |steps: &u32| bins.binary_search(steps).unwrap_or_default();
    let binned: Vec<Vec<Vec<usize>>> = scores
        .iter()
        .map(|score| score.survived.iter().map(|steps| steps[..episodes].iter().map(bin).collect()).collect())
        .collect();
    let intervals = probabilities(&binned, &pairs, bins.len(), seed);
    let mut found = Vec::new();
    for ((a, b), probability) in pairs.into_iter().zip(intervals) {
        let (longer, equal) = paired(&binned[a], &binned[b]);
        let scenario = || scores[a].scenario.clone();
        found.push(Improvement { scenario: scenario(), policy: a, rival: b, probability, longer, equal });
        let mirrored =
            Interval { estimate: 1.0 - probability.estimate, low: 1.0 - probability.high, high: 1.0 - probability.low };
        let shorter = 1.0 - longer - equal;
        let shorter = if shorter.abs() < 1e-12 { 0.0 } else { shorter };
        found.push(Improvement {
            scenario: scenario(),
            policy: b,
            rival: a,
            probability: mirrored,
            longer: shorter,
            equal,
        });
    }
    found.sort_by_key(|improvement| (improvement.policy, improvement.rival));
    found
}

/// The probability of improvement of each pair, with an interval over episodes and over the training seeds of both. `binned`
/// has a list per policy and training seed, over the same episodes.
fn probabilities(binned: &[Vec<Vec<usize>>], pairs: &[(usize, usize)], bins: usize, seed: u64) -> Vec<Interval> {
    let episodes = binned.iter().flatten().map(Vec::len).min().unwrap_or(0);
    let over_episodes = bootstrap(episodes, seed, |times| {
        let histograms: Vec<_> = binned.iter().map(|seeds| histogram(seeds, times, bins)).collect();
        pairs.iter().map(|(a, b)| probability_of_improvement(&histograms[*a], &histograms[*b])).collect()
    });
    let once = vec![1; episodes];
    // How each seed of one policy fares against all seeds of the other.
    let half = |(one, other): (usize, usize)| {
        let all = histogram(&binned[other], &once, bins);
        let each = binned[one].iter().map(|steps| histogram(std::slice::from_ref(steps), &once, bins));
        seed_half_width(each.map(|own| probability_of_improvement(&own, &all)))
    };
    let widened = |((a, b), interval): (&(usize, usize), Interval)| {
        interval.widened(half((*a, *b)).hypot(half((*b, *a))), (0.0, 1.0))
    };
    pairs.iter().zip(over_episodes).map(widened).collect()
}

/// A histogram over all training seeds, in which episode `e` counts `times[e]` times.
fn histogram(seeds: &[Vec<usize>], times: &[u64], bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    for seed in seeds {
        for (bin, times) in seed.iter().zip(times) {
            counts[*bin] += times;
        }
    }
    counts
}

/// Shares of paired episodes in which the first policy survives longer and in which both survive equally long, over all
/// pairs of training seeds.
fn paired(first: &[Vec<usize>], second: &[Vec<usize>]) -> (f64, f64) {
    let seeds = first.iter().flat_map(|x| second.iter().map(move |y| (x, y)));
    let episodes = seeds.flat_map(|(x, y)| x.iter().zip(y));
    let (mut longer, mut equal, mut count) = (0_u64, 0_u64, 0_u64);
    for (x, y) in episodes {
        longer += u64::from(x > y);
        equal += u64::from(x == y);
        count += 1;
    }
    let count = count.max(1) as f64;
    (longer as f64 / count, equal as f64 / count)
}

/// Writes the comparisons as CSV, each scenario with its scores and improvements.
///
/// # Errors
/// The file cannot be written.
pub fn write_improvements(file: &OutputFile, found: &[(&[Score], &[Improvement])]) -> Result<(), RecordError> {
    let header = [
        "scenario",
        "policy",
        "rival",
        "probability_of_improvement",
        "probability_low",
        "probability_high",
        "paired_longer",
        "paired_equal",
        "seeds",
        "rival_seeds",
    ];
    let row = |scores: &[Score], one: &Improvement| {
        let [scenario, policy, rival] = [&one.scenario, &scores[one.policy].policy, &scores[one.rival].policy];
        let Interval { estimate, low, high } = one.probability;
        let [estimate, low, high, longer, equal] = [estimate, low, high, one.longer, one.equal].map(decimals(6));
        let [seeds, rival_seeds] = [one.policy, one.rival].map(|at| scores[at].survived.len().to_string());
        [scenario.clone(), policy.clone(), rival.clone(), estimate, low, high, longer, equal, seeds, rival_seeds]
    };
    let rows = found.iter().flat_map(|(scores, improvements)| improvements.iter().map(|one| row(scores, one)));
    file.write_table(std::iter::once(header.map(str::to_owned)).chain(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{RngPurpose, stream};
    use rand::RngExt;

    #[test]
    fn seeds_that_always_win_and_always_lose_leave_everything_open() {
        let binned = [vec![vec![0; 20], vec![2; 20]], vec![vec![1; 20]]];
        let [found] = probabilities(&binned, &[(0, 1)], 3, 5)[..] else { panic!("one pair") };
        assert_eq!((found.estimate, found.low, found.high), (0.5, 0.0, 1.0));
    }

    #[test]
    fn intervals_of_three_seeds_against_a_scripted_policy_cover_the_truth_in_about_95_of_100_evaluations() {
        let evaluations = 300;
        let held = (0..evaluations).filter(|number| {
            let mut rng = stream(4, *number, RngPurpose::Bootstrap);
            // Trainings survive long with a chance around 0.6, the rival with 0.5: 0.6 x 0.5 + (0.3 + 0.2) / 2.
            let rates = [(); 3].map(|()| rng.random_range(0.3..0.9));
            let mut play = |rate: f64| -> Vec<usize> {
                (0..100).map(|_| usize::from(rng.random_range(0.0..1.0) < rate)).collect()
            };
            let binned = [rates.map(&mut play).to_vec(), vec![play(0.5)]];
            let found = probabilities(&binned, &[(0, 1)], 2, *number)[0];
            found.low <= 0.55 && 0.55 <= found.high
        });
        let held = held.count();
        assert!((276..=300).contains(&held), "{held} of {evaluations}");
    }

    #[test]
    fn pairs_are_compared_in_the_same_episode() {
        // Paired, the first is longer twice and equal once, although it would lose against other episodes.
        let (first, second) = (vec![vec![1, 5, 3, 0]], vec![vec![0, 4, 3, 2]]);
        assert_eq!(paired(&first, &second), (0.5, 0.25));
        // Two training seeds against one: six pairs.
        assert_eq!(paired(&[vec![1, 0, 2], vec![0, 0, 2]], &[vec![0, 1, 2]]), (1.0 / 6.0, 0.5));
        assert_eq!(histogram(&[vec![0, 1], vec![2, 1]], &[3, 0], 3), [3, 0, 3]);
    }
}
