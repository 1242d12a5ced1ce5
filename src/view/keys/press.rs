//! From the presses of a frame to what they ask for. In a slow frame a key may be pressed twice, and Ctrl pressed and let go
//! again: each press counts, with what was held at that moment.

use super::action::KeyAction;
use super::table::bindings;
use crate::view::camera::{CameraMode, CameraRig};
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
const FIRST_NON_LATIN: char = '\u{250}';

/// Keys that are held.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    modifiers: Vec<(KeyCode, Modifier)>,
}

impl Keyboard {
    /// What these events ask for, while somebody types into the overlay or the camera flies.
    pub fn actions<'a>(
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
                WindowEvent::KeyboardInput(input) => self.modifiers.retain(|(key_code, _)| *key_code != input.key_code),
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
        let symbol = symbol_of(&input.logical_key);
        // Windows tells of AltGr as Ctrl and Alt; only signs need it.
        let alt_gr = held(Modifier::Alt) && symbol.is_some_and(|symbol| !symbol.is_alphanumeric());
        let control = held(Modifier::Control) && !alt_gr;
        let candidates = || bindings(flying).filter(|key| key.with_control == control && (key.while_typing || !typing));
        let by_position = || candidates().find(|key| key.is_at(input.key_code));
        let typing_symbol = |symbol: char| candidates().find(|key| key.types(symbol));
        let by_symbol = || typing_symbol(symbol?).or_else(|| typing_symbol(symbol_at(input.key_code, symbol?)?));
        let binding = by_position().or_else(by_symbol).filter(|_| !input.repeat)?;
        Some(binding.with_shift.filter(|_| held(Modifier::Shift)).unwrap_or(binding.action))
    }
}

/// The letter or sign that a key writes, a letter in lower case.
fn symbol_of(key: &Key) -> Option<char> {
    let Key::Character(text) = key else { return None };
    let mut symbols = text.chars();
    let (Some(symbol), None) = (symbols.next(), symbols.next()) else { return None };
    symbol.to_lowercase().next()
}

/// What the key at this place has printed on it besides what it wrote: a digit, for which a French keyboard needs Shift, or
/// what it is in the Latin script.
fn symbol_at(position: KeyCode, typed: char) -> Option<char> {
    let name = bevy_to_egui_physical_key(&position)?.symbol_or_name();
    let symbol = name.chars().next().filter(|symbol| name.len() == symbol.len_utf8())?;
    let other_script = typed.is_alphabetic() && typed >= FIRST_NON_LATIN;
    (symbol.is_ascii_digit() || other_script).then_some(symbol.to_ascii_lowercase())
}

pub(super) fn read(
    mut events: MessageReader<WindowEvent>,
    wants: Res<EguiWantsInput>,
    rig: Res<CameraRig>,
    mut keyboard: Local<Keyboard>,
    mut actions: ResMut<KeyActions>,
) {
    let flying = rig.mode() == CameraMode::Fly;
    let pressed = keyboard.actions(events.read(), wants.wants_any_keyboard_input(), flying);
    actions.set_if_neq(KeyActions(pressed));
}
