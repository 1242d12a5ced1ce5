use super::action::KeyAction::{self, *};
use super::press::Keyboard;
use super::table::{KEY_TABLE, bindings};
use crate::cluster::Action;
use crate::view::shown::TimelineMove;
use bevy::camera_controller::free_camera::FreeCamera;
use bevy::ecs::entity::Entity;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyCode, KeyboardFocusLost, KeyboardInput};
use bevy::window::WindowEvent;
use std::collections::HashSet;
use std::fs;

fn event(key_code: KeyCode, logical_key: Key, state: ButtonState) -> WindowEvent {
    let (repeat, text, window) = (false, None, Entity::PLACEHOLDER);
    WindowEvent::KeyboardInput(KeyboardInput { key_code, logical_key, state, text, repeat, window })
}

fn character(text: &str) -> Key {
    Key::Character(text.into())
}

/// A key that is pressed and released.
fn tap(key_code: KeyCode, key: Key) -> [WindowEvent; 2] {
    [ButtonState::Pressed, ButtonState::Released].map(|state| event(key_code, key.clone(), state))
}

/// The same while another key is held.
fn with(held: (KeyCode, Key), events: [WindowEvent; 2]) -> Vec<WindowEvent> {
    let [press, release] = tap(held.0, held.1);
    [press].into_iter().chain(events).chain([release]).collect()
}

fn shift() -> (KeyCode, Key) {
    (KeyCode::ShiftLeft, Key::Shift)
}

fn control() -> (KeyCode, Key) {
    (KeyCode::ControlLeft, Key::Control)
}

/// The actions of one frame's events, while nobody types and the camera does not fly.
fn actions(events: &[WindowEvent]) -> Vec<KeyAction> {
    Keyboard::default().actions(events, false, false)
}

/// The action of the key at this position that types this text.
fn action(position: KeyCode, text: &str) -> Option<KeyAction> {
    actions(&tap(position, character(text))).first().copied()
}

#[test]
fn on_a_german_keyboard_the_printed_symbol_decides() {
    assert_eq!(action(KeyCode::BracketRight, "+"), Some(Faster));
    assert_eq!(action(KeyCode::Slash, "-"), Some(Slower));
    assert_eq!(action(KeyCode::KeyY, "z"), Some(Outage), "the key between T and U");
    assert_eq!(action(KeyCode::KeyZ, "y"), None, "the key beside the left Shift");
    assert_eq!(action(KeyCode::BracketLeft, "\u{fc}"), None, "u umlaut is no bracket");
    let alt_gr = (KeyCode::AltRight, Key::AltGraph);
    assert_eq!(actions(&with(alt_gr, tap(KeyCode::Digit8, character("[")))), [Look(TimelineMove::PreviousMark)]);
    // Windows reports AltGr as Ctrl and Alt.
    let [press, release] = tap(KeyCode::ControlLeft, Key::Control);
    let both = with((KeyCode::AltRight, Key::Alt), tap(KeyCode::Digit9, character("]")));
    let events: Vec<_> = [press].into_iter().chain(both).chain([release]).collect();
    assert_eq!(actions(&events), [Look(TimelineMove::NextMark)]);
}

#[test]
fn on_a_french_keyboard_digits_need_no_shift_and_letters_are_where_they_are_printed() {
    let digits = [(KeyCode::Digit1, "&"), (KeyCode::Digit2, "\u{e9}"), (KeyCode::Digit3, "\""), (KeyCode::Digit4, "'")];
    let cell_actions = [Action::FullClean, Action::MemoryClean, Action::Throttle, Action::Scale];
    for ((position, text), expected) in digits.into_iter().zip(cell_actions) {
        assert_eq!(action(position, text), Some(Drive(expected)), "{text}");
    }
    assert_eq!(actions(&with(shift(), tap(KeyCode::Digit1, character("1")))), [Drive(Action::FullClean)]);
    assert_eq!(action(KeyCode::Digit6, "-"), Some(Slower), "what is written itself goes before the digit");
    assert_eq!(actions(&with(shift(), tap(KeyCode::Equal, character("+")))), [Faster]);
    assert_eq!(action(KeyCode::KeyW, "z"), Some(Outage));
    assert_eq!(action(KeyCode::KeyM, ","), Some(Look(TimelineMove::Back)));
    assert_eq!(actions(&with(control(), tap(KeyCode::Digit0, character("\u{e0}")))), [UsualSize]);
}

#[test]
fn a_keyboard_of_another_script_has_the_latin_letters_in_their_usual_places() {
    assert_eq!(action(KeyCode::KeyZ, "\u{44f}"), Some(Outage), "a Russian keyboard");
    assert_eq!(action(KeyCode::BracketLeft, "\u{445}"), Some(Look(TimelineMove::PreviousMark)));
    assert_eq!(action(KeyCode::KeyI, "\u{2192}"), None, "an arrow is no letter");
}

#[test]
fn shift_reverses_letters_and_caps_lock_has_no_effect() {
    assert_eq!(actions(&with(shift(), tap(KeyCode::KeyV, character("V")))), [Camera(-1)]);
    assert_eq!(actions(&with(shift(), tap(KeyCode::KeyC, character("C")))), [Colours(-1)]);
    assert_eq!(actions(&with(shift(), tap(KeyCode::KeyT, character("T")))), [TakeOver]);
    assert_eq!(action(KeyCode::KeyV, "V"), Some(Camera(1)), "Caps Lock");
    assert_eq!(actions(&with(shift(), tap(KeyCode::KeyV, character("v")))), [Camera(-1)], "Caps Lock and Shift");
}

#[test]
fn each_press_counts_with_the_modifiers_held_at_that_moment() {
    let plus = || tap(KeyCode::Equal, character("="));
    let mut events = with(control(), plus());
    events.extend(plus());
    events.extend(with(shift(), tap(KeyCode::KeyV, character("V"))));
    events.extend(tap(KeyCode::KeyV, character("v")));
    events.extend(with(control(), tap(KeyCode::KeyV, character("v"))));
    assert_eq!(actions(&events), [Larger, Faster, Camera(-1), Camera(1)]);
}

#[test]
fn modifiers_stay_held_across_frames_until_the_window_loses_the_focus() {
    let (mut keyboard, [press, release]) = (Keyboard::default(), tap(KeyCode::ControlRight, Key::Control));
    assert_eq!(keyboard.actions(&[press], false, false), []);
    let minus = tap(KeyCode::Minus, character("-"));
    assert_eq!(keyboard.actions(&minus, false, false), [Smaller]);
    let lost = WindowEvent::KeyboardFocusLost(KeyboardFocusLost);
    assert_eq!(keyboard.actions([&lost].into_iter().chain(&minus), false, false), [Slower]);
    assert_eq!(keyboard.actions(&[release], false, false), []);
    // Alt has another name while Shift is held, and so has its release.
    let (alt, meta) = (tap(KeyCode::AltLeft, Key::Alt), tap(KeyCode::AltLeft, Key::Meta));
    keyboard.actions([&alt[0], &meta[1]], false, false);
    let bracket = with(control(), tap(KeyCode::BracketLeft, character("[")));
    assert_eq!(keyboard.actions(&bracket, false, false), []);
}

#[test]
fn two_presses_in_a_frame_count_twice_and_key_repeat_does_not_count() {
    let mut events: Vec<_> = (0..2).flat_map(|_| tap(KeyCode::KeyN, character("n"))).collect();
    let comma = event(KeyCode::Comma, character(","), ButtonState::Pressed);
    events.push(comma.clone());
    let WindowEvent::KeyboardInput(comma) = comma else { unreachable!("it is a key") };
    events.push(WindowEvent::KeyboardInput(KeyboardInput { repeat: true, ..comma }));
    assert_eq!(actions(&events), [Step, Step, Look(TimelineMove::Back)]);
}

#[test]
fn while_somebody_types_only_keys_that_type_nothing_work() {
    let keys = [(KeyCode::F5, Key::F5), (KeyCode::F9, Key::F9), (KeyCode::F11, Key::F11), (KeyCode::F12, Key::F12)];
    let silent = [Save, CycleSides, SceneOnly, Picture];
    let writing = [(KeyCode::KeyV, character("v")), (KeyCode::Space, Key::Space), (KeyCode::Home, Key::Home)];
    let mut events: Vec<_> = keys.into_iter().chain(writing).flat_map(|(position, key)| tap(position, key)).collect();
    assert_eq!(Keyboard::default().actions(&events, true, false), silent);
    events = with(control(), tap(KeyCode::Digit0, character("0")));
    events.extend(with(control(), tap(KeyCode::F5, Key::F5)));
    assert_eq!(Keyboard::default().actions(&events, true, false), [UsualSize], "with Ctrl the rest is egui's");
}

#[test]
fn in_flight_the_position_of_a_key_decides() {
    let french = tap(KeyCode::KeyW, character("z"));
    assert_eq!(Keyboard::default().actions(&french, false, true), [Fly]);
    assert_eq!(Keyboard::default().actions(&tap(KeyCode::KeyY, character("z")), false, true), [Outage]);
    let FreeCamera { key_forward, key_left, key_back, key_right, key_up, key_down, key_run, .. } =
        FreeCamera::default();
    let steering = [key_forward, key_left, key_back, key_right, key_up, key_down, key_run];
    let bindings_found: Vec<_> = bindings(true).filter(|key| matches!(key.action, Fly | FlyFaster)).collect();
    assert!(
        bindings_found.iter().zip(steering).all(|(key, position)| key.is_at(position))
            && bindings_found.len() == steering.len()
    );
}

#[test]
fn every_key_is_bound_once_and_has_a_name() {
    let mut seen = HashSet::new();
    for key in bindings(false) {
        let symbols = (' '..='~').filter(|symbol| !symbol.is_ascii_lowercase() && key.types(*symbol));
        let names: Vec<_> = symbols.map(String::from).chain([key.action.key()]).collect();
        for name in names.into_iter().collect::<HashSet<_>>() {
            assert!(seen.insert((name.clone(), key.with_control)), "{name} is there twice");
        }
    }
    assert_eq!([Faster, Larger, Camera(-1), Save, Fly].map(KeyAction::key), ["+", "Ctrl +", "V", "F5", "W A S D E Q"]);
    assert_eq!(Outage.with_key("Zone outage"), "Zone outage (Z)");
}

/// `RESONETICS_WRITE_KEYS=1 cargo test --release --lib the_readme` rewrites the table of keys in `README.md`.
#[test]
fn the_readme_has_the_table_of_keys() {
    const HEAD: &str = "| key | what it does |\n|---|---|\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).expect("the README");
    let (before, rest) = readme.split_once(HEAD).expect("a table of keys");
    let (table, after) = rest.split_once("\n\n").expect("something behind the table");
    let row = |line: &super::KeyHelp| format!("| {} | {} |", line.keys(|key| format!("`{key}`")), line.help());
    let wanted = KEY_TABLE.iter().map(row).collect::<Vec<_>>().join("\n");
    if std::env::var_os("RESONETICS_WRITE_KEYS").is_some() {
        fs::write(path, format!("{before}{HEAD}{wanted}\n\n{after}")).expect("the README can be written");
    } else {
        assert_eq!(table, wanted, "RESONETICS_WRITE_KEYS=1 writes the table anew");
    }
}
