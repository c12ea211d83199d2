//! What leaves the window: commands, views, pictures and movies are what is on the screen.
#![cfg(target_os = "linux")]

mod common;

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use common::canvas::{different_bytes, read_png};
use common::stage::{PROGRAM, Stage, TIMEOUT, folder, wait};
use common::xvfb::{Button, Display, Image};

/// Runs a command line that was copied, in the folder of the stage; returns the picture it made.
fn run(stage: &Stage<'_>, line: &str) -> Image {
    let line = line.trim();
    let rest = line.strip_prefix("microtome ").expect("a command of this program");
    let output = Command::new("sh")
        .args(["-c", &format!("\"$0\" {rest} -q")])
        .arg(PROGRAM)
        .current_dir(stage.folder.path())
        .output()
        .expect("a shell");
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut words = rest.split(' ').skip_while(|word| *word != "-o");
    let target = stage.folder.path().join(words.nth(1).expect("a file"));
    let picture = read_png(&target);
    std::fs::remove_file(target).expect("it is there");
    picture
}

/// The command line that the window copies.
fn copied(stage: &Stage<'_>) -> String {
    let count = || stage.app.output().matches("copied the command: ").count();
    let before = count();
    stage.display.key("ctrl+k");
    wait("the command is copied", || count() > before);
    stage.display.key("Escape"); // the message lies over the picture
    stage.display.paste(TIMEOUT).expect("a text")
}

#[test]
fn a_copied_command_makes_the_picture_that_is_shown() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let (x, y) = stage.at(0.4, 0.6);
    let keys = |keys: &str| keys.split(' ').for_each(|key| display.key(key));
    let views: [(&str, &dyn Fn()); 11] = [
        ("as it opens", &|| ()),
        ("another plane", &|| keys("Right Right")),
        ("zoomed at the mouse", &|| {
            display.mouse_move(x, y);
            display.wheel(4);
        }),
        ("panned, linear", &|| {
            display.drag((x, y), (x + 37, y - 21), Button::Left);
            keys("i");
        }),
        ("window and level", &|| {
            display.drag((x, y), (x - 60, y - 90), Button::Right)
        }),
        ("channels and percentiles", &|| keys("2 C")),
        ("montage with labels and scale bar", &|| keys("0 g n b")),
        ("another palette along y", &|| keys("g p Y r")),
        ("a slab", &|| keys("Z alt+Up alt+Up alt+Up")),
        ("the maximum of all planes, clipped voxels marked", &|| {
            keys("alt+Down m m k")
        }),
        ("a dragged box", &|| {
            keys("m k x");
            display.key_down("shift");
            display.drag((x, y), (x + 120, y + 70), Button::Left);
            display.key_up("shift");
            display.mouse_move(1279, 799);
        }),
    ];
    let mut seen: Vec<Image> = Vec::new();
    for (what, go) in views {
        go();
        stage.rest(Duration::from_millis(500)); // percentiles are to be found first
        let line = copied(&stage);
        let made = run(&stage, &line);
        stage.expect(&made, &format!("{what}: {line}"));
        assert!(seen.iter().all(|other| *other != made), "{what} is a view of its own");
        seen.push(made);
    }
    stage.quit();
}

#[test]
fn a_saved_view_is_restored() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let (x, y) = stage.at(0.6, 0.3);
    display.mouse_move(x, y);
    display.wheel(5);
    display.drag((x, y), (x + 50, y + 30), Button::Right);
    for key in ["Left", "2", "c", "b", "n", "alt+Up"] {
        display.key(key);
    }
    display.key("ctrl+e");
    stage.wait_for_line("sample-kidney-z007.view.json");
    display.key("Escape");
    let line = copied(&stage);
    let made = run(&stage, &line);
    stage.expect(&made, &line);
    let before = stage.shown();
    stage.quit();

    let text = std::fs::read_to_string(folder.path().join("sample-kidney-z007.view.json")).expect("it is there");
    assert!(text.lines().count() > 20 && text.contains("\"slab\": 2"), "{text}");
    let stage = Stage::open(&display, &folder, &["--view", "sample-kidney-z007.view.json"]);
    stage.expect(&before, "the view that was saved");
    stage.quit();
}

#[test]
fn a_copied_picture_is_what_is_shown() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--scale-bar"]);
    display.key("ctrl+shift+c");
    stage.wait_for_line("copied the picture");
    display.key("Escape");
    let png = display.paste_as("image/png", TIMEOUT).expect("a picture");
    let target = folder.path().join("pasted.png");
    std::fs::write(&target, png).expect("a file can be written");
    stage.expect(&read_png(&target), "what was copied");
    stage.quit();
}

#[test]
fn forms_make_pictures_and_movies() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--z", "3"]);
    let canvas = stage.rendered("sample:kidney", "--z 3");
    stage.expect(&canvas, "as it opens");
    display.key("ctrl+shift+s");
    sleep(Duration::from_millis(300));
    display.key("Return");
    stage.wait_for_line("sample-kidney-z003.png: ");
    let picture = read_png(&folder.path().join("sample-kidney-z003.png"));
    assert_eq!(different_bytes(&picture, &canvas), 0, "as shown");

    display.key("Escape");
    display.key("ctrl+m");
    sleep(Duration::from_millis(300));
    display.key("Return");
    stage.wait_for_line("sample-kidney.gif: ");
    let gif = std::fs::File::open(folder.path().join("sample-kidney.gif")).expect("it is there");
    let mut decoder = gif::DecodeOptions::new().read_info(gif).expect("a GIF");
    assert_eq!(usize::from(decoder.width()), canvas.width);
    let mut frames = 0;
    while decoder.next_frame_info().expect("frames").is_some() {
        frames += 1;
    }
    assert_eq!(frames, 16, "a frame per plane");
    assert!(!Path::new(&folder.path().join("sample-kidney.gif.part")).exists());
    stage.quit();
}

fn names(stage: &Stage<'_>) -> Vec<String> {
    let entries = std::fs::read_dir(stage.folder.path()).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn nothing_unfinished_is_left_when_the_program_ends() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--z", "3"]);
    let canvas = stage.rendered("sample:kidney", "--z 3");
    display.key("ctrl+s");
    stage.quit();
    let picture = read_png(&folder.path().join("sample-kidney-z003.png"));
    assert_eq!(different_bytes(&picture, &canvas), 0, "it is saved to the end");
    for name in ["sample-kidney-z003.png", "rendered.png"] {
        std::fs::remove_file(folder.path().join(name)).expect("it is there");
    }

    let stage = Stage::open(&display, &folder, &[]);
    display.key("ctrl+m");
    sleep(Duration::from_millis(300));
    display.key("Return");
    wait("the movie is begun", || !names(&stage).is_empty());
    display.key("ctrl+q");
    stage.wait_for_notice("quit once more to give them up");
    stage.quit();
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
