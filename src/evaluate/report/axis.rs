//! The axis of a plot: maps values to pixels, and labels round numbers.

use maud::{Markup, html};

/// How the numbers of an axis are formatted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    factor: f64,
    suffix: &'static str,
}

impl Unit {
    /// Unchanged.
    pub const PLAIN: Self = Self { factor: 1.0, suffix: "" };
    /// Shares, in percent.
    pub const SHARE: Self = Self { factor: 100.0, suffix: "%" };
    /// In thousands.
    pub const THOUSANDS: Self = Self { factor: 1e-3, suffix: "" };
}

/// An axis between two pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    low: f64,
    high: f64,
    step: f64,
    unit: Unit,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis that covers `values` and extends to the next round numbers within `limits`, with about `ticks` ticks.
    pub fn over(values: impl Iterator<Item = f64>, limits: (f64, f64), ticks: f64, unit: Unit) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        // A single value needs some space around it.
        let size = (limits.1 - limits.0).min(low.abs().max(high.abs()).max(1.0));
        if high - low < 1e-6 * size {
            (low, high) = (low - 0.02 * size, high + 0.02 * size);
        }
        let step = round_step((high - low) / ticks);
        let low = ((low / step + 1e-9).floor() * step).max(limits.0);
        let high = ((high / step - 1e-9).ceil() * step).min(limits.1);
        Self { low, high, step, unit, from: 0.0, to: 1.0 }
    }

    /// The same axis, drawn from pixel `from` to pixel `to`.
    pub fn between(self, from: f64, to: f64) -> Self {
        Self { from, to, ..self }
    }

    /// Pixel of a value.
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Whether the axis leaves out zero.
    pub fn leaves_out_zero(&self) -> bool {
        self.low > 0.0
    }

    /// The round numbers that have a label.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let first = (self.low / self.step - 1e-9).ceil() as i64;
        let last = (self.high / self.step + 1e-9).floor() as i64;
        (first..=last).map(|number| number as f64 * self.step)
    }

    /// The label of a tick.
    fn label(&self, value: f64) -> String {
        self.written(value, self.decimals())
    }

    /// A value as text, with one decimal more than the labels.
    pub fn precise_label(&self, value: f64) -> String {
        self.written(value, self.decimals() + 1)
    }

    fn written(&self, value: f64, decimals: usize) -> String {
        format!("{:.decimals$}{}", value * self.unit.factor, self.unit.suffix)
    }

    /// Decimals that distinguish neighbouring ticks.
    fn decimals(&self) -> usize {
        let step = self.step * self.unit.factor;
        let decimals = (-(step * 1.000_001).log10().floor()).clamp(0.0, 6.0) as usize;
        // A step of 2.5 needs one decimal more than a step of 2.
        let fine = format!("{step:.*}", decimals + 1);
        if fine.ends_with('0') { decimals } else { decimals + 1 }
    }

    /// Draws it along the bottom of a panel from `top` to `bottom`, with grid lines and a title.
    pub fn horizontal(&self, top: f64, bottom: f64, title: &str) -> Markup {
        html! {
            g.axis {
                @for value in self.ticks() {
                    @let x = pixel(self.at(value));
                    line.grid x1=(x) x2=(x) y1=(pixel(top)) y2=(pixel(bottom)) {}
                    text x=(x) y=(pixel(bottom + 17.0)) text-anchor="middle" { (self.label(value)) }
                }
                line x1=(pixel(self.from)) x2=(pixel(self.to)) y1=(pixel(bottom)) y2=(pixel(bottom)) {}
                text.title x=(pixel(f64::midpoint(self.from, self.to))) y=(pixel(bottom + 36.0)) text-anchor="middle" { (title) }
            }
        }
    }

    /// Draws it along the left of a panel from `left` to `right`, with grid lines and a title on top.
    pub fn vertical(&self, left: f64, right: f64, title: &str) -> Markup {
        html! {
            g.axis {
                @for value in self.ticks() {
                    @let y = self.at(value);
                    line.grid x1=(pixel(left)) x2=(pixel(right)) y1=(pixel(y)) y2=(pixel(y)) {}
                    text x=(pixel(left - 8.0)) y=(pixel(y + 4.0)) text-anchor="end" { (self.label(value)) }
                }
                text.title x=(pixel(left - 44.0)) y=(pixel(self.to - 14.0)) { (title) }
            }
        }
    }
}

/// A coordinate as text.
pub fn pixel(value: f64) -> String {
    format!("{value:.1}")
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks().map(|value| axis.label(value)).collect()
    }

    #[test]
    fn an_axis_extends_to_round_numbers_within_its_limits() {
        let axis = Axis::over([12.0, 280.0].into_iter(), (0.0, 300.0), 5.0, Unit::PLAIN);
        assert_eq!(labels(&axis), ["0", "100", "200", "300"]);
        let axis = Axis::over([0.93, 1.0].into_iter(), (0.0, 1.0), 4.0, Unit::SHARE);
        assert_eq!(labels(&axis), ["92%", "94%", "96%", "98%", "100%"]);
        assert!(axis.leaves_out_zero());
        let axis = Axis::over([0.0, 0.009].into_iter(), (0.0, 1.0), 4.0, Unit::SHARE);
        assert_eq!(labels(&axis), ["0.00%", "0.25%", "0.50%", "0.75%", "1.00%"]);
        let axis = Axis::over([0.0, 130.0].into_iter(), (0.0, 130.0), 6.0, Unit::PLAIN);
        assert_eq!(labels(&axis), ["0", "25", "50", "75", "100", "125"]);
        assert_eq!((axis.clone().between(10.0, 140.0).at(0.0), axis.between(10.0, 140.0).at(130.0)), (10.0, 140.0));
        let axis = Axis::over([0.0, 1_000_000.0].into_iter(), (0.0, 1e6), 5.0, Unit::THOUSANDS);
        assert_eq!(labels(&axis), ["0", "200", "400", "600", "800", "1000"]);
    }

    #[test]
    fn one_value_or_none_still_makes_an_axis() {
        for values in [vec![], vec![300.0], vec![0.0, 0.0], vec![-4.0], vec![f64::NAN]] {
            let axis = Axis::over(values.iter().copied(), (-1e6, 300.0), 4.0, Unit::PLAIN).between(0.0, 100.0);
            assert!(axis.low < axis.high && (2..9).contains(&axis.ticks().count()), "{values:?}: {axis:?}");
            for value in values.into_iter().filter(|value| value.is_finite()) {
                assert!((0.0..=100.0).contains(&axis.at(value)), "{axis:?}");
            }
        }
    }
}
