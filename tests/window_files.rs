//! From file to file in the real window: what is opened, how it gets there, and what stays when it does not.
#![cfg(target_os = "linux")]

mod common;

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::stacks::{PLANES, hollow_stack, slow_stack, stack, text, write_planes, write_stack};
use common::stage::{Stage, TIMEOUT, folder, wait};
use common::xvfb::Display;

impl Stage<'_> {
    fn keys(&self, keys: &str) {
        keys.split_whitespace().for_each(|key| self.display.key(key));
    }

    /// Waits until the canvas is what `render` makes of a file.
    fn expect_file(&self, path: &Path, options: &str) {
        self.expect(
            &self.rendered(text(path), options),
            &format!("{} {options}", path.display()),
        );
    }

    /// Types a path where one is asked for, in place of what stands there.
    fn type_path(&self, path: &str) {
        self.keys("ctrl+shift+o");
        sleep(Duration::from_millis(300));
        self.keys("ctrl+a");
        self.display.type_text(path);
    }
}

#[test]
fn keys_go_through_the_files_of_a_folder() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let (folder, lonely) = (folder(), folder());
    let files = ["b1.tif", "b2.tif", "b10.tif"];
    let files: Vec<_> = (1..)
        .zip(files)
        .map(|(seed, name)| write_stack(folder.path(), name, seed))
        .collect();
    std::fs::write(folder.path().join("notes.txt"), "no image").expect("a file can be written");
    let stage = Stage::open(&display, &folder, &[text(&files[0])]);
    for (keys, file) in [
        ("", 0),
        ("ctrl+Page_Down", 1),
        ("ctrl+Page_Down", 2),
        ("ctrl+Page_Down", 0),
        ("ctrl+Page_Up", 2),
        ("ctrl+Page_Up", 1),
    ] {
        stage.keys(keys);
        stage.expect_file(&files[file], "");
        let name = files[file].file_name().and_then(|name| name.to_str()).expect("a name");
        wait("the title follows", || stage.app.title().contains(name));
    }
    stage.quit();

    let only = write_stack(lonely.path(), "only.tif", 4);
    let stage = Stage::open(&display, &lonely, &[text(&only), "--z", "1"]);
    stage.expect_file(&only, "--z 1");
    stage.keys("ctrl+Page_Down");
    stage.dismiss("no other image");
    stage.expect_file(&only, "--z 1");
    stage.quit();
}

#[test]
fn a_file_that_changes_is_read_again() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let path = write_stack(folder.path(), "stack.tif", 1);
    let stage = Stage::open(&display, &folder, &[text(&path), "--z", "1", "--zoom", "5"]);
    stage.expect_file(&path, "--z 1 --zoom 5");
    stage.keys("Right Right Right");
    stage.expect_file(&path, "--z 4 --zoom 5");

    // By another file of the same name, as careful programs do it; then in place.
    let other = write_stack(folder.path(), "stack.part", 2);
    std::fs::rename(&other, &path).expect("a file can be renamed");
    stage.dismiss("was changed");
    stage.expect_file(&path, "--z 4 --zoom 5");
    std::fs::write(&path, stack(3)).expect("a file can be written");
    stage.dismiss("was changed");
    stage.expect_file(&path, "--z 4 --zoom 5");

    // What is no image any more leaves the last picture; so does what is gone.
    let last = stage.shown();
    std::fs::write(&path, "no image").expect("a file can be written");
    wait("the reason is told", || stage.notices().1.contains("stack.tif: "));
    stage.keys("Escape");
    wait("it is dismissed", || stage.notices().0 == 0);
    stage.expect(&last, "the last picture stays");
    std::fs::remove_file(&path).expect("a file can be removed");
    stage.keys("F5");
    stage.dismiss("stack.tif: ");
    stage.expect(&last, "the last picture stays");
    stage.keys("Left F5");
    stage.dismiss("stack.tif: ");

    // Asked for, it does not wait to be noticed.
    write_stack(folder.path(), "stack.tif", 5);
    stage.keys("F5");
    stage.expect_file(&path, "--z 3 --zoom 5");
    stage.quit();
}

#[test]
fn a_plane_that_is_added_to_a_folder_is_shown() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    write_planes(folder.path(), 1);
    let stage = Stage::open(&display, &folder, &[text(folder.path()), "--z", "4", "--zoom", "5"]);
    std::fs::copy(folder.path().join("z0.tif"), folder.path().join("z5.tif")).expect("a file can be copied");
    stage.dismiss("was changed");
    stage.expect_file(folder.path(), "--z 4 --zoom 5");
    stage.keys("End");
    stage.expect_file(folder.path(), "--z 5 --zoom 5");
    stage.quit();
}

#[test]
fn the_next_file_keeps_a_locked_contrast() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let one = write_stack(folder.path(), "one.tif", 1);
    let two = write_stack(folder.path(), "two.tif", 2);
    let contrast = "--range 9000,30000 --gamma 0.5";
    let args: Vec<&str> = [text(&one)].into_iter().chain(contrast.split(' ')).collect();
    let stage = Stage::open(&display, &folder, &args);
    stage.expect_file(&one, contrast);
    stage.keys("ctrl+Page_Down");
    stage.expect_file(&two, "");
    stage.keys("ctrl+Page_Up");
    stage.expect_file(&one, "");
    stage.quit();

    let stage = Stage::open(&display, &folder, &args);
    stage.keys("K");
    stage.dismiss("keeps contrast");
    stage.keys("ctrl+Page_Down");
    stage.expect_file(&two, contrast);
    stage.keys("ctrl+Page_Down");
    stage.expect_file(&one, contrast);
    // F5 keeps the view as it always does.
    stage.keys("Home F5");
    stage.expect_file(&one, &format!("--z 0 {contrast}"));
    stage.quit();
}

#[test]
fn a_path_is_typed_and_the_last_picture_stays_where_it_is_none() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let first = write_stack(folder.path(), "first.tif", 1);
    let second = write_stack(folder.path(), "second.tif", 2);
    std::fs::write(folder.path().join("text.tif"), "no image").expect("a file can be written");
    std::fs::write(folder.path().join("hollow.tif"), hollow_stack()).expect("a file can be written");
    let stage = Stage::open(&display, &folder, &[text(&first)]);
    stage.keys("ctrl+shift+o");
    sleep(Duration::from_millis(300));
    stage.display.type_text("se"); // after the folder it was started in
    stage.keys("Tab");
    sleep(Duration::from_millis(300));
    stage.keys("Return");
    stage.expect_file(&second, "");

    let mut z = PLANES / 2;
    for (path, reason) in [
        ("text.tif", "text.tif: "),
        ("hollow.tif", "hollow.tif: "),
        ("nowhere.tif", "nowhere.tif: "),
        ("/", "/: "),
        ("sample:nothing", "sample:nothing"),
        ("text.view.json", "text.view.json: "),
    ] {
        stage.type_path(path);
        stage.keys("Return");
        stage.wait_for_notice(reason);
        // The message lies over the picture, and nobody is kept from it.
        stage.keys("Right");
        z = (z + 1).min(PLANES - 1);
        stage.dismiss(reason);
        stage.expect_file(&second, &format!("--z {z}"));
        assert!(stage.app.title().contains("second.tif"), "{}", stage.app.title());
        stage.keys("Left");
        z -= 1;
        stage.expect_file(&second, &format!("--z {z}"));
    }
    // The file that is shown is still the one whose neighbours are gone to, and that is named.
    stage.keys("ctrl+k");
    stage.dismiss("copied the command");
    let line = display.paste(TIMEOUT).expect("a text");
    assert!(line.contains("second.tif"), "{line}");
    stage.type_path("first.tif");
    stage.keys("Return");
    stage.expect_file(&first, "");
    stage.quit();
}

#[test]
fn no_frame_between_two_files_is_black() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let one = write_stack(folder.path(), "one.tif", 1);
    let two = write_stack(folder.path(), "two.tif", 2);
    let stage = Stage::open(&display, &folder, &[text(&one)]);
    let (x, y) = stage.at(0.5, 0.5);
    for file in [&two, &one, &two, &one] {
        let wanted = stage.rendered(text(file), "");
        stage.keys("ctrl+Page_Down");
        let start = Instant::now();
        // A few pixels are read much faster than frames are drawn.
        while stage.shown() != wanted && start.elapsed() < Duration::from_millis(300) {
            for _ in 0..20 {
                let part = display.screenshot_of((x - 60, y), (120, 1));
                assert!(!part.is_flat(), "noise is never flat");
            }
        }
        stage.expect(&wanted, "the next file");
    }
    stage.quit();
}

#[test]
fn loading_is_stopped_by_a_key() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    std::fs::write(folder.path().join("slow.tif"), slow_stack(512)).expect("a file can be written");
    let stage = Stage::begin(&display, &folder, &["slow.tif"], &[]);
    stage.wait_for_line("first picture");
    wait("it is on the screen", || !stage.shown().is_flat());
    let first = stage.shown();
    stage.keys("Escape");
    stage.rest(Duration::from_secs(2));
    let is_complete = || stage.app.output().contains("complete picture");
    assert!(!is_complete(), "it goes on loading");
    // But for the window: it is that of the planes that have come.
    let shown = stage.shown();
    let mut pairs = shown.rgb.iter().zip(&first.rgb);
    assert!(
        pairs.all(|(now, before)| now.abs_diff(*before) <= 8),
        "what has come stays"
    );
    // A plane that has not come is not pretended to be there.
    stage.after_a_frame(|| stage.keys("End"));
    let output = stage.app.output();
    let frame = output.lines().rfind(|line| line.starts_with("frame "));
    assert!(frame.is_some_and(|frame| frame.ends_with(", for now")), "{frame:?}");
    // It can be read after all.
    stage.keys("F5");
    wait("all of it comes", is_complete);
    stage.quit();
}

#[test]
fn files_are_dropped() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let first = write_stack(folder.path(), "first.tif", 1);
    let spaced = write_stack(folder.path(), "with a space & \u{b5}.tif", 2);
    let planes = folder.path().join("planes");
    std::fs::create_dir(&planes).expect("a folder can be made");
    write_planes(&planes, 3);
    let stage = Stage::open(&display, &folder, &[text(&first)]);
    let drop = |paths: &[&Path]| {
        let dropped = display.drop_files(&stage.app, paths, stage.at(0.5, 0.5), TIMEOUT);
        dropped.expect("the program takes files");
    };
    stage.expect_file(&first, "");
    drop(&[&spaced]);
    stage.expect_file(&spaced, "");
    drop(&[&planes]);
    stage.expect_file(&planes, "");
    drop(&[&first, &spaced]);
    stage.dismiss("2 files were dropped");
    stage.expect_file(&first, "");
    stage.keys("ctrl+Page_Down");
    stage.expect_file(&spaced, "");
    stage.keys("ctrl+Page_Down");
    stage.expect_file(&first, "");

    // A view brings its image.
    stage.keys("Home + Right ctrl+e");
    stage.dismiss("saved ");
    stage.rest(Duration::from_millis(300));
    let saved = stage.shown();
    drop(&[&spaced]);
    stage.expect_file(&spaced, "");
    drop(&[&folder.path().join("first-z001.view.json")]);
    stage.expect(&saved, "the view that was saved");
    assert!(stage.app.title().contains("first.tif"), "{}", stage.app.title());
    stage.quit();
}

#[test]
fn views_that_do_not_fit_are_told() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let first = write_stack(folder.path(), "first.tif", 1);
    let stage = Stage::open(&display, &folder, &[]);
    stage.keys("End ctrl+e");
    stage.dismiss("saved ");
    let view = "sample-kidney-z015.view.json";
    stage.quit();

    // Of another image: as far as it fits, and told once.
    let stage = Stage::open(&display, &folder, &[text(&first), "--view", view]);
    stage.dismiss("the saved view is of another image");
    stage.expect_file(&first, &format!("--view {}", text(&folder.path().join(view))));
    stage.keys("Home F5");
    stage.expect_file(&first, &format!("--view {} --z 0", text(&folder.path().join(view))));
    assert_eq!(stage.notices().0, 0, "{}", stage.notices().1);

    // What is no view leaves the picture; a pipe has no end.
    let last = stage.shown();
    std::fs::write(folder.path().join("rubbish.json"), "{\"slab\": [").expect("a file can be written");
    let pipe = folder.path().join("pipe.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    for name in ["rubbish.json", "pipe.json"] {
        stage.type_path(name);
        stage.keys("Return");
        stage.dismiss(name);
        stage.expect(&last, "the last picture");
    }
    stage.quit();

    let rubbish = folder.path().join("rubbish.json");
    for view in [text(&rubbish), text(&pipe), "/nowhere.json"] {
        let output = std::process::Command::new(common::stage::PROGRAM)
            .args([text(&first), "--view", view])
            .env("DISPLAY", display.name())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("MICROTOME_TRACE")
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn opened_files_are_remembered() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let one = write_stack(folder.path(), "one.tif", 1);
    let two = write_stack(folder.path(), "two.tif", 2);
    let file = display.config().join("microtome/preferences.json");
    let recent = || {
        let kept = std::fs::read_to_string(&file).ok()?;
        let kept: serde_json::Value = serde_json::from_str(&kept).ok()?;
        let names = kept["recent"].as_array()?.iter().filter_map(|name| name.as_str());
        Some(names.map(str::to_owned).collect::<Vec<_>>())
    };
    let stage = Stage::open(&display, &folder, &["one.tif"]);
    stage.keys("ctrl+Page_Down");
    stage.expect_file(&two, "");
    assert_eq!(
        recent(),
        Some(vec![text(&two).to_owned(), text(&one).to_owned()]),
        "the newest first"
    );
    stage.type_path("nowhere.tif");
    stage.keys("Return");
    stage.dismiss("nowhere.tif");
    stage.quit();
    assert_eq!(
        recent().map(|names| names.len()),
        Some(2),
        "what cannot be opened is not remembered"
    );

    let stage = Stage::open(&display, &folder, &["one.tif"]);
    stage.expect_file(&one, "");
    assert_eq!(recent(), Some(vec![text(&one).to_owned(), text(&two).to_owned()]));
    stage.quit();
}

#[test]
fn preferences_that_cannot_be_read_or_kept_are_no_obstacle() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let one = write_stack(folder.path(), "one.tif", 1);
    let two = write_stack(folder.path(), "two.tif", 2);
    let config = display.config().join("microtome");
    std::fs::create_dir(&config).expect("a folder can be made");
    for rubbish in [
        "",
        "no JSON",
        "{\"window\": [1e30, -5]}",
        "{\"recent\": [1]}",
        "\u{0}\u{1}",
    ] {
        std::fs::write(config.join("preferences.json"), rubbish).expect("a file can be written");
        let stage = Stage::open(&display, &folder, &[text(&one)]);
        stage.expect_file(&one, "");
        assert_eq!(stage.notices().0, 0, "{rubbish:?}: {}", stage.notices().1);
        stage.quit();
    }

    // A file where the folder should be: nothing can be kept, which is told once.
    std::fs::remove_dir_all(&config).expect("a folder can be removed");
    std::fs::write(&config, "in the way").expect("a file can be written");
    let stage = Stage::open(&display, &folder, &[text(&one)]);
    stage.dismiss("preferences cannot be kept");
    stage.keys("b b ctrl+Page_Down");
    stage.expect_file(&two, "");
    assert_eq!(stage.notices().0, 0, "{}", stage.notices().1);
    stage.quit();
}
