//! Colour modes: what the colours of the cells show, everything at once or one number.

use super::colour_ramps::{CPU, ColourRamp, DRIFT, PRIORITY, URGENCY};
use super::keys::{KeyAction, KeyActions};
use super::named_choice::NamedChoice;
use super::palette::{DEAD, cell_colour, cell_light};
use crate::cluster::OOM;
use bevy::color::{LinearRgba, Srgba};
use bevy::ecs::prelude::{Res, ResMut, Resource};

/// What the colours of the cells show.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColourMode {
    /// CPU, drift and priority at once.
    #[default]
    Combined,
    /// CPU alone.
    Cpu,
    /// Memory drift alone.
    Drift,
    /// Priority alone.
    Priority,
    /// Estimated steps until the cell is out of memory.
    TimeLeft,
}

/// The numbers of a cell that its colour depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellState {
    /// CPU, 0 to 1.
    pub cpu: f32,
    /// Memory drift, 0 to 1.
    pub memory: f32,
    /// Priority, 0 to 1.
    pub priority: f32,
    /// Estimated steps until it is out of memory; infinite where its memory does not grow.
    pub steps_left: f32,
}

/// Steps beyond which a cell counts as safe.
const HORIZON: f32 = 1000.0;
/// Colour of a cell that is safe for [`HORIZON`] steps.
const SAFE: Srgba = Srgba::rgb(0.18, 0.18, 0.18);

/// A ramp of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendRamp {
    /// Name of the number that it shows.
    pub name: &'static str,
    /// Labels along it: position, 0 to 1, and text with the unit.
    pub ticks: &'static [(f32, &'static str)],
    /// Colours from the low end to the high end.
    pub colours: Vec<Srgba>,
}

/// Legend of a colour mode.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// Its ramps.
    pub ramps: Vec<LegendRamp>,
    /// Single colours and their meanings.
    pub swatches: Vec<(Srgba, &'static str)>,
}

const PERCENT: &[(f32, &str)] = &[(0.0, "0%"), (0.5, "50%"), (1.0, "100%")];
const MEMORY: &[(f32, &str)] = &[(0.0, "0%"), (0.5, "50%"), (1.0, "99%")];
const PRIORITIES: &[(f32, &str)] = &[(0.2, "low"), (0.5, "mid"), (1.0, "critical")];
const STEPS: &[(f32, &str)] = &[(0.0, "1000 steps"), (0.333, "100"), (0.667, "10"), (1.0, "1")];

impl NamedChoice for ColourMode {
    const LIST: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::Combined => "combined",
            Self::Cpu => "cpu",
            Self::Drift => "drift",
            Self::Priority => "priority",
            Self::TimeLeft => "time-left",
        }
    }
}

impl ColourMode {
    /// All modes, in the order in which a key steps through them.
    pub const ALL: [Self; 5] = [Self::Combined, Self::Cpu, Self::Drift, Self::Priority, Self::TimeLeft];

    /// Name in the window.
    pub fn title(self) -> &'static str {
        match self {
            Self::Combined => "All at once",
            Self::Cpu => "CPU",
            Self::Drift => "Memory drift",
            Self::Priority => "Priority",
            Self::TimeLeft => "Time to OOM",
        }
    }

    /// Colour of a cell's top.
    pub fn colour(self, state: &CellState) -> Srgba {
        match self.shade(state) {
            Shade::Ramp(ramp, share) => ramp.colour(share),
            Shade::Plain(colour) => colour,
            Shade::Combined => cell_colour(state.cpu, state.memory, state.priority),
        }
    }

    /// The colour in linear space, for the GPU.
    pub(super) fn light(self, state: &CellState) -> LinearRgba {
        match self.shade(state) {
            Shade::Ramp(ramp, share) => ramp.light(share),
            Shade::Plain(colour) => colour.into(),
            Shade::Combined => cell_light(state.cpu, state.memory, state.priority),
        }
    }

    fn shade(self, state: &CellState) -> Shade {
        match self {
            _ if state.memory >= OOM => Shade::Plain(DEAD),
            Self::Combined => Shade::Combined,
            Self::Cpu => Shade::Ramp(&CPU, state.cpu),
            Self::Drift => Shade::Ramp(&DRIFT, state.memory / OOM),
            Self::Priority => Shade::Ramp(&PRIORITY, state.priority),
            Self::TimeLeft if state.steps_left > HORIZON => Shade::Plain(SAFE),
            Self::TimeLeft => Shade::Ramp(&URGENCY, 1.0 - state.steps_left.max(1.0).log10() / HORIZON.log10()),
        }
    }

    /// Legend of the mode.
    pub fn legend(self) -> Legend {
        let ramp = |name, ticks, colour: &dyn Fn(f32) -> Srgba| LegendRamp {
            name,
            ticks,
            colours: (0..32).map(|at| colour(at as f32 / 31.0)).collect(),
        };
        let mut swatches = vec![(DEAD, "out of memory, crossed")];
        let ramps = match self {
            Self::Combined => vec![
                ramp("CPU", PERCENT, &|share| cell_colour(share, 0.0, 1.0)),
                ramp("Memory drift", MEMORY, &|share| cell_colour(0.3, 0.989 * share, 1.0)),
                ramp("Priority", PRIORITIES, &|share| cell_colour(0.3, 0.0, share)),
            ],
            Self::Cpu => vec![ramp("CPU", PERCENT, &|share| CPU.colour(share))],
            Self::Drift => vec![ramp("Memory drift", MEMORY, &|share| DRIFT.colour(share))],
            Self::Priority => vec![ramp("Priority", PRIORITIES, &|share| PRIORITY.colour(share))],
            Self::TimeLeft => {
                swatches.push((SAFE, "no end within 1000 steps"));
                vec![ramp("Steps to OOM, as it grew lately", STEPS, &|share| URGENCY.colour(share))]
            }
        };
        Legend { ramps, swatches }
    }
}

/// Switches the mode by key.
pub(super) fn switch(keys: Res<KeyActions>, mut mode: ResMut<ColourMode>) {
    for action in keys.iter() {
        if let KeyAction::Colours(steps) = action {
            *mode = mode.further(steps);
        }
    }
}

enum Shade {
    Ramp(&'static ColourRamp, f32),
    Plain(Srgba),
    Combined,
}

#[cfg(test)]
mod tests {
    use super::super::colour_vision::{VISIONS, distance, simulate};
    use super::*;
    use bevy::color::ColorToPacked;

    fn states() -> impl Iterator<Item = CellState> {
        let shares = || (0..=10).map(|at| at as f32 / 10.0);
        shares().flat_map(move |one| {
            shares().map(move |other| CellState {
                cpu: one,
                memory: 0.985 * other,
                priority: 1.0 - one,
                steps_left: 10.0_f32.powf(3.0 * other),
            })
        })
    }

    #[test]
    fn out_of_memory_looks_like_nothing_else_in_any_mode_and_colour_vision() {
        for mode in ColourMode::ALL {
            for state in states() {
                let dead = mode.colour(&CellState { memory: OOM, ..state });
                assert_eq!(dead, DEAD);
                for vision in VISIONS {
                    let apart = distance(simulate(mode.colour(&state), vision), simulate(DEAD, vision));
                    assert!(apart > 0.17, "{mode:?}, {state:?} to {vision:?}: {apart}");
                }
            }
        }
    }

    #[test]
    fn a_safe_cell_has_no_colour_of_the_urgency_ramp() {
        let state = CellState { cpu: 0.5, memory: 0.5, priority: 0.5, steps_left: f32::INFINITY };
        let safe = ColourMode::TimeLeft.colour(&state);
        for vision in VISIONS {
            for steps_left in [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0] {
                let colour = ColourMode::TimeLeft.colour(&CellState { steps_left, ..state });
                assert!(
                    distance(simulate(colour, vision), simulate(safe, vision)) > 0.12,
                    "{steps_left} steps to {vision:?}"
                );
            }
        }
    }

    #[test]
    fn the_linear_colour_matches_the_srgb_colour() {
        for mode in ColourMode::ALL {
            for state in states() {
                let (colour, light) = (mode.colour(&state), Srgba::from(mode.light(&state)));
                let apart = colour.to_u8_array().iter().zip(light.to_u8_array()).any(|(a, b)| a.abs_diff(b) > 1);
                assert!(!apart, "{mode:?}, {state:?}: {colour:?} is not {light:?}");
            }
        }
    }

    #[test]
    fn a_key_cycles_through_all_modes_and_names_parse() {
        let round: Vec<_> = (0..5).map(|steps| ColourMode::Combined.further(steps)).collect();
        assert_eq!(round, ColourMode::ALL);
        assert_eq!(ColourMode::Combined.further(-1), ColourMode::TimeLeft);
        for mode in ColourMode::ALL {
            assert_eq!(ColourMode::named(mode.name()), Ok(mode));
        }
        assert!(ColourMode::named("heat").unwrap_err().contains("time-left"));
    }
}
