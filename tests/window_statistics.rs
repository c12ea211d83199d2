//! Statistics in the real window: a box dragged over the picture says within two frames what is in it.
#![cfg(target_os = "linux")]

mod common;

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::stage::{PROGRAM, Stage, TIMEOUT, folder};
use common::xvfb::{Button, Display};
use microtome::reduce::{percentile_from_neighbours, ranks_of_percentile, twin};
use microtome::source::{KidneySample, Source};
use microtome::view::{Rect, ViewOptions, ViewState, panels};
use microtome::volume::{Axis, Box3, PERCENTILES, Region, SampleType, bit_depth};

/// The most frames from the event that changes what is measured to its numbers: one with the box, one with the numbers.
const FRAMES: u64 = 2;

/// What the program told of statistics it showed.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    frames: u64,
    region: String,
    /// Names of the columns, then one line per channel, as they are copied.
    lines: Vec<String>,
}

/// Everything it told so far.
fn told(stage: &Stage<'_>) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    let output = stage.app.output();
    for line in output.lines().filter_map(|line| line.strip_prefix("statistics: ")) {
        if let Some(frames) = line.strip_prefix("frames since asked ") {
            told.push(Told {
                frames: frames.parse().expect("a number"),
                region: String::new(),
                lines: Vec::new(),
            });
        } else if let Some(last) = told.last_mut() {
            last.region = line.split('\t').next().unwrap_or_default().to_owned();
            last.lines.push(line.to_owned());
        }
    }
    told
}

/// Waits until it tells, last, of this box, of so many channels.
fn wait_for(stage: &Stage<'_>, zyx: &Box3, channels: usize) -> Told {
    let start = Instant::now();
    let region = region(zyx);
    loop {
        let last = told(stage).pop();
        if let Some(last) = last
            .as_ref()
            .filter(|last| last.region == region && last.lines.len() == 1 + channels)
        {
            return last.clone();
        }
        assert!(start.elapsed() < TIMEOUT, "no statistics of {region}, but {last:?}");
        sleep(Duration::from_millis(5));
    }
}

fn region(zyx: &Box3) -> String {
    let range = |axis: Axis| format!("{axis} {}:{}", zyx.along(axis).start, zyx.along(axis).end);
    format!("t 0 {}", Axis::ALL.map(range).join(" "))
}

/// The view that the window has, and the canvas.
fn view(stage: &Stage<'_>, edit: impl FnOnce(&mut ViewState)) -> (ViewState, Rect) {
    let sample = KidneySample::new();
    let mut view = ViewOptions::default().view_of(sample.dataset()).expect("a view");
    edit(&mut view);
    let [x, y, width, height] = stage.canvas().map(|px| px as u32);
    (view, Rect { x, y, width, height })
}

/// The voxels between two places on the screen.
fn between(view: &ViewState, panel: Rect, from: (i16, i16), to: (i16, i16)) -> Box3 {
    let uv = |px: (i16, i16)| view.uv_from_px(panel, [px.0.into(), px.1.into()]);
    let area = view.box_between(uv(from), uv(to)).expect("over the picture");
    view.voxels_in(Some(&area))
}

/// What is to be told of channels of the sample, computed by the plainest code there is.
fn expect(told: &Told, zyx: &Box3, channels: &[u64]) {
    let sample = KidneySample::new();
    let names: Vec<&str> = told.lines[0].split('\t').collect();
    for (line, &channel) in told.lines[1..].iter().zip(channels) {
        let region = Region {
            level: 0,
            t: 0,
            c: channel..channel + 1,
            zyx: zyx.clone(),
        };
        let mut voxels = vec![0; 2 * zyx.voxels() as usize];
        sample.read(&region, &mut voxels).expect("the sample is read");
        let numbers = twin::numbers(&voxels, SampleType::U16);
        let (min, max) = numbers.range.expect("finite voxels");
        let values: Vec<&str> = line.split('\t').collect();
        let value = |name: &str| {
            let place = names.iter().position(|other| *other == name);
            values[place.unwrap_or_else(|| panic!("no {name} in {names:?}"))]
        };
        let number = |name: &str| value(name).parse::<f64>().expect("a number");
        assert_eq!(value("channel"), sample.dataset().channel_name(channel as usize));
        assert_eq!((number("min"), number("max")), (min.as_f64(), max.as_f64()));
        assert_eq!(value("non-finite"), "0");
        assert_eq!(number("count"), zyx.voxels() as f64);
        assert_eq!(Some(number("mean")), numbers.moments.mean());
        assert_eq!(Some(number("std")), numbers.moments.std());
        assert_eq!(Some(number("bit depth") as u32), bit_depth(SampleType::U16, min, max));
        for percent in PERCENTILES {
            let (below, above, fraction) = ranks_of_percentile(percent, numbers.sorted.len() as u64);
            let [below, above] = [below, above].map(|rank| numbers.sorted[rank as usize]);
            let name = if percent == 50.0 {
                "median".to_owned()
            } else {
                format!("{percent} %")
            };
            assert_eq!(
                number(&name),
                percentile_from_neighbours(below, above, fraction),
                "{name}"
            );
        }
    }
    assert_eq!(told.lines.len(), 1 + channels.len());
}

#[test]
fn a_dragged_box_says_what_is_in_it() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let (mut shown, canvas) = view(&stage, |_| ());

    // The panel first: then nothing but the box changes.
    display.key("s");
    expect(
        &wait_for(&stage, &shown.voxels_in(None), 3),
        &shown.voxels_in(None),
        &[0, 1, 2],
    );
    let (from, on_the_way, to) = (stage.at(0.65, 0.7), stage.at(0.4, 0.3), stage.at(0.35, 0.25));
    display.key_down("ctrl");
    display.hold(from, on_the_way, Button::Left);
    let zyx = between(&shown, canvas, from, on_the_way);
    expect(&wait_for(&stage, &zyx, 3), &zyx, &[0, 1, 2]);
    // Of a box that comes while another is measured, the numbers come after those; of this one they are next.
    display.mouse_move(to.0, to.1);
    let zyx = between(&shown, canvas, from, to);
    let first = wait_for(&stage, &zyx, 3);
    expect(&first, &zyx, &[0, 1, 2]);
    assert!(first.frames <= FRAMES, "{first:?}");
    display.release(Button::Left);
    display.key_up("ctrl");

    // It is what `stats` says of the same box.
    let Box3 { z, y, x } = &zyx;
    let ranges = [z, y, x].map(|range| format!("{}:{}", range.start, range.end));
    let output = Command::new(PROGRAM)
        .args([
            "stats",
            "sample:kidney",
            "--json",
            "-q",
            "--z",
            &ranges[0],
            "--y",
            &ranges[1],
            "--x",
            &ranges[2],
        ])
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> = first.lines[0].split('\t').collect();
    for (channel, line) in first.lines[1..].iter().enumerate() {
        for (name, value) in names.iter().zip(line.split('\t')).skip(2) {
            let stats = &json["channels"][channel];
            let wanted = match *name {
                "median" => &stats["percentiles"]["50"],
                "non-finite" => &stats["non_finite"],
                "bit depth" => &stats["bit_depth"],
                name => name
                    .strip_suffix(" %")
                    .map_or(&stats[name], |percent| &stats["percentiles"][percent]),
            };
            let value: f64 = value.parse().expect("a number");
            assert_eq!(wanted.as_f64(), Some(value), "{name} of channel {channel}");
        }
    }

    // It stays where it is while planes go by, is copied as it was told, and goes.
    display.key("Right");
    shown.step(1);
    let next = Box3 {
        z: zyx.z.start + 1..zyx.z.end + 1,
        ..zyx.clone()
    };
    let second = wait_for(&stage, &next, 3);
    expect(&second, &next, &[0, 1, 2]);
    display.mouse_move(1279, 799); // over the picture, it is the voxel that is copied
    sleep(Duration::from_millis(300));
    display.key("ctrl+c");
    stage.wait_for_line("copied the statistics");
    let copied = display.paste(TIMEOUT).expect("a text");
    assert_eq!(copied.lines().collect::<Vec<_>>(), second.lines);
    display.key("Escape"); // the message
    display.key("2");
    expect(&wait_for(&stage, &next, 2), &next, &[0, 2]);
    display.key("Escape"); // the box
    expect(
        &wait_for(&stage, &shown.voxels_in(None), 2),
        &shown.voxels_in(None),
        &[0, 2],
    );
    display.key("s");
    display.key("Home");
    sleep(Duration::from_millis(500));
    assert_eq!(
        told(&stage).last().map(|last| last.region.clone()),
        Some(region(&shown.voxels_in(None)))
    );
    stage.quit();
}

#[test]
fn boxes_lie_on_any_panel_and_along_any_axis() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--layout", "montage"]);
    let (mut shown, canvas) = view(&stage, |view| view.layout = microtome::view::Layout::Montage);
    let drag = |from, to| {
        display.key_down("ctrl");
        display.drag(from, to, Button::Left);
        display.key_up("ctrl");
    };
    // The last panel; the drag ends beyond its edge, and the box at that of the plane.
    let last = panels(&shown, canvas)[2].rect;
    let (from, to) = (stage.at(0.8, 0.5), stage.at(0.5, 0.6));
    drag(from, to);
    let zyx = between(&shown, last, from, to);
    assert_eq!(zyx.x.start, 0);
    expect(&wait_for(&stage, &zyx, 3), &zyx, &[0, 1, 2]);

    display.key("g");
    for (key, normal) in [("Y", Axis::Y), ("X", Axis::X)] {
        display.key(key);
        shown.layout = microtome::view::Layout::Composite;
        shown.set_normal(normal);
        // A box lies on planes along its own axis: here it is the plane.
        expect(
            &wait_for(&stage, &shown.voxels_in(None), 3),
            &shown.voxels_in(None),
            &[0, 1, 2],
        );
        let (from, to) = (stage.at(0.3, 0.49), stage.at(0.6, 0.51));
        drag(from, to);
        let zyx = between(&shown, canvas, from, to);
        expect(&wait_for(&stage, &zyx, 3), &zyx, &[0, 1, 2]);
        // A click with Ctrl takes it away.
        display.key_down("ctrl");
        display.click(Button::Left);
        display.key_up("ctrl");
        wait_for(&stage, &shown.voxels_in(None), 3);
    }
    stage.quit();
}
