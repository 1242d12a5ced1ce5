//! Whether a window can be opened here.
//!
//! Bevy's window and renderer panic where there is no display or no graphics adapter, and a broken driver may take the
//! whole process down. So a child process tries first: it opens an invisible window, draws a few frames and exits.

use super::output::errln;
use crate::view;
use bevy::app::{App, AppExit, Update};
use bevy::ecs::prelude::{Local, MessageWriter};
use std::env::{args_os, current_exe, var_os};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a driver may take to draw the first frames.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Frames that the child draws.
const FRAMES: u32 = 3;

/// What makes winit choose Wayland, whether or not it can be used.
const WAYLAND: [&str; 2] = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"];

/// Tries to open a window in a child process. Where Wayland cannot be used and X11 can, the program begins anew without
/// Wayland.
///
/// # Errors
/// Why no window can be opened, as the end of a sentence.
pub fn try_window() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return attempt(&[]);
    }
    let [wayland, x11] = [&WAYLAND[..], &["DISPLAY"]].map(|names| names.iter().any(|name| var_os(name).is_some()));
    if !wayland && !x11 {
        return Err("there is no display".to_owned());
    }
    match attempt(&[]) {
        Err(problem) if wayland && x11 && attempt(&WAYLAND).is_ok() => {
            errln!("Wayland cannot be used here ({problem}): opening the window by X11 instead.");
            Err(begin_without(&WAYLAND))
        }
        tried => tried,
    }
}

/// Replaces this process by the same command without some variables of its environment, which cannot be removed from a running
/// process safely. Returns only if that fails.
#[cfg(unix)]
fn begin_without(variables: &[&str]) -> String {
    use std::os::unix::process::CommandExt;
    let program = match current_exe() {
        Ok(program) => program,
        Err(error) => return error.to_string(),
    };
    let mut command = Command::new(program);
    for name in variables {
        command.env_remove(name);
    }
    command.args(args_os().skip(1)).exec().to_string()
}

#[cfg(not(unix))]
fn begin_without(_: &[&str]) -> String {
    "the display cannot be used".to_owned()
}

/// Tries to open a window in a child process without some variables of the environment.
fn attempt(without: &[&str]) -> Result<(), String> {
    let program = current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    for name in without {
        command.env_remove(name);
    }
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
