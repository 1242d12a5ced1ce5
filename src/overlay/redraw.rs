//! How often the window is redrawn, so that idling is cheap.
//!
//! A running cluster is drawn continuously with the focus, and a few times a second without it, each frame with more
//! time for ticks, so that the pace is kept. At rest a frame is drawn only on input or when egui asks; while keys or
//! buttons are held, or something moves, drawing goes on. Anything else the program waits for (a screenshot, Ctrl-C)
//! wakes it or is waited for at full rate.

use crate::simulation::Pace;
use crate::view::{FilmJob, MainCamera, SceneArea, ScreenshotJob};
use bevy::ecs::prelude::{Local, Query, Res, ResMut, Single, With};
use bevy::input::ButtonInput;
use bevy::input::keyboard::KeyCode;
use bevy::input::mouse::MouseButton;
use bevy::math::UVec2;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::time::{Real, Time};
use bevy::transform::components::Transform;
use bevy::window::{PrimaryWindow, Window};
use bevy::winit::{UpdateMode, WinitSettings};
use bevy_egui::EguiInput;
use bevy_egui::egui::{Event, Modifiers};
use std::time::Duration;

/// Time between frames of a running cluster without the focus, and the frame budgets that each has for ticks: at most
/// three quarters of that time, with the default budget.
const UNFOCUSED: (Duration, u32) = (Duration::from_millis(66), 6);
/// The same with software rendering, where a frame costs as much as hundreds of ticks.
const UNFOCUSED_SOFTWARE: (Duration, u32) = (Duration::from_millis(400), 36);
/// Time between frames at rest without input.
const RESTING_INTERVAL: Duration = Duration::from_secs(2);
/// Seconds for which drawing goes on after the last movement.
const SETTLING_TIME: f32 = 0.5;

/// What the window is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    /// Something moves, or waits for frames.
    Moving,
    /// Time runs.
    Running,
    /// Nothing goes on.
    Resting,
}

fn update_modes(activity: Activity, unfocused: Duration) -> WinitSettings {
    let (focused_mode, unfocused_mode) = match activity {
        Activity::Moving => (UpdateMode::Continuous, UpdateMode::Continuous),
        Activity::Running => (UpdateMode::Continuous, UpdateMode::reactive_low_power(unfocused)),
        Activity::Resting => {
            (UpdateMode::reactive_low_power(RESTING_INTERVAL), UpdateMode::reactive_low_power(RESTING_INTERVAL))
        }
    };
    WinitSettings { focused_mode, unfocused_mode }
}

/// Drops modifier events that change nothing from egui's input: bevy_egui sends one every frame, and egui redraws after
/// any event, so the window would never rest. A run for a screenshot or a film drops the pointer too, lest a tooltip
/// get into the picture.
pub(super) fn filter_egui_input(
    mut inputs: Query<&mut EguiInput>,
    capturing: (Option<Res<ScreenshotJob>>, Option<Res<FilmJob>>),
    mut last_modifiers: Local<Option<Modifiers>>,
) {
    let capturing = capturing.0.is_some() || capturing.1.is_some();
    for mut input in &mut inputs {
        drop_repeated(&mut input.events, &mut last_modifiers);
        if capturing {
            input.events.retain(|event| !matches!(event, Event::PointerMoved(_)));
        }
    }
}

fn drop_repeated(events: &mut Vec<Event>, last_modifiers: &mut Option<Modifiers>) {
    events.retain(|event| match event {
        Event::ModifiersChanged(modifiers) => last_modifiers.replace(*modifiers) != Some(*modifiers),
        _ => true,
    });
}

/// The window.
type PrimaryView<'w, 's> = Single<'w, 's, &'static Window, With<PrimaryWindow>>;

/// Seconds since the last movement, and what can move: the camera, the window's size, the scene's area.
type Stillness = (f32, (Transform, UVec2, SceneArea));

/// Chooses how often the window is redrawn.
pub(super) fn choose_update_modes(
    mut pace: ResMut<Pace>,
    awaited: (Option<Res<ScreenshotJob>>, Option<Res<FilmJob>>),
    held: (Res<ButtonInput<KeyCode>>, Res<ButtonInput<MouseButton>>),
    scene: (Single<&Transform, With<MainCamera>>, PrimaryView, Res<SceneArea>),
    (time, adapter): (Res<Time<Real>>, Option<Res<RenderAdapterInfo>>),
    mut still: Local<Stillness>,
    mut settings: ResMut<WinitSettings>,
) {
    let (camera, window) = (**scene.0, *scene.1);
    let waiting = awaited.0.is_some_and(|screenshot_job| screenshot_job.outcome.is_none())
        || awaited.1.is_some_and(|film_job| film_job.outcome.is_none());
    let held = held.0.get_pressed().len() + held.1.get_pressed().len() > 0;
    // After a resize the panels follow one frame later, and the scene two.
    let now = (camera, window.physical_size(), *scene.2);
    let rest = if held || still.1 != now { 0.0 } else { still.0 + time.delta_secs() };
    *still = (rest, now);
    let activity = match pace.running || pace.single_steps > 0 {
        _ if waiting => Activity::Moving,
        true => Activity::Running,
        false if rest < SETTLING_TIME => Activity::Moving,
        false => Activity::Resting,
    };
    // The type belongs to a crate that is no direct dependency.
    let software = adapter.is_some_and(|adapter| format!("{:?}", adapter.device_type) == "Cpu");
    let (unfocused, budgets) = if software { UNFOCUSED_SOFTWARE } else { UNFOCUSED };
    let wanted = update_modes(activity, unfocused);
    if (settings.focused_mode, settings.unfocused_mode) != (wanted.focused_mode, wanted.unfocused_mode) {
        *settings = wanted;
    }
    let budgets = if activity == Activity::Running && !window.focused { budgets } else { 1 };
    if pace.budgets != budgets {
        pace.budgets = budgets;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_of_the_modifiers_are_kept() {
        let mut last_modifiers = None;
        let mut kept = |modifiers| {
            let mut events = vec![Event::Copy, Event::ModifiersChanged(modifiers)];
            drop_repeated(&mut events, &mut last_modifiers);
            events.len() - 1
        };
        let kept_counts =
            [Modifiers::NONE, Modifiers::NONE, Modifiers::CTRL, Modifiers::CTRL, Modifiers::NONE].map(&mut kept);
        assert_eq!(kept_counts, [1, 0, 1, 0, 1]);
    }

    #[test]
    fn only_movement_and_waiting_redraw_continuously() {
        let modes = |activity| update_modes(activity, UNFOCUSED.0);
        assert_eq!(modes(Activity::Moving).update_mode(false), UpdateMode::Continuous);
        assert_eq!(modes(Activity::Running).update_mode(true), UpdateMode::Continuous);
        assert_eq!(modes(Activity::Running).update_mode(false), UpdateMode::reactive_low_power(UNFOCUSED.0));
        for focused in [true, false] {
            assert_eq!(modes(Activity::Resting).update_mode(focused), UpdateMode::reactive_low_power(RESTING_INTERVAL));
        }
    }
}
