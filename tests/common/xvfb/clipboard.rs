//! What programs on a display have copied.

use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, CreateWindowAux, WindowClass};

use super::{Display, POLL, Result};

impl Display {
    /// The text that was copied last.
    pub(crate) fn paste(&self, timeout: Duration) -> Result<String> {
        Ok(String::from_utf8(self.paste_as("UTF8_STRING", timeout)?)?)
    }

    /// What was copied last, in a form such as `image/png`, pasted as programs do it: the program that copied it hands it
    /// out.
    pub(crate) fn paste_as(&self, form: &str, timeout: Duration) -> Result<Vec<u8>> {
        let connection = &self.connection;
        let atom = |name: &[u8]| -> Result<u32> { Ok(connection.intern_atom(false, name)?.reply()?.atom) };
        let (clipboard, form, place) = (atom(b"CLIPBOARD")?, atom(form.as_bytes())?, atom(b"PASTED")?);
        let window = connection.generate_id()?;
        let class = WindowClass::INPUT_ONLY;
        connection.create_window(0, window, self.root, 0, 0, 1, 1, 0, class, 0, &CreateWindowAux::new())?;
        connection.convert_selection(window, clipboard, form, place, x11rb::CURRENT_TIME)?;
        connection.flush()?;
        let start = Instant::now();
        let answer = loop {
            if let Some(Event::SelectionNotify(answer)) = connection.poll_for_event()? {
                break answer;
            }
            if start.elapsed() > timeout {
                return Err("nobody hands out what was copied".into());
            }
            sleep(POLL);
        };
        if answer.property == x11rb::NONE {
            return Err("nothing was copied in this form".into());
        }
        let value = connection
            .get_property(true, window, place, AtomEnum::ANY, 0, u32::MAX / 4)?
            .reply()?
            .value;
        connection.destroy_window(window)?.check()?;
        Ok(value)
    }
}
