//! Menus, messages, curves and numbers: pressed, read and looked at.

use std::sync::Arc;
use std::time::Instant;

use egui::{Rect, Theme, Vec2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, SnapshotResults};

use super::SIDE_PT;
use crate::app::actions::{Action, Guide, KeymapChoice};
use crate::app::commands::{COMMANDS, Group};
use crate::app::export_job::{Export, ExportJob, Movie};
use crate::app::exporting::Running;
use crate::app::sheets::Request;
use crate::app::testing::{Desk, dataset, gpu, harness, slow_viewer};
use crate::gpu::{AdapterChoice, Gpu};
use crate::view::Overlay;
use crate::volume::{Dataset, SeriesInfo};

fn panel(
    gpu: &Arc<Gpu>,
    size: Vec2,
    theme: Theme,
    show: fn(&mut egui::Ui, &mut super::Panels<'_>),
) -> Harness<'static, Desk> {
    let desk = Desk::new(gpu, dataset([5, 3, 16, 24, 24]));
    harness(gpu, size, theme, move |ui, desk: &mut Desk| desk.show(ui, show), desk)
}

fn menus(gpu: &Arc<Gpu>, theme: Theme) -> Harness<'static, Desk> {
    menus_in(gpu, theme, 660.0)
}

/// In a window of this height in points.
fn menus_in(gpu: &Arc<Gpu>, theme: Theme, height: f32) -> Harness<'static, Desk> {
    panel(gpu, vec2(560.0, height), theme, |ui, panels| {
        super::menus::show(ui, panels)
    })
}

fn click(panel: &mut Harness<'_, Desk>, label: &str) {
    panel.get_by_label(label).click();
    panel.run();
}

// ---------------------------------------------------------------- choices

#[test]
fn choices_tell_what_they_are_and_which_is_made() {
    let Some(gpu) = gpu() else { return };
    let show = |ui: &mut egui::Ui, panels: &mut super::Panels<'_>| super::image::show(ui, panels);
    let mut panel = panel(&gpu, vec2(SIDE_PT, 300.0), Theme::Dark, show);
    panel.run();
    let told = |panel: &Harness<'_, Desk>, label: &str| {
        let node = panel.get_by_label(label).accesskit_node();
        let is_down = node.toggled() == Some(egui::accesskit::Toggled::True);
        (is_down, node.description().unwrap_or_default())
    };
    assert_eq!(
        told(&panel, "composite"),
        (true, "channels mixed in one picture (G)".to_owned())
    );
    assert_eq!(told(&panel, "montage"), (false, "one panel per channel (G)".to_owned()));
    click(&mut panel, "montage");
    assert!(told(&panel, "montage").0 && !told(&panel, "composite").0);
    assert_eq!(told(&panel, "y").1, "look along y (Shift+Y)");
}

// ---------------------------------------------------------------- menus

#[test]
fn every_command_is_in_its_menu_with_its_key() {
    let Some(gpu) = gpu() else { return };
    for choice in [KeymapChoice::Default, KeymapChoice::Fiji, KeymapChoice::Napari] {
        let mut panel = menus(&gpu, Theme::Dark);
        panel.state_mut().preferences.keymap = choice;
        panel.run();
        for group in Group::ALL {
            for command in COMMANDS.iter().filter(|command| command.group == group) {
                click(&mut panel, group.title());
                // As it is read out: its name, and its key.
                let item = match choice.keymap().shortcut(command.action) {
                    Some(keys) => format!("{} {keys}", command.name),
                    None => command.name.to_owned(),
                };
                let item = panel.query_by_label_contains(&item);
                let item = item.unwrap_or_else(|| panic!("{} has no item", command.name));
                assert!(item.rect().bottom() <= 660.0, "{} is out of sight", command.name);
                item.click();
                panel.run();
                assert_eq!(std::mem::take(&mut panel.state_mut().actions), [command.action]);
            }
        }
    }
}

#[test]
fn a_menu_that_is_higher_than_the_window_is_scrolled() {
    const HEIGHT: f32 = 360.0;
    let Some(gpu) = gpu() else { return };
    let mut panel = menus_in(&gpu, Theme::Dark, HEIGHT);
    click(&mut panel, "Channels");
    let last = COMMANDS.iter().rfind(|command| command.group == Group::Channels);
    let last = last.expect("a command").name;
    let bottom = |panel: &Harness<'_, Desk>| panel.get_by_label_contains(last).rect().bottom();
    assert!(bottom(&panel) > HEIGHT, "it is not high enough");
    panel.hover_at(egui::pos2(320.0, 200.0));
    panel.run();
    panel.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, -100.0),
        phase: egui::TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
        source: egui::MouseWheelSource::Unknown,
    });
    panel.run_steps(60);
    assert!(bottom(&panel) < HEIGHT, "{}", bottom(&panel));
    panel.get_by_label_contains(last).click();
    panel.run();
    assert_eq!(panel.state().actions.len(), 1);
}

#[test]
fn recent_files_are_opened_from_the_menu() {
    let Some(gpu) = gpu() else { return };
    let mut panel = menus(&gpu, Theme::Dark);
    panel.state_mut().preferences.remember("/data/first.tif");
    panel.state_mut().preferences.remember("/data/second.tif");
    panel.run();
    click(&mut panel, "File");
    panel.get_by_label_contains("open a recent file").click();
    panel.run();
    let rows = ["/data/second.tif", "/data/first.tif"].map(|path| panel.get_by_label(path).rect().top());
    assert!(rows[0] < rows[1], "the newest first");
    click(&mut panel, "/data/first.tif");
    assert_eq!(panel.state().requests, [Request::Open("/data/first.tif".into())]);
    assert!(panel.query_by_label("/data/second.tif").is_none(), "the menu closes");
}

#[test]
fn menus_look_right() {
    let Some(gpu) = gpu() else { return };
    let mut results = SnapshotResults::new();
    let mut panel = menus(&gpu, Theme::Dark);
    panel.state_mut().preferences.has_axes = true;
    panel.run();
    click(&mut panel, "View");
    panel.remove_cursor();
    panel.run();
    panel.snapshot("menu_dark");
    results.extend_harness(&mut panel);
    let mut panel = menus(&gpu, Theme::Light);
    panel.run();
    click(&mut panel, "File");
    panel.remove_cursor();
    panel.run();
    panel.snapshot("menu_light");
    results.extend_harness(&mut panel);
}

// ---------------------------------------------------------------- messages

/// Messages over a picture of 684 points, as in a window of 1024.
fn messages(gpu: &Arc<Gpu>, theme: Theme) -> Harness<'static, Desk> {
    panel(gpu, vec2(684.0, 220.0), theme, |ui, panels| {
        let canvas = ui.max_rect();
        super::messages::show(ui.ctx(), panels, canvas);
    })
}

const LONG: &str = "/data/2024-05-03 kidney/mosaic with a rather long name.ome.tif: strip 17 of directory 4 begins at \
    byte 18446744073709551615, and the file has 48013312 bytes";

#[test]
fn messages_are_closed_one_by_one() {
    let Some(gpu) = gpu() else { return };
    let mut panel = messages(&gpu, Theme::Dark);
    let notices = &mut panel.state_mut().notices;
    notices.news("saved stack-z008.png".into(), Instant::now());
    notices.error(LONG.into());
    panel.run();
    assert!(panel.query_by_label("saved stack-z008.png").is_some());
    let crosses: Vec<Rect> = panel.query_all_by_label("close").map(|cross| cross.rect()).collect();
    assert_eq!(crosses.len(), 2);
    let wide = panel.get_by_label(LONG).rect();
    assert!(wide.right() < crosses[1].left(), "{wide:?} {crosses:?}");
    let first = panel.query_all_by_label("close").next().expect("a cross");
    first.click();
    panel.run();
    let left: Vec<bool> = panel.state().notices.iter().map(|notice| notice.is_error).collect();
    assert_eq!(left, [true]);
}

#[test]
fn what_is_being_made_can_be_cancelled() {
    let Some(gpu) = gpu() else { return };
    let mut panel = messages(&gpu, Theme::Dark);
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["first.gif", "second.gif"] {
        let desk = panel.state_mut();
        let export = Export {
            source: desk.viewer.source().expect("a file is open"),
            view: desk.view().clone(),
            has_exact_window: vec![true; desk.view().channels.len()],
            seen_in: None,
            size: [8, 8],
            overlay: Overlay::default(),
            movie: Some(Movie {
                is_over_time: false,
                range: 0..16,
                is_ping_pong: false,
                fps: 8.0,
            }),
            path: folder.path().join(name),
            may_replace: false,
        };
        let job = ExportJob::start(export, AdapterChoice::from_env(), Arc::new(|| {}));
        desk.exports.push(Running {
            name: name.into(),
            told: job.progress(),
            job,
        });
    }
    panel.run();
    assert!(panel.query_by_label("making first.gif").is_some());
    let second = panel.query_all_by_label("cancel").nth(1).expect("a button each");
    second.click();
    panel.run();
    assert_eq!(panel.state().requests, [Request::CancelExport(1)]);
}

#[test]
fn messages_look_right() {
    let Some(gpu) = gpu() else { return };
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "messages_dark"), (Theme::Light, "messages_light")] {
        let mut panel = messages(&gpu, theme);
        let notices = &mut panel.state_mut().notices;
        notices.error(LONG.into());
        notices.news("saved /data/stack-z008.png".into(), Instant::now());
        panel.run();
        panel.snapshot(name);
        results.extend_harness(&mut panel);
    }
}

#[test]
fn errors_that_wait_behind_others_are_counted() {
    let Some(gpu) = gpu() else { return };
    let mut panel = messages(&gpu, Theme::Dark);
    (0..6).for_each(|n| panel.state_mut().notices.error(format!("error {n}")));
    panel.run();
    assert!(panel.query_by_label("error 1").is_none() && panel.query_by_label("error 5").is_some());
    assert!(panel.query_by_label("and 2 more").is_some());
    panel.query_all_by_label("close").next().expect("a cross").click();
    panel.run();
    assert!(panel.query_by_label("error 1").is_some() && panel.query_by_label("error 2").is_none());
    assert!(panel.query_by_label("and 1 more").is_some());
}

// ---------------------------------------------------------------- the status line

#[test]
fn the_plan_of_what_is_slow_is_stated_and_can_be_stopped() {
    let Some(gpu) = gpu() else { return };
    let mut panel = panel(&gpu, vec2(1004.0, 26.0), Theme::Dark, super::status::show);
    panel.state_mut().viewer = slow_viewer(&gpu, dataset([1, 1, 200, 360, 360]));
    panel.run();
    assert!(panel.query_by_label("stop").is_none(), "what is over soon is not told");
    panel.state_mut().is_slow = true;
    panel.step();
    assert!(panel.query_by_label_contains("/ 200 planes").is_some());
    let plan = panel.get_by_label("loading 49.4 MiB as a whole, about 15 s left");
    let stop = panel.get_by_label("stop");
    assert!(
        plan.rect().left() > 200.0,
        "there is room for what is under the mouse: {:?}",
        plan.rect()
    );
    stop.click();
    panel.step();
    panel.step();
    assert!(matches!(panel.state().requests[..], [Request::StopLoading]));
}

// ---------------------------------------------------------------- the image

#[test]
fn another_image_of_the_file_is_chosen() {
    let Some(gpu) = gpu() else { return };
    let show = |ui: &mut egui::Ui, panels: &mut super::Panels<'_>| super::image::show(ui, panels);
    let mut panel = panel(&gpu, vec2(SIDE_PT, 360.0), Theme::Dark, show);
    panel.run();
    assert!(
        panel.query_by_label_contains("image of the file").is_none(),
        "there is one only"
    );

    let series = ["overview", "detail"].map(|name| SeriesInfo {
        name: Some(name.into()),
        axes: "YX".into(),
        shape: vec![24, 24],
    });
    let dataset = Dataset {
        series: series.to_vec(),
        ..dataset([1, 1, 16, 24, 24])
    };
    let desk = Desk::new(&gpu, dataset);
    let mut panel = harness(
        &gpu,
        vec2(SIDE_PT, 360.0),
        Theme::Dark,
        move |ui, desk: &mut Desk| desk.show(ui, show),
        desk,
    );
    panel.run();
    let names = ["0: overview", "1: detail"].map(|name| format!("{name} \u{b7} YX 24 \u{d7} 24"));
    click(&mut panel, &format!("image of the file: {}", names[0]));
    click(&mut panel, &names[1]);
    assert_eq!(panel.state().requests, [Request::OpenSeries(1)]);
}

// ---------------------------------------------------------------- profile, statistics

fn side(gpu: &Arc<Gpu>, theme: Theme) -> Harness<'static, Desk> {
    panel(gpu, vec2(SIDE_PT, 360.0), theme, |ui, panels| {
        super::profile::show(ui, panels);
        super::statistics::show(ui, panels);
    })
}

#[test]
fn a_profile_says_how_long_the_line_is_and_what_is_at_the_mouse() {
    let Some(gpu) = gpu() else { return };
    let mut panel = side(&gpu, Theme::Dark);
    panel.run();
    assert!(panel.query_by_label("Profile").is_none(), "only where it is wanted");
    panel.state_mut().profile.is_armed = true;
    panel.run();
    assert!(panel.query_by_label("draw a line over the picture").is_some());
    panel.state_mut().profile.is_armed = false;
    panel.state_mut().draw_line([0.5, 12.5], [20.5, 12.5]);
    panel.run();
    // 20 voxels of half a micrometre.
    assert!(panel.query_by_label("10 \u{b5}m").is_some());
    assert!(
        panel.query_by_label("channel 1 ").is_some(),
        "no value without the mouse"
    );
    panel.hover_at(egui::pos2(SIDE_PT - 12.0 - 4.0, 260.0));
    panel.run();
    // The last voxel of the line, in plane 8 of 16: the ramp of the test's voxels there.
    let share: f64 = ((8 * 24 + 12) * 24 + 20) as f64 / (16 * 24 * 24 - 1) as f64;
    let value = (2.0 * (10.0 + 990.0 * share.powi(3))).round();
    assert!(panel.query_by_label(&format!("channel 1 {value}")).is_some(), "{value}");
    for (label, action) in [("copy", Action::CopyProfile), ("close", Action::ToggleProfile)] {
        click(&mut panel, label);
        assert_eq!(std::mem::take(&mut panel.state_mut().actions), [action]);
    }
}

#[test]
fn statistics_have_buttons_for_their_numbers_and_command() {
    let Some(gpu) = gpu() else { return };
    let mut panel = side(&gpu, Theme::Dark);
    panel.run();
    panel.state_mut().measure();
    panel.run();
    assert!(panel.query_by_label("t 0 \u{b7} plane z 8").is_some());
    assert!(panel.query_by_label("576 voxels \u{b7} exact").is_some());
    for (label, action) in [
        ("copy", Action::CopyStatistics),
        ("command", Action::CopyStatisticsCommand),
        ("close", Action::ToggleStatistics),
    ] {
        click(&mut panel, label);
        assert_eq!(std::mem::take(&mut panel.state_mut().actions), [action]);
    }
}

#[test]
fn a_profile_looks_right() {
    let Some(gpu) = gpu() else { return };
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "profile_dark"), (Theme::Light, "profile_light")] {
        let mut panel = side(&gpu, theme);
        panel.run();
        panel.state_mut().draw_line([0.5, 0.5], [23.5, 23.5]);
        panel.run();
        panel.snapshot(name);
        results.extend_harness(&mut panel);
    }
}

#[test]
fn statistics_look_right() {
    let Some(gpu) = gpu() else { return };
    let mut panel = side(&gpu, Theme::Light);
    panel.run();
    panel.state_mut().measure();
    panel.run();
    panel.snapshot("statistics_light");
}

// ---------------------------------------------------------------- marks

#[test]
fn what_is_on_is_ticked() {
    let Some(gpu) = gpu() else { return };
    let mut panel = menus(&gpu, Theme::Dark);
    panel.run();
    for is_on in [false, true] {
        *panel.state_mut().preferences.guide(Guide::Crosshair) = is_on;
        click(&mut panel, "View");
        let item = panel.get_by_label_contains("crosshair");
        assert_eq!(item.accesskit_node().toggled(), Some(is_on.into()));
        panel.key_press(egui::Key::Escape);
        panel.run();
    }
}
