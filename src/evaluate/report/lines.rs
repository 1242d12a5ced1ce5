//! Line plots, optionally with bands.

use super::axis::{Axis, Unit, pixel};
use super::style::{style_classes, xml_safe};
use maud::{Markup, html};
use std::fmt::Write;

/// One line of a plot.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Its name, shown as a tooltip.
    pub name: String,
    /// Index of its policy, which determines its style.
    pub policy: usize,
    /// Whether it is drawn faintly, as one of many.
    pub faint: bool,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper bound at each point; empty without a band.
    pub band: Vec<(f64, f64)>,
}

/// Texts, limits and size of a line plot.
#[derive(Debug, Clone, Copy)]
pub struct PlotLabels<'a> {
    /// Unique within the page.
    pub id: &'a str,
    /// Title for screen readers.
    pub title: &'a str,
    /// Description for screen readers.
    pub alt: &'a str,
    /// Title of the horizontal axis, and the format of its numbers.
    pub x: (&'a str, Unit),
    /// Title of the vertical axis, and the format of its numbers.
    pub y: (&'a str, Unit),
    /// Least and greatest value of the vertical axis.
    pub limits: (f64, f64),
    /// Width and height of the drawing.
    pub size: (f64, f64),
}

/// The plot, and whether its vertical axis leaves out zero.
pub fn line_plot(labels: &PlotLabels<'_>, lines: &[Line]) -> (Markup, bool) {
    let (width, height) = labels.size;
    let (left, right, top, bottom) = (52.0, width - 22.0, 28.0, height - 46.0);
    let across = lines.iter().flat_map(|line| &line.points).map(|point| point.0).chain([0.0]);
    let furthest = across.clone().fold(0.0, f64::max).max(1.0);
    let ticks = width / 110.0;
    let x = Axis::over(across, (0.0, furthest), ticks, labels.x.1).between(left, right);
    let heights = lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let bounds = lines.iter().flat_map(|line| line.band.iter().flat_map(|(low, high)| [*low, *high]));
    let y = Axis::over(heights.chain(bounds), labels.limits, 5.0, labels.y.1).between(bottom, top);
    let drawing = html! {
        svg.plot role="img" viewBox={ "0 0 " (pixel(width)) " " (pixel(height)) }
            aria-labelledby={ (labels.id) "-title " (labels.id) "-alt" } {
            title id={ (labels.id) "-title" } { (labels.title) }
            desc id={ (labels.id) "-alt" } { (labels.alt) }
            (x.horizontal(top, bottom, labels.x.0))
            (y.vertical(left, right, labels.y.0))
            @for line in lines.iter().filter(|line| !line.band.is_empty()) {
                path class={ "band " (style_classes(line.policy)) } d=(band_path(line, &x, &y)) {}
            }
            @for line in lines {
                path class={ @if line.faint { "curve faint " } @else { "curve " } (style_classes(line.policy)) } d=(curve_path(line, &x, &y)) {
                    title { (xml_safe(&line.name)) }
                }
            }
        }
    };
    (drawing, y.leaves_out_zero())
}

/// The SVG path along a line.
fn curve_path(line: &Line, x: &Axis, y: &Axis) -> String {
    path_data(line.points.iter().map(|(across, up)| (x.at(*across), y.at(*up))))
}

/// The SVG path around a band: along its upper bounds and back along the lower ones.
fn band_path(line: &Line, x: &Axis, y: &Axis) -> String {
    let bounds = || line.points.iter().zip(&line.band);
    let there = bounds().map(|((across, _), (_, high))| (x.at(*across), y.at(*high)));
    let back = bounds().rev().map(|((across, _), (low, _))| (x.at(*across), y.at(*low)));
    path_data(there.chain(back)) + "Z"
}

fn path_data(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path_data = String::new();
    for (number, (x, y)) in points.enumerate() {
        let _ = write!(path_data, "{}{x:.1} {y:.1}", if number == 0 { 'M' } else { 'L' });
    }
    path_data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_band_runs_along_the_top_and_back_along_the_bottom() {
        let axis = || Axis::over([0.0, 10.0].into_iter(), (0.0, 10.0), 5.0, Unit::PLAIN);
        let (x, y) = (axis().between(0.0, 10.0), axis().between(10.0, 0.0));
        let line =
            Line { points: vec![(0.0, 5.0), (10.0, 4.0)], band: vec![(4.0, 6.0), (3.0, 5.0)], ..Line::default() };
        assert_eq!(curve_path(&line, &x, &y), "M0.0 5.0L10.0 6.0");
        assert_eq!(band_path(&line, &x, &y), "M0.0 4.0L10.0 5.0L10.0 7.0L0.0 6.0Z");
    }
}
