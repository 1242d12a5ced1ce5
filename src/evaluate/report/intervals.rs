//! The figures with their intervals, and the training seeds one by one.

use super::axis::Unit;
use super::rows::{FigureColumn, RowMark, row_plot};
use crate::evaluate::{Interval, Score, SeedScore, decimals, median, percent};
use maud::{Markup, html};

/// Columns of steps, of return and of collapses, on a scenario whose episodes last `most` steps.
fn columns([steps, reward]: [&'static str; 2], most: usize, marks: [Vec<RowMark>; 3]) -> [FigureColumn; 3] {
    let [survived, returns, collapses] = marks;
    [
        FigureColumn { title: steps, unit: Unit::PLAIN, limits: (0.0, most as f64), marks: survived },
        FigureColumn { title: reward, unit: Unit::PLAIN, limits: (f64::MIN, f64::MAX), marks: returns },
        FigureColumn { title: "episodes that collapse (%)", unit: Unit::SHARE, limits: (0.0, 1.0), marks: collapses },
    ]
}

/// Interquartile means and collapse share of all policies, on a scenario whose episodes last `most` steps.
pub fn interval_plot(id: &str, scores: &[Score], most: usize) -> Markup {
    let marks = |figure: fn(&Score) -> Interval| scores.iter().map(|score| RowMark::Interval(figure(score))).collect();
    let titles = ["IQM of steps survived (steps)", "IQM of return (reward)"];
    let figures = [marks(|score| score.iqm_steps), marks(|score| score.iqm_reward), marks(|score| score.collapses)];
    let columns = columns(titles, most, figures);
    let message = scores.iter().map(|score| {
        format!(
            "{}: interquartile mean of steps {}, of return {}, collapses {}.",
            score.policy,
            score.iqm_steps.text(decimals(1)),
            score.iqm_reward.text(decimals(2)),
            score.collapses.text(percent)
        )
    });
    let alt = message.collect::<Vec<_>>().join(" ");
    let rows: Vec<_> = scores.iter().map(|score| score.policy.as_str()).enumerate().collect();
    html! {
        figure {
            (row_plot(id, "Figures with 95% intervals", &alt, &rows, &columns))
            figcaption {
                b { "Figures with 95% intervals. " }
                "A dot is the estimate, the line its 95% interval; where two lines do not overlap, chance in the draw of \
                 the episodes hardly explains the difference. To the right is better for steps and return, to the left \
                 for collapses. The interquartile mean (IQM) leaves out the best and the worst quarter of the episodes; \
                 its interval is a stratified bootstrap's, that of the share is Wilson's."
            }
        }
    }
}

/// Each training seed as a point, for the policies that have several; nothing where there is none.
pub fn seed_plot(id: &str, scores: &[Score], most: usize) -> Option<Markup> {
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
    let columns = columns(titles, most, figures);
    let message = several.iter().flat_map(|(_, score)| {
        score.seeds.iter().map(|seed| {
            let collapses = percent(seed.collapses);
            format!("{}, {}: {:.1} steps, {collapses} collapses.", score.policy, seed.name, seed.steps)
        })
    });
    let alt = message.collect::<Vec<_>>().join(" ");
    let rows: Vec<_> = several.iter().map(|(place, score)| (*place, score.policy.as_str())).collect();
    Some(html! {
        figure {
            (row_plot(id, "Training seeds one by one", &alt, &rows, &columns))
            figcaption {
                b { "Training seeds one by one. " }
                "Every point is one training of the same policy with a seed of its own, the line their median: the wider \
                 they lie, the more luck there was in a training. Points are moved up and down only to keep them apart."
            }
        }
    })
}
