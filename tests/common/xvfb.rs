//! A real window on a screen that is not there.
//!
//! [`Display`] starts an X server of its own in memory (Xvfb), opens programs on it, types, clicks and drags with real
//! input events (the XTEST extension: programs cannot tell them from a person's), and reads the pixels back. It talks
//! to the server directly, so a time measured from a key press to a changed pixel holds no process start.
//!
//! There is no window manager: windows lie at (0, 0), have no frame, and keep the size they ask for.
//!
//! ```ignore
//! let Some(display) = Display::start_or_skip() else { return };
//! let app = display.spawn(env!("CARGO_BIN_EXE_microtome"), &["sample:kidney"], &[]);
//! let before = display.wait_still(Duration::from_millis(300), TIMEOUT).expect("a first picture");
//! display.key("Right");
//! let (_, latency) = display.wait_until(TIMEOUT, |now| *now != before).expect("another picture");
//! ```

mod app;
mod clipboard;
mod dnd;
mod image;
mod keysym;

use std::cell::RefCell;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, TempDir};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat,
    ImageOrder, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

pub(crate) use app::App;
pub(crate) use image::Image;
use keysym::keysym;

/// The size of the screen, in pixels.
pub(crate) const SCREEN_PX: (u16, u16) = (1280, 800);

/// What winit 0.30 makes of a notch of this wheel: it counts the release of the button as well as the press. (Fixed
/// for winit 0.31: <https://github.com/rust-windowing/winit/pull/4386>. A real wheel moves an axis and counts once.)
pub(crate) const WINIT_LINES_PER_NOTCH: i32 = 2;

/// How long a program may take to show its window. Generous: a busy machine with a software GPU is no failure.
const WINDOW_TIMEOUT: Duration = Duration::from_secs(60);

/// How long to rest, at least, between two looks while waiting for something.
const POLL: Duration = Duration::from_millis(1);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An X server without a screen, and the keyboard and mouse of it. Ends when dropped.
///
/// Its methods panic when the server is gone: nothing in a test could go on from there.
pub(crate) struct Display {
    // Dropped in this order: the server ends by itself when its last client leaves.
    connection: RustConnection,
    server: Server,
    root: Window,
    /// The keysyms of every key from the first keycode on: `keysyms_per_keycode` for each.
    keysyms: Vec<u32>,
    keysyms_per_keycode: usize,
    first_keycode: u8,
    /// Where programs keep preferences: each display has new users.
    config: TempDir,
}

struct Server {
    process: Child,
    name: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        if wait_for_exit(&mut self.process, Duration::from_secs(2)).is_none() {
            end(&mut self.process);
        }
    }
}

/// A mouse button.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Button {
    Left = 1,
    Middle = 2,
    Right = 3,
}

impl Display {
    /// Starts a display, or says why this test is skipped. With `MICROTOME_REQUIRE_GPU=1` it is not skipped: it fails.
    pub(crate) fn start_or_skip() -> Option<Self> {
        match Self::start() {
            Ok(display) => Some(display),
            Err(error) if std::env::var_os("MICROTOME_REQUIRE_GPU").is_some_and(|value| value == "1") => {
                panic!("{error}, and MICROTOME_REQUIRE_GPU=1 demands it");
            }
            Err(error) => {
                eprintln!("skipped: {error}");
                None
            }
        }
    }

    /// Starts an Xvfb on a display number that it chooses itself.
    pub(crate) fn start() -> Result<Self> {
        let (width, height) = SCREEN_PX;
        let screen = format!("{width}x{height}x24");
        // -displayfd 1: it writes its number to stdout when it is ready. -terminate: it ends with its last client, thus
        // also when the test is killed. The keyboard is Xvfb's default, a US one with 105 keys.
        let mut process = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &screen,
                "-nolisten",
                "tcp",
                "-dpi",
                "96",
                "-terminate",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no display: Xvfb does not start ({error}); scripts/setup.sh installs it"))?;
        let stdout = process.stdout.take().ok_or("Xvfb has no stdout")?;
        let mut server = Server {
            process,
            name: String::new(),
        };
        let mut number = String::new();
        BufReader::new(stdout).read_line(&mut number)?;
        if number.trim().is_empty() {
            end(&mut server.process);
            return Err("no display: Xvfb ended before it was ready".into());
        }
        server.name = format!(":{}", number.trim());

        let (connection, screen) = match RustConnection::connect(Some(&server.name)) {
            Ok(connected) => connected,
            Err(error) => {
                end(&mut server.process); // without a first client, no last one will leave
                return Err(format!("no display: cannot connect to Xvfb {}: {error}", server.name).into());
            }
        };
        let setup = connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let root = setup.roots[screen].root;
        let mapping = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        connection.xtest_get_version(2, 2)?.reply()?;
        Ok(Self {
            connection,
            server,
            root,
            keysyms_per_keycode: mapping.keysyms_per_keycode.into(),
            keysyms: mapping.keysyms,
            first_keycode: first,
            config: tempfile::tempdir()?,
        })
    }

    /// The name of the display, for `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.server.name
    }

    /// Where the programs of this display keep preferences.
    pub(crate) fn config(&self) -> &Path {
        self.config.path()
    }

    // ------------------------------------------------------------ programs

    /// Starts a program on this display, waits for its window, and gives that the keyboard. Panics with what the
    /// program printed if it ends, or shows nothing, instead.
    pub(crate) fn spawn(&self, program: &str, args: &[&str], envs: &[(&str, &str)]) -> App<'_> {
        let before = self.windows().expect("the X server lists its windows");
        let output = NamedTempFile::new().expect("a temporary file can be made");
        let stream = || Stdio::from(output.as_file().try_clone().expect("a file can be cloned"));
        let started = Instant::now();
        let process = Command::new(program)
            .args(args)
            .env("DISPLAY", self.name())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("WINIT_X11_SCALE_FACTOR", "1")
            .env("XDG_CONFIG_HOME", self.config.path())
            .envs(envs.iter().copied())
            .stdin(Stdio::null())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        let mut app = App {
            display: self,
            process: RefCell::new(process),
            output,
            window: 0,
            window_after: Duration::ZERO,
        };
        loop {
            let now = self.windows().expect("the X server lists its windows");
            if let Some(&window) = now.iter().find(|window| !before.contains(window)) {
                app.window = window;
                app.window_after = started.elapsed();
                app.focus();
                return app;
            }
            if let Some(status) = app.exit_status() {
                panic!(
                    "{program} ended before it showed a window ({status}):\n{}",
                    app.output()
                );
            }
            assert!(
                started.elapsed() < WINDOW_TIMEOUT,
                "{program} shows no window:\n{}",
                app.output()
            );
            sleep(POLL);
        }
    }

    /// The windows that can be seen, lowest first.
    fn windows(&self) -> Result<Vec<Window>> {
        let mut visible = Vec::new();
        for window in self.connection.query_tree(self.root)?.reply()?.children {
            // A window may vanish between the two requests: then it is not one that can be seen.
            let attributes = self.connection.get_window_attributes(window)?.reply();
            if attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE) {
                visible.push(window);
            }
        }
        Ok(visible)
    }

    /// Listens, in place of a window manager, to what programs ask one for: see [`App::state_request`].
    pub(crate) fn watch_requests(&self) {
        let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        let asked = self.connection.change_window_attributes(self.root, &mask);
        asked
            .expect("the X server is there")
            .check()
            .expect("anybody may listen");
    }

    // ------------------------------------------------------------ keyboard

    /// Presses and releases a key, by what it types (`a`, `Z`, `,`, `?`, `+`) or its name (`Right`, `Escape`, `F1`,
    /// `Page_Up`), after any of `shift+`, `ctrl+`, `alt+`. Shift is added where the keyboard needs it.
    pub(crate) fn key(&self, key: &str) {
        self.key_down(key);
        self.key_up(key);
    }

    /// Presses a key, with its modifiers, and keeps it down: the server repeats it, as on a desk.
    pub(crate) fn key_down(&self, key: &str) {
        self.keycodes(key)
            .iter()
            .for_each(|&keycode| self.fake(KEY_PRESS_EVENT, keycode, (0, 0)));
        self.sync();
    }

    /// Releases what [`Self::key_down`] pressed.
    pub(crate) fn key_up(&self, key: &str) {
        self.keycodes(key)
            .iter()
            .rev()
            .for_each(|&keycode| self.fake(KEY_RELEASE_EVENT, keycode, (0, 0)));
        self.sync();
    }

    /// Types a text, key by key.
    pub(crate) fn type_text(&self, text: &str) {
        text.chars().for_each(|c| self.key(&c.to_string()));
    }

    /// The keys to press for `key`, in order.
    fn keycodes(&self, key: &str) -> Vec<u8> {
        // `+` joins, and is a key itself: `+`, `ctrl++`.
        let (modifiers, name) = match key.strip_suffix('+') {
            Some(modifiers) => (modifiers.trim_end_matches('+'), "+"),
            None => key.rsplit_once('+').unwrap_or(("", key)),
        };
        let (keycode, is_shifted) = self.keycode(name);
        let mut keycodes: Vec<u8> = Vec::new();
        for modifier in modifiers.split('+').filter(|modifier| !modifier.is_empty()) {
            keycodes.push(self.keycode(modifier).0);
        }
        let shift = self.keycode("shift").0;
        if is_shifted && !keycodes.contains(&shift) {
            keycodes.push(shift);
        }
        keycodes.push(keycode);
        keycodes
    }

    /// The key that yields a keysym, and whether Shift must be held for it.
    fn keycode(&self, name: &str) -> (u8, bool) {
        let keysym = keysym(name).unwrap_or_else(|| panic!("no key is called {name:?}"));
        let levels = |level: usize| {
            self.keysyms
                .chunks(self.keysyms_per_keycode)
                .position(|key| key[level] == keysym)
        };
        let (index, level) = levels(0)
            .map(|index| (index, 0))
            .or_else(|| levels(1).map(|index| (index, 1)))
            .unwrap_or_else(|| panic!("the keyboard has no key {name:?}"));
        (self.first_keycode + index as u8, level == 1)
    }

    // ------------------------------------------------------------ mouse

    /// Moves the pointer to a pixel of the screen.
    pub(crate) fn mouse_move(&self, x_px: i16, y_px: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, (x_px, y_px));
        self.sync();
    }

    /// Clicks where the pointer is.
    pub(crate) fn click(&self, button: Button) {
        self.press(button as u8);
    }

    /// Clicks twice, quickly.
    pub(crate) fn double_click(&self, button: Button) {
        self.press(button as u8);
        self.press(button as u8);
    }

    /// Turns the wheel by so many notches: up (away from you) if positive, down if negative. To X, a notch is a click
    /// of button 4 or 5; a winit program is told [`WINIT_LINES_PER_NOTCH`] lines.
    pub(crate) fn wheel(&self, notches: i32) {
        (0..notches.unsigned_abs()).for_each(|_| self.press(if notches > 0 { 4 } else { 5 }));
    }

    /// Presses a button at one place, moves in steps to another, and releases it there.
    pub(crate) fn drag(&self, from_px: (i16, i16), to_px: (i16, i16), button: Button) {
        self.hold(from_px, to_px, button);
        self.release(button);
    }

    /// As [`Self::drag`], and keeps the button down.
    pub(crate) fn hold(&self, from_px: (i16, i16), to_px: (i16, i16), button: Button) {
        const STEPS: i32 = 8;
        self.mouse_move(from_px.0, from_px.1);
        self.fake(BUTTON_PRESS_EVENT, button as u8, (0, 0));
        let between = |from: i16, to: i16, step: i32| (from as i32 + (to as i32 - from as i32) * step / STEPS) as i16;
        for step in 1..=STEPS {
            self.mouse_move(between(from_px.0, to_px.0, step), between(from_px.1, to_px.1, step));
            sleep(Duration::from_millis(4)); // a hand takes its time, and programs may merge moves that come at once
        }
    }

    /// Releases a button.
    pub(crate) fn release(&self, button: Button) {
        self.fake(BUTTON_RELEASE_EVENT, button as u8, (0, 0));
        self.sync();
    }

    fn press(&self, button: u8) {
        self.fake(BUTTON_PRESS_EVENT, button, (0, 0));
        self.fake(BUTTON_RELEASE_EVENT, button, (0, 0));
        self.sync();
    }

    /// Sends an input event, at once. Device 0 and time 0 mean the core device, now.
    fn fake(&self, event: u8, detail: u8, at_px: (i16, i16)) {
        let sent = self
            .connection
            .xtest_fake_input(event, detail, 0, self.root, at_px.0, at_px.1, 0);
        sent.expect("the X server takes an input event").ignore_error();
    }

    /// Waits until the server has done all that it was asked for.
    fn sync(&self) {
        let answer = self.connection.get_input_focus().map(|cookie| cookie.reply());
        answer.expect("the X server is there").expect("the X server answers");
    }

    // ------------------------------------------------------------ pixels

    /// What the whole screen shows now.
    pub(crate) fn screenshot(&self) -> Image {
        self.screenshot_of((0, 0), SCREEN_PX)
    }

    /// What a part of the screen shows now: the pixel of its upper left corner, and its size. A small part is read in
    /// a fraction of a millisecond, the whole screen in about ten.
    pub(crate) fn screenshot_of(&self, corner_px: (i16, i16), size_px: (u16, u16)) -> Image {
        self.try_screenshot(corner_px, size_px)
            .expect("the X server hands out its pixels")
    }

    fn try_screenshot(&self, (x, y): (i16, i16), (width, height): (u16, u16)) -> Result<Image> {
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0)?
            .reply()?;
        // 24 bits of colour in 32: blue, green, red, nothing, where the server is little-endian.
        let is_little = self.connection.setup().image_byte_order == ImageOrder::LSB_FIRST;
        let [r, g, b] = if is_little { [2, 1, 0] } else { [1, 2, 3] };
        let rgb = image
            .data
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[r], pixel[g], pixel[b]])
            .collect();
        Ok(Image {
            width: width.into(),
            height: height.into(),
            rgb,
        })
    }

    /// Looks at the screen until it is as wanted: then what it showed, and how long that took. None after `timeout`.
    pub(crate) fn wait_until(
        &self,
        timeout: Duration,
        is_wanted: impl FnMut(&Image) -> bool,
    ) -> Option<(Image, Duration)> {
        self.wait_until_part((0, 0), SCREEN_PX, timeout, is_wanted)
    }

    /// The same for a part of the screen: the sharper clock, since less is read each time.
    pub(crate) fn wait_until_part(
        &self,
        corner_px: (i16, i16),
        size_px: (u16, u16),
        timeout: Duration,
        mut is_wanted: impl FnMut(&Image) -> bool,
    ) -> Option<(Image, Duration)> {
        let start = Instant::now();
        loop {
            let asked = start.elapsed();
            let image = self.screenshot_of(corner_px, size_px);
            let seen = start.elapsed();
            if is_wanted(&image) {
                return Some((image, seen));
            }
            if seen > timeout {
                return None;
            }
            // Half of the time at most goes into looking: the program under test needs the machine too.
            sleep(POLL.max(seen - asked));
        }
    }

    /// Waits until the screen shows something other than one flat colour and has not changed for `quiet`: then what it
    /// shows. None after `timeout`.
    pub(crate) fn wait_still(&self, quiet: Duration, timeout: Duration) -> Option<Image> {
        let mut last: Option<Image> = None;
        let mut since = Instant::now();
        let is_still = |now: &Image| {
            if last.as_ref() != Some(now) {
                (last, since) = (Some(now.clone()), Instant::now());
            }
            since.elapsed() >= quiet && !now.is_flat()
        };
        self.wait_until(timeout, is_still).map(|(image, _)| image)
    }
}

fn wait_for_exit(process: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = process.try_wait() {
            return Some(status);
        }
        if start.elapsed() > timeout {
            return None;
        }
        sleep(POLL);
    }
}

/// Ends a process for certain, and waits for it so that none is left behind.
fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}
