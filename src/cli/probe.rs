//! Whether a window can be opened here.
//!
//! Bevy's window and renderer panic where there is no display or no graphics adapter, and a broken driver may take the
//! whole process down. So a child process tries first: it opens an invisible window, draws a few frames and exits.

use crate::view;
use bevy::app::{App, AppExit, Update};
use bevy::ecs::prelude::{Local, MessageWriter};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a driver may take to draw the first frames.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Frames that the child draws.
const FRAMES: u32 = 3;

/// Tries to open a window in a child process.
///
/// # Errors
/// Why none can be opened, as the end of a sentence.
pub fn try_window() -> Result<(), String> {
    if cfg!(target_os = "linux") && ["DISPLAY", "WAYLAND_DISPLAY"].iter().all(|name| std::env::var_os(name).is_none()) {
        return Err("there is no display".to_owned());
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.arg(ARGUMENT).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let started = Instant::now();
    while started.elapsed() < TIMEOUT {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => return Err("the display or the graphics adapter cannot be used".to_owned()),
            None => sleep(Duration::from_millis(10)),
        }
    }
    // The result is the same whether or not it can be killed.
    let _ = child.kill().and_then(|()| child.wait());
    Err("the graphics driver does not answer".to_owned())
}

/// The hidden command of the child process.
pub const ARGUMENT: &str = "probe-display";

/// The child process: success if frames were drawn.
pub fn run() -> ExitCode {
    let mut app = App::new();
    app.add_plugins(view::window_plugins("Resonetics", false));
    app.add_systems(Update, |mut frames: Local<u32>, mut exit: MessageWriter<AppExit>| {
        *frames += 1;
        if *frames >= FRAMES {
            exit.write(AppExit::Success);
        }
    });
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}
