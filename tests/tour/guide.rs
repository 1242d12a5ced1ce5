//! The visitor's hands and eyes: the program in a window, its keys and pixels, and its pictures.

use crate::display::WindowOf;
use image::RgbImage;
use resonetics::view::Picture;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

const PROGRAM: &str = env!("CARGO_BIN_EXE_resonetics");
/// How long anything may take on a slow machine that draws in software.
const PATIENCE: Duration = Duration::from_secs(60);

/// Symbols of keys that are no letters (X11's keysymdef.h).
pub mod key {
    pub const SPACE: u32 = 0x20;
    pub const F5: u32 = 0xffc2;
    pub const F12: u32 = 0xffc9;
    pub const LEFT: u32 = 0xff51;
}

/// Held by the visitor who uses the display.
static DISPLAY: Mutex<()> = Mutex::new(());

/// A running program with its window.
pub struct Guide {
    folder: TempDir,
    child: Child,
    window: WindowOf,
    pictures: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Guide {
    /// Opens the program's window; none where there is no display.
    pub fn begin(arguments: &[&str]) -> Option<Self> {
        let required = std::env::var_os("RESONETICS_REQUIRE_WINDOW").is_some();
        let probe = Command::new(PROGRAM).arg("probe-display").stderr(Stdio::null()).status();
        if !required && (!probe.is_ok_and(|status| status.success()) || std::env::var_os("DISPLAY").is_none()) {
            println!("skipped: no window can be opened here");
            return None;
        }
        // One visitor at a time: a display has one pointer, and one window has the keyboard.
        let alone = DISPLAY.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempdir().expect("a folder");
        let every = ["--out", "run", "--set", "run.steps_csv_every=1", "--set", "view.layout=layout.ron"];
        let child = Command::new(PROGRAM).args(arguments).args(every).current_dir(folder.path()).spawn();
        let mut child = child.expect("the program starts");
        let steps = folder.path().join("run/steps.csv");
        wait(&mut child, "the first ticks", || lines(&steps) > 2);
        let window = WindowOf::process(child.id()).expect("the window is on the display");
        window.focus().expect("the window takes the keyboard");
        Some(Self { folder, child, window, pictures: 0, _alone: alone })
    }

    /// Waits until so many ticks are done.
    pub fn wait_for_tick(&mut self, tick: usize) {
        let steps = self.folder.path().join("run/steps.csv");
        wait(&mut self.child, "ticks", || lines(&steps) > tick);
    }

    /// The run's commands.csv so far.
    pub fn commands(&self) -> String {
        fs::read_to_string(self.folder.path().join("run/commands.csv")).expect("the run has its commands")
    }

    /// Presses keys together, the last one while the others are held.
    pub fn press(&mut self, keys: &[u32]) {
        self.window.press(keys).expect("the display takes keys");
    }

    /// Clicks with the left button on a pixel of the window.
    pub fn click(&mut self, at: (i16, i16)) {
        self.window.point(at).expect("the display has a pointer");
        // The program hears of the place first, a frame before the button.
        sleep(Duration::from_millis(200));
        self.window.click(1).expect("the display has buttons");
    }

    /// Gives the window another size.
    pub fn resize(&mut self, size: (u32, u32)) {
        self.window.resize(size).expect("the display obeys");
    }

    /// Closes the window as a person would, and waits for the program to end well.
    pub fn close(mut self) {
        self.window.close().expect("the display obeys");
        assert!(self.child.wait().expect("a child").success(), "it ends well");
    }

    /// The state that the window shows now; its picture lies beside it.
    pub fn picture(&mut self) -> Picture {
        self.look().0
    }

    /// The state and the picture of it.
    pub fn look(&mut self) -> (Picture, RgbImage) {
        // What was pressed before must have had its frame.
        sleep(Duration::from_millis(400));
        self.press(&[key::F12]);
        let (taken, pictures) = (self.pictures + 1, self.folder.path().join("run/pictures"));
        let saved = || {
            let entries = fs::read_dir(&pictures).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
            entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect::<Vec<PathBuf>>()
        };
        wait(&mut self.child, "a picture", || saved().len() == taken);
        self.pictures = taken;
        let written = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).expect("a time");
        let newest = saved().into_iter().max_by_key(written).expect("a picture");
        let state = serde_json::from_slice(&fs::read(&newest).expect("the state")).expect("the state is readable");
        (state, image::open(newest.with_extension("png")).expect("the picture").to_rgb8())
    }
}

impl Drop for Guide {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(path: &std::path::Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn wait(child: &mut Child, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(child.try_wait().expect("a child").is_none(), "it ended by itself while waiting for {what}");
        assert!(begun.elapsed() < PATIENCE, "no sign of {what} within {} s", PATIENCE.as_secs());
        sleep(Duration::from_millis(20));
    }
}
