//! What a window manager does to a window: resize it, ask it to close.
#![cfg(target_os = "linux")]

use std::error::Error;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, Window};
use x11rb::rust_connection::RustConnection;

/// Whether a window manager is at work, as on the desktop of a person: windows have other parents there, and keys and clicks
/// that are made up would land in that person's programs.
pub fn is_desktop() -> bool {
    let message = || -> Result<bool, Box<dyn Error>> {
        let (display, screen) = x11rb::connect(None)?;
        let (root, check) = (display.setup().roots[screen].root, atom(&display, "_NET_SUPPORTING_WM_CHECK")?);
        Ok(display.get_property(false, root, check, AtomEnum::WINDOW, 0, 1)?.reply()?.value_len > 0)
    };
    message().unwrap_or(false)
}

/// A window and the connection to its display.
pub struct WindowOf {
    /// The connection.
    pub display: RustConnection,
    /// The window.
    pub window: Window,
}

impl WindowOf {
    /// The window of the process with this number.
    pub fn process(number: u32) -> Result<Self, Box<dyn Error>> {
        let (display, screen) = x11rb::connect(None)?;
        let owner = atom(&display, "_NET_WM_PID")?;
        let root = display.setup().roots[screen].root;
        let windows = display.query_tree(root)?.reply()?.children;
        for window in windows {
            let property = display.get_property(false, window, owner, AtomEnum::CARDINAL, 0, 1)?.reply()?;
            if property.value32().and_then(|mut values| values.next()) == Some(number) {
                return Ok(Self { display, window });
            }
        }
        Err(format!("process {number} has no window").into())
    }

    /// Gives it another size, in pixels.
    pub fn resize(&self, (width, height): (u32, u32)) -> Result<(), Box<dyn Error>> {
        let size = ConfigureWindowAux::new().width(width).height(height);
        self.display.configure_window(self.window, &size)?.check()?;
        Ok(())
    }

    /// Asks it to close, as the button in its corner does.
    pub fn close(&self) -> Result<(), Box<dyn Error>> {
        let (kind, wish) = (atom(&self.display, "WM_PROTOCOLS")?, atom(&self.display, "WM_DELETE_WINDOW")?);
        let message = ClientMessageEvent::new(32, self.window, kind, [wish, 0, 0, 0, 0]);
        self.display.send_event(false, self.window, EventMask::NO_EVENT, message)?.check()?;
        Ok(())
    }
}

fn atom(display: &RustConnection, name: &str) -> Result<u32, Box<dyn Error>> {
    Ok(display.intern_atom(false, name.as_bytes())?.reply()?.atom)
}
