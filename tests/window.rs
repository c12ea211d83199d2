//! The real program in a real window, worked with a real keyboard and mouse: what it shows is what `render` makes.
#![cfg(target_os = "linux")]

mod common;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use common::canvas::different_bytes;
use common::stage::{PROGRAM, Stage, TIMEOUT, folder, wait};
use common::xvfb::{Button, Display};

#[test]
fn keys_show_what_render_makes() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    assert!(stage.app.title().contains("kidney"), "{}", stage.app.title());
    stage.expect_rendered("");
    for (keys, options) in [
        ("Right", "--z 9"),
        ("shift+Left", "--z 0"),
        (". . .", "--z 3"),
        (",", "--z 2"),
        ("End", "--z 15"),
        ("Page_Up", "--z 5"),
        ("Home Page_Down", "--z 10"),
        ("Home Right Right Right Right Right Right Right Right", "--z 8"),
        ("2", "--channels 0,2"),
        ("shift+3", "--channels 2"),
        ("0", ""),
        ("g", "--layout montage"),
        ("g p", "--palette safe"),
        ("p p p i", "--filter linear"),
        ("i C", "--contrast percentile"),
        ("x", ""),
        // The third channel is the active one since it was shown alone.
        ("c", "--contrast percentile --range 0:10,4095 --range 1:68,4095"),
        ("x", ""),
        ("R", "--zoom 1"),
        ("r", ""),
        ("Y", "--normal y"),
        ("X", "--normal x"),
        ("Z", ""),
        // It may have stepped before it was paused.
        ("space space Home", "--z 0"),
        ("h h F1 F1 ? Escape", "--z 0"),
    ] {
        keys.split(' ').for_each(|key| display.key(key));
        stage.expect_rendered(options);
    }
    stage.quit();
}

#[test]
fn brackets_step_through_time() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let path = folder.path().join("series.tif");
    let path = path.to_str().expect("in UTF-8");
    let made = Command::new(PROGRAM).args(["sample", path]).status();
    assert!(made.expect("the program runs").success());
    // The planes of the sample, as times.
    let stage = Stage::open(&display, &folder, &[path, "--axes", "TYXS"]);
    for (keys, t) in [("", 0), ("]", 1), ("] ]", 3), ("[", 2)] {
        keys.split_whitespace().for_each(|key| display.key(key));
        let wanted = stage.rendered(path, &format!("--axes TYXS --t {t}"));
        stage.expect(&wanted, &format!("time {t}"));
    }
    stage.quit();
}

#[test]
fn the_mouse_zooms_pans_and_steps_and_the_picture_is_saved() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--filter", "linear", "--z", "4"]);
    let whole = stage.rendered("sample:kidney", "--filter linear --z 4");
    stage.expect(&whole, "options of the command line");

    let (x, y) = stage.at(0.3, 0.6);
    display.mouse_move(x, y);
    let near = stage.changed_by("the wheel", || display.wheel(3));
    assert_eq!(different_bytes(&stage.saved("sample-kidney-z004.png"), &near), 0);
    let nearer = stage.changed_by("a double click", || display.double_click(Button::Left));
    let moved = stage.changed_by("dragging", || display.drag((x, y), (x + 60, y - 40), Button::Left));
    // What was dragged is the same picture, elsewhere.
    let [_, _, width, height] = stage.canvas();
    let kept = (width - 60, height - 40);
    assert_eq!(
        different_bytes(&nearer.crop((0, 40), kept), &moved.crop((60, 0), kept)),
        0
    );
    let back = stage.changed_by("dragging back", || {
        display.drag((x, y), (x - 60, y + 40), Button::Middle)
    });
    assert_eq!(different_bytes(&back, &nearer), 0);
    assert_eq!(
        different_bytes(&stage.saved("sample-kidney-z004-1.png"), &back),
        0,
        "nothing is overwritten"
    );

    display.key("r");
    stage.expect(&whole, "the whole plane");
    let zoomed = stage.changed_by("the key +", || display.key("+"));
    assert_eq!(different_bytes(&stage.saved("sample-kidney-z004-2.png"), &zoomed), 0);
    display.key("-");
    stage.expect(&whole, "the key -");

    display.key_down("ctrl");
    display.wheel(-1);
    display.key_up("ctrl");
    let plane = 4 + common::xvfb::WINIT_LINES_PER_NOTCH;
    stage.expect_rendered(&format!("--filter linear --z {plane}"));

    let info = png::Decoder::new(std::io::BufReader::new(
        std::fs::File::open(folder.path().join("sample-kidney-z004.png")).expect("saved above"),
    ));
    let reader = info.read_info().expect("a PNG");
    assert!(!reader.info().uncompressed_latin1_text.is_empty() || !reader.info().utf8_text.is_empty());
    stage.quit();
}

#[test]
fn keys_act_on_the_picture_whatever_was_clicked_last() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let [_, top, width, height] = stage.canvas().map(|px| px as i16);
    let below = top + height + 18;

    // The slider takes the plane, and no keys.
    display.mouse_move(width / 3, below);
    stage.changed_by("the slider", || display.click(Button::Left));
    display.key("Home");
    display.key("Right");
    stage.expect_rendered("--z 1");
    // So does the play button, which Space would press a second time.
    display.mouse_move(24, below);
    let paused = stage.shown();
    display.click(Button::Left);
    wait("the button plays", || stage.shown() != paused);
    display.key("space");
    display.key("Home");
    stage.expect_rendered("--z 0");

    // A number is typed; digits toggle no channels meanwhile. The first channel's upper limit:
    let upper = (width + 139, 384);
    display.mouse_move(upper.0, upper.1);
    stage.after_a_frame(|| display.click(Button::Left));
    display.type_text("512");
    display.key("Return");
    stage.expect_rendered("--z 0 --range 0:10,512");
    display.key("Right");
    stage.expect_rendered("--z 1 --range 0:10,512");
    // Clicking on the picture ends typing too.
    display.mouse_move(upper.0, upper.1);
    stage.after_a_frame(|| display.click(Button::Left));
    stage.after_a_frame(|| display.type_text("1024"));
    let (x, y) = stage.at(0.5, 0.5);
    display.mouse_move(x, y);
    display.click(Button::Left);
    stage.expect_rendered("--z 1 --range 0:10,1024");
    display.key("x");
    display.key("2");
    stage.expect_rendered("--z 1 --channels 0,2");
    stage.quit();
}

#[test]
fn playback_goes_round_at_its_rate_and_an_idle_window_draws_nothing() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--z", "13"]);
    display.mouse_move(1279, 799);
    // Histograms may still come, one after the other; then it is idle, or this never ends.
    stage.rest(Duration::from_secs(3));
    let before = stage.frames();

    display.key("space");
    let start = Instant::now();
    wait("it plays", || {
        stage.frames() >= before + 4 && start.elapsed() > Duration::from_secs(2)
    });
    display.key("space");
    stage.wait_for_line("playback: ");
    let (played, seconds) = (stage.frames() - before, start.elapsed().as_secs_f64());
    // Never faster than 8 planes a second; slower if the machine is.
    assert!(played as f64 <= 8.0 * seconds + 3.0, "{played} frames in {seconds} s");
    // Paused, it draws nothing.
    stage.rest(Duration::from_secs(1));
    stage.quit();
}

#[test]
fn a_window_can_be_resized_and_closed() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--layout", "montage", "--contrast", "plane"]);
    stage.app.resize(1120, 713);
    wait("the canvas is that of benches", || stage.canvas() == [0, 26, 800, 600]);
    stage.expect_rendered("--layout montage --contrast plane");
    stage.app.close();
    let status = stage.app.wait_for_exit(TIMEOUT).expect("the close button ends it");
    assert!(status.success(), "{status}");
}

#[test]
fn what_cannot_be_opened_is_told_in_one_line() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let text = folder.path().join("text.tif");
    std::fs::write(&text, "no picture").expect("a file can be written");
    for path in [text, PathBuf::from("nowhere.tif"), folder.path().to_owned()] {
        let output = Command::new(PROGRAM)
            .arg(&path)
            .env("DISPLAY", display.name())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("MICROTOME_TRACE")
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let errors = said.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!((errors, said.lines().count()), (1, 1), "{said}");
    }
}
