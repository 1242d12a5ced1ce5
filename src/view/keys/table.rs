//! The table of keys.

use super::action::KeyAction;
use crate::cluster::Action;
use crate::view::shown::TimelineMove;
use bevy::input::keyboard::KeyCode;

/// How a key is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyMatch {
    /// By the symbol it types: one of these; the first is its name. So `Z` is the key labelled so in any layout,
    /// whatever modifiers the symbol needs.
    Symbol(&'static str),
    /// By its position, and its name: for keys that type nothing, and for flying, where the hand stays in one place.
    Position(KeyCode, &'static str),
}

/// A key and its action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    key: KeyMatch,
    pub action: KeyAction,
    /// Another action with Shift, where there is one.
    pub with_shift: Option<KeyAction>,
    /// Whether Ctrl must be held; otherwise it must not.
    pub with_control: bool,
    /// Whether it also works while somebody types, as it types nothing.
    pub while_typing: bool,
}

impl Binding {
    const fn new(key: KeyMatch, action: KeyAction) -> Self {
        Self { key, action, with_shift: None, with_control: false, while_typing: false }
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
        match self.key {
            KeyMatch::Symbol(symbols) => &symbols[..1],
            KeyMatch::Position(_, name) => name,
        }
    }

    /// Whether it is recognised by this position.
    pub fn is_at(&self, position: KeyCode) -> bool {
        matches!(self.key, KeyMatch::Position(own, _) if own == position)
    }

    /// Whether it is recognised by this symbol, in lower case.
    pub fn types(&self, symbol: char) -> bool {
        matches!(self.key, KeyMatch::Symbol(symbols) if symbols.contains(symbol.to_ascii_uppercase()))
    }
}

const fn symbol(symbols: &'static str, action: KeyAction) -> Binding {
    Binding::new(KeyMatch::Symbol(symbols), action)
}

const fn position(position: KeyCode, name: &'static str, action: KeyAction) -> Binding {
    Binding::new(KeyMatch::Position(position, name), action)
}

/// When keys apply.
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

/// A line of the help: keys that belong together, or a use of the mouse.
#[derive(Debug)]
pub struct KeyHelp {
    mouse: &'static str,
    bindings: &'static [Binding],
    context: Context,
    help: &'static str,
}

impl KeyHelp {
    const fn new(context: Context, bindings: &'static [Binding], help: &'static str) -> Self {
        Self { mouse: "", bindings, context, help }
    }

    const fn mouse(context: Context, mouse: &'static str, help: &'static str) -> Self {
        Self { mouse, bindings: &[], context, help }
    }

    /// The use of the mouse and the names of the keys, each formatted by `key`.
    pub fn keys(&self, key: impl Fn(&str) -> String) -> String {
        let control = self.bindings.iter().any(|binding| binding.with_control).then_some("Ctrl");
        let names = control.into_iter().chain(self.bindings.iter().map(Binding::name)).map(key);
        let names = names.collect::<Vec<_>>().join(" ");
        let parts = [self.mouse, &names];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Their effect, and when they apply.
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
pub const KEY_TABLE: &[KeyHelp] = {
    use Context::{Always, Driving, Flying, Pinned};
    use KeyAction as Do;
    use KeyCode as At;
    use KeyHelp as Line;
    &[
        Line::new(Always, &[position(At::Space, "Space", Do::TogglePause)], "start, pause"),
        Line::new(Always, &[symbol("N", Do::Step)], "one tick while paused"),
        Line::new(
            Always,
            &[symbol("+=", Do::Faster), symbol("-", Do::Slower)],
            "twice as fast, half as fast; beyond 64x as fast as possible",
        ),
        Line::new(
            Always,
            &[symbol(",", Do::Look(TimelineMove::Back)), symbol(".", Do::Look(TimelineMove::Forward))],
            "look one moment back, one moment forward again",
        ),
        Line::new(
            Always,
            &[symbol("[", Do::Look(TimelineMove::PreviousMark)), symbol("]", Do::Look(TimelineMove::NextMark))],
            "look back to the mark before (a crash, an alarm, an intervention), forward to the next",
        ),
        Line::new(Always, &[symbol("L", Do::Look(TimelineMove::Live))], "back to the present"),
        Line::new(Always, &[position(At::F5, "F5", Do::Save).while_typing()], "save a checkpoint into the run folder"),
        Line::new(
            Always,
            &[position(At::F12, "F12", Do::Picture).while_typing()],
            "save a picture into the run folder",
        ),
        Line::new(Always, &[position(At::Home, "Home", Do::SeeAll)], "see everything"),
        Line::new(
            Always,
            &[symbol("V", Do::Camera(1)).with_shift(Do::Camera(-1))],
            "next camera: orbit, from above, follow the agent, fly; Shift: back",
        ),
        Line::new(Always, &[symbol("F", Do::LookAtPinned)], "look at the pinned cell"),
        Line::new(
            Always,
            &[symbol("C", Do::Colours(1)).with_shift(Do::Colours(-1))],
            "next colours of the cells; Shift: back",
        ),
        Line::new(
            Always,
            &[position(At::PageUp, "PageUp", Do::Cluster(-1)), position(At::PageDown, "PageDown", Do::Cluster(1))],
            "put another cluster into focus",
        ),
        Line::new(
            Always,
            &[position(At::F9, "F9", Do::CycleSides).while_typing()],
            "panels on both sides, on one, on none",
        ),
        Line::new(
            Always,
            &[position(At::F11, "F11", Do::SceneOnly).while_typing()],
            "show the scene only, or everything again",
        ),
        Line::new(Always, &[symbol("T", Do::TakeOver)], "take over the agent, hand it back"),
        Line::new(
            Driving,
            &[
                position(At::ArrowUp, "\u{2191}", Do::Drive(Action::Up)),
                position(At::ArrowDown, "\u{2193}", Do::Drive(Action::Down)),
                position(At::ArrowLeft, "\u{2190}", Do::Drive(Action::Left)),
                position(At::ArrowRight, "\u{2192}", Do::Drive(Action::Right)),
            ],
            "move",
        ),
        Line::new(
            Driving,
            &[
                symbol("1", Do::Drive(Action::FullClean)),
                symbol("2", Do::Drive(Action::MemoryClean)),
                symbol("3", Do::Drive(Action::Throttle)),
                symbol("4", Do::Drive(Action::Scale)),
            ],
            "full clean, memory clean, throttle, scale",
        ),
        Line::new(Driving, &[symbol("I", Do::Hint)], "what the Pilot would do"),
        Line {
            mouse: "Click",
            ..Line::new(Always, &[position(At::Escape, "Esc", Do::Unpin)], "pin a cell, let it go")
        },
        Line::new(
            Pinned,
            &[
                symbol("X", Do::Spike),
                symbol("B", Do::Leak),
                symbol("K", Do::Kill),
                symbol("R", Do::Heal),
                symbol("P", Do::Prioritise),
            ],
            "spike, leak, kill, heal, next priority",
        ),
        Line::new(
            Pinned,
            &[symbol("Z", Do::Outage), symbol("G", Do::Storm)],
            "outage of the zone around it, leak storm there",
        ),
        Line::new(
            Always,
            &[
                symbol("+=", Do::Larger).with_control(),
                symbol("-", Do::Smaller).with_control(),
                symbol("0", Do::UsualSize).with_control(),
            ],
            "make the overlay larger, smaller, as at first",
        ),
        Line::new(Always, &[symbol("H", Do::Help)], "show or hide this help"),
        Line::mouse(Always, "Drag", "turn the camera; from above: move it"),
        Line::mouse(Always, "Middle/Shift drag", "move the camera"),
        Line::mouse(Always, "Wheel", "come nearer"),
        Line::new(
            Flying,
            &[
                position(At::KeyW, "W", Do::Fly),
                position(At::KeyA, "A", Do::Fly),
                position(At::KeyS, "S", Do::Fly),
                position(At::KeyD, "D", Do::Fly),
            ],
            "forward, left, back, right; on any keyboard the keys in these places",
        ),
        Line::new(Flying, &[position(At::KeyE, "E", Do::Fly), position(At::KeyQ, "Q", Do::Fly)], "up, down"),
        Line::new(Flying, &[position(At::ShiftLeft, "Shift", Do::FlyFaster)], "faster"),
        Line::mouse(Flying, "Right mouse", "hold and move to look around"),
        Line::mouse(Flying, "Wheel", "change the speed"),
    ]
};

/// All bindings; those for flying only if `flying`.
pub(super) fn bindings(flying: bool) -> impl Iterator<Item = &'static Binding> {
    KEY_TABLE.iter().filter(move |line| flying || line.context != Context::Flying).flat_map(|line| line.bindings)
}

impl KeyAction {
    /// Names of the keys that trigger it.
    pub fn key(self) -> String {
        let asking = bindings(true).filter(|binding| binding.action == self || binding.with_shift == Some(self));
        let control = |binding: &Binding| if binding.with_control { "Ctrl " } else { "" };
        asking.map(|binding| format!("{}{}", control(binding), binding.name())).collect::<Vec<_>>().join(" ")
    }

    /// A label followed by the key in brackets, such as `Help (H)`.
    pub fn with_key(self, text: &str) -> String {
        format!("{text} ({})", self.key())
    }
}
