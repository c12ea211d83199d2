//! The real window where something goes wrong, or is unlike the usual: lost devices, fine screens.
#![cfg(target_os = "linux")]

mod common;

use std::thread::sleep;
use std::time::Duration;

use common::canvas::different_bytes;
use common::stacks::{text, write_stack};
use common::stage::{Stage, TIMEOUT, folder, wait};
use common::xvfb::{Button, Display};

#[test]
fn a_lost_device_is_opened_again_at_the_same_view() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let path = "sample:kidney";
    let options = "--contrast percentile --channels 0,2 --zoom 2 --z 3";
    let args: Vec<&str> = [path].into_iter().chain(options.split(' ')).collect();
    for (losses, plane) in [("1", "--z 3"), ("200", "--z 15"), ("200,201,202", "--z 15")] {
        let stage = Stage::open_with(&display, &folder, &args, &[("MICROTOME_LOSE_DEVICE", losses)]);
        let last: usize = losses
            .split(',')
            .next_back()
            .and_then(|frame| frame.parse().ok())
            .expect("a number");
        let view = options.replace("--z 3", plane);
        if view != options {
            display.key("End");
            stage.expect(&stage.rendered(path, &view), "before it is lost");
            assert!(stage.frames() < 200, "it is not lost yet");
        }
        // Frames are drawn when something happens.
        let (x, y) = stage.at(0.5, 0.5);
        for step in (0..100).cycle().take_while(|_| stage.frames() <= last) {
            display.mouse_move(x + step, y);
            sleep(Duration::from_millis(20));
        }
        stage.dismiss("the graphics device was lost");
        let is_back = |output: String| {
            let (_, since) = output.rsplit_once("device was lost").expect("it was told");
            since.contains("complete picture")
        };
        wait("the picture comes back", || is_back(stage.app.output()));
        stage.expect(&stage.rendered(path, &view), &format!("after frames {losses}"));
        // It is as good as before.
        display.key("Home");
        display.key("i");
        let view = view.replace(plane, "--z 0 --filter linear");
        stage.expect(&stage.rendered(path, &view), &format!("after frames {losses}"));
        assert!(!stage.app.output().contains("notices: 2"), "one message for all losses");
        // The filter is kept for the next start.
        display.key("i");
        stage.expect(
            &stage.rendered(path, &view.replace(" --filter linear", "")),
            "the filter it opened with",
        );
        stage.quit();
    }
}

#[test]
fn a_device_that_is_lost_at_every_frame_ends_the_program_with_the_reason() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let every: Vec<String> = (1..100).map(|frame| frame.to_string()).collect();
    let app = display.spawn(
        common::stage::PROGRAM,
        &["sample:kidney"],
        &[("MICROTOME_TRACE", "1"), ("MICROTOME_LOSE_DEVICE", &every.join(","))],
    );
    let status = app.wait_for_exit(TIMEOUT).expect("it ends");
    assert_eq!(status.code(), Some(1), "{}", app.output());
    let errors: Vec<String> = app
        .output()
        .lines()
        .filter(|line| line.starts_with("error: "))
        .map(str::to_owned)
        .collect();
    assert_eq!(errors.len(), 1, "{}", app.output());
    assert!(errors[0].contains("device was lost"), "{errors:?}");
    drop(folder);
}

/// A software driver's frames get to the screen through shared memory; this is the way of all others.
#[test]
fn the_drivers_own_way_to_the_screen_shows_the_same() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open_with(&display, &folder, &["--z", "3"], &[("MICROTOME_SWAPCHAIN", "1")]);
    stage.expect_rendered("--z 3");
    display.key("Right");
    stage.expect_rendered("--z 4");
    // Over the picture, and away again.
    stage.after_a_frame(|| display.key("h"));
    stage.after_a_frame(|| display.key("Escape"));
    stage.app.resize(900, 600);
    wait("the canvas is smaller", || stage.canvas()[2] < 800);
    stage.expect_rendered("--z 4");
    stage.quit();
}

#[test]
fn a_fine_screen_shows_as_many_pixels_as_it_has() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let path = write_stack(folder.path(), "stack.tif", 1);
    let stage = Stage::open_with(&display, &folder, &[text(&path)], &[("WINIT_X11_SCALE_FACTOR", "2")]);
    stage.app.resize(1280, 800);
    wait("the panel is as wide, in points, as on any screen: 320 of them", || {
        stage.canvas()[2] == 640 && stage.canvas()[3] <= 800
    });
    stage.expect(&stage.rendered(text(&path), ""), "the middle plane");
    let [_, top, width, height] = stage.canvas().map(|px| px as i16);

    // The slider, at its left end and at its right one.
    let below = top + height + 36;
    display.mouse_move(width / 2, below);
    let middle = stage.shown();
    let clicked = |x: i16| {
        display.mouse_move(x, below);
        stage.changed_by("the slider", || display.click(Button::Left))
    };
    let left = clicked(width / 4);
    assert_ne!(different_bytes(&left, &middle), 0);
    display.key("Home");
    stage.expect(&stage.rendered(text(&path), "--z 0"), "the first plane");

    // The wheel zooms where the mouse is: the place under it stays.
    let (x, y) = stage.at(0.25, 0.75);
    display.mouse_move(x, y);
    let at = ((x as usize), (y as usize - top as usize));
    let before = stage.shown().pixel(at.0, at.1);
    let near = stage.changed_by("the wheel", || display.wheel(2));
    assert_eq!(near.pixel(at.0, at.1), before);
    stage.quit();
}
