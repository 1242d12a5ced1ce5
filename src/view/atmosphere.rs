//! The Prophet's fear as the light of the scene: the tops of the cells keep their colours, everything around them
//! reddens.

use super::cells::SceneUniforms;
use super::palette::{BACKGROUND, PLATE};
use super::shown::Shown;
use super::wall::Wall;
use crate::simulation::ActiveSettings;
use bevy::asset::{Assets, Handle};
use bevy::camera::ClearColor;
use bevy::color::{Color, Mix, Oklaba};
use bevy::ecs::prelude::{DetectChangesMut, Local, Res, ResMut, Resource};
use bevy::ecs::system::SystemParam;
use bevy::pbr::StandardMaterial;
use bevy::render::storage::ShaderBuffer;
use bevy::time::{Real, Time};
use std::f32::consts::TAU;

/// Time constant with which the light follows the risk, in seconds.
const TIME_CONSTANT: f32 = 0.2;
/// Pulses of a warning per second.
const PULSES_PER_SECOND: f32 = 1.4;
/// Colours around the cluster and of its plate at a risk of 1.
const FEARFUL: [Color; 2] = [Color::srgb(0.27, 0.075, 0.06), Color::srgb(0.42, 0.12, 0.09)];

/// Fear and alarm as the scene shows them.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq)]
pub struct Atmosphere {
    /// Fear in the light, 0 to 1: the square root of the risk, so that small risks show.
    pub fear: f32,
    /// Pulse of warnings, 0 to 1; 0 while time is paused.
    pub pulse: f32,
    /// Risk above which the scene warns (`view.alarm`).
    pub alarm_level: f32,
}

impl Atmosphere {
    /// Whether the scene warns at this risk.
    pub fn is_alarming(&self, risk: f32) -> bool {
        risk >= self.alarm_level
    }

    /// Moves towards this fear for one frame.
    fn approach(&mut self, fear: f32, seconds: f32) {
        let left = (self.fear - fear) * (-seconds / TIME_CONSTANT).exp();
        self.fear = if left.abs() < 0.003 { fear } else { fear + left };
    }
}

/// The resources that the atmosphere reads and changes.
#[derive(SystemParam)]
pub(super) struct AtmosphereParams<'w> {
    settings: Res<'w, ActiveSettings>,
    scene: Res<'w, SceneUniforms>,
    wall: Res<'w, Wall>,
    sky: ResMut<'w, ClearColor>,
    materials: ResMut<'w, Assets<StandardMaterial>>,
    buffers: ResMut<'w, Assets<ShaderBuffer>>,
}

/// The values last sent to the renderer.
#[derive(Debug, Default, PartialEq)]
pub(super) struct SentAtmosphere {
    scene: [f32; 4],
    plate: Option<(Handle<StandardMaterial>, f32)>,
}

/// Lets the light of the scene follow the risk of the moment that is shown.
pub(super) fn update(
    shown: Shown,
    time: Res<Time<Real>>,
    mut atmosphere: ResMut<Atmosphere>,
    mut params: AtmosphereParams,
    mut sent: Local<SentAtmosphere>,
) {
    let AtmosphereParams { settings, scene, wall, sky, materials, buffers } = &mut params;
    let risk = shown.moment().map_or(0.0, |moment| shown.risk_of(moment));
    let pulse = 0.5 - 0.5 * (TAU * PULSES_PER_SECOND * time.elapsed_secs_wrapped()).cos();
    let mut now = *atmosphere;
    now.approach(risk.clamp(0.0, 1.0).sqrt(), time.delta_secs());
    now.alarm_level = settings.0.view.alarm as f32;
    now.pulse = if shown.is_live() { pulse } else { 0.0 };
    atmosphere.set_if_neq(now);
    let uniforms = [shown.progress(), now.pulse, now.fear, 0.0];
    if sent.scene != uniforms
        && let Some(mut buffer) = buffers.get_mut(&scene.0)
    {
        buffer.data = Some(uniforms.into_iter().flat_map(f32::to_ne_bytes).collect());
        sent.scene = uniforms;
    }
    let plate = Some((wall.plate.clone(), now.fear));
    if sent.plate != plate {
        sky.0 = blend(BACKGROUND, FEARFUL[0], now.fear);
        if let Some(mut material) = materials.get_mut(&wall.plate) {
            material.base_color = blend(PLATE, FEARFUL[1], now.fear);
        }
        sent.plate = plate;
    }
}

fn blend(calm: Color, afraid: Color, fear: f32) -> Color {
    Oklaba::from(calm).mix(&Oklaba::from(afraid), fear).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_reaches_the_level_of_fear() {
        let mut atmosphere = Atmosphere::default();
        atmosphere.approach(1.0, 0.1);
        assert!((0.2..0.8).contains(&atmosphere.fear), "{}", atmosphere.fear);
        (0..30).for_each(|_| atmosphere.approach(1.0, 0.1));
        assert_eq!(atmosphere.fear, 1.0);
    }

    #[test]
    fn calm_and_fear_look_different_and_neither_is_bright() {
        for (calm, afraid) in [(BACKGROUND, FEARFUL[0]), (PLATE, FEARFUL[1])] {
            let (calm, afraid) = (Oklaba::from(calm), Oklaba::from(afraid));
            let apart = ((calm.a - afraid.a).powi(2) + (calm.b - afraid.b).powi(2)).sqrt();
            assert!(apart > 0.08 && afraid.lightness < 0.45, "{calm:?}, {afraid:?}");
        }
    }
}
