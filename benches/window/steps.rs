//! Gestures in microtome and the same in napari, in turn: drags, turns of the wheel and keys, one step at a time, each of
//! them from rest.
//!
//! Of microtome, two times: from the real event to changed pixels on the X screen, and what the program says itself, from
//! the event to the frame being handed over. The first is what a person sees, and what is compared; it holds the time in
//! which the screen is read. Of napari: see `benches/napari_window.py`; no event and no screen are in it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use microtome::source::KidneySample;
use tempfile::TempDir;

use super::common::outside::write_planes;
use super::common::stage::{Stage, TIMEOUT, wait};
use super::common::xvfb::{Button, Display};
use super::times::{at, summary};

const WINDOW_PX: (u16, u16) = (1280, 800);
/// Steps before those that count: up and down once, in most kinds.
const WARM_UP: usize = 20;
/// Nothing is drawn for so long before a step.
const REST: Duration = Duration::from_millis(40);
/// The part of the picture that is watched: read in a fraction of a millisecond, and changed by every step.
const PART_PX: (u16, u16) = (160, 24);
/// From the edge of the side panel to the histogram's lower end, in pixels.
const TO_HISTOGRAM: i16 = 18;

/// The steps of one kind.
struct Kind {
    name: &'static str,
    /// From the event to changed pixels.
    seen_ms: Vec<f64>,
    /// From the event to the frame being handed over.
    told_ms: Vec<f64>,
    /// The panels' part of that.
    panels_ms: Vec<f64>,
}

pub(super) fn measure(display: &Display, folder: &TempDir, count: usize) {
    let sample = KidneySample::new();
    let python = std::env::var_os("MICROTOME_NAPARI_PYTHON");
    println!(
        "\n{count} steps of each kind, window of {} x {}, ms: p50, p99, max",
        WINDOW_PX.0, WINDOW_PX.1
    );
    println!(
        "{:21} {:^23}  {:^23}  {:>7}  {:^23}  {:>9}",
        "channels, step", "event to screen", "event to presentation", "panels", "napari", "p99 ratio"
    );
    for channels in [1, 3, 8] {
        let path = folder.path().join(format!("{channels}.tif"));
        write_planes(&path, [16, channels, 512, 512], |i| {
            plane(&sample, i / channels, i % channels)
        });
        let kinds = in_microtome(display, folder, &path, &[], count);
        let napari = python.as_ref().map(|python| in_napari(display, python, &path, count));
        for kind in &kinds {
            let napari = napari.as_ref().map(|kinds| {
                let of_kind = kinds.iter().find(|(name, _)| name == kind.name);
                &of_kind.expect("the same kinds of steps").1
            });
            println!("{}", row(channels, kind, napari));
        }
    }
    let linear = in_microtome(
        display,
        folder,
        &folder.path().join("3.tif"),
        &["--filter", "linear"],
        count,
    );
    for kind in linear {
        println!("{} (linear)", row(3, &kind, None));
    }
}

fn row(channels: usize, kind: &Kind, napari: Option<&Vec<f64>>) -> String {
    let mut row = format!(
        "{channels:>2} {:18} {}  {}  {:>7.1}",
        kind.name,
        summary(&kind.seen_ms),
        summary(&kind.told_ms),
        at(&kind.panels_ms, 0.5)
    );
    if let Some(napari) = napari {
        let ratio = at(napari, 0.99) / at(&kind.seen_ms, 0.99);
        write!(row, "  {}  {ratio:>9.1}", summary(napari)).expect("a string grows");
    }
    row
}

/// A plane of the sample, little-endian; channels beyond the third are the first three turned by a half.
fn plane(sample: &KidneySample, z: usize, c: usize) -> Vec<u8> {
    let all = sample.voxels();
    let plane = &all[z * 512 * 512 * 3..][..512 * 512 * 3];
    let values = plane.iter().skip(c % 3).step_by(3).map(|value| value.to_le_bytes());
    match (c / 3) % 2 {
        0 => values.flatten().collect(),
        _ => values.rev().flatten().collect(),
    }
}

/// Up and down between two numbers, `by` at a time.
fn wave(step: usize, least: i16, most: i16, by: i16) -> i16 {
    let count = ((most - least) / by) as usize;
    let phase = step % (2 * count);
    least + by * phase.min(2 * count - phase) as i16
}

// ---------------------------------------------------------------- microtome

fn in_microtome(display: &Display, folder: &TempDir, path: &Path, args: &[&str], count: usize) -> Vec<Kind> {
    let path = path.to_str().expect("in UTF-8");
    let stage = Stage::open(display, folder, &[&[path], args].concat());
    stage.app.resize(WINDOW_PX.0, WINDOW_PX.1);
    stage.rest(Duration::from_millis(500));
    let [x, y, width, _] = stage.canvas();
    let side = (x + width) as i16;
    let handles = handles_y(&stage, side);
    let center = stage.at(0.5, 0.5);
    let mut kinds = Vec::new();

    for (name, at, sign) in [
        ("lo", (side + TO_HISTOGRAM, handles), 1),
        ("hi", (WINDOW_PX.0 as i16 - TO_HISTOGRAM, handles), -1),
    ] {
        let to = |step: usize| (at.0 + sign * wave(step, 20, 80, 6), at.1);
        display.mouse_move(at.0, at.1);
        stage.rest(REST);
        display.hold(at, to(0), Button::Left);
        kinds.push(take(&stage, name, count, |step| {
            let (x, y) = to(step + 1);
            display.mouse_move(x, y);
        }));
        display.release(Button::Left);
        assert_window_changed(&stage, name);
        stage.after_a_frame(|| display.key("x"));
    }
    let to = |step: usize| {
        let by = wave(step, 20, 80, 6);
        (center.0 + by, center.1 - by / 2)
    };
    display.hold(center, to(0), Button::Right);
    kinds.push(take(&stage, "window/level", count, |step| {
        let (x, y) = to(step + 1);
        display.mouse_move(x, y);
    }));
    display.release(Button::Right);
    assert_window_changed(&stage, "window/level");
    stage.after_a_frame(|| display.key("x"));

    display.mouse_move(center.0 + 60, center.1 + 40);
    kinds.push(take(&stage, "zoom", count, |step| {
        display.wheel(if wave(step + 1, 0, 5, 1) > wave(step, 0, 5, 1) {
            1
        } else {
            -1
        });
    }));
    display.key("r");
    display.key("Home");
    // Below the window's contents, where no voxel lies under it.
    display.mouse_move(WINDOW_PX.0 as i16 - 1, WINDOW_PX.1 as i16 - 1);
    kinds.push(take(&stage, "z step", count, |step| {
        let is_up = wave(step + 1, 0, 15, 1) > wave(step, 0, 15, 1);
        display.key(if is_up { "Right" } else { "Left" });
    }));
    let to = |step: usize| {
        let by = wave(step, 8, 80, 8);
        (center.0 + by, center.1 + by)
    };
    display.hold(center, to(0), Button::Left);
    kinds.push(take(&stage, "pan", count, |step| {
        let (x, y) = to(step + 1);
        display.mouse_move(x, y);
    }));
    display.release(Button::Left);
    // The canvas has not moved, and so the steps were made where they were meant.
    assert_eq!(stage.canvas()[..3], [x, y, width]);
    stage.quit();
    kinds
}

/// Makes the steps of one kind.
fn take(stage: &Stage<'_>, name: &'static str, count: usize, act: impl Fn(usize)) -> Kind {
    let corner = liveliest(stage, name, &act);
    let mut kind = Kind {
        name,
        seen_ms: Vec::new(),
        told_ms: Vec::new(),
        panels_ms: Vec::new(),
    };
    for step in WARM_UP..WARM_UP + count {
        stage.rest(REST);
        let printed = stage.app.printed_bytes() as usize;
        let before = stage.display.screenshot_of(corner, PART_PX);
        let start = Instant::now();
        act(step);
        let changed = stage
            .display
            .wait_until_part(corner, PART_PX, TIMEOUT, |now| *now != before);
        assert!(changed.is_some(), "step {step} of {name} changes nothing");
        let seen = start.elapsed().as_secs_f64() * 1e3;
        kind.seen_ms.push(seen);
        // The line is written just after the frame was handed over.
        stage.rest(Duration::from_millis(5));
        let output = stage.app.output();
        let (told, panels) = output[printed..]
            .lines()
            .find_map(frame_ms)
            .unwrap_or_else(|| panic!("{name}: no frame after input in {:?}", &output[printed..]));
        kind.told_ms.push(told);
        kind.panels_ms.push(panels);
    }
    kind
}

/// Makes the first steps, and finds the corner of the part of the picture that each of them changes most.
fn liveliest(stage: &Stage<'_>, name: &str, act: &impl Fn(usize)) -> (i16, i16) {
    let [left, top, width, height] = stage.canvas();
    let (part_width, part_height) = (usize::from(PART_PX.0), usize::from(PART_PX.1));
    let corners: Vec<(usize, usize)> = (0..width / part_width)
        .flat_map(|column| (0..height / part_height).map(move |row| (column * part_width, row * part_height)))
        .collect();
    let (corner, size) = ((left as i16, top as i16), (width as u16, height as u16));
    let mut least = vec![usize::MAX; corners.len()];
    stage.rest(5 * REST);
    let mut before = stage.display.screenshot_of(corner, size);
    for step in 0..WARM_UP {
        act(step);
        let changed = stage
            .display
            .wait_until_part(corner, size, TIMEOUT, |now| *now != before);
        assert!(changed.is_some(), "step {step} of {name} changes nothing");
        stage.rest(2 * REST);
        let after = stage.display.screenshot_of(corner, size);
        for (least, &corner) in least.iter_mut().zip(&corners) {
            let [one, other] = [&before, &after].map(|picture| picture.crop(corner, (part_width, part_height)));
            let pairs = one.rgb.iter().zip(&other.rgb);
            *least = pairs.filter(|(one, other)| one != other).count().min(*least);
        }
        before = after;
    }
    let best = (0..corners.len())
        .max_by_key(|&i| least[i])
        .expect("a canvas larger than a part of it");
    assert!(
        least[best] > 0,
        "no part of the picture is changed by every step of {name}"
    );
    let (x, y) = corners[best];
    ((left + x) as i16, (top + y) as i16)
}

/// Of `frame 7: 12.34 ms after input, 1.23 ms gui`, both times.
fn frame_ms(line: &str) -> Option<(f64, f64)> {
    let (told, panels) = line.split_once(": ")?.1.split_once(" ms after input, ")?;
    Some((told.parse().ok()?, panels.split_once(" ms gui")?.0.parse().ok()?))
}

/// The height at which the first histogram has its handles. Its lower one is a bright upright line, and nothing else at
/// that place is as long.
fn handles_y(stage: &Stage<'_>, side: i16) -> i16 {
    const LONG: usize = 36;
    let picture = stage
        .display
        .screenshot_of((side + TO_HISTOGRAM - 2, 0), (5, WINDOW_PX.1));
    for top in 0..picture.height - LONG {
        let is_line = |x: &usize| {
            let first = picture.pixel(*x, top);
            first.iter().all(|&value| value > 90) && (top..top + LONG).all(|y| picture.pixel(*x, y) == first)
        };
        if (0..picture.width).any(|x| is_line(&x)) {
            return (top + LONG / 2) as i16;
        }
    }
    panic!("no histogram is found beside the picture");
}

/// Whether a drag did what it was meant to: the command that makes this picture has a window in it.
fn assert_window_changed(stage: &Stage<'_>, name: &str) {
    let copies = || stage.app.output().matches("copied the command: ").count();
    let before = copies();
    stage.display.key("ctrl+k");
    wait("a command is copied", || copies() != before);
    let command = stage.display.paste(TIMEOUT).expect("a text").replace('\'', "");
    assert!(command.contains("--range 0:"), "{name}: {command}");
}

// ---------------------------------------------------------------- napari

fn in_napari(display: &Display, python: &OsString, path: &Path, count: usize) -> Vec<(String, Vec<f64>)> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/napari_window.py");
    let output = Command::new(python)
        .arg(script)
        .arg(path)
        .arg(count.to_string())
        .env("DISPLAY", display.name())
        .env("QT_QPA_PLATFORM", "xcb")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("python runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "napari: {said}");
    said.lines()
        .filter(|line| line.starts_with("napari "))
        .for_each(|line| println!("{line}"));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let kinds = lines.lines().map(|line| {
        let (name, times) = line.split_once('\t').expect("a name and times");
        let ms = times.split('\t').map(|ms| ms.parse().expect("a time")).collect();
        (name.to_owned(), ms)
    });
    kinds.collect()
}
