//! The presses of keys in this frame, each of them and in their order: in a slow frame a key may be pressed twice, and a
//! state of the keyboard would tell of one.

use bevy::app::{App, PreUpdate};
use bevy::ecs::prelude::{DetectChangesMut, IntoScheduleConfigs, MessageReader, ResMut, Resource};
use bevy::input::InputSystems;
use bevy::input::keyboard::{KeyCode, KeyboardInput};

/// The keys that were pressed in this frame. What a key that is held repeats is no press.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct KeyPresses(Vec<KeyCode>);

impl KeyPresses {
    /// Every press, in their order.
    pub fn all(&self) -> impl Iterator<Item = KeyCode> + '_ {
        self.0.iter().copied()
    }

    /// How often this key was pressed.
    pub fn of(&self, key: KeyCode) -> usize {
        self.all().filter(|pressed| *pressed == key).count()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<KeyPresses>().add_systems(PreUpdate, hear.after(InputSystems));
}

fn hear(mut messages: MessageReader<KeyboardInput>, mut key_presses: ResMut<KeyPresses>) {
    let pressed = messages.read().filter(|message| message.state.is_pressed() && !message.repeat);
    key_presses.set_if_neq(KeyPresses(pressed.map(|message| message.key_code).collect()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::ecs::entity::Entity;
    use bevy::input::ButtonState;
    use bevy::input::keyboard::Key;

    #[test]
    fn a_key_that_is_pressed_twice_within_a_frame_counts_twice_and_one_that_is_held_once() {
        let mut app = App::new();
        app.add_message::<KeyboardInput>();
        plugin(&mut app);
        let mut press = |key_code, state, repeat| {
            let (logical_key, window, text) = (Key::Space, Entity::PLACEHOLDER, None);
            app.world_mut().write_message(KeyboardInput { key_code, logical_key, state, text, repeat, window });
        };
        for _ in 0..2 {
            press(KeyCode::KeyN, ButtonState::Pressed, false);
            press(KeyCode::KeyN, ButtonState::Released, false);
        }
        press(KeyCode::Comma, ButtonState::Pressed, false);
        press(KeyCode::Comma, ButtonState::Pressed, true);
        app.update();
        let key_presses = app.world().resource::<KeyPresses>();
        assert_eq!(key_presses.all().collect::<Vec<_>>(), [KeyCode::KeyN, KeyCode::KeyN, KeyCode::Comma]);
        assert_eq!(
            (key_presses.of(KeyCode::KeyN), key_presses.of(KeyCode::Comma), key_presses.of(KeyCode::KeyL)),
            (2, 1, 0)
        );
        app.update();
        assert_eq!(app.world().resource::<KeyPresses>().all().count(), 0, "a frame later it is over");
    }
}
