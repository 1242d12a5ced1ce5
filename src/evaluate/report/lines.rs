//! A plot of lines over an axis, some with a band around them.

use super::axis::{Axis, Unit, pixel};
use super::look::{look, shown};
use maud::{Markup, html};
use std::fmt::Write;

/// One line.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Place of its policy among the contestants.
    pub policy: usize,
    /// Whether it is one of many and stays in the background.
    pub faint: bool,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper bound at each point; empty without a band.
    pub band: Vec<(f64, f64)>,
}

/// What a plot of lines is about.
#[derive(Debug, Clone, Copy)]
pub struct PlotLabels<'a> {
    /// Unique in the page.
    pub id: &'a str,
    /// Title for those who do not see it.
    pub title: &'a str,
    /// What is drawn, in words.
    pub alt: &'a str,
    /// Name of the horizontal axis with its unit, and how its numbers are written.
    pub x: (&'a str, Unit),
    /// Name of the vertical axis with its unit, and how its numbers are written.
    pub y: (&'a str, Unit),
    /// Least and greatest value of the vertical axis.
    pub limits: (f64, f64),
    /// Width and height of the drawing.
    pub size: (f64, f64),
}

/// The plot; answers as well whether its vertical axis leaves out zero.
pub fn line_plot(subject: &PlotLabels<'_>, lines: &[Line]) -> (Markup, bool) {
    let (width, height) = subject.size;
    let (left, right, top, bottom) = (52.0, width - 22.0, 28.0, height - 46.0);
    let across = lines.iter().flat_map(|line| &line.points).map(|point| point.0).chain([0.0]);
    let furthest = across.clone().fold(0.0, f64::max).max(1.0);
    let ticks = width / 110.0;
    let x = Axis::over(across, (0.0, furthest), ticks, subject.x.1).between(left, right);
    let heights = lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
    let bounds = lines.iter().flat_map(|line| line.band.iter().flat_map(|(low, high)| [*low, *high]));
    let y = Axis::over(heights.chain(bounds), subject.limits, 5.0, subject.y.1).between(bottom, top);
    let drawing = html! {
        svg.plot role="img" viewBox={ "0 0 " (pixel(width)) " " (pixel(height)) }
            aria-labelledby={ (subject.id) "-title " (subject.id) "-alt" } {
            title id={ (subject.id) "-title" } { (subject.title) }
            desc id={ (subject.id) "-alt" } { (subject.alt) }
            (x.horizontal(top, bottom, subject.x.0))
            (y.vertical(left, right, subject.y.0))
            @for line in lines.iter().filter(|line| !line.band.is_empty()) {
                path class={ "band " (look(line.policy)) } d=(area(line, &x, &y)) {}
            }
            @for line in lines {
                path class={ @if line.faint { "curve faint " } @else { "curve " } (look(line.policy)) } d=(course(line, &x, &y)) {
                    title { (shown(&line.name)) }
                }
            }
        }
    };
    (drawing, y.leaves_out_zero())
}

/// The way along a line.
fn course(line: &Line, x: &Axis, y: &Axis) -> String {
    way(line.points.iter().map(|(across, up)| (x.at(*across), y.at(*up))))
}

/// The way around a band: along its upper bounds and back along the lower ones.
fn area(line: &Line, x: &Axis, y: &Axis) -> String {
    let bounds = || line.points.iter().zip(&line.band);
    let there = bounds().map(|((across, _), (_, high))| (x.at(*across), y.at(*high)));
    let back = bounds().rev().map(|((across, _), (low, _))| (x.at(*across), y.at(*low)));
    way(there.chain(back)) + "Z"
}

fn way(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut way = String::new();
    for (number, (x, y)) in points.enumerate() {
        let _ = write!(way, "{}{x:.1} {y:.1}", if number == 0 { 'M' } else { 'L' });
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_goes_there_on_top_and_back_below() {
        let axis = || Axis::over([0.0, 10.0].into_iter(), (0.0, 10.0), 5.0, Unit::PLAIN);
        let (x, y) = (axis().between(0.0, 10.0), axis().between(10.0, 0.0));
        let line =
            Line { points: vec![(0.0, 5.0), (10.0, 4.0)], band: vec![(4.0, 6.0), (3.0, 5.0)], ..Line::default() };
        assert_eq!(course(&line, &x, &y), "M0.0 5.0L10.0 6.0");
        assert_eq!(area(&line, &x, &y), "M0.0 4.0L10.0 5.0L10.0 7.0L0.0 6.0Z");
    }
}
