//! The mouse in the scene: a press that moves is a drag, one that does not is a click. A press that begins over a panel
//! does not count.

use bevy::ecs::prelude::{DetectChangesMut, Res, ResMut, Resource, Single, With};
use bevy::input::ButtonInput;
use bevy::input::mouse::{AccumulatedMouseScroll, MouseButton, MouseScrollUnit};
use bevy::math::Vec2;
use bevy::window::{PrimaryWindow, Window};
use bevy_egui::input::EguiWantsInput;

/// Distance from which a press is a drag, in logical pixels.
const DRAG_THRESHOLD: f32 = 4.0;
/// Logical pixels of a scroll that equal a notch of the wheel.
const PIXELS_PER_NOTCH: f32 = 50.0;
const BUTTONS: [MouseButton; 3] = [MouseButton::Left, MouseButton::Right, MouseButton::Middle];

/// The state of the mouse in the scene in this frame.
#[derive(Resource, Debug, Clone, Copy, Default, PartialEq)]
pub struct Pointer {
    /// The button that was pressed in the scene and is still held.
    pub held: Option<MouseButton>,
    /// Whether it has moved since.
    pub dragging: bool,
    /// Movement of a drag in this frame, in logical pixels.
    pub moved: Vec2,
    /// Where a click of the left button ended in this frame, in logical pixels of the window.
    pub clicked: Option<Vec2>,
    /// Notches scrolled in this frame.
    pub scrolled: f32,
    /// Position over the scene, in logical pixels of the window. A pointer that was there when the window opened does
    /// not count until it moves or clicks.
    pub over: Option<Vec2>,
    initial_position: Option<Vec2>,
    is_active: bool,
    pressed_at: Vec2,
    last_position: Vec2,
}

/// Reads the mouse.
pub(in crate::view) fn read_pointer(
    buttons: Res<ButtonInput<MouseButton>>,
    scroll: Res<AccumulatedMouseScroll>,
    wants: Res<EguiWantsInput>,
    window: Single<&Window, With<PrimaryWindow>>,
    mut pointer: ResMut<Pointer>,
) {
    let mut now = *pointer;
    let position = window.cursor_position().unwrap_or(now.last_position);
    let over_panel = wants.wants_any_pointer_input();
    (now.moved, now.clicked, now.scrolled) = (Vec2::ZERO, None, 0.0);
    if let Some(button) = BUTTONS.into_iter().find(|button| buttons.just_pressed(*button))
        && !over_panel
        && now.held.is_none()
    {
        (now.held, now.dragging, now.pressed_at, now.last_position) = (Some(button), false, position, position);
    }
    if let Some(button) = now.held {
        now.dragging |= position.distance(now.pressed_at) > DRAG_THRESHOLD;
        if now.dragging {
            now.moved = position - now.last_position;
        }
        if !buttons.pressed(button) {
            now.clicked = (button == MouseButton::Left && !now.dragging).then_some(position);
            (now.held, now.dragging) = (None, false);
        }
    }
    let over = window.cursor_position().filter(|_| !over_panel);
    now.initial_position = now.initial_position.or(over);
    now.is_active |= (over.is_some() && over != now.initial_position) || buttons.just_pressed(MouseButton::Left);
    now.over = over.filter(|_| now.is_active);
    if over.is_some() {
        now.scrolled = match scroll.unit {
            MouseScrollUnit::Line => scroll.delta.y,
            MouseScrollUnit::Pixel => scroll.delta.y / PIXELS_PER_NOTCH,
        };
    }
    now.last_position = position;
    pointer.set_if_neq(now);
}
