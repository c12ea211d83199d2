//! A program that runs on a display, and its window.

use std::cell::RefCell;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, InputFocus, Window,
};

use super::{Display, POLL, end, wait_for_exit};

/// A program on a [`Display`]. Ended when dropped.
pub(crate) struct App<'d> {
    pub(super) display: &'d Display,
    pub(super) process: RefCell<Child>,
    pub(super) output: NamedTempFile,
    /// Its window.
    pub(crate) window: Window,
    /// The time from its start to its window. The window may still be empty.
    pub(crate) window_after: Duration,
}

impl App<'_> {
    /// Gives the window the keyboard. A window that is just being shown may refuse; so this tries for a while.
    pub(crate) fn focus(&self) {
        let connection = &self.display.connection;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) {
            let asked = connection.set_input_focus(InputFocus::PARENT, self.window, x11rb::CURRENT_TIME);
            if asked.is_ok_and(|asked| asked.check().is_ok()) {
                return;
            }
            sleep(POLL);
        }
        panic!("the window takes no keyboard focus:\n{}", self.output());
    }

    /// The size of the window.
    pub(crate) fn size_px(&self) -> (u16, u16) {
        let asked = self
            .display
            .connection
            .get_geometry(self.window)
            .expect("the X server is there");
        let geometry = asked.reply().expect("the window is there");
        (geometry.width, geometry.height)
    }

    /// Resizes the window, as dragging its frame would.
    pub(crate) fn resize(&self, width_px: u16, height_px: u16) {
        let size = ConfigureWindowAux::new()
            .width(u32::from(width_px))
            .height(u32::from(height_px));
        let asked = self.display.connection.configure_window(self.window, &size);
        asked
            .expect("the X server is there")
            .check()
            .expect("the window can be resized");
    }

    /// The title of the window.
    pub(crate) fn title(&self) -> String {
        let atom = AtomEnum::WM_NAME;
        let asked = self
            .display
            .connection
            .get_property(false, self.window, atom, AtomEnum::ANY, 0, 256);
        let title = asked
            .expect("the X server is there")
            .reply()
            .expect("the window is there");
        String::from_utf8_lossy(&title.value).into_owned()
    }

    /// Asks the window to close, as its close button would.
    pub(crate) fn close(&self) {
        let atom = |name: &[u8]| {
            let asked = self
                .display
                .connection
                .intern_atom(false, name)
                .expect("the X server is there");
            asked.reply().expect("the X server knows atoms").atom
        };
        let message = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, self.window, atom(b"WM_PROTOCOLS"), message);
        let sent = self
            .display
            .connection
            .send_event(false, self.window, EventMask::NO_EVENT, event);
        sent.expect("the X server is there")
            .check()
            .expect("the window is there");
    }

    /// What the program asks the window manager for next, such as `1 _NET_WM_STATE_FULLSCREEN`: 0 to take a state away,
    /// 1 to add it, 2 to switch it. After [`Display::watch_requests`].
    pub(crate) fn state_request(&self, timeout: Duration) -> Option<String> {
        let connection = &self.display.connection;
        let start = Instant::now();
        while start.elapsed() < timeout {
            let event = connection.poll_for_event().expect("the X server is there");
            let Some(Event::ClientMessage(message)) = event else {
                sleep(POLL);
                continue;
            };
            let [action, state, ..] = message.data.as_data32();
            let asked = connection.get_atom_name(state).expect("the X server is there");
            if let (true, Ok(name)) = (message.window == self.window, asked.reply()) {
                return Some(format!("{action} {}", String::from_utf8_lossy(&name.name)));
            }
        }
        None
    }

    /// What the program has printed so far, to stdout and stderr, in whole lines: it writes a line in parts.
    pub(crate) fn output(&self) -> String {
        let mut output = std::fs::read_to_string(self.output.path()).unwrap_or_default();
        output.truncate(output.rfind('\n').map_or(0, |end| end + 1));
        output
    }

    /// How much that is: quicker to ask for.
    pub(crate) fn printed_bytes(&self) -> u64 {
        std::fs::metadata(self.output.path()).map_or(0, |file| file.len())
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.borrow().id()
    }

    /// How the program ended, if it has.
    pub(crate) fn exit_status(&self) -> Option<ExitStatus> {
        self.process.borrow_mut().try_wait().ok().flatten()
    }

    /// How the program ended, waiting for that at most `timeout`.
    pub(crate) fn wait_for_exit(&self, timeout: Duration) -> Option<ExitStatus> {
        wait_for_exit(&mut self.process.borrow_mut(), timeout)
    }
}

impl Drop for App<'_> {
    fn drop(&mut self) {
        end(self.process.get_mut());
        if std::thread::panicking() {
            eprintln!("the program had printed:\n{}", self.output());
        }
    }
}
