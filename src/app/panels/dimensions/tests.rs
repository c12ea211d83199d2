//! Sliders and playback, pressed and dragged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Pos2, Theme, Vec2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::app::actions::Action;
use crate::app::playback::{Along, Pace, Repeat};
use crate::app::testing::{Desk, dataset, gpu, harness};
use crate::gpu::Gpu;
use crate::volume::{Axis, Dataset};

/// As wide as the picture in a window of 1024 points.
const SIZE: Vec2 = vec2(684.0, 87.0);

/// The sliders of 16 planes and 5 times.
fn panel(gpu: &Arc<Gpu>, theme: Theme) -> Harness<'static, Desk> {
    panel_of(gpu, theme, dataset([5, 1, 16, 8, 8]))
}

fn panel_of(gpu: &Arc<Gpu>, theme: Theme, dataset: Dataset) -> Harness<'static, Desk> {
    let desk = Desk::new(gpu, dataset);
    harness(
        gpu,
        SIZE,
        theme,
        |ui, desk: &mut Desk| {
            egui::Frame::new()
                .inner_margin(egui::Margin::symmetric(10, 4))
                .show(ui, |ui| desk.show(ui, super::show));
        },
        desk,
    )
}

fn place(panel: &Harness<'_, Desk>) -> [u64; 2] {
    let view = panel.state().view();
    [view.plane(), view.t]
}

/// Where a number is on a slider.
fn on_slider(panel: &Harness<'_, Desk>, label: &str, share: f32) -> Pos2 {
    let rect = panel.get_by_label(label).rect().shrink2(vec2(6.0, 0.0));
    pos2(rect.left() + rect.width() * share, rect.top() + 9.0)
}

fn drag(panel: &mut Harness<'_, Desk>, from: Pos2, to: Pos2) {
    panel.hover_at(from);
    panel.drag_at(from);
    panel.hover_at(from.lerp(to, 0.5));
    panel.hover_at(to);
    panel.drop_at(to);
    panel.run();
}

fn click(panel: &mut Harness<'_, Desk>, label: &str) {
    panel.get_by_label(label).click();
    panel.run();
}

fn enter(panel: &mut Harness<'_, Desk>, label: &str, text: &str) {
    click(panel, label);
    panel.event(egui::Event::Text(text.into()));
    panel.key_press(egui::Key::Enter);
    panel.run();
}

#[test]
fn planes_and_times_are_slid_to_clicked_at_and_typed() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    assert_eq!(place(&panel), [8, 0]);
    let (from, to) = (
        on_slider(&panel, "plane slider", 8.0 / 15.0),
        on_slider(&panel, "plane slider", 3.0 / 15.0),
    );
    drag(&mut panel, from, to);
    assert_eq!(place(&panel), [3, 0]);
    let at = on_slider(&panel, "time slider", 0.5);
    drag(&mut panel, at, at);
    assert_eq!(place(&panel), [3, 2]);
    enter(&mut panel, "plane number", "11");
    enter(&mut panel, "time number", "4");
    assert_eq!(place(&panel), [11, 4]);
    enter(&mut panel, "plane number", "99");
    assert_eq!(place(&panel), [15, 4], "as near as there is");
}

#[test]
fn the_position_is_that_of_the_plane() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    assert!(panel.query_by_label("10.00 \u{b5}m").is_some(), "plane 8, 1.25 apart");
    if let Some(view) = panel.state_mut().viewer.view_mut() {
        view.normal = Axis::X;
    }
    panel.run();
    assert!(panel.query_by_label("2.00 \u{b5}m").is_some(), "column 4, 0.5 apart");
}

#[test]
fn a_part_is_chosen_by_its_two_handles() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    assert!(panel.query_by_label("range of playback").is_none());
    let range = |panel: &Harness<'_, Desk>| {
        let desk = panel.state();
        desk.playback.range(desk.view(), Along::Planes)
    };
    for (handle, to, wanted) in [
        ("first plane played", 4.0, [4, 15]),
        ("last plane played", 10.0, [4, 10]),
        // They do not pass each other.
        ("first plane played", 13.0, [10, 10]),
        ("first plane played", 2.0, [2, 10]),
    ] {
        let from = panel.get_by_label(handle).rect().center();
        let to = on_slider(&panel, "plane slider", to / 15.0);
        drag(&mut panel, from, to);
        assert_eq!(range(&panel), wanted, "{handle}");
    }
    assert_eq!(place(&panel), [8, 0], "the plane stays");
    click(&mut panel, "range of playback");
    assert_eq!(range(&panel), [0, 15]);
}

#[test]
fn how_it_is_played_is_chosen() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    enter(&mut panel, "rate of playback", "30");
    assert_eq!(panel.state().playback.rate, 30.0);
    enter(&mut panel, "rate of playback", "9999");
    assert_eq!(panel.state().playback.rate, 120.0);
    click(&mut panel, "direction of playback");
    assert!(panel.state().playback.is_backward);
    click(&mut panel, "what comes after the last plane");
    click(&mut panel, "back and forth");
    assert_eq!(panel.state().playback.repeat, Repeat::PingPong);
    click(&mut panel, "what is done about planes that are late");
    click(&mut panel, "keep the rate: skips planes that cannot be shown in time");
    assert_eq!(panel.state().playback.pace, Pace::KeepRate);
}

#[test]
fn each_slider_has_a_button_that_plays_it() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    let now = Instant::now();
    click(&mut panel, "play times");
    assert_eq!(
        (panel.state().playback.along, panel.state().actions.len()),
        (Along::Times, 1)
    );
    panel.state_mut().playback.toggle(now);
    panel.run();
    // While one is played, the other's button goes over to it.
    click(&mut panel, "play planes");
    assert_eq!(
        (panel.state().playback.along, panel.state().actions.len()),
        (Along::Planes, 1)
    );
    click(&mut panel, "pause planes");
    assert_eq!(panel.state().actions, [Action::TogglePlay; 2]);
}

/// Plays for two seconds, as if every fourth plane came too late.
fn play(panel: &mut Harness<'_, Desk>) {
    let start = Instant::now();
    let desk = panel.state_mut();
    (desk.playback.rate, desk.playback.pace) = (20.0, Pace::KeepRate);
    desk.playback.toggle(start);
    for step in 1..=40u32 {
        let now = start + Duration::from_millis(50) * step;
        let mut view = desk.viewer.view().expect("a file is open").clone();
        let Some((along, to)) = desk.playback.step(now, &view) else {
            continue;
        };
        along.go(&mut view, to);
        if step % 4 != 0 {
            desk.playback.presented(now, to);
        }
    }
    desk.playback.toggle(start);
}

#[test]
fn what_was_measured_and_dropped_stays_readable() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    assert!(panel.query_by_label("measured").is_none());
    play(&mut panel);
    panel.run();
    // The tenth late plane may still come.
    assert!(panel.query_by_label("9 dropped").is_some());
    assert!(panel.query_by_label(" 15.0/s").is_some(), "of 20 in the last second");
}

#[test]
fn playback_looks_right_in_the_dark_and_in_the_light() {
    let Some(gpu) = gpu() else { return };
    let mut results = egui_kittest::SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "playback_dark"), (Theme::Light, "playback_light")] {
        let mut panel = panel(&gpu, theme);
        panel.run();
        play(&mut panel);
        let desk = panel.state_mut();
        let view = desk.viewer.view().expect("a file is open").clone();
        desk.playback.set_range(&view, Along::Planes, [3, 12]);
        panel.run();
        panel.snapshot(name);
        results.extend_harness(&mut panel);
    }
}

#[test]
fn times_are_told_in_seconds() {
    for (t, step_s, text) in [
        (3, 0.5, "1.5 s"),
        (10, 60.0, "600 s"),
        (3, 0.04, "0.12 s"),
        (2, 1.0 / 3.0, "0.667 s"),
        (0, 2.25, "0.00 s"),
        (7, 1e-9, "7.00e-9 s"),
    ] {
        assert_eq!(super::seconds(t, step_s), text, "{t} times {step_s}");
    }
    let Some(gpu) = gpu() else { return };
    let timed = Dataset {
        time_step_s: Some(1.5),
        ..dataset([5, 1, 16, 8, 8])
    };
    let mut panel = panel_of(&gpu, Theme::Dark, timed);
    panel.run();
    enter(&mut panel, "time number", "3");
    panel.get_by_label("4.5 s");
}

#[test]
fn the_range_is_set_by_keys_screen_readers_and_typing() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, Theme::Dark);
    panel.run();
    let range = |panel: &Harness<'_, Desk>| {
        let desk = panel.state();
        desk.playback.range(desk.view(), Along::Planes)
    };
    let press = |panel: &mut Harness<'_, Desk>, keys: &[egui::Key]| {
        for &key in keys {
            panel.key_press(key);
            panel.run();
        }
    };
    use egui::Key::{ArrowLeft, ArrowRight, End, Home, PageDown, PageUp};
    panel.get_by_label("first plane played").focus();
    panel.run();
    press(&mut panel, &[ArrowRight, ArrowRight, ArrowRight, ArrowLeft]);
    assert_eq!(range(&panel), [2, 15]);
    panel.get_by_label("last plane played").focus();
    panel.run();
    press(&mut panel, &[PageUp, ArrowRight]);
    assert_eq!(range(&panel), [2, 6]);
    press(&mut panel, &[Home]);
    assert_eq!(range(&panel), [2, 2], "no further than the first");
    press(&mut panel, &[PageDown]);
    assert_eq!(range(&panel), [2, 12]);
    enter(&mut panel, "first plane of the range", "5");
    enter(&mut panel, "last plane of the range", "9");
    assert_eq!(range(&panel), [5, 9]);

    panel.get_by_label("plane slider").focus();
    panel.run();
    press(&mut panel, &[ArrowRight, ArrowRight]);
    assert_eq!(place(&panel), [10, 0]);
    press(&mut panel, &[End]);
    assert_eq!(place(&panel), [15, 0]);
    press(&mut panel, &[Home]);
    assert_eq!(place(&panel), [0, 0]);
}
