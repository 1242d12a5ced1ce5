//! From the presses of a frame to what they ask for. In a slow frame a key may be pressed twice, and Ctrl pressed and let go
//! again: each press counts, with what was held at that moment.

use super::action::KeyAction;
use super::table::bindings;
use crate::view::camera::{CameraMode, Rig};
use bevy::ecs::prelude::{DetectChangesMut, Local, MessageReader, Res, ResMut, Resource, SystemSet};
use bevy::input::keyboard::{Key, KeyCode, KeyboardInput};
use bevy::window::WindowEvent;
use bevy_egui::helpers::bevy_to_egui_physical_key;
use bevy_egui::input::EguiWantsInput;

/// Where the keys of a frame are read.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeySystems;

/// What the keys asked for in this frame, each press of them and in their order. What a held key repeats is no press.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct KeyActions(Vec<KeyAction>);

impl KeyActions {
    /// Everything that was asked for, in its order.
    pub fn iter(&self) -> impl Iterator<Item = KeyAction> + '_ {
        self.0.iter().copied()
    }

    /// Whether this was asked for.
    pub fn contains(&self, action: KeyAction) -> bool {
        self.0.contains(&action)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    Shift,
    Control,
    Alt,
}

/// The first letter beyond the Latin script. A keyboard of another script has the Latin letters and signs printed on the same
/// keys, in the places that they have in the United States.
const BEYOND_LATIN: char = '\u{250}';

/// Keys that are held.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    modifiers: Vec<(KeyCode, Modifier)>,
}

impl Keyboard {
    /// What these events ask for, while somebody types into the overlay or the camera flies.
    pub fn hear<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a WindowEvent>,
        typing: bool,
        flying: bool,
    ) -> Vec<KeyAction> {
        let mut actions = Vec::new();
        for event in events {
            match event {
                WindowEvent::KeyboardInput(input) if input.state.is_pressed() => {
                    actions.extend(self.press(input, typing, flying));
                }
                WindowEvent::KeyboardInput(input) => self.modifiers.retain(|(place, _)| *place != input.key_code),
                // What is let go elsewhere is not heard of.
                WindowEvent::KeyboardFocusLost(_) => self.modifiers.clear(),
                _ => {}
            }
        }
        actions
    }

    fn press(&mut self, input: &KeyboardInput, typing: bool, flying: bool) -> Option<KeyAction> {
        let modifier = match input.logical_key {
            Key::Shift => Some(Modifier::Shift),
            Key::Control => Some(Modifier::Control),
            Key::Super if cfg!(target_os = "macos") => Some(Modifier::Control),
            Key::Alt | Key::AltGraph => Some(Modifier::Alt),
            _ => None,
        };
        if let Some(modifier) = modifier.filter(|_| !input.repeat) {
            self.modifiers.push((input.key_code, modifier));
        }
        let held = |modifier| self.modifiers.iter().any(|(_, held)| *held == modifier);
        let sign = sign(&input.logical_key);
        // Windows tells of AltGr as Ctrl and Alt; only signs need it.
        let alt_gr = held(Modifier::Alt) && sign.is_some_and(|sign| !sign.is_alphanumeric());
        let control = held(Modifier::Control) && !alt_gr;
        let heard = || bindings(flying).filter(|key| key.with_control == control && (key.while_typing || !typing));
        let at_place = || heard().find(|key| key.is_at(input.key_code));
        let writes = |sign: char| heard().find(|key| key.writes(sign));
        let printed = || writes(sign?).or_else(|| writes(sign_of_place(input.key_code, sign?)?));
        let binding = at_place().or_else(printed).filter(|_| !input.repeat)?;
        Some(binding.with_shift.filter(|_| held(Modifier::Shift)).unwrap_or(binding.action))
    }
}

/// The letter or sign that a key writes, a letter in lower case.
fn sign(key: &Key) -> Option<char> {
    let Key::Character(text) = key else { return None };
    let mut signs = text.chars();
    let (Some(sign), None) = (signs.next(), signs.next()) else { return None };
    sign.to_lowercase().next()
}

/// What the key at this place has printed on it besides what it wrote: a digit, for which a French keyboard needs Shift, or
/// what it is in the Latin script.
fn sign_of_place(place: KeyCode, written: char) -> Option<char> {
    let name = bevy_to_egui_physical_key(&place)?.symbol_or_name();
    let sign = name.chars().next().filter(|sign| name.len() == sign.len_utf8())?;
    let other_script = written.is_alphabetic() && written >= BEYOND_LATIN;
    (sign.is_ascii_digit() || other_script).then_some(sign.to_ascii_lowercase())
}

pub(super) fn read(
    mut events: MessageReader<WindowEvent>,
    wants: Res<EguiWantsInput>,
    rig: Res<Rig>,
    mut keyboard: Local<Keyboard>,
    mut actions: ResMut<KeyActions>,
) {
    let flying = rig.mode() == CameraMode::Fly;
    let heard = keyboard.hear(events.read(), wants.wants_any_keyboard_input(), flying);
    actions.set_if_neq(KeyActions(heard));
}
