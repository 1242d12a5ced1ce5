//! Learning curves, from the `episodes.csv` of each training.

use super::axis::Unit;
use super::lines::{Line, PlotLabels, line_plot};
use super::style::xml_safe;
use crate::evaluate::{PolicyUnderTest, median};
use crate::storage::{EpisodeSummary, RecordError, read_episodes};
use maud::{Markup, html};

/// Points along a curve.
const POINTS: u64 = 200;
/// Episodes in a moving mean.
const WINDOW: usize = 100;
/// Episodes that must have ended before the first point (fewer if the training has fewer): the mean of a few is noise.
const MIN_EPISODES: usize = 20;

/// The learning curves of one policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curves {
    /// A curve per training seed with recorded episodes.
    seeds: Vec<Curve>,
}

/// The learning curve of one training seed.
#[derive(Debug, Clone, PartialEq)]
struct Curve {
    /// Name of the training seed.
    name: String,
    points: Vec<Point>,
}

/// Means over the last [`WINDOW`] episodes at one moment of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    /// Environment steps of the training so far.
    step: f64,
    /// Mean steps survived.
    survived: f64,
    /// Share that collapsed.
    collapses: f64,
}

/// Reads the learning curves of a policy.
///
/// # Errors
/// A malformed `episodes.csv`.
pub fn curves(policy: &PolicyUnderTest) -> Result<Curves, RecordError> {
    let mut trainings = Vec::new();
    for trained in policy.trainings() {
        let episodes = trained.run().map(|run| read_episodes(&run.folder)).transpose()?.unwrap_or_default();
        if !episodes.is_empty() {
            trainings.push((trained.name().to_owned(), episodes));
        }
    }
    let last = trainings.iter().flat_map(|(_, episodes)| episodes).map(|episode| episode.step).max().unwrap_or(0);
    let stride = last.div_ceil(POINTS).max(1);
    let curve = |(name, episodes): (String, Vec<EpisodeSummary>)| Curve { name, points: smoothed(&episodes, stride) };
    Ok(Curves { seeds: trainings.into_iter().map(curve).collect() })
}

/// The moving means at every `stride`-th environment step, from the first by which [`MIN_EPISODES`] episodes had ended.
fn smoothed(episodes: &[EpisodeSummary], stride: u64) -> Vec<Point> {
    let last = episodes.last().map_or(0, |episode| episode.step.div_ceil(stride));
    let at = |number: u64| {
        let ended = episodes.partition_point(|episode| episode.step <= number * stride);
        let recent = &episodes[ended.saturating_sub(WINDOW)..ended];
        let count = recent.len() as f64;
        (ended >= MIN_EPISODES.min(episodes.len())).then(|| Point {
            step: (number * stride) as f64,
            survived: recent.iter().map(|episode| f64::from(episode.steps)).sum::<f64>() / count,
            collapses: recent.iter().filter(|episode| episode.collapsed).count() as f64 / count,
        })
    };
    (1..=last).filter_map(at).collect()
}

impl Curves {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.seeds.is_empty()
    }

    /// A line per training seed; if there are several, these are faint, and their median follows.
    fn lines(&self, policy: usize, figure: fn(&Point) -> f64) -> Vec<Line> {
        let line = |curve: &Curve| Line {
            name: curve.name.clone(),
            policy,
            faint: self.seeds.len() > 1,
            points: curve.points.iter().map(|point| (point.step, figure(point))).collect(),
            band: Vec::new(),
        };
        let mut lines: Vec<_> = self.seeds.iter().map(line).collect();
        if lines.len() > 1 {
            let points = median_line(&lines);
            lines.push(Line { name: "median".to_owned(), policy, points, ..Line::default() });
        }
        lines
    }

    fn description(&self) -> String {
        let sentences = self.seeds.iter().filter_map(|curve| {
            let (first, last) = (curve.points.first()?, curve.points.last()?);
            Some(format!(
                "{}: from {:.1} steps survived and {:.1}% collapses to {:.1} steps and {:.1}% after {} environment steps.",
                curve.name,
                first.survived,
                100.0 * first.collapses,
                last.survived,
                100.0 * last.collapses,
                last.step
            ))
        });
        sentences.collect::<Vec<_>>().join(" ")
    }

    /// The plots of the policy with index `policy`, trained on `scenario`.
    pub fn plot(&self, policy: usize, name: &str, scenario: &str) -> Markup {
        let alt = self.description();
        let plot = |figure: &str, title: &str, y: (&str, Unit), limits: (f64, f64), value: fn(&Point) -> f64| {
            let labels = PlotLabels {
                id: &format!("curve-{policy}-{figure}"),
                title,
                alt: &alt,
                x: ("environment steps (thousands)", Unit::THOUSANDS),
                y,
                limits,
                size: (510.0, 300.0),
            };
            line_plot(&labels, &self.lines(policy, value)).0
        };
        let steps = ("steps survived (mean of 100 episodes)", Unit::PLAIN);
        let share = ("episodes that collapse (% of 100)", Unit::SHARE);
        html! {
            figure {
                div.pair {
                    (plot("steps", "Steps survived while learning", steps, (0.0, f64::MAX), |point| point.survived))
                    (plot("collapses", "Collapses while learning", share, (0.0, 1.0), |point| point.collapses))
                }
                figcaption {
                    b { "Learning curve of " (xml_safe(name)) ", trained on " (xml_safe(scenario)) ". " }
                    "Moving means over the last 100 finished episodes (over all of them while there are fewer, from the \
                     twentieth on), against the environment steps of the training"
                    @if self.seeds.len() > 1 { "; a thin line per training seed, their median thick" }
                    ". They show the agent while it explores; the scores above are those of the final greedy policy."
                }
            }
        }
    }
}

/// The median over the lines at every step that all of them reach.
fn median_line(lines: &[Line]) -> Vec<(f64, f64)> {
    let at = |line: &Line, step: f64| line.points.iter().find(|point| point.0 == step).map(|point| point.1);
    let along = lines.iter().map(|line| line.points.as_slice()).min_by_key(|points| points.len()).unwrap_or_default();
    along
        .iter()
        .filter_map(|(step, _)| {
            let values: Option<Vec<_>> = lines.iter().map(|line| at(line, *step)).collect();
            Some((*step, median(values?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_the_mean_of_the_last_hundred_episodes() {
        let episode = |number: u64| EpisodeSummary {
            step: number * 10,
            steps: number as u32,
            collapsed: number <= 100,
            effective_epsilon: 0.0,
            handed_over: 0.0,
        };
        let episodes: Vec<_> = (1..=150).map(episode).collect();
        let points = smoothed(&episodes, 500);
        // After 500 steps 50 episodes, of 1 to 50 steps; after 1,500 the last hundred of 150, half of which collapsed.
        assert_eq!(points[0], Point { step: 500.0, survived: 25.5, collapses: 1.0 });
        assert_eq!(points[2], Point { step: 1500.0, survived: 100.5, collapses: 0.5 });
        assert_eq!(points.len(), 3);
        // There is no point before twenty episodes have ended, unless the training has fewer.
        assert_eq!(smoothed(&episodes, 90)[0].step, 270.0);
        let late = [EpisodeSummary { step: 1200, ..episode(7) }];
        assert_eq!(smoothed(&late, 500).iter().map(|point| point.step).collect::<Vec<_>>(), [1500.0]);
        assert_eq!(smoothed(&[], 5), []);
    }

    #[test]
    fn the_median_covers_the_steps_that_all_lines_reach() {
        let line = |points: &[(f64, f64)]| Line { points: points.to_vec(), ..Line::default() };
        let lines = [
            line(&[(1.0, 5.0), (2.0, 6.0), (3.0, 9.0)]),
            line(&[(2.0, 2.0), (3.0, 1.0)]),
            line(&[(1.0, 1.0), (2.0, 3.0), (3.0, 4.0), (4.0, 0.0)]),
        ];
        assert_eq!(median_line(&lines), [(2.0, 3.0), (3.0, 4.0)]);
    }
}
