//! Keys that are pressed and a pointer that clicks, as if by devices of the display.

use crate::display::WindowOf;
use std::error::Error;
use std::io::IoSlice;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::xproto::{ConnectionExt, InputFocus};

/// Kinds of fake events, as the core protocol numbers them: press and release of a key, of a button, a motion.
const KEY: [u8; 2] = [2, 3];
const BUTTON: [u8; 2] = [4, 5];
const MOTION: u8 = 6;

impl WindowOf {
    /// Gives it the keyboard, as a click on its title does.
    pub fn focus(&self) -> Result<(), Box<dyn Error>> {
        self.display.set_input_focus(InputFocus::PARENT, self.window, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    /// Presses and releases the keys of these symbols (`Keysyms`, which for letters and digits are their characters in
    /// lower case), the first ones held while the last one is pressed.
    pub fn press(&self, symbols: &[u32]) -> Result<(), Box<dyn Error>> {
        let codes = symbols.iter().map(|symbol| self.code(*symbol)).collect::<Result<Vec<_>, _>>()?;
        codes.iter().try_for_each(|code| self.fake(KEY[0], *code, (0, 0)))?;
        codes.iter().rev().try_for_each(|code| self.fake(KEY[1], *code, (0, 0)))
    }

    /// Presses these keys and holds them.
    pub fn hold(&self, symbols: &[u32]) -> Result<(), Box<dyn Error>> {
        symbols.iter().try_for_each(|symbol| self.fake(KEY[0], self.code(*symbol)?, (0, 0)))
    }

    /// Lets these keys go.
    pub fn let_go(&self, symbols: &[u32]) -> Result<(), Box<dyn Error>> {
        symbols.iter().try_for_each(|symbol| self.fake(KEY[1], self.code(*symbol)?, (0, 0)))
    }

    /// Moves the pointer to a pixel of the window.
    pub fn point(&self, (x, y): (i16, i16)) -> Result<(), Box<dyn Error>> {
        let corner = self.display.translate_coordinates(self.window, self.root()?, x, y)?.reply()?;
        self.fake(MOTION, 0, (corner.dst_x, corner.dst_y))
    }

    /// Clicks a button of the mouse (1 left, 2 middle, 3 right; 4 and 5 are the wheel, up and down) where the pointer is.
    pub fn click(&self, button: u8) -> Result<(), Box<dyn Error>> {
        self.button(button, true)?;
        self.button(button, false)
    }

    /// Presses a button, or lets it go.
    pub fn button(&self, button: u8, pressed: bool) -> Result<(), Box<dyn Error>> {
        self.fake(BUTTON[usize::from(!pressed)], button, (0, 0))
    }

    /// The code of the key that has this symbol.
    fn code(&self, symbol: u32) -> Result<u8, Box<dyn Error>> {
        let setup = self.display.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = self.display.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let mut keys = map.keysyms.chunks(usize::from(map.keysyms_per_keycode).max(1));
        let at = keys.position(|symbols| symbols.first() == Some(&symbol));
        let at = at.ok_or_else(|| format!("no key has the symbol {symbol:#x}"))?;
        Ok(first + u8::try_from(at)?)
    }

    /// The whole screen.
    fn root(&self) -> Result<u32, Box<dyn Error>> {
        Ok(self.display.query_tree(self.window)?.reply()?.root)
    }

    /// An event as if a device had made it: request 2 of the extension XTEST, written out because x11rb has it only behind
    /// a feature that would build the program's own window library again.
    fn fake(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> Result<(), Box<dyn Error>> {
        let extension = self.display.extension_information("XTEST")?.ok_or("the display has no XTEST")?;
        let mut request = [0; 36];
        (request[0], request[1], request[2]) = (extension.major_opcode, 2, 9);
        (request[4], request[5]) = (kind, detail);
        request[12..16].copy_from_slice(&self.root()?.to_ne_bytes());
        request[24..26].copy_from_slice(&x.to_ne_bytes());
        request[26..28].copy_from_slice(&y.to_ne_bytes());
        self.display.send_request_without_reply(&[IoSlice::new(&request)], Vec::new())?;
        // A round trip: the event is on its way when this returns.
        self.display.get_input_focus()?.reply()?;
        Ok(())
    }
}
