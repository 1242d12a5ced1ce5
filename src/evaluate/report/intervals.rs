//! The figures with their intervals, and the training seeds one by one.

use super::axis::Unit;
use super::rows::{Column, Mark, row_plot};
use crate::evaluate::{Interval, Score, SeedScore, median};
use maud::{Markup, html};

const UNBOUNDED: (f64, f64) = (f64::MIN, f64::MAX);

/// Interquartile means and collapse share of all policies, on a scenario whose episodes last `most` steps.
pub fn interval_plot(id: &str, scores: &[Score], most: usize) -> Markup {
    let marks = |figure: fn(&Score) -> Interval| scores.iter().map(|score| Mark::Interval(figure(score))).collect();
    let columns = [
        Column {
            title: "IQM of steps survived (steps)",
            unit: Unit::PLAIN,
            limits: (0.0, most as f64),
            marks: marks(|score| score.iqm_steps),
        },
        Column {
            title: "IQM of return (reward)",
            unit: Unit::PLAIN,
            limits: UNBOUNDED,
            marks: marks(|score| score.iqm_reward),
        },
        Column {
            title: "episodes that collapse (%)",
            unit: Unit::SHARE,
            limits: (0.0, 1.0),
            marks: marks(|score| score.collapses),
        },
    ];
    let told = scores.iter().map(|score| {
        let (steps, reward, ends) = (score.iqm_steps, score.iqm_reward, score.collapses);
        format!(
            "{}: interquartile mean of steps {:.1} [{:.1}, {:.1}], of return {:.2} [{:.2}, {:.2}], collapses {:.1}% \
             [{:.1}%, {:.1}%].",
            score.policy,
            steps.estimate,
            steps.low,
            steps.high,
            reward.estimate,
            reward.low,
            reward.high,
            100.0 * ends.estimate,
            100.0 * ends.low,
            100.0 * ends.high
        )
    });
    let alt = told.collect::<Vec<_>>().join(" ");
    html! {
        figure {
            (row_plot(id, "Figures with 95% intervals", &alt, &names(scores), &columns))
            figcaption {
                b { "Figures with 95% intervals. " }
                "A dot is the estimate, the line its 95% interval; where two lines do not overlap, the difference is no \
                 accident of the episodes. To the right is better for steps and return, to the left for collapses. The \
                 interquartile mean (IQM) leaves out the best and the worst quarter of the episodes; its interval is a \
                 stratified bootstrap's, that of the share is Wilson's."
            }
        }
    }
}

/// Each training seed as a point, where some policy has several.
pub fn seed_plot(id: &str, scores: &[Score], most: usize) -> Option<Markup> {
    if scores.iter().all(|score| score.seeds.is_empty()) {
        return None;
    }
    let columns = [
        Column {
            title: "mean steps survived (steps)",
            unit: Unit::PLAIN,
            limits: (0.0, most as f64),
            marks: strips(scores, |seed| seed.steps, |score| score.steps.estimate),
        },
        Column {
            title: "mean return (reward)",
            unit: Unit::PLAIN,
            limits: UNBOUNDED,
            marks: strips(scores, |seed| seed.reward, |score| score.reward.estimate),
        },
        Column {
            title: "episodes that collapse (%)",
            unit: Unit::SHARE,
            limits: (0.0, 1.0),
            marks: strips(scores, |seed| seed.collapses, |score| score.collapses.estimate),
        },
    ];
    let told = scores.iter().flat_map(|score| {
        let seed = |seed: &SeedScore| {
            let collapses = 100.0 * seed.collapses;
            format!("{}, {}: {:.1} steps, {collapses:.1}% collapses.", score.policy, seed.name, seed.steps)
        };
        score.seeds.iter().map(seed).collect::<Vec<_>>()
    });
    let alt = told.collect::<Vec<_>>().join(" ");
    Some(html! {
        figure {
            (row_plot(id, "Training seeds one by one", &alt, &names(scores), &columns))
            figcaption {
                b { "Training seeds one by one. " }
                "Every point is one training of the same policy with a seed of its own, the line their median: the wider \
                 they lie, the more luck there was in a training. Points are moved up and down only to keep them apart; \
                 a scripted policy is a single point."
            }
        }
    })
}

fn names(scores: &[Score]) -> Vec<&str> {
    scores.iter().map(|score| score.policy.as_str()).collect()
}

fn strips(scores: &[Score], of_seed: fn(&SeedScore) -> f64, of_score: fn(&Score) -> f64) -> Vec<Mark> {
    let strip = |score: &Score| {
        if score.seeds.is_empty() {
            let value = of_score(score);
            return Mark::Strip { points: vec![("all episodes".to_owned(), value)], median: value };
        }
        let points = score.seeds.iter().map(|seed| (seed.name.clone(), of_seed(seed))).collect();
        Mark::Strip { points, median: median(score.seeds.iter().map(of_seed)) }
    };
    scores.iter().map(strip).collect()
}
