//! Files dragged from another program and dropped, as <https://www.freedesktop.org/wiki/Specifications/XDND> says.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};

use super::{App, Display, POLL, Result};

/// The version of the protocol that is spoken.
const VERSION: u32 = 5;

impl Display {
    /// Drags files from a window of the test's own to a place in the program's, and drops them there.
    pub(crate) fn drop_files(
        &self,
        app: &App<'_>,
        paths: &[&Path],
        (x, y): (i16, i16),
        timeout: Duration,
    ) -> Result<()> {
        let connection = &self.connection;
        let atom = |name: &str| -> Result<u32> { Ok(connection.intern_atom(false, name.as_bytes())?.reply()?.atom) };
        let (selection, uri_list) = (atom("XdndSelection")?, atom("text/uri-list")?);
        let (status, finished) = (atom("XdndStatus")?, atom("XdndFinished")?);
        let source = connection.generate_id()?;
        let class = WindowClass::INPUT_ONLY;
        connection.create_window(0, source, self.root, 0, 0, 1, 1, 0, class, 0, &CreateWindowAux::new())?;
        connection.set_selection_owner(source, selection, x11rb::CURRENT_TIME)?;
        let say = |what: &str, data: [u32; 5]| -> Result<()> {
            let message = ClientMessageEvent::new(32, app.window, atom(what)?, data);
            connection.send_event(false, app.window, EventMask::NO_EVENT, message)?;
            Ok(connection.flush()?)
        };
        let place = (x as u32) << 16 | y as u32;
        say("XdndEnter", [source, VERSION << 24, uri_list, 0, 0])?;
        say(
            "XdndPosition",
            [source, 0, place, x11rb::CURRENT_TIME, atom("XdndActionCopy")?],
        )?;
        let (mut is_handed_out, mut is_accepted, mut is_dropped) = (false, false, false);
        let start = Instant::now();
        loop {
            match connection.poll_for_event()? {
                Some(Event::SelectionRequest(request)) => {
                    self.hand_out(&request, uris(paths).as_bytes())?;
                    is_handed_out = true;
                }
                Some(Event::ClientMessage(message)) if message.type_ == status => {
                    is_accepted = message.data.as_data32()[1] & 1 == 1;
                    if !is_accepted {
                        return Err("the program takes no files".into());
                    }
                }
                Some(Event::ClientMessage(message)) if message.type_ == finished => break,
                Some(_) => {}
                None => sleep(POLL),
            }
            if is_handed_out && is_accepted && !is_dropped {
                is_dropped = true;
                say("XdndDrop", [source, 0, x11rb::CURRENT_TIME, 0, 0])?;
            }
            if start.elapsed() > timeout {
                return Err("the program does not take the files".into());
            }
        }
        connection.destroy_window(source)?.check()?;
        Ok(())
    }

    fn hand_out(&self, request: &SelectionRequestEvent, bytes: &[u8]) -> Result<()> {
        let connection = &self.connection;
        connection.change_property(
            PropMode::REPLACE,
            request.requestor,
            request.property,
            request.target,
            8,
            bytes.len() as u32,
            bytes,
        )?;
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: request.property,
        };
        connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
        Ok(connection.flush()?)
    }
}

/// As RFC 3986 writes them, a line each.
fn uris(paths: &[&Path]) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let escaped = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let uri = |path: &&Path| {
        let path = path.to_str().expect("in UTF-8");
        format!("file://{}\r\n", path.bytes().map(escaped).collect::<String>())
    };
    paths.iter().map(uri).collect()
}
