//! Which values to try next, and which trials are not worth finishing.
//!
//! A Tree-structured Parzen Estimator (Bergstra et al. 2011), independent for each parameter, over positions from 0 to 1:
//! the trials are split into good ones and the rest, a density is fitted to the positions of each group, and of several
//! candidates drawn from the good density the one with the highest ratio of the two densities is tried. The crate
//! `optimizer` was not usable: its densities have no uniform part and pile up at the bounds, so that it tried one corner
//! of the space again and again.

use super::{INTERIM_EVALUATIONS, Parameter, Trial};
use crate::cluster::{RngPurpose, RngStream, derive_seed, stream};
use crate::evaluate::median;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Trials with random values before the estimator takes over.
const STARTUP: usize = 10;
/// Share of the trials that count as good.
const GOOD: f64 = 0.2;
/// Candidates per parameter, of which the most promising is tried.
const CANDIDATES: usize = 24;
/// Largest width of a kernel.
const WIDEST: f64 = 0.5;
/// Finished trials before any is pruned.
const MIN_FINISHED: usize = 5;
/// Interim evaluations at which nothing is pruned yet, because every agent is bad at the start.
const WARMUP: usize = 1;

/// The values of trial `number`, in the order of `space`.
pub fn propose(space: &[Parameter], seed: u64, number: u64, trials: &[Trial]) -> Vec<String> {
    let mut ranked: Vec<&Trial> = trials.iter().collect();
    ranked.sort_by(|a, b| ranking_key(a).total_cmp(&ranking_key(b)));
    let (good, rest) = ranked.split_at((GOOD * ranked.len() as f64).ceil() as usize);
    let seed = derive_seed(seed, number, RngPurpose::Tuning);
    let values = space.iter().enumerate().map(|(index, parameter)| {
        let mut rng = stream(seed, index as u64, RngPurpose::Tuning);
        if trials.len() < STARTUP {
            return parameter.range.value(rng.random());
        }
        let density = |trials: &[&Trial]| {
            Density::over(trials.iter().filter_map(|trial| parameter.range.position(&trial.values[index])).collect())
        };
        let (good, rest) = (density(good), density(rest));
        let ratio = |position: f64| good.at(position) / rest.at(position);
        let candidates = (0..CANDIDATES).map(|_| good.draw(&mut rng));
        let best = candidates.max_by(|a, b| ratio(*a).total_cmp(&ratio(*b)));
        parameter.range.value(best.unwrap_or(0.5))
    });
    values.collect()
}

/// The key that sorts trials from best to worst: finished ones by their loss, then pruned ones, those pruned later first.
fn ranking_key(trial: &Trial) -> f64 {
    match &trial.figures {
        Some(figures) => figures.lost,
        None => {
            1.0 + (INTERIM_EVALUATIONS as usize - trial.interim_losses.len()) as f64
                + trial.interim_losses.last().copied().unwrap_or(1.0)
        }
    }
}

/// A density over [0, 1]: a normal kernel around each position, reflected at the bounds so that no mass is lost there, and
/// a uniform one, so that no value is ever ruled out. All have the same weight.
struct Density {
    /// Middle and width of each normal kernel.
    kernels: Vec<(f64, f64)>,
}

impl Density {
    /// Fits a density. A kernel is as wide as the larger gap to its neighbours (or the bounds), but at least as wide as the
    /// gap of evenly spaced positions.
    fn over(mut positions: Vec<f64>) -> Self {
        positions.sort_by(f64::total_cmp);
        let narrowest = 1.0 / (1.0 + positions.len() as f64);
        let gap = |at: usize| {
            let below = if at == 0 { 0.0 } else { positions[at - 1] };
            let above = positions.get(at + 1).copied().unwrap_or(1.0);
            (positions[at] - below).max(above - positions[at])
        };
        let kernels = (0..positions.len()).map(|at| (positions[at], gap(at).clamp(narrowest, WIDEST)));
        Self { kernels: kernels.collect() }
    }

    fn at(&self, position: f64) -> f64 {
        let normal = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
        let kernels = self.kernels.iter().map(|(middle, width)| {
            // Reflections of the kernel at 0 and 1; those further away have no weight at this width.
            let images = [-2.0, 0.0, 2.0].into_iter().flat_map(|offset| [offset + middle, offset - middle]);
            images.map(|image| normal((position - image) / width) / width).sum::<f64>()
        });
        (1.0 + kernels.sum::<f64>()) / (1.0 + self.kernels.len() as f64)
    }

    fn draw(&self, rng: &mut RngStream) -> f64 {
        let Some((middle, width)) = self.kernels.get(rng.random_range(0..=self.kernels.len())) else {
            return rng.random();
        };
        let position = (middle + width * rng.sample::<f64, _>(StandardNormal)).rem_euclid(2.0);
        if position > 1.0 { 2.0 - position } else { position }
    }
}

/// Whether a trial with these interim losses is worse than the median of the finished trials at the same evaluation.
pub fn should_prune(interim_losses: &[f64], trials: &[Trial]) -> bool {
    let Some(last) = interim_losses.len().checked_sub(1).filter(|at| *at >= WARMUP) else { return false };
    let finished = trials.iter().filter(|trial| trial.figures.is_some());
    let losses: Vec<f64> = finished.filter_map(|trial| trial.interim_losses.get(last).copied()).collect();
    losses.len() >= MIN_FINISHED && interim_losses[last] > median(losses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{TrialFigures, ValueRange};

    fn space() -> Vec<Parameter> {
        let parameter = |path: &str, range| Parameter { path: path.to_owned(), range };
        vec![
            parameter("a", ValueRange::Linear(0.0, 1.0)),
            parameter("b", ValueRange::Linear(0.0, 1.0)),
            parameter("c", ValueRange::Log(1e-4, 1.0)),
        ]
    }

    fn trial(number: u64, values: Vec<String>, lost: Option<f64>, interim_losses: Vec<f64>) -> Trial {
        let figures = lost.map(|lost| TrialFigures { lost, steps: 0.0, collapses: 0.0 });
        Trial { number, values, interim_losses, figures }
    }

    /// A search for the minimum of a loss at (0.2, 0.7, 0.01); every third trial after the tenth is pruned.
    fn search(count: u64, seed: u64) -> Vec<Trial> {
        let mut trials: Vec<Trial> = Vec::new();
        for number in 0..count {
            let values = propose(&space(), seed, number, &trials);
            let [a, b, c] = [0, 1, 2].map(|at| values[at].parse::<f64>().unwrap());
            let lost = (a - 0.2).powi(2) + (b - 0.7).powi(2) + ((c.log10() + 2.0) / 4.0).powi(2);
            let pruned = number > 10 && number % 3 == 0 && lost > 0.1;
            trials.push(trial(number, values, (!pruned).then_some(lost), vec![lost; if pruned { 3 } else { 9 }]));
        }
        trials
    }

    #[test]
    fn the_search_closes_in_on_the_best_values() {
        // Random values have a mean loss of 0.42; the mean over several searches is compared.
        let mean = |trials: &[Trial]| {
            let lost = trials.iter().filter_map(|trial| trial.figures.as_ref()).map(|figures| figures.lost);
            lost.clone().sum::<f64>() / lost.count() as f64
        };
        let (mut early, mut late) = (0.0, 0.0);
        for seed in 0..8 {
            let trials = search(60, seed);
            early += mean(&trials[..10]) / 8.0;
            late += mean(&trials[40..]) / 8.0;
        }
        assert!(late < 0.4 * early, "{early} at random, {late} after forty trials");
    }

    #[test]
    fn a_search_continued_in_another_process_proposes_the_same_trials() {
        let all = search(30, 3);
        for number in 0..30 {
            // With nothing but the trials before it.
            assert_eq!(propose(&space(), 3, number, &all[..number as usize]), all[number as usize].values);
        }
        let other = search(30, 4);
        assert!(all.iter().zip(&other).all(|(one, other)| one.values != other.values));
    }

    #[test]
    fn a_density_integrates_to_1_and_is_drawn_from() {
        for positions in [vec![], vec![0.0], vec![0.02, 0.03, 0.95], vec![0.5; 7], vec![1.0; 20]] {
            let density = Density::over(positions.clone());
            let mean = (0..10_000).map(|at| density.at((f64::from(at) + 0.5) / 1e4)).sum::<f64>() / 1e4;
            assert!((mean - 1.0).abs() < 1e-3, "{positions:?}: {mean}");
            let mut rng = stream(1, 2, RngPurpose::Tuning);
            let low = (0..20_000).filter(|_| density.draw(&mut rng) < 0.25).count() as f64 / 2e4;
            let expected = (0..2_500).map(|at| density.at((f64::from(at) + 0.5) / 1e4)).sum::<f64>() / 1e4;
            assert!((low - expected).abs() < 0.015, "{positions:?}: {low} drawn, {expected} expected");
        }
    }

    #[test]
    fn no_value_is_ruled_out_when_all_good_trials_are_alike() {
        // All good trials lie at one bound; the search still tries other values now and then.
        let mut trials: Vec<Trial> = Vec::new();
        for number in 0..60 {
            let at = |share: f64| space().iter().map(|parameter| parameter.range.value(share)).collect();
            let lost = 0.1 + 0.01 * (number % 7) as f64;
            trials.push(trial(number, at(if number % 5 == 0 { 1.0 } else { 0.6 }), Some(lost), vec![lost; 9]));
        }
        let positions: Vec<f64> = (60..160)
            .map(|number| space()[0].range.position(&propose(&space(), 1, number, &trials)[0]).unwrap())
            .collect();
        let exact = positions.iter().filter(|position| **position == 1.0).count();
        assert!(exact < 5 && positions.iter().any(|position| *position < 0.5), "{positions:?}");
    }

    #[test]
    fn pruned_trials_come_after_all_finished_ones() {
        let ranked = [
            trial(0, vec![], Some(0.0), vec![0.3; 9]),
            trial(1, vec![], Some(1.0), vec![0.9; 9]),
            trial(2, vec![], None, vec![0.1; 8]),
            trial(3, vec![], None, vec![0.9; 8]),
            trial(4, vec![], None, vec![0.0; 2]),
        ];
        assert!(ranked.windows(2).all(|pair| ranking_key(&pair[0]) < ranking_key(&pair[1])));
    }

    #[test]
    fn a_trial_is_pruned_at_the_median_of_finished_ones_and_not_before_there_are_five() {
        let finished = |count: u64| -> Vec<Trial> {
            (0..count).map(|at| trial(at, vec![], Some(0.5), vec![0.1 * (at + 1) as f64; 9])).collect()
        };
        // The median of 0.1 to 0.5 is 0.3.
        assert!(should_prune(&[0.0, 0.31], &finished(5)));
        assert!(!should_prune(&[0.9, 0.29], &finished(5)));
        assert!(!should_prune(&[0.9], &finished(5)), "too early to prune");
        assert!(!should_prune(&[0.0, 0.9], &finished(4)), "too few finished trials");
        let mut with_pruned = finished(4);
        with_pruned.extend((4..20).map(|at| trial(at, vec![], None, vec![0.0; 4])));
        assert!(!should_prune(&[0.0, 0.9], &with_pruned), "pruned trials do not count");
    }
}
