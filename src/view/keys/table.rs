//! The table of keys.

use super::action::KeyAction;
use crate::cluster::Action;
use crate::view::shown::TimelineMove;
use bevy::input::keyboard::KeyCode;

/// How a key is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recognised {
    /// By what it writes: one of these letters or signs, the first of which is its name. So `Z` is the key that says so on
    /// any layout, with Shift, AltGr or Caps Lock as the sign needs them.
    ByPrint(&'static str),
    /// By its place: keys that write nothing are the same everywhere, and who flies has the hand on a place.
    ByPlace(KeyCode, &'static str),
}

/// A key and what it asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    recognised: Recognised,
    pub action: KeyAction,
    /// What it asks for with Shift, where that is another thing.
    pub with_shift: Option<KeyAction>,
    /// Whether Ctrl must be held, or must not.
    pub with_control: bool,
    /// Whether it writes nothing and is heard while somebody types, too.
    pub while_typing: bool,
}

impl Binding {
    const fn new(recognised: Recognised, action: KeyAction) -> Self {
        Self { recognised, action, with_shift: None, with_control: false, while_typing: false }
    }

    const fn with_shift(self, action: KeyAction) -> Self {
        Self { with_shift: Some(action), ..self }
    }

    const fn with_control(self) -> Self {
        Self { with_control: true, while_typing: true, ..self }
    }

    const fn while_typing(self) -> Self {
        Self { while_typing: true, ..self }
    }

    fn name(&self) -> &'static str {
        match self.recognised {
            Recognised::ByPrint(prophet_input) => &prophet_input[..1],
            Recognised::ByPlace(_, name) => name,
        }
    }

    /// Whether it is the key at this place.
    pub fn is_at(&self, place: KeyCode) -> bool {
        matches!(self.recognised, Recognised::ByPlace(own, _) if own == place)
    }

    /// Whether it is the key that writes this small letter or this sign.
    pub fn writes(&self, sign: char) -> bool {
        matches!(self.recognised, Recognised::ByPrint(prophet_input) if prophet_input.contains(sign.to_ascii_uppercase()))
    }
}

const fn printed(prophet_input: &'static str, action: KeyAction) -> Binding {
    Binding::new(Recognised::ByPrint(prophet_input), action)
}

const fn placed(place: KeyCode, name: &'static str, action: KeyAction) -> Binding {
    Binding::new(Recognised::ByPlace(place, name), action)
}

/// When keys do what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Always,
    /// While a cell is pinned.
    Pinned,
    /// While a person drives the agent.
    Driving,
    /// While the camera flies.
    Flying,
}

/// Keys that belong together, or what the mouse does, in the words of the help.
#[derive(Debug)]
pub struct HelpLine {
    mouse: &'static str,
    bindings: &'static [Binding],
    context: Context,
    help: &'static str,
}

impl HelpLine {
    const fn new(context: Context, bindings: &'static [Binding], help: &'static str) -> Self {
        Self { mouse: "", bindings, context, help }
    }

    const fn mouse(context: Context, mouse: &'static str, help: &'static str) -> Self {
        Self { mouse, bindings: &[], context, help }
    }

    /// The keys as they are printed, each as `key` writes it, after what the mouse does.
    pub fn keys(&self, key: impl Fn(&str) -> String) -> String {
        let control = self.bindings.iter().any(|binding| binding.with_control).then_some("Ctrl");
        let names = control.into_iter().chain(self.bindings.iter().map(Binding::name)).map(key);
        let names = names.collect::<Vec<_>>().join(" ");
        let parts = [self.mouse, &names];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// What they do, and when.
    pub fn help(&self) -> String {
        let context = match self.context {
            Context::Always => "",
            Context::Pinned => "pinned cell: ",
            Context::Driving => "while you drive: ",
            Context::Flying => "flying: ",
        };
        format!("{context}{}", self.help)
    }
}

/// Every key of the program, in the order of the help.
pub const KEYS: &[HelpLine] = {
    use Context::{Always, Driving, Flying, Pinned};
    use HelpLine as Line;
    use KeyAction as Do;
    use KeyCode as At;
    &[
        Line::new(Always, &[placed(At::Space, "Space", Do::TogglePause)], "start, pause"),
        Line::new(Always, &[printed("N", Do::Step)], "one tick while paused"),
        Line::new(
            Always,
            &[printed("+=", Do::Faster), printed("-", Do::Slower)],
            "twice as fast, half as fast; beyond 64x as fast as possible",
        ),
        Line::new(
            Always,
            &[printed(",", Do::Look(TimelineMove::Back)), printed(".", Do::Look(TimelineMove::Forward))],
            "look one moment back, one moment forward again",
        ),
        Line::new(
            Always,
            &[printed("[", Do::Look(TimelineMove::PreviousMark)), printed("]", Do::Look(TimelineMove::NextMark))],
            "look back to the mark before (a crash, an alarm, an intervention), forward to the next",
        ),
        Line::new(Always, &[printed("L", Do::Look(TimelineMove::Live))], "back to the present"),
        Line::new(Always, &[placed(At::F5, "F5", Do::Save).while_typing()], "save a checkpoint into the run folder"),
        Line::new(Always, &[placed(At::F12, "F12", Do::Picture).while_typing()], "save a picture into the run folder"),
        Line::new(Always, &[placed(At::Home, "Home", Do::SeeAll)], "see everything"),
        Line::new(
            Always,
            &[printed("V", Do::Camera(1)).with_shift(Do::Camera(-1))],
            "next camera: orbit, from above, follow the agent, fly; Shift: back",
        ),
        Line::new(Always, &[printed("F", Do::LookAtPinned)], "look at the pinned cell"),
        Line::new(
            Always,
            &[printed("C", Do::Colours(1)).with_shift(Do::Colours(-1))],
            "next colours of the cells; Shift: back",
        ),
        Line::new(
            Always,
            &[placed(At::PageUp, "PageUp", Do::Cluster(-1)), placed(At::PageDown, "PageDown", Do::Cluster(1))],
            "put another cluster into focus",
        ),
        Line::new(
            Always,
            &[placed(At::F9, "F9", Do::CycleSides).while_typing()],
            "panels on both sides, on one, on none",
        ),
        Line::new(
            Always,
            &[placed(At::F11, "F11", Do::SceneOnly).while_typing()],
            "show the scene only, or everything again",
        ),
        Line::new(Always, &[printed("T", Do::TakeOver)], "take over the agent, hand it back"),
        Line::new(
            Driving,
            &[
                placed(At::ArrowUp, "\u{2191}", Do::Drive(Action::Up)),
                placed(At::ArrowDown, "\u{2193}", Do::Drive(Action::Down)),
                placed(At::ArrowLeft, "\u{2190}", Do::Drive(Action::Left)),
                placed(At::ArrowRight, "\u{2192}", Do::Drive(Action::Right)),
            ],
            "move",
        ),
        Line::new(
            Driving,
            &[
                printed("1", Do::Drive(Action::FullClean)),
                printed("2", Do::Drive(Action::MemoryClean)),
                printed("3", Do::Drive(Action::Throttle)),
                printed("4", Do::Drive(Action::Scale)),
            ],
            "full clean, memory clean, throttle, scale",
        ),
        Line::new(Driving, &[printed("I", Do::Hint)], "what the Pilot would do"),
        Line { mouse: "Click", ..Line::new(Always, &[placed(At::Escape, "Esc", Do::Unpin)], "pin a cell, let it go") },
        Line::new(
            Pinned,
            &[
                printed("X", Do::Spike),
                printed("B", Do::Leak),
                printed("K", Do::Kill),
                printed("R", Do::Heal),
                printed("P", Do::Prioritise),
            ],
            "spike, leak, kill, heal, next priority",
        ),
        Line::new(
            Pinned,
            &[printed("Z", Do::Outage), printed("G", Do::Storm)],
            "outage of the zone around it, leak storm there",
        ),
        Line::new(
            Always,
            &[
                printed("+=", Do::Larger).with_control(),
                printed("-", Do::Smaller).with_control(),
                printed("0", Do::UsualSize).with_control(),
            ],
            "make the overlay larger, smaller, as at first",
        ),
        Line::new(Always, &[printed("H", Do::Help)], "show or hide this help"),
        Line::mouse(Always, "Drag", "turn the camera; from above: move it"),
        Line::mouse(Always, "Middle/Shift drag", "move the camera"),
        Line::mouse(Always, "Wheel", "come nearer"),
        Line::new(
            Flying,
            &[
                placed(At::KeyW, "W", Do::Fly),
                placed(At::KeyA, "A", Do::Fly),
                placed(At::KeyS, "S", Do::Fly),
                placed(At::KeyD, "D", Do::Fly),
            ],
            "forward, left, back, right; on any keyboard the keys in these places",
        ),
        Line::new(Flying, &[placed(At::KeyE, "E", Do::Fly), placed(At::KeyQ, "Q", Do::Fly)], "up, down"),
        Line::new(Flying, &[placed(At::ShiftLeft, "Shift", Do::FlyFaster)], "faster"),
        Line::mouse(Flying, "Right mouse", "hold and move to look around"),
        Line::mouse(Flying, "Wheel", "change the speed"),
    ]
};

/// Every binding; those of the flying camera only while it flies.
pub(super) fn bindings(flying: bool) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |line| flying || line.context != Context::Flying).flat_map(|line| line.bindings)
}

impl KeyAction {
    /// The key that asks for it, or the keys, as they are printed.
    pub fn key(self) -> String {
        let asking = bindings(true).filter(|binding| binding.action == self || binding.with_shift == Some(self));
        let control = |binding: &Binding| if binding.with_control { "Ctrl " } else { "" };
        asking.map(|binding| format!("{}{}", control(binding), binding.name())).collect::<Vec<_>>().join(" ")
    }

    /// A text with the key in brackets behind it.
    pub fn behind(self, text: &str) -> String {
        format!("{text} ({})", self.key())
    }
}
