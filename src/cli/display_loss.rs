//! What is said when the display goes away under the window.
//!
//! Xlib ends the process at once then, from inside the event loop, and nothing can be saved any more. What has been saved by
//! the clock is whole, though, and the destructors of the main thread still run: they say where it is.

use super::output::errln;
use crate::storage::Checkpoint;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// The run in the window, in its folder.
struct OpenRun(PathBuf);

thread_local! {
    static OPEN: RefCell<Option<OpenRun>> = const { RefCell::new(None) };
}

/// Remembers the folder of the run in the window. Must be called on the main thread.
pub fn watch(folder: Option<&Path>) {
    OPEN.with_borrow_mut(|open| {
        if open.as_ref().map(|open| open.0.as_path()) != folder {
            close(open);
            *open = folder.map(|folder| OpenRun(folder.to_owned()));
        }
    });
}

/// The window has ended as it should.
pub fn forget() {
    OPEN.with_borrow_mut(close);
}

fn close(open: &mut Option<OpenRun>) {
    if let Some(OpenRun(folder)) = open {
        // Without a folder there is nothing to say.
        folder.clear();
    }
    *open = None;
}

impl Drop for OpenRun {
    fn drop(&mut self) {
        let Self(folder) = self;
        if folder.as_os_str().is_empty() {
            return;
        }
        let goes_on = match Checkpoint::file(folder) {
            Ok(file) => format!("goes on from {}", file.display()),
            Err(_) => "begins it again, because no checkpoint had been saved yet".to_owned(),
        };
        errln!("resonetics: the display is gone: `resonetics train --resume {}` {goes_on}", folder.display());
    }
}
