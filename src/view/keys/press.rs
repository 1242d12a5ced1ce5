//! From a frame's key events to actions. In a slow frame a key may be pressed twice, or Ctrl pressed and released: each
//! press counts, with the modifiers held at that moment.

use super::action::KeyAction;
use super::table::bindings;
use crate::view::camera::{CameraMode, CameraRig};
use bevy::ecs::prelude::{DetectChangesMut, Local, MessageReader, Res, ResMut, Resource, SystemSet};
use bevy::input::keyboard::{Key, KeyCode, KeyboardInput};
use bevy::window::WindowEvent;
use bevy_egui::helpers::bevy_to_egui_physical_key;
use bevy_egui::input::EguiWantsInput;

/// The system that reads the keys of a frame.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeySystems;

/// The actions that this frame's key presses trigger, in order. Key repeat does not count.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct KeyActions(Vec<KeyAction>);

impl KeyActions {
    /// All actions, in order.
    pub fn iter(&self) -> impl Iterator<Item = KeyAction> + '_ {
        self.0.iter().copied()
    }

    /// Whether this action was triggered.
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

/// The first letter after the Latin script. Keyboards of other scripts also carry Latin letters and symbols, in the
/// positions of a US keyboard.
const FIRST_NON_LATIN: char = '\u{250}';

/// The modifiers that are held.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    modifiers: Vec<(KeyCode, Modifier)>,
}

impl Keyboard {
    /// The actions that these events trigger, given whether somebody types into the overlay and whether the camera
    /// flies.
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
                // Releases without the focus are not reported.
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
        // Windows reports AltGr as Ctrl and Alt; only symbols need it.
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

/// The symbol that a key types, in lower case.
fn symbol_of(key: &Key) -> Option<char> {
    let Key::Character(text) = key else { return None };
    let mut symbols = text.chars();
    let (Some(symbol), None) = (symbols.next(), symbols.next()) else { return None };
    symbol.to_lowercase().next()
}

/// The other symbol printed on the key at this position: a digit, which needs Shift on a French keyboard, or the Latin
/// symbol on a keyboard of another script.
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
