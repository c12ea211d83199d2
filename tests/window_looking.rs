//! Looking at a picture in the real window, with keys and mouse: whatever is asked for, the canvas shows what `render`
//! makes of the same words.
#![cfg(target_os = "linux")]

mod common;

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::canvas::different_bytes;
use common::stage::{PROGRAM, Stage, TIMEOUT, folder, wait};
use common::xvfb::{Button, Display, Image, WINIT_LINES_PER_NOTCH};
use microtome::source::{KidneySample, Source};
use microtome::view::{ProfileLine, Rect, ViewOptions, ViewState};
use microtome::volume::{Region, Window};

const SAMPLE: &str = "sample:kidney";
/// The exact range of the sample's first channel.
const FIRST: Window = Window { lo: 10.0, hi: 4095.0 };

/// The view that the window opens with, and where it is drawn.
fn opened(stage: &Stage<'_>) -> (ViewState, Rect) {
    let sample = KidneySample::new();
    let view = ViewOptions::default().view_of(sample.dataset()).expect("a view");
    let [x, y, width, height] = stage.canvas().map(|px| px as u32);
    (view, Rect { x, y, width, height })
}

/// The camera of a view in words.
fn camera(view: &ViewState, canvas: Rect) -> String {
    let ([u, v], [zoom, _]) = view.resolve_camera(canvas);
    format!("--zoom {zoom} --center {u},{v}")
}

fn f64s((x, y): (i16, i16)) -> [f64; 2] {
    [x.into(), y.into()]
}

/// The window after a drag, as the help of the program says: right is wider, up is brighter.
fn dragged(window: Window, canvas: Rect, from: (i16, i16), to: (i16, i16)) -> Window {
    let right = f64::from(to.0 - from.0) / f64::from(canvas.width);
    let down = f64::from(to.1 - from.1) / f64::from(canvas.height);
    let width = (window.hi - window.lo) * 8f64.powf(right);
    let level = (window.lo + window.hi) / 2.0 + down * 2.0 * (window.hi - window.lo);
    Window::new((level - width / 2.0).round(), (level + width / 2.0).round())
}

fn range(window: Window) -> String {
    format!("{},{}", window.lo, window.hi)
}

/// Runs a command by its name.
fn command(display: &Display, name: &str) {
    display.key("ctrl+shift+p");
    display.type_text(name);
    display.key("Return");
}

/// Takes the mouse off the picture.
fn mouse_away(display: &Display) {
    display.mouse_move(1279, 799);
}

/// With a key held, turns the wheel.
fn wheel_with(display: &Display, key: &str, notches: i32) {
    display.key_down(key);
    display.wheel(notches);
    display.key_up(key);
}

fn drag_with(display: &Display, keys: &[&str], from: (i16, i16), to: (i16, i16)) {
    keys.iter().for_each(|key| display.key_down(key));
    display.drag(from, to, Button::Left);
    keys.iter().rev().for_each(|key| display.key_up(key));
}

#[test]
fn a_dragged_box_and_keys_choose_what_part_is_seen() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let (mut view, canvas) = opened(&stage);
    for (from, to) in [((0.3, 0.3), (0.55, 0.62)), ((0.7, 0.8), (0.4, 0.1))] {
        let (from, to) = (stage.at(from.0, from.1), stage.at(to.0, to.1));
        let uv = [from, to].map(|px| view.uv_from_px(canvas, f64s(px)));
        drag_with(&display, &["shift"], from, to);
        mouse_away(&display);
        view.zoom_to(canvas, uv[0], uv[1]);
        stage.expect_rendered(&camera(&view, canvas));
        display.key("r");
        stage.expect_rendered("");
        view = opened(&stage).0;
    }
    // A press that goes nowhere is no box.
    let (x, y) = stage.at(0.5, 0.5);
    drag_with(&display, &["shift"], (x, y), (x + 1, y));
    mouse_away(&display);
    stage.expect_rendered("");

    display.key("w");
    view.fit_width(canvas);
    stage.expect_rendered(&camera(&view, canvas));
    display.key("R");
    stage.expect_rendered("--zoom 1");
    display.key("ctrl+z");
    sleep(Duration::from_millis(50));
    display.key("r");
    stage.expect_rendered("");

    // The place under the mouse stays where it is.
    let at = stage.at(0.25, 0.7);
    display.mouse_move(at.0, at.1);
    display.wheel(2);
    mouse_away(&display);
    view = opened(&stage).0;
    view.zoom_at(canvas, f64s(at), 1.15f64.powi(2 * WINIT_LINES_PER_NOTCH));
    stage.expect_rendered(&camera(&view, canvas));
    display.mouse_move(at.0, at.1);
    wheel_with(&display, "ctrl", 1);
    let plane = 8 - WINIT_LINES_PER_NOTCH;
    stage.expect_rendered(&format!("--z {plane} {}", camera(&view, canvas)));
    // With Shift, a double click goes away again.
    display.double_click(Button::Left);
    view.zoom_at(canvas, f64s(at), 2.0);
    stage.expect_rendered(&format!("--z {plane} {}", camera(&view, canvas)));
    sleep(Duration::from_millis(600));
    display.key_down("shift");
    display.double_click(Button::Left);
    display.key_up("shift");
    view.zoom_at(canvas, f64s(at), 0.5);
    stage.expect_rendered(&format!("--z {plane} {}", camera(&view, canvas)));
    stage.quit();
}

#[test]
fn window_and_level_follow_the_mouse() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let (_, canvas) = opened(&stage);
    let (from, on_the_way, to) = (stage.at(0.5, 0.5), stage.at(0.35, 0.4), stage.at(0.3, 0.45));
    display.hold(from, on_the_way, Button::Right);
    let live = dragged(FIRST, canvas, from, on_the_way);
    stage.expect_rendered(&format!("--range 0:{}", range(live)));
    display.mouse_move(to.0, to.1);
    let window = dragged(FIRST, canvas, from, to);
    stage.expect_rendered(&format!("--range 0:{}", range(window)));
    display.release(Button::Right);
    display.mouse_move(from.0, from.1);
    stage.expect_rendered(&format!("--range 0:{}", range(window)));

    // The same with Alt and the left button, of the channel that is active.
    display.key("x");
    display.key("Down");
    drag_with(&display, &["alt"], from, to);
    let second = dragged(Window::new(68.0, 4095.0), canvas, from, to);
    stage.expect_rendered(&format!("--range 1:{}", range(second)));
    display.key("ctrl+z");
    stage.expect_rendered("");
    display.key("ctrl+shift+z");
    stage.expect_rendered(&format!("--range 1:{}", range(second)));
    display.key("x");

    // In a montage, of the channel of the panel.
    display.key("g");
    stage.expect_rendered("--layout montage");
    let (from, to) = (stage.at(0.9, 0.6), stage.at(0.8, 0.5));
    display.drag(from, to, Button::Right);
    let of_panel = exact_range(2);
    let third = dragged(of_panel, canvas, from, to);
    stage.expect_rendered(&format!("--layout montage --range 2:{}", range(third)));
    display.key("g");
    display.key("x");

    // Linked channels go together.
    display.key("shift+l");
    stage.expect_rendered("");
    let (from, to) = (stage.at(0.5, 0.5), stage.at(0.45, 0.35));
    display.drag(from, to, Button::Right);
    let all = dragged(of_panel, canvas, from, to);
    stage.expect_rendered(&format!("--range {}", range(all)));
    stage.quit();
}

/// The exact range of a channel of the sample, as `stats` says.
fn exact_range(channel: usize) -> Window {
    let stats = stats(&["--channels", &channel.to_string()]);
    let number = |name: &str| stats["channels"][0][name].as_f64().expect("a number");
    Window::new(number("min"), number("max"))
}

fn stats(options: &[&str]) -> serde_json::Value {
    let output = Command::new(PROGRAM)
        .args(["stats", SAMPLE, "--json", "-q"])
        .args(options)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn slabs_are_thickened_in_place() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    for (key, options) in [
        ("m", "--slab all"),
        ("m", ""),
        ("alt+Up", "--slab 2"),
        ("alt+Up", "--slab 3"),
        ("alt+Down", "--slab 2"),
        ("Right", "--slab 2 --z 9"),
        ("m", "--z 9"),
        ("Left", ""),
    ] {
        display.key(key);
        stage.expect_rendered(options);
    }
    let (x, y) = stage.at(0.5, 0.5);
    display.mouse_move(x, y);
    wheel_with(&display, "alt", 2);
    stage.expect_rendered(&format!("--slab {}", 1 + 2 * WINIT_LINES_PER_NOTCH));
    wheel_with(&display, "alt", -1);
    stage.expect_rendered(&format!("--slab {}", 1 + WINIT_LINES_PER_NOTCH));
    wheel_with(&display, "alt", -5);
    stage.expect_rendered("");
    stage.quit();
}

#[test]
fn what_is_written_and_marked_in_the_picture_is_in_saved_ones() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--z", "3"]);
    for (key, options) in [
        ("k", "--mark-clipping all"),
        (
            "c",
            "--mark-clipping all --contrast percentile --range 1:68,4095 --range 2:RANGE",
        ),
        ("k", "--contrast percentile --range 1:68,4095 --range 2:RANGE"),
        ("x", ""),
        ("b", "--scale-bar"),
        ("n", "--scale-bar --labels"),
        ("g", "--scale-bar --labels --layout montage"),
        ("b", "--labels --layout montage"),
        ("g", "--labels"),
    ] {
        display.key(key);
        let options = options.replace("RANGE", &range(exact_range(2)));
        stage.expect_rendered(&format!("--z 3 {options}"));
    }
    let labelled = stage.rendered(SAMPLE, "--z 3 --labels");
    assert_eq!(different_bytes(&stage.saved("sample-kidney-z003.png"), &labelled), 0);
    // What is in the picture is kept for the next window.
    stage.quit();
    let stage = Stage::open(&display, &folder, &["--z", "3"]);
    stage.expect(&labelled, "labels are kept");
    stage.quit();
}

#[test]
fn guides_are_seen_and_not_saved() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    mouse_away(&display);
    let plain = stage.rendered(SAMPLE, "");
    stage.expect(&plain, "as it opens");

    let with_axes = stage.changed_by("the key of the axes", || display.key("a"));
    // Arrows and letters in the upper right, and nothing anywhere else.
    let [_, _, width, height] = stage.canvas();
    assert!(is_same_left_of(&with_axes, &plain, width - 140));
    assert!(changed_pixels(&with_axes, &plain) > 100);
    assert_eq!(different_bytes(&stage.saved("sample-kidney-z008.png"), &plain), 0);
    display.key("a");
    stage.expect(&plain, "without axes");

    let at = stage.at(0.4, 0.6);
    display.mouse_move(at.0, at.1);
    let crossed = stage.changed_by("the key of the crosshair", || display.key("t"));
    // From edge to edge, at the mouse: within a voxel and the width of the line.
    let (column, row) = (width * 4 / 10, height * 6 / 10);
    let rows = (0..height).filter(|&y| (column - 4..column + 5).any(|x| crossed.pixel(x, y) != plain.pixel(x, y)));
    let columns = (0..width).filter(|&x| (row - 4..row + 5).any(|y| crossed.pixel(x, y) != plain.pixel(x, y)));
    assert!(rows.count() > height * 9 / 10 && columns.count() > width * 9 / 10);
    assert_eq!(different_bytes(&stage.saved("sample-kidney-z008-1.png"), &plain), 0);
    let elsewhere = stage.at(0.7, 0.3);
    let moved = stage.changed_by("the mouse", || display.mouse_move(elsewhere.0, elsewhere.1));
    assert!(changed_pixels(&moved, &crossed) > 100);
    display.key("t");
    stage.expect(&plain, "without a crosshair");

    // Far in, there is a grid between voxels from the start; nearer than 14 pixels a voxel.
    mouse_away(&display);
    "R + + + + + + + +".split(' ').for_each(|key| display.key(key));
    let near = stage.rendered(SAMPLE, "--zoom 16");
    wait("the grid comes", || (1..3000).contains(&gridded(&stage.shown(), &near)));
    let far_in = stage.shown();
    assert!(changed_pixels(&far_in, &near) > width * height / 16);
    display.key("d");
    stage.expect(&near, "without a grid");
    display.key("d");
    wait("the grid is back", || stage.shown() == far_in);
    assert_eq!(different_bytes(&stage.saved("sample-kidney-z008-2.png"), &near), 0);
    stage.quit();
}

/// Columns that are changed from top to bottom, nearly: those of a grid.
fn gridded(shown: &Image, plain: &Image) -> usize {
    let is_line = |&x: &usize| {
        let changed = (0..shown.height).filter(|&y| shown.pixel(x, y) != plain.pixel(x, y));
        changed.count() > shown.height / 2
    };
    (0..shown.width).filter(is_line).count()
}

fn changed_pixels(one: &Image, other: &Image) -> usize {
    let pixels = one.rgb.chunks(3).zip(other.rgb.chunks(3));
    pixels.filter(|(a, b)| a != b).count()
}

fn is_same_left_of(one: &Image, other: &Image, x: usize) -> bool {
    let part = |image: &Image| image.crop((0, 0), (x, image.height));
    different_bytes(&part(one), &part(other)) == 0
}

#[test]
fn changes_of_the_view_are_undone_and_done_again() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let steps = [
        ("Right", "--z 9"),
        ("g", "--z 9 --layout montage"),
        ("2", "--z 9 --layout montage --channels 0,2"),
        ("i", "--z 9 --layout montage --channels 0,2 --filter linear"),
        ("Y", "--normal y --layout montage --channels 0,2 --filter linear"),
    ];
    let mut seen = vec![stage.rendered(SAMPLE, "")];
    for (key, options) in steps {
        display.key(key);
        stage.expect_rendered(options);
        seen.push(stage.rendered(SAMPLE, options));
    }
    for (place, picture) in seen.iter().enumerate().rev().skip(1) {
        display.key("ctrl+z");
        stage.expect(picture, &format!("undone to step {place}"));
    }
    display.key("ctrl+z");
    for (place, picture) in seen.iter().enumerate().skip(1) {
        display.key(if place % 2 == 0 { "ctrl+shift+z" } else { "ctrl+y" });
        stage.expect(picture, &format!("done again to step {place}"));
    }
    stage.quit();
}

#[test]
fn arrows_choose_the_channel_that_keys_are_for() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    for (keys, options) in [
        ("Down v", "--channels 0,2"),
        ("Down v", "--channels 0"),
        ("Down Down Up v", "--channels 0,1"),
        ("Up Up Up v", "--channels 1"),
        ("0 Down c", "--contrast percentile --range 0:10,4095 --range 2:RANGE"),
        ("x", ""),
    ] {
        keys.split(' ').for_each(|key| display.key(key));
        stage.expect_rendered(&options.replace("RANGE", &range(exact_range(2))));
    }
    stage.quit();
}

#[test]
fn the_voxel_under_the_mouse_is_copied() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--z", "5"]);
    let (mut view, canvas) = opened(&stage);
    view.set_plane(5);
    for (copies, (across, down)) in [(0.41, 0.37), (0.5, 0.8)].into_iter().enumerate() {
        let at = stage.at(across, down);
        let voxel = view.voxel_from_px(canvas, f64s(at)).expect("over the picture");
        display.mouse_move(at.0, at.1);
        // The values come a moment later, and are copied then; the mouse is there first.
        stage.rest(Duration::from_millis(300));
        display.key("ctrl+c");
        let said = || stage.app.output().matches("copied the voxel: ").count();
        wait("the voxel is copied", || said() > copies);
        display.key("Escape");
        let text = display.paste(TIMEOUT).expect("a text");
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(lines[0][..4], ["t", "z", "y", "x"], "{text}");
        let [z, y, x] = voxel.map(|at| at.to_string());
        assert_eq!(lines[1][..4], ["0", &z, &y, &x], "{text}");
        let ranges = voxel.map(|at| format!("{at}:{}", at + 1));
        let stats = stats(&["--z", &ranges[0], "--y", &ranges[1], "--x", &ranges[2]]);
        for channel in 0..3 {
            let value: f64 = lines[1][4 + channel].parse().expect("a number");
            assert_eq!(stats["channels"][channel]["min"].as_f64(), Some(value), "{text}");
        }
        assert_eq!(lines[1].len(), 7);
    }
    stage.quit();
}

#[test]
fn a_line_over_the_picture_has_its_values_copied() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let (view, canvas) = opened(&stage);
    let lines = [
        (stage.at(0.35, 0.4), stage.at(0.6, 0.7)),
        (stage.at(0.6, 0.2), stage.at(0.4, 0.25)),
    ];
    for (copies, (from, to)) in lines.into_iter().enumerate() {
        match copies {
            0 => {
                display.key("l");
                display.drag(from, to, Button::Left);
            }
            _ => drag_with(&display, &["ctrl", "shift"], from, to),
        }
        mouse_away(&display);
        let [from_uv, to_uv] = [from, to].map(|px| view.uv_from_px(canvas, f64s(px)));
        let wanted = profile(&view, &ProfileLine { from_uv, to_uv });
        let said = || stage.app.output().matches("copied the profile: ").count();
        let start = Instant::now();
        loop {
            // The last of the values may still be on their way.
            let before = said();
            command(&display, "copy the profile");
            wait("the profile is copied", || said() > before);
            let text = display.paste(TIMEOUT).expect("a text");
            let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
            let columns = lines[0].len();
            let values: Vec<Vec<f64>> = lines[1..]
                .iter()
                .map(|line| {
                    line[columns - 3..]
                        .iter()
                        .map(|value| value.parse().expect("a number"))
                        .collect()
                })
                .collect();
            if values == wanted {
                break;
            }
            assert!(start.elapsed() < TIMEOUT, "{text}\nand not {wanted:?}");
        }
        display.key("Escape"); // the message
    }
    // Esc takes the line away, and the picture is bare again.
    display.key("Escape");
    stage.expect_rendered("");
    stage.quit();
}

/// The values of the sample along a line, one voxel after the other.
fn profile(view: &ViewState, line: &ProfileLine) -> Vec<Vec<f64>> {
    let sample = KidneySample::new();
    let samples = view.profile_samples(line);
    assert!(samples.len() > 50);
    let value = |channel: u64, [z, y, x]: [u64; 3]| {
        let region = Region {
            level: 0,
            t: 0,
            c: channel..channel + 1,
            zyx: microtome::volume::Box3 {
                z: z..z + 1,
                y: y..y + 1,
                x: x..x + 1,
            },
        };
        let mut voxel = [0; 2];
        sample.read(&region, &mut voxel).expect("the sample is read");
        f64::from(u16::from_ne_bytes(voxel))
    };
    let values = samples
        .iter()
        .map(|sample| (0..3).map(|channel| value(channel, sample.voxel)).collect());
    values.collect()
}

#[test]
fn commands_are_found_by_name() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    mouse_away(&display);
    command(&display, "montage");
    stage.expect_rendered("--layout montage");
    command(&display, "view compos");
    stage.expect_rendered("");
    // Arrows choose among those that are found: "look along z", "y".
    display.key("ctrl+shift+p");
    display.type_text("look along");
    display.key("Down");
    display.key("Return");
    stage.expect_rendered("--normal y");
    command(&display, "look along z");
    stage.expect_rendered("");
    // Letters that are typed there are no keys of the picture; Esc leaves it.
    display.key("ctrl+shift+p");
    display.type_text("gmx");
    display.key("Escape");
    stage.expect_rendered("");

    // The light look is that of the panels, not of the picture, and is kept.
    let side = || brightness(&stage.display.screenshot_of((1000, 700), (200, 60)));
    assert!(side() < 60, "{}", side());
    command(&display, "dark, light");
    wait("the panels get light", || side() > 200);
    stage.expect_rendered("");
    stage.quit();
    let stage = Stage::open(&display, &folder, &[]);
    let side = || brightness(&stage.display.screenshot_of((1000, 700), (200, 60)));
    wait("the look is kept", || side() > 200);
    stage.quit();
}

fn brightness(image: &Image) -> u64 {
    let sum: u64 = image.rgb.iter().map(|&byte| u64::from(byte)).sum();
    sum / image.rgb.len() as u64
}

#[test]
fn help_and_full_screen_have_keys() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    mouse_away(&display);
    let mut sheets = Vec::new();
    for (open, close) in [("h", "h"), ("F1", "Escape"), ("?", "h")] {
        sheets.push(stage.changed_by("help", || display.key(open)));
        display.key(close);
        stage.expect_rendered("");
    }
    assert!(sheets.iter().all(|sheet| *sheet == sheets[0]));
    command(&display, "keys as in fiji");
    wait("it is said", || {
        changed_pixels(&stage.shown(), &stage.rendered(SAMPLE, "")) > 500
    });
    display.key("Escape");
    let fiji = stage.changed_by("help", || display.key("h"));
    assert!(changed_pixels(&fiji, &sheets[0]) > 1000, "each keymap has its own");
    display.key("Escape");

    display.watch_requests();
    display.key("F11");
    assert_eq!(
        stage.app.state_request(TIMEOUT).as_deref(),
        Some("1 _NET_WM_STATE_FULLSCREEN")
    );
    stage.quit();
}

#[test]
fn handles_of_a_histogram_are_dragged() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    // The first channel's histogram, between the margins of the side panel.
    let [_, _, left, _] = stage.canvas().map(|px| px as i16);
    let (left, right, y) = (left + 18, 1280 - 18, 345);
    let per_px = (FIRST.hi - FIRST.lo) / f64::from(right - left);
    display.drag((right - 1, y), (right - 1 - 120, y), Button::Left);
    let hi = (FIRST.hi - 120.0 * per_px).round();
    stage.expect_rendered(&format!("--range 0:10,{hi}"));
    display.drag((left + 1, y), (left + 1 + 30, y + 9), Button::Left);
    let lo = (FIRST.lo + 30.0 * per_px).round();
    stage.expect_rendered(&format!("--range 0:{lo},{hi}"));
    stage.quit();
}

#[test]
fn fijis_keys_and_wheel_are_at_hand() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--keymap", "fiji"]);
    let (view, canvas) = opened(&stage);
    let at = stage.at(0.3, 0.4);
    display.mouse_move(at.0, at.1);
    display.wheel(-1);
    stage.expect_rendered(&format!("--z {}", 8 + WINIT_LINES_PER_NOTCH));
    display.wheel(1);
    stage.expect_rendered("");
    for key in ["ctrl", "shift"] {
        wheel_with(&display, key, 1);
        let mut near = view.clone();
        near.zoom_at(canvas, f64s(at), 1.15f64.powi(WINIT_LINES_PER_NOTCH));
        stage.expect_rendered(&camera(&near, canvas));
        display.key("r");
        stage.expect_rendered("");
    }
    mouse_away(&display);
    for (key, options) in [
        (">", "--z 9"),
        ("<", ""),
        (",", "--z 7"),
        (".", ""),
        ("Z", "--layout montage"),
        ("g", ""),
        ("ctrl+/", "--normal y"),
        ("Y", "--normal y"),
        ("ctrl+/", "--normal x"),
        ("ctrl+/", ""),
        ("M", "--slab all"),
        ("M", ""),
        ("H", "--mark-clipping all"),
        ("H", ""),
    ] {
        display.key(key);
        stage.expect_rendered(options);
    }
    display.key("\\");
    let paused = stage.rendered(SAMPLE, "");
    wait("it plays", || different_bytes(&stage.shown(), &paused) > 0);
    display.key("\\");
    display.key("Home");
    stage.expect_rendered("--z 0");
    // M measures, K is for a line, L finds commands.
    display.key("m");
    stage.wait_for_line("statistics: region");
    display.key("m");
    display.key("k");
    display.drag(stage.at(0.3, 0.3), stage.at(0.5, 0.5), Button::Left);
    mouse_away(&display);
    wait("the line is seen", || {
        changed_pixels(&stage.shown(), &stage.rendered(SAMPLE, "--z 0")) > 100
    });
    display.key("k");
    stage.expect_rendered("--z 0");
    display.key("l");
    display.type_text("montage");
    display.key("Return");
    stage.expect_rendered("--z 0 --layout montage");
    stage.quit();
}

#[test]
fn naparis_keys_are_at_hand_and_the_choice_of_keys_is_kept() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--keymap", "napari"]);
    mouse_away(&display);
    for (key, options) in [
        ("ctrl+g", "--layout montage"),
        ("ctrl+g", ""),
        ("ctrl+e", "--normal y"),
        ("ctrl+e", "--normal x"),
        ("ctrl+e", ""),
        ("b", "--scale-bar"),
        ("b", ""),
    ] {
        display.key(key);
        stage.expect_rendered(options);
    }
    stage.changed_by("+", || display.key("+"));
    display.key("ctrl+r");
    stage.expect_rendered("");
    stage.quit();

    // What the command line asks for is for this once: G is its own again.
    let stage = Stage::open(&display, &folder, &[]);
    display.key("g");
    stage.expect_rendered("--layout montage");
    command(&display, "keys as in fiji");
    stage.wait_for_line("keys: fiji");
    display.key("Escape");
    display.key("M");
    stage.expect_rendered("--layout montage --slab all");
    stage.quit();
    // What was chosen in the window is kept, whatever a command line asks for in between.
    let stage = Stage::open(&display, &folder, &["--keymap", "napari"]);
    display.key("ctrl+g");
    stage.expect_rendered("--layout montage");
    stage.quit();
    let stage = Stage::open(&display, &folder, &[]);
    display.key(">");
    stage.expect_rendered("--z 9");
    stage.quit();
}

#[test]
fn the_keyboard_alone_is_enough() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    mouse_away(&display);
    // Tab goes to the menus first; arrows go on, Space opens, Enter chooses.
    let bar = || display.screenshot_of((0, 0), (400, 26));
    for key in ["Tab", "Right"] {
        let before = bar();
        display.key(key);
        wait("it is seen where the keyboard is", || bar() != before);
    }
    stage.changed_by("the menu of the view", || display.key("space"));
    // Zooming out is the fifth, and montage the sixth.
    for _ in 0..6 {
        stage.changed_by("the next item", || display.key("Down"));
    }
    display.key("Return");
    stage.expect_rendered("--layout montage");
    // Esc ends it, and keys act on the picture.
    display.key("Escape");
    display.key("Right");
    stage.expect_rendered("--layout montage --z 9");
    display.key("space");
    display.key("space");
    display.key("Home");
    display.key("g");
    stage.expect_rendered("--z 0");
    stage.quit();
}

#[test]
fn palettes_are_chosen_by_name() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    for (name, options) in [
        ("colour-blind safe", "--palette safe"),
        ("all grey", "--palette gray"),
        ("red, green", "--palette rgb"),
        ("colours of the file", ""),
    ] {
        command(&display, name);
        stage.expect_rendered(options);
    }
    stage.quit();
}

#[test]
fn the_command_of_the_statistics_is_copied() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    display.key("s");
    stage.wait_for_line("statistics: region");
    command(&display, "copy the statistics");
    stage.wait_for_line("copied the statistics");
    let numbers = display.paste(TIMEOUT).expect("a text");
    command(&display, "copy the command of the stat");
    stage.wait_for_line("copied the command");
    let line = display.paste(TIMEOUT).expect("a text");
    assert_eq!(line, format!("microtome stats {SAMPLE} --z 8:9"));
    let of_plane = stats(&["--z", "8:9"]);
    let rows: Vec<Vec<&str>> = numbers.lines().map(|line| line.split('\t').collect()).collect();
    let mean = rows[0].iter().position(|name| *name == "mean").expect("a mean");
    for (channel, row) in rows[1..].iter().enumerate() {
        let told: f64 = row[mean].parse().expect("a number");
        assert_eq!(of_plane["channels"][channel]["mean"].as_f64(), Some(told));
    }
    assert_eq!(rows.len(), 4);
    stage.quit();
}
