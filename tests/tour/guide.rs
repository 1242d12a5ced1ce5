//! The visitor's hands and eyes: the program in a window, its keys and pixels, and its pictures.

use crate::display::{WindowOf, is_desktop};
use crate::reading::{find, middle, part};
use image::RgbImage;
use resonetics::view::Picture;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};
use x11rb::rust_connection::RustConnection;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_resonetics");
/// How long anything may take on a slow machine that draws in software.
const PATIENCE: Duration = Duration::from_secs(60);
/// Shortest and longest pause in which the program is sure to draw a frame.
const FRAMES: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(1500)];

/// Symbols of keys that are no letters (X11's keysymdef.h).
pub mod key {
    pub const SPACE: u32 = 0x20;
    pub const BACKSPACE: u32 = 0xff08;
    pub const ESCAPE: u32 = 0xff1b;
    pub const HOME: u32 = 0xff50;
    pub const LEFT: u32 = 0xff51;
    pub const UP: u32 = 0xff52;
    pub const RIGHT: u32 = 0xff53;
    pub const DOWN: u32 = 0xff54;
    pub const F5: u32 = 0xffc2;
    pub const F9: u32 = 0xffc6;
    pub const F11: u32 = 0xffc8;
    pub const F12: u32 = 0xffc9;
    pub const SHIFT: u32 = 0xffe1;
    pub const CONTROL: u32 = 0xffe3;
}

/// Buttons of the mouse.
pub mod mouse {
    pub const LEFT: u8 = 1;
    pub const MIDDLE: u8 = 2;
    pub const RIGHT: u8 = 3;
    pub const WHEEL_UP: u8 = 4;
    pub const WHEEL_DOWN: u8 = 5;
}

/// A guest who stays to the end: a display that the last guest leaves may begin anew, and refuses whoever comes then.
static GUEST: OnceLock<Option<RustConnection>> = OnceLock::new();
/// Held by the visitor who uses the display.
static DISPLAY: Mutex<()> = Mutex::new(());

/// A running program with its window.
pub struct GuidePolicy {
    folder: TempDir,
    child: Child,
    window: WindowOf,
    /// The pictures taken so far.
    taken: BTreeSet<PathBuf>,
    /// The latest of them.
    latest: Option<Picture>,
    /// A pause in which the program is sure to draw a frame. A picture takes a few, so each one tells how long that is now.
    frame: Duration,
    _alone: MutexGuard<'static, ()>,
}

/// A folder for a visit; none where there is no display, or where it is somebody's.
pub fn folder() -> Option<TempDir> {
    GUEST.get_or_init(|| x11rb::connect(None).ok().map(|(display, _)| display));
    let required = std::env::var_os("RESONETICS_REQUIRE_WINDOW").is_some();
    let probe = || Command::new(PROGRAM).arg("probe-display").stderr(Stdio::null()).status();
    if !required && (std::env::var_os("DISPLAY").is_none() || !probe().is_ok_and(|status| status.success())) {
        println!("skipped: no window can be opened here");
        return None;
    }
    if !required && is_desktop() {
        println!("skipped: the tour would press keys on this desktop; `xvfb-run -a` lends it a display of its own");
        return None;
    }
    Some(tempdir().expect("a folder"))
}

impl GuidePolicy {
    /// Opens the program's window on a run; none where there is no display. All its sections are folded, but for these.
    pub fn begin(arguments: &[&str], open: &[&str]) -> Option<Self> {
        let folder = folder()?;
        let sections = ["Run", "Scenario", "Compare", "Tuning", "Settings", "Save and load", "Legend"];
        let all = sections.into_iter().chain(["Prophet", "Decision", "Charts", "Events"]);
        let states: Vec<_> = all.map(|title| format!("{title:?}: {}", open.contains(&title))).collect();
        fs::write(folder.path().join("layout.ron"), format!("(open: {{{}}})", states.join(", "))).expect("a file");
        let every = ["--out", "run", "--set", "run.steps_csv_every=1", "--set", "view.layout=layout.ron"];
        let arguments: Vec<_> = arguments.iter().copied().chain(every).collect();
        let steps = folder.path().join("run/steps.csv");
        Some(Self::visit(folder, &arguments, || lines(&steps) > 2))
    }

    /// Opens the program's window, and waits until it is at work.
    pub fn visit(folder: TempDir, arguments: &[&str], at_work: impl Fn() -> bool) -> Self {
        // One visitor at a time: a display has one pointer, and one window has the keyboard.
        let alone = DISPLAY.lock().unwrap_or_else(PoisonError::into_inner);
        let child = Command::new(PROGRAM).args(arguments).current_dir(folder.path()).spawn();
        let mut child = child.expect("the program starts");
        let number = child.id();
        let window = wait(&mut child, "a window", || WindowOf::process(number).ok());
        wait(&mut child, "the first ticks", || at_work().then_some(()));
        window.focus().expect("the window takes the keyboard");
        let guide =
            Self { folder, child, window, taken: BTreeSet::new(), latest: None, frame: FRAMES[1] / 3, _alone: alone };
        // Nothing is pointed at before somebody points.
        guide.point((700, 12));
        guide
    }

    /// Lets the program draw so many frames.
    pub fn rest(&self, frames: u32) {
        sleep(frames * self.frame);
    }

    /// The folder of the visit.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until so many ticks are done.
    pub fn wait_for_tick(&mut self, tick: u64) {
        let steps = self.folder.path().join("run/steps.csv");
        wait(&mut self.child, "ticks", || (lines(&steps) as u64 > tick).then_some(()));
    }

    /// Waits until it is so.
    pub fn wait_until(&mut self, what: &str, done: impl Fn(&Path) -> bool) {
        let folder = self.folder.path().to_owned();
        wait(&mut self.child, what, || done(&folder).then_some(()));
    }

    /// Rows of the run's steps.csv, with its head.
    pub fn rows(&self) -> u64 {
        lines(&self.folder.path().join("run/steps.csv")) as u64
    }

    /// The run's commands.csv so far.
    pub fn commands(&self) -> String {
        fs::read_to_string(self.folder.path().join("run/commands.csv")).expect("the run has its commands")
    }

    /// Presses keys together, the last one while the others are held.
    pub fn press(&self, keys: &[u32]) {
        let Some((last, held)) = keys.split_last() else { return };
        self.window.hold(held).expect("the display takes keys");
        if !held.is_empty() {
            sleep(self.frame);
        }
        self.window.press(&[*last]).expect("the display takes keys");
        if !held.is_empty() {
            sleep(self.frame);
        }
        self.window.let_go(held).expect("the display takes keys");
    }

    /// Presses the key of a letter, a digit or a sign.
    pub fn letter(&self, letter: char) {
        self.press(&[u32::from(letter)]);
    }

    /// Types a word of small letters, digits and signs that need no Shift.
    pub fn write(&self, word: &str) {
        for letter in word.chars() {
            self.letter(letter);
            sleep(Duration::from_millis(20));
        }
        sleep(self.frame);
    }

    /// Holds keys for a while.
    pub fn hold(&self, keys: &[u32], time: Duration) {
        self.window.hold(keys).expect("the display takes keys");
        sleep(time);
        self.window.let_go(keys).expect("the display takes keys");
    }

    /// Moves the pointer to a pixel of the window.
    pub fn point(&self, at: (i16, i16)) {
        self.window.point(at).expect("the display has a pointer");
        // The program hears of the place first, a frame before the button.
        sleep(self.frame);
    }

    /// Clicks with the left button on a pixel of the window.
    pub fn click(&self, at: (i16, i16)) {
        self.point(at);
        self.window.click(mouse::LEFT).expect("the display has buttons");
        // A pointer that goes on at once would be elsewhere when the program hears of the click.
        sleep(self.frame);
    }

    /// Drags from one pixel to another.
    pub fn drag(&self, button: u8, from: (i16, i16), to: (i16, i16)) {
        self.point(from);
        self.window.button(button, true).expect("the display has buttons");
        // A pointer that goes on at once would be elsewhere when the program hears of the button.
        sleep(self.frame);
        for step in 1..=4 {
            let way = |from: i16, to: i16| from + (to - from) * step / 4;
            self.point((way(from.0, to.0), way(from.1, to.1)));
        }
        sleep(self.frame);
        self.window.button(button, false).expect("the display has buttons");
        sleep(self.frame);
    }

    /// Turns the wheel by so many notches over a pixel, downwards if they are negative.
    pub fn manual_control(&self, at: (i16, i16), notches: i32) {
        self.point(at);
        let button = if notches > 0 { mouse::WHEEL_UP } else { mouse::WHEEL_DOWN };
        for _ in 0..notches.abs() {
            self.window.click(button).expect("the display has a wheel");
        }
        // Panels scroll smoothly.
        sleep(3 * self.frame);
    }

    /// Moves the pointer to where it points at nothing.
    pub fn leave(&self) {
        sleep(self.frame);
        self.point((620, 34));
    }

    /// Clicks on what says exactly this in a part of the overlay, as the latest picture showed it.
    pub fn click_on(&mut self, part: &str, text: &str) {
        let at = self.pilot_input(part, text);
        self.click(at);
    }

    /// Where something in the overlay is. What is out of sight is scrolled to.
    pub fn pilot_input(&mut self, part: &str, text: &str) -> (i16, i16) {
        for notches in [0, -4, -4, -4, -4, 40, -2, -2] {
            if notches != 0 || self.latest.is_none() {
                self.scroll(part, notches);
                self.picture();
            }
            if let Some(at) = self.latest.as_ref().and_then(|picture| middle(find(picture, part, text))) {
                return at;
            }
        }
        panic!("{text:?} of {part} cannot be scrolled to");
    }

    fn scroll(&mut self, part: &str, notches: i32) {
        if let Some(picture) = &self.latest {
            let side = part_of_window(picture, part);
            self.manual_control(side, notches);
        }
    }

    /// Gives the window another size.
    pub fn resize(&self, size: (u32, u32)) {
        self.window.resize(size).expect("the display obeys");
        sleep(2 * self.frame);
    }

    /// Closes the window as a person would, and waits for the program to end well.
    pub fn close(mut self) -> TempDir {
        self.window.close().expect("the display obeys");
        let begun = Instant::now();
        let ended = loop {
            match self.child.try_wait().expect("a child") {
                Some(ended) => break ended,
                None => assert!(begun.elapsed() < PATIENCE, "the window does not close"),
            }
            sleep(Duration::from_millis(20));
        };
        assert!(ended.success(), "it ends well");
        std::mem::replace(&mut self.folder, tempdir().expect("a folder"))
    }

    /// Takes pictures until one is as expected: on a busy machine a frame may come late.
    pub fn expect(&mut self, what: &str, found: impl Fn(&Picture) -> bool) {
        assert!((0..4).any(|_| found(&self.picture())), "{what}");
    }

    /// The state that the window shows now; its picture lies beside it.
    pub fn picture(&mut self) -> Picture {
        self.look().0
    }

    /// The state and the picture of it.
    pub fn look(&mut self) -> (Picture, RgbImage) {
        // What was pressed before must have had its frame.
        sleep(self.frame);
        self.press(&[key::F12]);
        let asked = Instant::now();
        let (folder, taken) = (self.folder.path().to_owned(), self.taken.clone());
        let new =
            wait(&mut self.child, "a picture", || pictures(&folder).into_iter().find(|path| !taken.contains(path)));
        // A burst of other work on the machine may come again.
        self.frame = (asked.elapsed() / 2).max(self.frame * 3 / 4).clamp(FRAMES[0], FRAMES[1]);
        let state: Picture =
            serde_json::from_slice(&fs::read(&new).expect("the state")).expect("the state is readable");
        let image = image::open(new.with_extension("")).expect("the picture").to_rgb8();
        if let Some(album) = std::env::var_os("RESONETICS_TOUR_ALBUM") {
            let name = format!("{:03}-{}", self.taken.len(), new.file_stem().unwrap_or_default().display());
            let thread = std::thread::current().name().unwrap_or("tour").replace("::", "-");
            let place = Path::new(&album).join(thread);
            fs::create_dir_all(&place)
                .and_then(|()| fs::copy(new.with_extension(""), place.join(&name)))
                .expect("an album");
            fs::copy(&new, place.join(format!("{name}.json"))).expect("an album");
        }
        self.taken.insert(new);
        self.latest = Some(state.clone());
        (state, image)
    }
}

impl Drop for GuidePolicy {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A place over the panel that a part of the overlay belongs to.
fn part_of_window(picture: &Picture, part: &str) -> (i16, i16) {
    let panel = &self::part(picture, part).first().expect("the part is there").within[0];
    let middle = (i32::from(picture.area[1] as u16) + i32::from(picture.area[3] as u16)) / 2;
    let x = match panel.as_str() {
        "left" => picture.area[0] / 2,
        _ => (picture.area[2] + picture.size[0]) / 2,
    };
    (x as i16, middle as i16)
}

/// The states of all pictures in the folders of runs below this one.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let inside =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let runs = inside(folder).chain([folder.to_owned()]);
    let all = runs.flat_map(|run| inside(&run.join("pictures")).collect::<Vec<_>>());
    all.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn wait<T>(child: &mut Child, what: &str, done: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(done) = done() {
            return done;
        }
        assert!(child.try_wait().expect("a child").is_none(), "it ended by itself while waiting for {what}");
        assert!(begun.elapsed() < PATIENCE, "no sign of {what} within {} s", PATIENCE.as_secs());
        sleep(Duration::from_millis(20));
    }
}
