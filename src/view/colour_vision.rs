//! How eyes that miss one kind of cone see a colour: Machado, Oliveira and Fernandes 2009, at full severity.

use bevy::color::{LinearRgba, Oklaba, Srgba};

/// A kind of eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColourVision {
    /// All three kinds of cones.
    Normal,
    /// Without those for long waves.
    Protanope,
    /// Without those for middle waves.
    Deuteranope,
    /// Without those for short waves.
    Tritanope,
}

/// All of them.
pub(super) const VISIONS: [ColourVision; 4] =
    [ColourVision::Normal, ColourVision::Protanope, ColourVision::Deuteranope, ColourVision::Tritanope];

/// How an eye sees a colour.
pub(super) fn simulate(colour: Srgba, vision: ColourVision) -> Oklaba {
    let rows = match vision {
        ColourVision::Normal => return colour.into(),
        ColourVision::Protanope => {
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
        }
        ColourVision::Deuteranope => {
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
        }
        ColourVision::Tritanope => {
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
        }
    };
    let light = LinearRgba::from(colour);
    let [red, green, blue] =
        rows.map(|[r, g, b]: [f32; 3]| (r * light.red + g * light.green + b * light.blue).clamp(0.0, 1.0));
    LinearRgba::rgb(red, green, blue).into()
}

/// How different two colours look.
pub(super) fn distance(one: Oklaba, other: Oklaba) -> f32 {
    ((one.lightness - other.lightness).powi(2) + (one.a - other.a).powi(2) + (one.b - other.b).powi(2)).sqrt()
}
