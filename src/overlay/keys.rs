//! Keyboard shortcuts, silent while somebody types into the overlay, but for keys that write nothing.

use super::layout::Layout;
use super::timeline::TimelineMove;
use super::{Controls, PanelStates};
use crate::simulation::{Command, RunStats, RunWriter, SPEEDS};
use crate::storage::free_file;
use crate::view::{KeyPresses, PictureRequest};
use bevy::ecs::prelude::{Res, ResMut};
use bevy::input::ButtonInput;
use bevy::input::keyboard::KeyCode;
use bevy_egui::input::EguiWantsInput;
use std::path::Path;

/// A key and what it does.
pub(super) struct Shortcut {
    keys: &'static [KeyCode],
    /// The key as it is written on keyboards.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    event: Deed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Toggle,
    Step,
    Faster,
    Slower,
    Save,
    Picture,
    Help,
    /// A move along the timeline.
    Time(TimelineMove),
    Sides,
    Bare,
    /// Done by the scene.
    Scene,
    /// Done by [`super::hands`].
    Hands,
    /// Done by egui.
    Size,
}

const fn shortcut(keys: &'static [KeyCode], name: &'static str, help: &'static str, event: Deed) -> Shortcut {
    Shortcut { keys, name, help, event }
}

/// Every shortcut of the program.
pub(super) const SHORTCUTS: &[Shortcut] = &[
    shortcut(&[KeyCode::Space], "Space", "start, pause", Deed::Toggle),
    shortcut(&[KeyCode::KeyN], "N", "one tick while paused", Deed::Step),
    shortcut(&[KeyCode::Equal, KeyCode::NumpadAdd], "+", "twice as fast; beyond 64x as fast as possible", Deed::Faster),
    shortcut(&[KeyCode::Minus, KeyCode::NumpadSubtract], "-", "half as fast", Deed::Slower),
    shortcut(&[KeyCode::Comma], ",", "look one moment back", Deed::Time(TimelineMove::Back)),
    shortcut(&[KeyCode::Period], ".", "one moment forward again", Deed::Time(TimelineMove::Forward)),
    shortcut(&[KeyCode::BracketLeft], "[", "look back to the mark before", Deed::Time(TimelineMove::PreviousMark)),
    shortcut(&[KeyCode::BracketRight], "]", "forward to the next mark", Deed::Time(TimelineMove::NextMark)),
    shortcut(&[KeyCode::KeyL], "L", "back to the present", Deed::Time(TimelineMove::Live)),
    shortcut(&[KeyCode::F5], "F5", "save a checkpoint into the run folder", Deed::Save),
    shortcut(&[KeyCode::F12], "F12", "save a picture into the run folder", Deed::Picture),
    shortcut(&[KeyCode::Home], "Home", "see everything", Deed::Scene),
    shortcut(&[KeyCode::KeyV], "V", "next camera: orbit, from above, follow, fly; Shift: back", Deed::Scene),
    shortcut(&[KeyCode::KeyF], "F", "look at the picked cell", Deed::Scene),
    shortcut(&[KeyCode::KeyC], "C", "next colours of the cells; Shift: back", Deed::Scene),
    shortcut(&[KeyCode::PageUp, KeyCode::PageDown], "PageUp/Down", "put another cluster into focus", Deed::Scene),
    shortcut(&[KeyCode::F9], "F9", "panels on both sides, on one, on none", Deed::Sides),
    shortcut(&[KeyCode::F11], "F11", "show the scene only, or everything again", Deed::Bare),
    shortcut(&[KeyCode::KeyT], "T", "take over the agent, hand it back", Deed::Hands),
    shortcut(&[], "arrows, 1-4", "while you drive: move; full clean, memory clean, throttle, scale", Deed::Hands),
    shortcut(&[KeyCode::KeyI], "I", "while you drive: what the Pilot would do", Deed::Hands),
    shortcut(&[], "click, Esc", "pin a cell, let it go", Deed::Hands),
    shortcut(&[], "X B K R P", "pinned cell: spike, leak, kill, heal, next priority", Deed::Hands),
    shortcut(&[], "Z G", "zone around it: outage, leak storm", Deed::Hands),
    shortcut(&[], "Ctrl + - 0", "make the overlay larger, smaller, as at first", Deed::Size),
    shortcut(&[KeyCode::KeyH], "H", "show or hide this help", Deed::Help),
];

/// Keys that write nothing, and are heard while somebody types, too.
const SILENT: [KeyCode; 4] = [KeyCode::F5, KeyCode::F9, KeyCode::F11, KeyCode::F12];

pub(super) fn listen(
    (keys, key_presses): (Res<ButtonInput<KeyCode>>, Res<KeyPresses>),
    wants: Res<EguiWantsInput>,
    run_writer: Option<Res<RunWriter>>,
    stats: Option<Res<RunStats>>,
    mut controls: Controls,
    mut panels: ResMut<PanelStates>,
    mut layout: ResMut<Layout>,
) {
    // With Ctrl the keys are egui's: the size of the overlay, the clipboard.
    let control = keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]);
    if control {
        return;
    }
    let typing = wants.wants_any_keyboard_input();
    let heard = key_presses.all().filter(|key| !typing || SILENT.contains(key));
    for shortcut in heard.filter_map(|key| SHORTCUTS.iter().find(|shortcut| shortcut.keys.contains(&key))) {
        let pace = &mut controls.pace;
        match shortcut.event {
            Deed::Toggle => pace.toggle(),
            Deed::Step => pace.single_steps += u32::from(!pace.running),
            Deed::Faster => pace.speed = faster(pace.speed),
            Deed::Slower => pace.speed = slower(pace.speed),
            Deed::Save => controls.commands.0.push_back(Command::Save(None)),
            Deed::Picture => {
                let tick = stats.as_ref().map_or(0, |stats| stats.ticks);
                picture(&mut controls, tick, run_writer.as_ref().and_then(|run_writer| run_writer.folder()));
            }
            Deed::Time(asked) => controls.timeline.asked.push(asked),
            Deed::Help => panels.help = !panels.help,
            Deed::Sides => layout.cycle_sides(),
            Deed::Bare => layout.bare = !layout.bare,
            Deed::Scene | Deed::Hands | Deed::Size => {}
        }
    }
}

/// Asks for a picture of the window in the run folder.
pub(super) fn picture(controls: &mut Controls, tick: u64, folder: Option<&Path>) {
    let folder = folder.unwrap_or(Path::new(".")).join("pictures");
    let path = free_file(&folder, &format!("tick-{tick:012}"), "png");
    controls.pictures.write(PictureRequest { path });
}

fn faster(speed: f64) -> f64 {
    if speed * 2.0 > *SPEEDS.end() { f64::INFINITY } else { speed * 2.0 }
}

fn slower(speed: f64) -> f64 {
    if speed.is_infinite() { *SPEEDS.end() } else { (speed / 2.0).max(*SPEEDS.start()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_doubles_up_to_the_maximum_and_comes_back() {
        assert_eq!(faster(1.0), 2.0);
        assert_eq!(faster(64.0), f64::INFINITY);
        assert_eq!(slower(f64::INFINITY), 64.0);
        assert_eq!(slower(0.25), 0.125);
        assert_eq!(slower(0.125), 0.1);
    }
}
