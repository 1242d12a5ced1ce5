//! The colours of the cells, as pure functions, so that tests can predict every pixel.
//!
//! CPU runs from blue to yellow, which every common colour blindness keeps apart; drift pulls towards vermilion, which
//! differs from both in lightness as well; low priority is darker; a cell out of memory is nearly black. Colours are
//! mixed in Oklab, where equal steps look equal. Critical cells also carry a white frame, and drift also shows as
//! height, so that nothing depends on colour alone. The hues follow Okabe and Ito's set.

use crate::cluster::OOM;
use bevy::color::{Color, LinearRgba, Mix, Oklaba, Srgba};
use std::sync::LazyLock;

/// Background around the cluster.
pub(super) const BACKGROUND: Color = Color::srgb(0.086, 0.102, 0.129);
/// The plate under the cells.
pub(super) const PLATE: Color = Color::srgb(0.14, 0.16, 0.2);
/// CPU idle.
const IDLE: Srgba = Srgba::rgb(0.12, 0.36, 0.66);
/// CPU at its limit.
const BUSY: Srgba = Srgba::rgb(0.96, 0.89, 0.36);
/// Memory at full drift.
const DRIFTED: Srgba = Srgba::rgb(0.84, 0.29, 0.05);
/// Out of memory.
pub const DEAD: Srgba = Srgba::rgb(0.06, 0.02, 0.06);
/// Relative lightness of a cell of priority 0.
const MIN_LIGHTNESS: f32 = 0.72;

/// The three colours in Oklab.
static OKLAB_COLOURS: LazyLock<[Oklaba; 3]> = LazyLock::new(|| [IDLE, BUSY, DRIFTED].map(Oklaba::from));

/// Colour of a cell; all arguments are 0 to 1.
pub fn cell_colour(cpu: f32, memory: f32, priority: f32) -> Srgba {
    if memory >= OOM { DEAD } else { cell_light(cpu, memory, priority).into() }
}

/// The same in linear space, for a cell that is not out of memory.
pub(super) fn cell_light(cpu: f32, memory: f32, priority: f32) -> LinearRgba {
    let [idle, busy, drifted] = *OKLAB_COLOURS;
    let calm = idle.mix(&busy, cpu.clamp(0.0, 1.0));
    // Drift below a third is normal and must not tint the whole grid.
    let alarm = ((memory - 0.3) / 0.6).clamp(0.0, 1.0);
    let mut colour = calm.mix(&drifted, alarm);
    colour.lightness *= MIN_LIGHTNESS + (1.0 - MIN_LIGHTNESS) * priority.clamp(0.0, 1.0);
    let light = LinearRgba::from(colour);
    LinearRgba::rgb(light.red.clamp(0.0, 1.0), light.green.clamp(0.0, 1.0), light.blue.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::super::colour_vision::{VISIONS, distance, simulate};
    use super::*;

    #[test]
    fn the_extremes_stay_distinct_for_the_colour_blind() {
        let extremes = [
            cell_colour(0.0, 0.0, 1.0),
            cell_colour(1.0, 0.0, 1.0),
            cell_colour(0.5, 0.95, 1.0),
            cell_colour(0.5, 1.0, 1.0),
        ];
        for (at, one) in extremes.iter().enumerate() {
            for other in &extremes[at + 1..] {
                for vision in VISIONS {
                    let apart = distance(simulate(*one, vision), simulate(*other, vision));
                    assert!(apart > 0.12, "{one:?} and {other:?} are {apart} apart to {vision:?}");
                }
            }
        }
    }

    #[test]
    fn busier_is_lighter_and_a_low_priority_is_darker() {
        let lightness = |colour: Srgba| Oklaba::from(colour).lightness;
        let ramp: Vec<_> = (0..=10).map(|at| lightness(cell_colour(at as f32 / 10.0, 0.0, 1.0))).collect();
        assert!(ramp.windows(2).all(|pair| pair[1] > pair[0]), "{ramp:?}");
        assert!(lightness(cell_colour(0.4, 0.2, 0.2)) < lightness(cell_colour(0.4, 0.2, 1.0)));
    }

    #[test]
    fn out_of_memory_looks_like_nothing_else() {
        assert_eq!(cell_colour(0.9, 0.99, 0.2), DEAD);
        assert!(distance(cell_colour(0.9, 0.98, 1.0).into(), DEAD.into()) > 0.3);
    }
}
