//! Plots with a row per policy and a column per figure: intervals, or strips of points.

use super::axis::{Axis, Unit, pixel};
use super::style::{MAX_NAME, shortened, style_classes, xml_safe};
use crate::evaluate::Interval;
use maud::{Markup, html};

/// Width of the drawing; it scales with the page.
const WIDTH: f64 = 1040.0;
/// Height of a row.
const ROW: f64 = 28.0;
/// Space under the rows for numbers and titles.
const FOOT: f64 = 46.0;
/// Space above the rows.
const HEAD: f64 = 6.0;
/// Space between two columns.
const GAP: f64 = 52.0;
/// Average width of a letter, generously.
const LETTER: f64 = 7.3;

/// What is drawn for one policy in one column.
#[derive(Debug, Clone)]
pub enum RowMark {
    /// An estimate and its interval.
    Interval(Interval),
    /// Named points, and a line at their median.
    Strip {
        /// Name and value of each.
        points: Vec<(String, f64)>,
        /// Their median.
        median: f64,
    },
}

impl RowMark {
    fn values(&self) -> Vec<f64> {
        match self {
            Self::Interval(interval) => vec![interval.low, interval.estimate, interval.high],
            Self::Strip { points, .. } => points.iter().map(|(_, value)| *value).collect(),
        }
    }
}

/// One column of the plot.
#[derive(Debug, Clone)]
pub struct FigureColumn {
    /// Name of the figure, with its unit.
    pub title: &'static str,
    /// Format of its numbers.
    pub unit: Unit,
    /// Smallest and largest possible value.
    pub limits: (f64, f64),
    /// A mark per row.
    pub marks: Vec<RowMark>,
}

/// The plot. `id` is unique within the page, `alt` describes the plot for screen readers, and each row is the index and the
/// name of a policy.
pub fn row_plot(id: &str, title: &str, alt: &str, policies: &[(usize, &str)], columns: &[FigureColumn]) -> Markup {
    let longest = policies.iter().map(|(_, name)| name.chars().count()).max().unwrap_or(0).min(MAX_NAME);
    let gutter = longest as f64 * LETTER + 14.0;
    let width = (WIDTH - gutter - 28.0 - GAP * (columns.len() as f64 - 1.0)) / columns.len() as f64;
    let bottom = HEAD + ROW * policies.len() as f64;
    let middle = |row: usize| HEAD + ROW * (row as f64 + 0.5);
    html! {
        svg.plot role="img" viewBox={ "0 0 " (pixel(WIDTH)) " " (pixel(bottom + FOOT)) }
            aria-labelledby={ (id) "-title " (id) "-alt" } {
            title id={ (id) "-title" } { (title) }
            desc id={ (id) "-alt" } { (alt) }
            @for (row, (_, name)) in policies.iter().enumerate() {
                @if row % 2 == 0 {
                    rect.tint x="0" y=(pixel(HEAD + ROW * row as f64)) width=(pixel(WIDTH)) height=(pixel(ROW)) {}
                }
                text.name x=(pixel(gutter - 10.0)) y=(pixel(middle(row) + 4.5)) text-anchor="end" {
                    title { (xml_safe(name)) }
                    (shortened(name))
                }
            }
            @for (at, column) in columns.iter().enumerate() {
                @let left = gutter + at as f64 * (width + GAP) + 8.0;
                @let values = column.marks.iter().flat_map(RowMark::values);
                @let axis = Axis::over(values, column.limits, 4.0, column.unit).between(left, left + width - 8.0);
                (axis.horizontal(HEAD, bottom, column.title))
                @for (row, mark) in column.marks.iter().enumerate() {
                    @let (policy, name) = policies[row];
                    g class=(style_classes(policy)) { (drawn(mark, &axis, middle(row), name)) }
                }
            }
        }
    }
}

fn drawn(mark: &RowMark, axis: &Axis, y: f64, name: &str) -> Markup {
    match mark {
        RowMark::Interval(interval) => {
            let [low, estimate, high] = [interval.low, interval.estimate, interval.high].map(|value| axis.at(value));
            html! {
                title { (xml_safe(name)) ": " (axis.precise_label(interval.estimate)) ", 95% interval " (axis.precise_label(interval.low)) " to " (axis.precise_label(interval.high)) }
                line.interval x1=(pixel(low)) x2=(pixel(high)) y1=(pixel(y)) y2=(pixel(y)) {}
                @for end in [low, high] {
                    line.cap x1=(pixel(end)) x2=(pixel(end)) y1=(pixel(y - 4.0)) y2=(pixel(y + 4.0)) {}
                }
                circle.dot cx=(pixel(estimate)) cy=(pixel(y)) r="4.5" {}
            }
        }
        RowMark::Strip { points, median } => html! {
            @for (number, (seed, value)) in points.iter().enumerate() {
                circle.point cx=(pixel(axis.at(*value))) cy=(pixel(y + vertical_offset(number))) r="4" {
                    title { (xml_safe(name)) ", " (xml_safe(seed)) ": " (axis.precise_label(*value)) }
                }
            }
            line.median x1=(pixel(axis.at(*median))) x2=(pixel(axis.at(*median))) y1=(pixel(y - 11.0)) y2=(pixel(y + 11.0)) {
                title { (xml_safe(name)) ", median: " (axis.precise_label(*median)) }
            }
        },
    }
}

/// Vertical shift of a point from the middle of its row, in three lanes, so that equal points stay apart.
fn vertical_offset(number: usize) -> f64 {
    [0.0, -6.0, 6.0][number % 3]
}
