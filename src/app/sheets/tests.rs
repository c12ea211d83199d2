//! Sheets, typed into and looked at.

use std::path::Path;
use std::sync::Arc;

use egui::{Key, Modifiers, Rect, Theme, Vec2, pos2, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotResults};

use super::{ExportOrder, Request};
use crate::app::actions::{Action, KeymapChoice, Sheet};
use crate::app::commands::COMMANDS;
use crate::app::export_job::Movie;
use crate::app::testing::{Desk, dataset, gpu, harness};
use crate::export::MovieFormat;
use crate::gpu::Gpu;
use crate::view::Overlay;

/// A window with a sheet over its picture.
fn window(gpu: &Arc<Gpu>, size: Vec2, theme: Theme) -> Harness<'static, Desk> {
    let desk = Desk::new(gpu, dataset([5, 2, 16, 8, 8]));
    harness(
        gpu,
        size,
        theme,
        |ui, desk: &mut Desk| {
            // The canvas, between menus, channels and sliders.
            let all = ui.max_rect();
            let canvas = Rect::from_min_max(all.min + vec2(0.0, 26.0), all.max - vec2(320.0, 113.0));
            desk.show(ui, |ui, panels| super::show(ui.ctx(), panels, canvas));
        },
        desk,
    )
}

const SMALL: Vec2 = vec2(1024.0, 700.0);
const LARGE: Vec2 = vec2(1280.0, 800.0);

fn open(window: &mut Harness<'_, Desk>, sheet: Sheet, name: &Path) {
    window.state_mut().open(sheet, name);
    window.run();
}

fn type_text(window: &mut Harness<'_, Desk>, text: &str) {
    window.event(egui::Event::Text(text.into()));
    window.run();
}

fn click(window: &mut Harness<'_, Desk>, label: &str) {
    window.get_by_label(label).click();
    window.run();
}

fn press(window: &mut Harness<'_, Desk>, key: Key) {
    window.key_press(key);
    window.run();
}

fn has(window: &Harness<'_, Desk>, label: &str) -> bool {
    window.query_by_label(label).is_some()
}

// ---------------------------------------------------------------- the palette

#[test]
fn a_command_is_typed_chosen_and_run() {
    let Some(gpu) = gpu() else { return };
    let mut window = window(&gpu, SMALL, Theme::Dark);
    window.run();
    open(&mut window, Sheet::Palette, Path::new(""));
    assert!(has(&window, "File: open a file"), "without a text, all");
    type_text(&mut window, "in the folder");
    assert!(has(&window, "File: next file in the folder") && !has(&window, "File: open a file"));
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::Enter);
    // It is closed first: a command may show a sheet itself.
    let asked = [Action::Show(Sheet::Palette), Action::StepFile(-1)];
    assert_eq!(std::mem::take(&mut window.state_mut().actions), asked);

    // Neither end is run over, and what is typed begins at the first again.
    (0..9).for_each(|_| press(&mut window, Key::ArrowDown));
    press(&mut window, Key::ArrowUp);
    press(&mut window, Key::Enter);
    assert_eq!(std::mem::take(&mut window.state_mut().actions)[1], Action::StepFile(1));
    press(&mut window, Key::ArrowDown);
    type_text(&mut window, " next");
    press(&mut window, Key::Enter);
    assert_eq!(std::mem::take(&mut window.state_mut().actions)[1], Action::StepFile(1));

    type_text(&mut window, " no such thing");
    assert!(has(&window, "no command is called that"));
    press(&mut window, Key::Enter);
    assert!(window.state().actions.is_empty());

    open(&mut window, Sheet::Palette, Path::new(""));
    type_text(&mut window, "movie");
    click(&mut window, "File: make a movie");
    let asked = [Action::Show(Sheet::Palette), Action::Show(Sheet::Movie)];
    assert_eq!(window.state().actions, asked, "with the mouse");
}

#[test]
fn what_is_chosen_stays_in_sight() {
    let Some(gpu) = gpu() else { return };
    let mut window = window(&gpu, SMALL, Theme::Dark);
    window.run();
    open(&mut window, Sheet::Palette, Path::new(""));
    (0..30).for_each(|_| press(&mut window, Key::ArrowDown));
    let command = &COMMANDS[30];
    let name = format!("{}: {}", command.group.title(), command.name);
    let row = window.get_by_label(&name).rect();
    assert!(row.top() > 60.0 && row.bottom() < 400.0, "{row:?}");
    press(&mut window, Key::Enter);
    assert_eq!(window.state().actions[1], command.action);
}

// ---------------------------------------------------------------- help

#[test]
fn help_has_every_key_of_the_keymap() {
    let Some(gpu) = gpu() else { return };
    let mut window = window(&gpu, LARGE, Theme::Dark);
    window.run();
    for choice in [KeymapChoice::Default, KeymapChoice::Fiji, KeymapChoice::Napari] {
        window.state_mut().preferences.keymap = choice;
        open(&mut window, Sheet::Help, Path::new(""));
        let keymap = choice.keymap();
        assert!(has(&window, &format!("Keys and mouse \u{b7} {} keymap", keymap.name)));
        let screen = Rect::from_min_size(pos2(0.0, 0.0), LARGE);
        for command in COMMANDS {
            let is_listed = window.query_all_by_label(command.name).next().is_some();
            assert_eq!(is_listed, !keymap.chords(command.action).is_empty(), "{}", command.name);
        }
        for gesture in keymap.gestures() {
            let how = window.query_all_by_label(gesture.how).next();
            let how = how.unwrap_or_else(|| panic!("{} is missing", gesture.how));
            assert!(screen.contains_rect(how.rect()), "{} is out of sight", gesture.how);
        }
    }
}

// ---------------------------------------------------------------- a path

#[test]
fn a_path_is_typed_completed_and_opened() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["stack.tif", "other.tif"] {
        std::fs::write(folder.path().join(name), "").expect("a file");
    }
    std::fs::create_dir(folder.path().join("planes")).expect("a folder");
    let mut window = window(&gpu, SMALL, Theme::Dark);
    window.run();
    open(&mut window, Sheet::OpenPath, Path::new(""));
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
    let separator = std::path::MAIN_SEPARATOR;
    type_text(&mut window, &format!("{}{separator}", folder.path().display()));
    // The folder is listed beside the window.
    while !has(&window, "stack.tif") {
        std::thread::sleep(std::time::Duration::from_millis(1));
        window.step();
    }
    assert!(has(&window, &format!("planes{separator}")) && has(&window, "stack.tif") && has(&window, "other.tif"));
    type_text(&mut window, "st");
    assert!(!has(&window, "other.tif"));
    press(&mut window, Key::Tab);
    press(&mut window, Key::Enter);
    let stack = Request::Open(folder.path().join("stack.tif"));
    assert_eq!(std::mem::take(&mut window.state_mut().requests), [stack]);
    // With the mouse; in quotes; and never nothing.
    (0.."stack.tif".len()).for_each(|_| press(&mut window, Key::Backspace));
    click(&mut window, "other.tif");
    press(&mut window, Key::Enter);
    let other = Request::Open(folder.path().join("other.tif"));
    assert_eq!(std::mem::take(&mut window.state_mut().requests), [other]);
    window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
    type_text(&mut window, " ");
    press(&mut window, Key::Enter);
    assert!(window.state().requests.is_empty());
    type_text(&mut window, "\"sample:kidney\"");
    press(&mut window, Key::Enter);
    assert_eq!(window.state().requests, [Request::Open("sample:kidney".into())]);
}

// ---------------------------------------------------------------- pictures and movies

/// The order that was given last.
fn ordered(window: &mut Harness<'_, Desk>) -> Option<ExportOrder> {
    match std::mem::take(&mut window.state_mut().requests).pop()? {
        Request::Export(order) => Some(order),
        other => panic!("{other:?}"),
    }
}

fn number(window: &mut Harness<'_, Desk>, label: &str, text: &str) {
    click(window, label);
    type_text(window, text);
    press(window, Key::Enter);
}

#[test]
fn a_picture_of_any_size_is_ordered() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("stack-z008");
    let mut window = window(&gpu, LARGE, Theme::Dark);
    window.run();
    open(&mut window, Sheet::Picture, &name);
    press(&mut window, Key::Enter);
    let plain = ExportOrder {
        path: name.with_extension("png"),
        may_replace: false,
        // What the canvas of this window has.
        size: [960, 661],
        is_whole: false,
        overlay: Overlay::default(),
        movie: None,
    };
    assert_eq!(ordered(&mut window), Some(plain.clone()));
    click(&mut window, "scale bar");
    click(&mut window, "size of the picture");
    click(&mut window, "twice as large");
    click(&mut window, "save");
    let overlay = Overlay {
        scale_bar: true,
        labels: false,
    };
    let twice = ExportOrder {
        size: [1920, 1322],
        overlay,
        ..plain.clone()
    };
    assert_eq!(ordered(&mut window), Some(twice));
    click(&mut window, "labels");
    click(&mut window, "size of the picture");
    click(&mut window, "whole plane, a pixel per voxel");
    click(&mut window, "save");
    let whole = ordered(&mut window).expect("an order");
    assert_eq!((whole.size, whole.is_whole, whole.overlay.labels), ([8, 8], true, true));
    click(&mut window, "size of the picture");
    click(&mut window, "width and height");
    number(&mut window, "width in pixels", "300");
    number(&mut window, "height in pixels", "0");
    assert_eq!(ordered(&mut window), None, "Enter ended the typing of a number");
    click(&mut window, "save");
    assert_eq!(ordered(&mut window).map(|order| order.size), Some([300, 1]));
}

#[test]
fn nothing_is_replaced_unless_it_is_asked_for() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("stack");
    std::fs::write(name.with_extension("png"), "taken").expect("a file");
    let mut window = window(&gpu, LARGE, Theme::Dark);
    window.run();
    open(&mut window, Sheet::Picture, &name);
    assert!(!has(&window, "replace what is there"));
    press(&mut window, Key::Enter);
    let free = ordered(&mut window).map(|order| order.path);
    assert_eq!(free, Some(folder.path().join("stack-1.png")), "a name that is free");

    let path = |window: &mut Harness<'_, Desk>, text: &str| {
        click(window, "path of the file");
        window.key_combination_modifiers(Modifiers::COMMAND, &[Key::A]);
        window.run();
        match text {
            "" => press(window, Key::Backspace),
            _ => type_text(window, text),
        }
    };
    let taken = name.with_extension("png");
    path(&mut window, &taken.display().to_string());
    assert!(has(&window, "there is something of this name"));
    press(&mut window, Key::Enter);
    click(&mut window, "save");
    assert_eq!(ordered(&mut window), None);
    click(&mut window, "replace what is there");
    click(&mut window, "save");
    let order = ordered(&mut window).expect("an order");
    assert_eq!((order.path, order.may_replace), (taken.clone(), true));
    // That was an answer for this path only.
    let other = folder.path().join("other.png");
    std::fs::write(&other, "taken").expect("a file");
    path(&mut window, &other.display().to_string());
    press(&mut window, Key::Enter);
    assert_eq!(ordered(&mut window), None);
    path(&mut window, &taken.display().to_string());
    press(&mut window, Key::Enter);
    assert_eq!(ordered(&mut window), None, "nor when it comes back");
    // A dialog may give the path.
    click(&mut window, "browse\u{2026}");
    let asked = std::mem::take(&mut window.state_mut().requests);
    assert_eq!(asked, [Request::Browse(taken)]);
    window.state_mut().forms.set_target(&folder.path().join("chosen"));
    window.run();
    press(&mut window, Key::Enter);
    let chosen = ordered(&mut window).map(|order| order.path);
    assert_eq!(chosen, Some(folder.path().join("chosen.png")));
    path(&mut window, "");
    assert!(has(&window, "a name is missing"));
    click(&mut window, "save");
    assert_eq!(ordered(&mut window), None);
}

#[test]
fn a_movie_is_ordered_in_any_format_over_any_range() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().join("stack");
    let mut window = window(&gpu, LARGE, Theme::Dark);
    window.run();
    open(&mut window, Sheet::Movie, &name);
    press(&mut window, Key::Enter);
    let order = ordered(&mut window).expect("an order");
    let movie = Movie {
        is_over_time: false,
        range: 0..16,
        is_ping_pong: false,
        fps: 8.0,
    };
    assert_eq!((order.path, order.movie), (name.with_extension("gif"), Some(movie)));
    for (label, file, format) in [
        ("animated PNG", "stack.png", MovieFormat::Apng),
        ("MP4", "stack.mp4", MovieFormat::Mp4),
        ("folder of PNGs", "stack", MovieFormat::Frames),
        ("GIF", "stack.gif", MovieFormat::Gif),
    ] {
        click(&mut window, label);
        let path = folder.path().join(file);
        assert_eq!(MovieFormat::of(&path), format);
        click(&mut window, "make");
        let obstacle = MovieFormat::check(&path).err().map(|error| error.to_string());
        let made = ordered(&mut window).map(|order| order.path);
        match obstacle {
            None => assert_eq!(made, Some(path)),
            Some(reason) => assert!(made.is_none() && has(&window, &reason), "{reason}"),
        }
    }
    number(&mut window, "last frame", "9");
    number(&mut window, "first frame", "12");
    number(&mut window, "frames per second", "12.5");
    click(&mut window, "and back");
    assert_eq!(ordered(&mut window), None);
    click(&mut window, "make");
    let movie = ordered(&mut window).and_then(|order| order.movie).expect("a movie");
    assert_eq!(
        (movie.range, movie.fps, movie.is_ping_pong),
        (12..13, 12.5, true),
        "never the wrong way round"
    );
    number(&mut window, "first frame", "3");
    assert!(has(&window, "frames per second: 18 in 1.4 s"));
    number(&mut window, "frames per second", "60");
    assert!(has(&window, "50 at most") && has(&window, "frames per second: 18 in 0.4 s"));
    click(&mut window, "animated PNG");
    assert!(!has(&window, "50 at most"));
    // Over time, all of it at first.
    click(&mut window, "t");
    click(&mut window, "make");
    let movie = ordered(&mut window).and_then(|order| order.movie).expect("a movie");
    assert_eq!((movie.range, movie.is_over_time), (0..5, true));
    click(&mut window, "close");
    assert_eq!(window.state().actions, [Action::Show(Sheet::Movie)]);
}

// ---------------------------------------------------------------- looks

fn look(
    results: &mut SnapshotResults,
    size: Vec2,
    theme: Theme,
    (sheet, keymap): (Sheet, KeymapChoice),
    text: &str,
    name: &str,
) {
    let Some(gpu) = gpu() else { return };
    let mut window = window(&gpu, size, theme);
    window.run();
    window.state_mut().preferences.keymap = keymap;
    open(&mut window, sheet, Path::new("/data/stack-z008-t000"));
    if !text.is_empty() {
        type_text(&mut window, text);
    }
    window.snapshot(name);
    results.extend_harness(&mut window);
}

#[test]
fn the_palette_looks_right() {
    let mut results = SnapshotResults::new();
    let size = vec2(840.0, 460.0);
    let (default, fiji) = (
        (Sheet::Palette, KeymapChoice::Default),
        (Sheet::Palette, KeymapChoice::Fiji),
    );
    look(&mut results, size, Theme::Dark, default, "", "palette_dark");
    look(&mut results, size, Theme::Light, fiji, "plane", "palette_light");
}

#[test]
fn help_looks_right() {
    let mut results = SnapshotResults::new();
    let (default, fiji) = ((Sheet::Help, KeymapChoice::Default), (Sheet::Help, KeymapChoice::Fiji));
    look(&mut results, LARGE, Theme::Dark, default, "", "help_default_1280");
    look(&mut results, LARGE, Theme::Light, fiji, "", "help_fiji_1280");
    look(&mut results, SMALL, Theme::Dark, default, "", "help_default_1024");
}

#[test]
fn forms_look_right() {
    let mut results = SnapshotResults::new();
    let size = vec2(840.0, 420.0);
    let (movie, picture) = (
        (Sheet::Movie, KeymapChoice::Default),
        (Sheet::Picture, KeymapChoice::Default),
    );
    look(&mut results, size, Theme::Dark, movie, "", "movie_dark");
    look(&mut results, size, Theme::Light, picture, "", "picture_light");
}
