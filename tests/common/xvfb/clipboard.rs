//! What programs on a display have copied.

use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, WindowClass};

use super::{Display, POLL, Result};

impl Display {
    /// The text that was copied last, pasted as programs do it: the program that copied it hands it out.
    pub(crate) fn paste(&self, timeout: Duration) -> Result<String> {
        let connection = &self.connection;
        let atom = |name: &[u8]| -> Result<u32> { Ok(connection.intern_atom(false, name)?.reply()?.atom) };
        let (clipboard, text, place) = (atom(b"CLIPBOARD")?, atom(b"UTF8_STRING")?, atom(b"PASTED")?);
        let window = connection.generate_id()?;
        let class = WindowClass::INPUT_ONLY;
        connection.create_window(0, window, self.root, 0, 0, 1, 1, 0, class, 0, &CreateWindowAux::new())?;
        connection.convert_selection(window, clipboard, text, place, x11rb::CURRENT_TIME)?;
        connection.flush()?;
        let start = Instant::now();
        let answer = loop {
            if let Some(Event::SelectionNotify(answer)) = connection.poll_for_event()? {
                break answer;
            }
            if start.elapsed() > timeout {
                return Err("nobody hands out a copied text".into());
            }
            sleep(POLL);
        };
        if answer.property == x11rb::NONE {
            return Err("nothing was copied".into());
        }
        let value = connection
            .get_property(true, window, place, AtomEnum::ANY, 0, 1 << 20)?
            .reply()?
            .value;
        connection.destroy_window(window)?.check()?;
        Ok(String::from_utf8(value)?)
    }
}
