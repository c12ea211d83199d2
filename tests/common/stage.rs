//! The real program in a real window, worked with a real keyboard and mouse.

use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::xvfb::{App, Display};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_microtome");
/// Long: it is waited for only where something fails, and machines are busy.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

/// Waits until something is so.
pub(crate) fn wait(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < TIMEOUT, "{what}: it never is so");
        sleep(Duration::from_millis(5));
    }
}

/// The program in a window, with an empty folder to work in.
pub(crate) struct Stage<'d> {
    pub(crate) display: &'d Display,
    pub(crate) app: App<'d>,
    pub(crate) folder: &'d TempDir,
}

/// Where the picture lies on the screen: x, y, width, height.
pub(crate) type Canvas = [usize; 4];

impl<'d> Stage<'d> {
    pub(crate) fn open(display: &'d Display, folder: &'d TempDir, args: &[&str]) -> Self {
        Self::open_with(display, folder, args, &[])
    }

    /// With these in the environment too.
    pub(crate) fn open_with(display: &'d Display, folder: &'d TempDir, args: &[&str], envs: &[(&str, &str)]) -> Self {
        let stage = Self::begin(display, folder, args, envs);
        stage.wait_for_line("complete picture");
        stage
    }

    /// Without waiting for anything.
    pub(crate) fn begin(display: &'d Display, folder: &'d TempDir, args: &[&str], envs: &[(&str, &str)]) -> Self {
        let folder_name = folder.path().to_str().expect("in UTF-8");
        // The shell gives it its folder: pictures are saved in the current one.
        let mut shell = vec!["-c", r#"cd "$0" && exec "$@""#, folder_name, PROGRAM];
        shell.extend(args);
        let envs = [&[("MICROTOME_TRACE", "1")], envs].concat();
        let app = display.spawn("sh", &shell, &envs);
        Self { display, app, folder }
    }

    pub(crate) fn wait_for_line(&self, part: &str) {
        wait(&format!("it says {part:?}"), || self.app.output().contains(part));
    }

    /// The messages that are shown: how many, and all in one line.
    pub(crate) fn notices(&self) -> (usize, String) {
        let output = self.app.output();
        let line = output
            .lines()
            .filter_map(|line| line.strip_prefix("notices: "))
            .next_back()
            .unwrap_or("0");
        let count = line.split(' ').next().and_then(|count| count.parse().ok());
        (count.expect("a number"), line.to_owned())
    }

    /// Waits for a message that says this, the only one; then dismisses it.
    pub(crate) fn dismiss(&self, part: &str) {
        self.wait_for_notice(part);
        self.display.key("Escape");
        wait("the message goes", || self.notices().0 == 0);
    }

    /// Waits for a message that says this, the only one.
    pub(crate) fn wait_for_notice(&self, part: &str) {
        let start = Instant::now();
        loop {
            let (count, text) = self.notices();
            if count == 1 && text.contains(part) {
                return;
            }
            assert!(start.elapsed() < TIMEOUT, "{part:?} is not told, but {text:?}");
            sleep(Duration::from_millis(5));
        }
    }

    /// As the program last said.
    pub(crate) fn canvas(&self) -> Canvas {
        let output = self.app.output();
        let line = output
            .lines()
            .filter_map(|line| line.strip_prefix("canvas: "))
            .next_back();
        let numbers = line.expect("the program says where").split(' ');
        let numbers: Vec<usize> = numbers.map(|number| number.parse().expect("a number")).collect();
        numbers.try_into().expect("four numbers")
    }

    /// A place in the canvas, as shares of its width and height, on the screen.
    pub(crate) fn at(&self, across: f64, down: f64) -> (i16, i16) {
        let [x, y, width, height] = self.canvas();
        (
            (x as f64 + width as f64 * across) as i16,
            (y as f64 + height as f64 * down) as i16,
        )
    }

    pub(crate) fn frames(&self) -> usize {
        self.app
            .output()
            .lines()
            .filter(|line| line.starts_with("frame "))
            .count()
    }

    /// Waits until it has drawn nothing for so long.
    pub(crate) fn rest(&self, quiet: Duration) {
        let start = Instant::now();
        let (mut printed, mut since) = (self.app.printed_bytes(), start);
        while since.elapsed() < quiet {
            assert!(start.elapsed() < TIMEOUT, "it never comes to rest");
            sleep(Duration::from_millis(2));
            // It says a line for every frame.
            let now = self.app.printed_bytes();
            if now != printed {
                (printed, since) = (now, Instant::now());
            }
        }
    }

    /// Does something that a frame comes of, and waits until no more come.
    pub(crate) fn after_a_frame(&self, act: impl FnOnce()) {
        let before = self.frames();
        act();
        wait("it draws a frame", || self.frames() != before);
        self.rest(Duration::from_millis(100));
    }

    pub(crate) fn quit(self) {
        self.display.key("ctrl+q");
        let status = self.app.wait_for_exit(TIMEOUT).expect("Ctrl+Q ends it");
        assert!(status.success(), "{status}: {}", self.app.output());
        assert!(self.app.output().contains("frames presented: "));
    }
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}
