//! Simulation of colour blindness: Machado, Oliveira and Fernandes 2009, at full severity.

use bevy::color::{LinearRgba, Oklaba, Srgba};

/// A kind of colour vision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColourVision {
    /// All three kinds of cones.
    Normal,
    /// Without the cones for long wavelengths.
    Protanope,
    /// Without the cones for middle wavelengths.
    Deuteranope,
    /// Without the cones for short wavelengths.
    Tritanope,
}

/// All of them.
pub(super) const VISIONS: [ColourVision; 4] =
    [ColourVision::Normal, ColourVision::Protanope, ColourVision::Deuteranope, ColourVision::Tritanope];

/// A colour as this vision perceives it.
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

/// Euclidean distance of two colours in Oklab.
pub(super) fn distance(one: Oklaba, other: Oklaba) -> f32 {
    ((one.lightness - other.lightness).powi(2) + (one.a - other.a).powi(2) + (one.b - other.b).powi(2)).sqrt()
}
