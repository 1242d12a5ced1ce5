//! Plots of the figures with their intervals, and of the individual training seeds.

use super::axis::Unit;
use super::rows::{FigureColumn, RowMark, row_plot};
use crate::evaluate::{Interval, Score, SeedScore, decimals, median, percent};
use maud::{Markup, html};

/// Columns of steps, return and collapses; episodes last at most `max_steps` steps.
fn columns([steps, reward]: [&'static str; 2], max_steps: usize, marks: [Vec<RowMark>; 3]) -> [FigureColumn; 3] {
    let [survived, returns, collapses] = marks;
    [
        FigureColumn { title: steps, unit: Unit::PLAIN, limits: (0.0, max_steps as f64), marks: survived },
        FigureColumn { title: reward, unit: Unit::PLAIN, limits: (f64::MIN, f64::MAX), marks: returns },
        FigureColumn { title: "episodes that collapse (%)", unit: Unit::SHARE, limits: (0.0, 1.0), marks: collapses },
    ]
}

/// Interquartile means and collapse rate of all policies; episodes last at most `max_steps` steps.
pub fn interval_plot(id: &str, scores: &[Score], max_steps: usize) -> Markup {
    let marks = |figure: fn(&Score) -> Interval| scores.iter().map(|score| RowMark::Interval(figure(score))).collect();
    let titles = ["IQM of steps survived (steps)", "IQM of return (reward)"];
    let figures = [marks(|score| score.iqm_steps), marks(|score| score.iqm_reward), marks(|score| score.collapses)];
    let columns = columns(titles, max_steps, figures);
    let description = scores.iter().map(|score| {
        format!(
            "{}: interquartile mean of steps {}, of return {}, collapses {}.",
            score.policy,
            score.iqm_steps.format(decimals(1)),
            score.iqm_reward.format(decimals(2)),
            score.collapses.format(percent)
        )
    });
    let alt = description.collect::<Vec<_>>().join(" ");
    let rows: Vec<_> = scores.iter().map(|score| score.policy.as_str()).enumerate().collect();
    html! {
        figure {
            (row_plot(id, "Figures with 95% intervals", &alt, &rows, &columns))
            figcaption {
                b { "Figures with 95% intervals. " }
                "A dot is the estimate, the line its 95% interval; if two lines do not overlap, the difference is unlikely to \
                 be chance. Further right is better for steps and return, further left for collapses. The interquartile mean \
                 (IQM) leaves out the best and the worst quarter of the episodes; its interval over episodes is from a \
                 bootstrap, that of the share is a Wilson interval. How the training seeds of a policy differ is added to both."
            }
        }
    }
}

/// Each training seed as a point, for policies with several; `None` if there is no such policy.
pub fn seed_plot(id: &str, scores: &[Score], max_steps: usize) -> Option<Markup> {
    let several: Vec<_> = scores.iter().enumerate().filter(|(_, score)| !score.seeds.is_empty()).collect();
    if several.is_empty() {
        return None;
    }
    let strips = |figure: fn(&SeedScore) -> f64| {
        let strip = |(_, score): &(usize, &Score)| RowMark::Strip {
            points: score.seeds.iter().map(|seed| (seed.name.clone(), figure(seed))).collect(),
            median: median(score.seeds.iter().map(figure)),
        };
        several.iter().map(strip).collect()
    };
    let titles = ["mean steps survived (steps)", "mean return (reward)"];
    let figures = [strips(|seed| seed.steps), strips(|seed| seed.reward), strips(|seed| seed.collapses)];
    let columns = columns(titles, max_steps, figures);
    let description = several.iter().flat_map(|(_, score)| {
        score.seeds.iter().map(|seed| {
            let collapses = percent(seed.collapses);
            format!("{}, {}: {:.1} steps, {collapses} collapses.", score.policy, seed.name, seed.steps)
        })
    });
    let alt = description.collect::<Vec<_>>().join(" ");
    let rows: Vec<_> = several.iter().map(|(index, score)| (*index, score.policy.as_str())).collect();
    Some(html! {
        figure {
            (row_plot(id, "Training seeds one by one", &alt, &rows, &columns))
            figcaption {
                b { "Training seeds one by one. " }
                "Each point is one training of the policy with its own seed, the line is their median: the wider the spread, \
                 the more the result depends on luck. Points are shifted vertically only to keep them apart."
            }
        }
    })
}
