//! Colour ramps of the modes that show one number: equal steps in Oklab, which look equal.
//!
//! Each grows from dark to light throughout, so that it reads in grey and with any colour blindness. Their hues differ,
//! so that nobody mistakes one mode for another.

use bevy::color::{LinearRgba, Oklaba, Srgba};
use std::sync::LazyLock;

/// Number of colours in a ramp: more than an eye can tell apart.
const RAMP_STEPS: usize = 256;

/// A ramp as a table of colours.
#[derive(Debug)]
pub(super) struct ColourRamp {
    /// In sRGB, exactly as the screen shows them.
    colours: [Srgba; RAMP_STEPS],
    /// The same in linear space.
    light: [LinearRgba; RAMP_STEPS],
}

impl ColourRamp {
    /// A ramp through `stops` (lightness, a, b) with equal steps.
    fn through(stops: &[[f32; 3]]) -> Self {
        let length = |pair: &[[f32; 3]]| -> f32 {
            let square: f32 = pair[0].iter().zip(pair[1]).map(|(from, to)| (to - from).powi(2)).sum();
            square.sqrt()
        };
        let total: f32 = stops.windows(2).map(length).sum();
        let colours = std::array::from_fn(|shade| {
            let mut distance_along = total * shade as f32 / (RAMP_STEPS - 1) as f32;
            let mut at = 0;
            while at + 2 < stops.len() && distance_along > length(&stops[at..at + 2]) {
                distance_along -= length(&stops[at..at + 2]);
                at += 1;
            }
            let share = distance_along / length(&stops[at..at + 2]);
            let [lightness, a, b] = std::array::from_fn(|axis| {
                let (from, to) = (stops[at][axis], stops[at + 1][axis]);
                from + (to - from) * share
            });
            let colour = Srgba::from(Oklaba::lab(lightness, a, b));
            Srgba::rgb(colour.red.clamp(0.0, 1.0), colour.green.clamp(0.0, 1.0), colour.blue.clamp(0.0, 1.0))
        });
        Self { colours, light: colours.map(LinearRgba::from) }
    }

    fn index(share: f32) -> usize {
        (share.clamp(0.0, 1.0) * (RAMP_STEPS - 1) as f32).round() as usize
    }

    /// The colour at `share` of the ramp, 0 to 1.
    pub fn colour(&self, share: f32) -> Srgba {
        self.colours[Self::index(share)]
    }

    /// The same in linear space.
    pub fn light(&self, share: f32) -> LinearRgba {
        self.light[Self::index(share)]
    }
}

/// CPU: blue to yellow, which every common colour blindness keeps apart.
pub(super) static CPU: LazyLock<ColourRamp> =
    LazyLock::new(|| ColourRamp::through(&[[0.471, -0.028, -0.131], [0.901, -0.028, 0.149]]));

/// Drift: blue through red to pale yellow, like heat.
pub(super) static DRIFT: LazyLock<ColourRamp> = LazyLock::new(|| {
    ColourRamp::through(&[
        [0.38, 0.02, -0.10],
        [0.52, 0.10, -0.06],
        [0.66, 0.13, 0.06],
        [0.80, 0.06, 0.13],
        [0.93, 0.0, 0.09],
    ])
});

/// Priority: slate to pale green, a single calm hue.
pub(super) static PRIORITY: LazyLock<ColourRamp> =
    LazyLock::new(|| ColourRamp::through(&[[0.36, -0.01, -0.05], [0.62, -0.07, -0.04], [0.90, -0.05, 0.0]]));

/// Urgency: indigo through magenta to light yellow.
pub(super) static URGENCY: LazyLock<ColourRamp> = LazyLock::new(|| {
    ColourRamp::through(&[
        [0.42, 0.02, -0.17],
        [0.54, 0.12, -0.12],
        [0.66, 0.16, 0.0],
        [0.79, 0.08, 0.12],
        [0.93, -0.01, 0.11],
    ])
});

#[cfg(test)]
mod tests {
    use super::super::colour_vision::{ColourVision, VISIONS, distance, simulate};
    use super::*;

    const RAMPS: [(&str, &LazyLock<ColourRamp>); 4] =
        [("cpu", &CPU), ("drift", &DRIFT), ("priority", &PRIORITY), ("urgency", &URGENCY)];

    fn simulated(ramp: &ColourRamp, vision: ColourVision) -> Vec<Oklaba> {
        (0..=32).map(|at| simulate(ramp.colour(at as f32 / 32.0), vision)).collect()
    }

    #[test]
    fn equal_steps_look_equal() {
        for (name, ramp) in RAMPS {
            let seen = simulated(ramp, ColourVision::Normal);
            let steps: Vec<_> = seen.windows(2).map(|pair| distance(pair[0], pair[1])).collect();
            let (least, most) = steps.iter().fold((f32::MAX, 0.0_f32), |(a, b), step| (a.min(*step), b.max(*step)));
            assert!(most / least < 1.3, "{name}: steps from {least} to {most}");
        }
    }

    #[test]
    fn with_any_colour_vision_a_ramp_grows_lighter_and_its_quarters_are_distinct() {
        for (name, ramp) in RAMPS {
            for vision in VISIONS {
                let seen = simulated(ramp, vision);
                assert!(seen.windows(2).all(|pair| pair[1].lightness > pair[0].lightness), "{name} to {vision:?}");
                let quarter = seen.windows(9).map(|part| distance(part[0], part[8])).fold(f32::MAX, f32::min);
                assert!(quarter > 0.07, "{name} to {vision:?}: a quarter is {quarter}");
                assert!(distance(seen[0], seen[32]) > 0.4, "{name} to {vision:?}");
            }
        }
    }
}
