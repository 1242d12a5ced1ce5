//! Performance profiles: the share of episodes that survive at least so many steps (Agarwal et al. 2021).

use super::axis::Unit;
use super::lines::{Line, PlotLabels, line_plot};
use super::style::legend;
use crate::evaluate::{Interval, Score, bootstrap, seed_half_width};
use maud::{Markup, html};

/// Most points along a profile.
const POINTS: usize = 150;

/// The profile of each score with pointwise 95% intervals, at each of `taus` (steps, in rising order). As in [`bootstrap`],
/// an episode is resampled together with all policies and training seeds that played it; how the seeds differ is added.
fn profiles(scores: &[Score], taus: &[usize], seed: u64) -> Vec<Vec<Interval>> {
    let episodes = scores.iter().flat_map(|score| &score.survived).map(Vec::len).min().unwrap_or(0);
    // How many of the taus each episode reaches.
    let reached = |steps: &u32| taus.partition_point(|tau| *tau <= *steps as usize);
    let reached: Vec<Vec<Vec<usize>>> = scores
        .iter()
        .map(|score| score.survived.iter().map(|steps| steps[..episodes].iter().map(reached).collect()).collect())
        .collect();
    let intervals = bootstrap(episodes, seed, |times| {
        let all = reached.iter().flat_map(|seeds| surviving(seeds, times, taus.len()));
        all.collect()
    });
    let once = vec![1; episodes];
    let widened = |(seeds, profile): (&Vec<Vec<usize>>, &[Interval])| {
        let each: Vec<_> = seeds.iter().map(|seed| surviving(std::slice::from_ref(seed), &once, taus.len())).collect();
        let half = |at: usize| seed_half_width(each.iter().map(|profile| profile[at]));
        profile.iter().enumerate().map(|(at, share)| share.widened(half(at), (0.0, 1.0))).collect()
    };
    reached.iter().zip(intervals.chunks(taus.len())).map(widened).collect()
}

/// Share of episodes that reach each tau, where episode `e` counts `times[e]` times.
fn surviving(seeds: &[Vec<usize>], times: &[u64], taus: usize) -> Vec<f64> {
    let mut counts = vec![0; taus + 1];
    for seed in seeds {
        for (reached, times) in seed.iter().zip(times) {
            counts[*reached] += times;
        }
    }
    let all: u64 = counts.iter().sum();
    let mut left = all;
    counts[..taus]
        .iter()
        .map(|ended| {
            left -= ended;
            left as f64 / all.max(1) as f64
        })
        .collect()
}

/// Numbers of steps at which a profile is drawn, from 0 to `max_steps`.
fn taus(max_steps: usize) -> Vec<usize> {
    let stride = max_steps.div_ceil(POINTS).max(1);
    let mut taus: Vec<_> = (0..max_steps).step_by(stride).collect();
    taus.push(max_steps);
    taus
}

/// The plot of all policies on one scenario; episodes last at most `max_steps` steps.
pub fn profile_plot(id: &str, scores: &[Score], max_steps: usize, seed: u64) -> Markup {
    let taus = taus(max_steps);
    let profiles = profiles(scores, &taus, seed);
    let lines: Vec<_> = scores
        .iter()
        .zip(&profiles)
        .enumerate()
        .map(|(policy, (score, profile))| Line {
            name: score.policy.clone(),
            policy,
            faint: false,
            points: taus.iter().zip(profile).map(|(tau, share)| (*tau as f64, share.estimate)).collect(),
            band: profile.iter().map(|share| (share.low, share.high)).collect(),
        })
        .collect();
    let descriptions = scores.iter().zip(&profiles).map(|(score, profile)| {
        let at = |share: usize| {
            let index = share * (taus.len() - 1) / 4;
            format!("{:.1}% reach {} steps", 100.0 * profile[index].estimate, taus[index])
        };
        format!("{}: {}.", score.policy, [1, 2, 3, 4].map(at).join(", "))
    });
    let labels = PlotLabels {
        id,
        title: "Performance profiles",
        alt: &descriptions.collect::<Vec<_>>().join(" "),
        x: ("\u{3c4}, steps survived", Unit::PLAIN),
        y: ("episodes that survive at least \u{3c4} steps (%)", Unit::SHARE),
        limits: (0.0, 1.0),
        size: (1040.0, 380.0),
    };
    let (drawing, cut_off) = line_plot(&labels, &lines);
    html! {
        figure {
            (legend(scores.iter().map(|score| score.policy.as_str())))
            (drawing)
            figcaption {
                b { "Performance profiles. " }
                "A line shows for each number of steps the share of episodes that survive at least as long; the higher line \
                 is the better policy, and where a line falls, episodes end. Bands are pointwise 95% intervals, \
                 over episodes and, where a policy has several, training seeds."
                @if cut_off { " The vertical axis does not begin at zero." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_counts_the_surviving_episodes() {
        // Taus 0, 10, 20; episodes of 5, 10, 25 steps reach 1, 2, 3 of them.
        let reached = [vec![1, 2, 3]];
        assert_eq!(surviving(&reached, &[1, 1, 1], 3), [1.0, 2.0 / 3.0, 1.0 / 3.0]);
        assert_eq!(surviving(&reached, &[2, 0, 1], 3), [1.0, 1.0 / 3.0, 1.0 / 3.0]);
        assert_eq!(surviving(&[vec![1, 1], vec![3, 3]], &[1, 1], 3), [1.0, 0.5, 0.5]);
    }

    #[test]
    fn taus_reach_from_zero_to_the_last_step() {
        assert_eq!(taus(3), [0, 1, 2, 3]);
        assert_eq!(taus(1), [0, 1]);
        let many = taus(10_001);
        assert!(many.len() <= POINTS + 1 && many[0] == 0 && many.last() == Some(&10_001), "{many:?}");
    }
}
