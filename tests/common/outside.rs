//! The program seen from outside: its memory, its time, which plane it shows when; and stacks for it to go through.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::stage::{Stage, TIMEOUT, wait};
use super::tiff_files::{LITTLE, noise};
use super::tiff_writer::Page;
use super::xvfb::{Button, Display, Image};

/// Time used by a process, in seconds (proc(5), fields 14 and 15 of `stat`: hundredths of a second on Linux).
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the program is there");
    // The name in brackets may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    ticks as f64 / 100.0
}

/// Memory of a process, in MiB (proc(5), `VmRSS` of `status`).
pub(crate) fn resident_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the program is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.expect("a line with VmRSS") / 1024.0
}

/// A grey stack of 16-bit noise as an ImageJ hyperstack; planes of channels follow each other.
pub(crate) fn write_stack(path: &Path, [z, c, y, x]: [usize; 4], seed: u64) {
    let plane = |i: usize| noise(y * x * 2, seed.wrapping_mul(1_000_003).wrapping_add(i as u64));
    write_planes(path, [z, c, y, x], plane);
}

/// The same of given planes: little-endian, the channels of the first z first.
pub(crate) fn write_planes(path: &Path, [z, c, y, x]: [usize; 4], plane: impl Fn(usize) -> Vec<u8>) {
    let description = format!(
        "ImageJ=1.54f\nimages={}\nchannels={c}\nslices={z}\nhyperstack=true\n",
        z * c
    );
    let mut pages: Vec<Page> = (0..z * c)
        .map(|i| Page::gray(x as u32, y as u32, 16, 1, plane(i)))
        .collect();
    pages[0] = pages[0].clone().with_description(&description);
    std::fs::write(path, LITTLE.write(&pages)).expect("a file can be written");
}

// ---------------------------------------------------------------- playback

/// A small part of the picture, and how it looks on each plane.
pub(crate) struct Planes {
    corner_px: (i16, i16),
    pictures: Vec<Image>,
}

/// Large enough for no two planes to be alike, and read in a fraction of a millisecond.
const PART_PX: (u16, u16) = (64, 24);

/// Looks that are farther apart than this may have missed a plane, or one for each time this goes into it.
const SHORTEST_SHOWN: Duration = Duration::from_millis(6);

/// How long after a pause the last frame may come.
const LAST_FRAME: Duration = Duration::from_millis(300);

/// What was seen while it played.
pub(crate) struct Seen {
    /// Planes that came after others.
    pub(crate) shown: u64,
    /// Planes between those, which did not come.
    pub(crate) skipped: u64,
    /// Planes that may have come and gone while nobody looked.
    pub(crate) missed: u64,
    /// Planes per second over the last second of it.
    pub(crate) rate: f64,
    /// Times the screen was looked at.
    pub(crate) looks: u64,
    /// Times it showed no plane that was learnt.
    pub(crate) unknown: u64,
    /// From the key press that began it until the program said that it was paused.
    pub(crate) seconds: f64,
}

/// What the program says at the end of playback.
pub(crate) struct Told {
    pub(crate) rate: f64,
    pub(crate) measured: f64,
    pub(crate) shown: u64,
    pub(crate) dropped: u64,
    pub(crate) pace: String,
}

impl Planes {
    /// Goes through all planes of a window that shows the first one.
    pub(crate) fn learn(stage: &Stage<'_>, count: usize) -> Self {
        // What is told of a frame may be there before its pixels are.
        stage.rest(Duration::from_millis(300));
        let at = stage.at(0.5, 0.5);
        let corner_px = (at.0 - PART_PX.0 as i16 / 2, at.1 - PART_PX.1 as i16 / 2);
        let mut pictures = vec![stage.display.screenshot_of(corner_px, PART_PX)];
        while pictures.len() < count {
            stage.after_a_frame(|| stage.display.key("Right"));
            pictures.push(stage.display.screenshot_of(corner_px, PART_PX));
        }
        for (z, picture) in pictures.iter().enumerate() {
            assert!(!pictures[..z].contains(picture), "plane {z} looks like one before it");
        }
        Self { corner_px, pictures }
    }

    /// Plays for a while, and looks as often as it can without taking all of a core.
    ///
    /// It misses a plane that is replaced between two looks (they are 1 to 2 ms apart unless the machine is busy), and
    /// cannot tell a whole round of planes that were skipped from none.
    pub(crate) fn watch(&self, stage: &Stage<'_>, time: Duration) -> Seen {
        let look = || stage.display.screenshot_of(self.corner_px, PART_PX);
        let count = self.pictures.len();
        let mut plane = self.plane(&look()).expect("a plane that was learnt");
        let mut seen = Seen {
            shown: 0,
            skipped: 0,
            missed: 0,
            rate: 0.0,
            looks: 0,
            unknown: 0,
            seconds: 0.0,
        };
        let (mut times, mut paused) = (Vec::new(), None);
        let reports = || stage.app.output().matches("playback: ").count();
        let before = reports();
        let mut printed = stage.app.printed_bytes();
        stage.display.key("space");
        let start = Instant::now();
        let mut last_look = start;
        let mut is_asked = false;
        while paused.is_none_or(|paused: Instant| paused.elapsed() < LAST_FRAME) {
            if !is_asked && start.elapsed() >= time {
                stage.display.key("space");
                is_asked = true;
            }
            // Until it says so, it plays.
            let is_news = std::mem::replace(&mut printed, stage.app.printed_bytes()) != printed;
            if is_asked && paused.is_none() && is_news && reports() > before {
                paused = Some(Instant::now());
                seen.seconds = start.elapsed().as_secs_f64();
            }
            assert!(start.elapsed() < time + TIMEOUT, "it is never paused");
            let now = look();
            let looked = Instant::now();
            seen.looks += 1;
            seen.missed += ((looked - last_look).as_millis() / SHORTEST_SHOWN.as_millis()) as u64;
            last_look = looked;
            if now != self.pictures[plane] {
                match self.plane(&now) {
                    Some(next) => {
                        seen.shown += 1;
                        seen.skipped += ((next + count - plane - 1) % count) as u64;
                        plane = next;
                        times.push(looked);
                    }
                    None => seen.unknown += 1,
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let last = times.last().copied().unwrap_or(start);
        times.retain(|&then| last - then <= Duration::from_secs(1));
        if let [first, .., last] = times[..] {
            seen.rate = (times.len() - 1) as f64 / (last - first).as_secs_f64();
        }
        seen
    }

    fn plane(&self, picture: &Image) -> Option<usize> {
        self.pictures.iter().position(|known| known == picture)
    }
}

impl Stage<'_> {
    /// Types the rate of playback into its field, below the slider of planes.
    pub(crate) fn set_rate(&self, rate: u32) {
        let (_, y) = self.playback_row();
        self.display.mouse_move(58, y);
        self.after_a_frame(|| self.display.click(Button::Left));
        self.rest(Duration::from_millis(300));
        self.display.type_text(&rate.to_string());
        self.after_a_frame(|| self.display.key("Return"));
    }

    /// Chooses what is done about planes that are late: the second choice of a menu, which opens upwards.
    pub(crate) fn keep_the_rate(&self) {
        let (x, y) = self.playback_row();
        self.display.mouse_move(x, y);
        self.after_a_frame(|| self.display.click(Button::Left));
        self.display.mouse_move(x + 60, y - 26);
        self.after_a_frame(|| self.display.click(Button::Left));
    }

    /// Where the menu of what is done about late planes lies.
    fn playback_row(&self) -> (i16, i16) {
        let [_, top, _, height] = self.canvas();
        (247, (top + height + 4 + 26 + 13) as i16)
    }

    /// What it said when it was paused last; `times` is how often it was paused.
    pub(crate) fn told_of_playback(&self, times: usize) -> Told {
        let lines = |output: &str| -> Vec<String> {
            let lines = output.lines().filter_map(|line| line.strip_prefix("playback: "));
            lines.map(str::to_owned).collect()
        };
        let start = Instant::now();
        loop {
            let lines = lines(&self.app.output());
            if lines.len() >= times {
                let line = &lines[times - 1];
                let mut parts = line.split(", ").map(|part| part.rsplit(' ').next().unwrap_or(part));
                let mut number = || -> f64 {
                    let part = parts.next().expect("a number");
                    part.parse()
                        .unwrap_or_else(|_| panic!("{line:?}: {part:?} is no number"))
                };
                return Told {
                    rate: number(),
                    measured: number(),
                    shown: number() as u64,
                    dropped: number() as u64,
                    pace: line.rsplit(", ").next().unwrap_or_default().to_owned(),
                };
            }
            assert!(start.elapsed() < TIMEOUT, "it never says how playback went");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

// ---------------------------------------------------------------- many files

/// A folder of stacks of ten sizes, one after another.
pub(crate) struct Shelf {
    folder: TempDir,
    count: usize,
}

impl Shelf {
    /// How many sizes there are.
    pub(crate) const SIZES: usize = 10;

    /// The first stack, the eleventh, and so on have `planes` planes of 0.4 MB, those after them twice as many, and so on.
    pub(crate) fn new(count: usize, planes: usize) -> Self {
        let shelf = Self {
            folder: super::stage::folder(),
            count,
        };
        for place in 0..count.min(Self::SIZES) {
            let channels = 1 + place % 3;
            let z = (planes * (place + 1)).div_ceil(channels);
            write_stack(
                &shelf.path(place),
                [z, channels, 400 + place, 500 - place],
                place as u64,
            );
        }
        for place in Self::SIZES..count {
            std::fs::hard_link(shelf.path(place % Self::SIZES), shelf.path(place)).expect("a file can be linked");
        }
        shelf
    }

    fn path(&self, place: usize) -> PathBuf {
        self.folder.path().join(format!("{place:03}.tif"))
    }

    /// Opens all of them, and the first one again, by the key for the next file. Returns the memory of the process, in
    /// MiB, after each.
    pub(crate) fn go_through(&self, display: &Display) -> Vec<f64> {
        let folder = super::stage::folder();
        let first = self.path(0);
        let stage = Stage::open(display, &folder, &[first.to_str().expect("in UTF-8")]);
        let mut mib = Vec::new();
        for opened in 0..=self.count {
            let name = format!("{:03}.tif", opened % self.count);
            let is_there = || {
                let output = stage.app.output();
                output.matches("complete picture: ").count() == opened + 1 && stage.app.title().starts_with(&name)
            };
            wait(&format!("{name} is shown"), is_there);
            // By then the program has given back what the last file took.
            stage.rest(Duration::from_secs(1));
            mib.push(resident_mib(stage.app.pid()));
            if opened < self.count {
                display.key("ctrl+Page_Down");
            }
        }
        stage.quit();
        mib
    }
}
