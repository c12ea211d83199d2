//! The harness of the window tests, tested with a small window of its own: what it types arrives, what it reads is what
//! was drawn, and nothing is left behind.
#![cfg(target_os = "linux")]

mod common;

use std::time::Duration;

use common::xvfb::{Button, Display, SCREEN_PX};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, PropMode, Rectangle, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

const TIMEOUT: Duration = Duration::from_secs(20);

/// The window of [`a_window_that_reports_its_input`].
const WINDOW_PX: (u16, u16) = (400, 300);

#[test]
fn an_empty_display_has_its_size_and_nothing_on_it() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let image = display.screenshot();
    assert_eq!((image.width, image.height), (SCREEN_PX.0.into(), SCREEN_PX.1.into()));
    assert_eq!(image.rgb.len(), image.width * image.height * 3);
    assert!(image.is_flat());
    assert!(
        display.wait_still(Duration::ZERO, Duration::from_millis(50)).is_none(),
        "a flat screen is no picture"
    );
    assert_eq!(display.screenshot_of((3, 5), (7, 11)).rgb.len(), 7 * 11 * 3);
}

#[test]
fn two_displays_do_not_meet() {
    let (Some(one), Some(other)) = (Display::start_or_skip(), Display::start_or_skip()) else {
        return;
    };
    assert_ne!(one.name(), other.name());
}

#[test]
fn a_window_is_found_typed_at_clicked_and_read() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let this = std::env::current_exe().expect("this test knows its own path");
    let this = this.to_str().expect("in UTF-8");
    let args = ["a_window_that_reports_its_input", "--exact", "--ignored", "--nocapture"];
    let app = display.spawn(this, &args, &[("HARNESS_TITLE", "slices")]);
    assert_eq!(app.title(), "slices");
    assert_eq!(app.size_px(), WINDOW_PX);

    // It draws its upper left pixels 1, 2, 3, and turns them to 4, 5, 6 at the first key.
    let drawn = display.wait_until(TIMEOUT, |now| now.crop((9, 9), (2, 1)).rgb == [1, 2, 3, 200, 100, 50]);
    let (image, _) = drawn.expect("the window draws");
    assert_eq!(image.pixel(0, 0), [1, 2, 3]);
    assert_eq!(
        image.crop((9, 9), (2, 1)).rgb,
        [1, 2, 3, 200, 100, 50],
        "where the patch ends"
    );
    assert_eq!(image.pixel(WINDOW_PX.0.into(), 0), [0, 0, 0], "beside the window");
    display.key("Right");
    let changed = display.wait_until_part((0, 0), (1, 1), TIMEOUT, |now| now.pixel(0, 0) == [4, 5, 6]);
    let (_, latency) = changed.expect("the key changes the pixel");
    assert!(latency < Duration::from_secs(5), "{latency:?}");

    for key in [
        "shift+z", "Z", "z", ",", ".", "[", "]", "+", "-", "?", "shift+1", "9", "ctrl+c", "ctrl++", "F1",
    ] {
        display.key(key);
    }
    display.type_text("aB");
    display.mouse_move(20, 30);
    display.click(Button::Left);
    display.double_click(Button::Right);
    display.wheel(1);
    display.wheel(-2);
    display.drag((10, 10), (110, 60), Button::Middle);

    // US keyboard, keycode and modifiers (1 shift, 4 control): z is 52, `,` 59, `.` 60, `[` 34, `]` 35, `=` 21, ...
    let expected = "key 114 0, key 50 0, key 52 1, key 50 0, key 52 1, key 52 0, key 59 0, key 60 0, key 34 0, \
        key 35 0, key 50 0, key 21 1, key 20 0, key 50 0, key 61 1, key 50 0, key 10 1, key 18 0, key 37 0, key 54 4, \
        key 37 0, key 50 4, key 21 5, key 67 0, key 38 0, key 50 0, key 56 1, \
        button 1 20 30, button 3 20 30, button 3 20 30, button 4 20 30, button 5 20 30, button 5 20 30, \
        button 2 10 10, released 110 60";
    let expected: Vec<&str> = expected.split(", ").map(str::trim).collect();
    app.close();
    let status = app.wait_for_exit(TIMEOUT).expect("the window closes when asked to");
    assert!(status.success(), "{status}");
    let output = app.output();
    let reported: Vec<&str> = output.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    assert_eq!(reported, expected);
}

#[test]
#[ignore = "the program that the test above starts: a window on $DISPLAY"]
fn a_window_that_reports_its_input() {
    let Ok(title) = std::env::var("HARNESS_TITLE") else {
        return;
    };
    let (connection, screen) = x11rb::connect(None).expect("a display");
    let screen = &connection.setup().roots[screen];
    let atom = |name: &[u8]| connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
    let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
    let (window, pen) = (connection.generate_id().unwrap(), connection.generate_id().unwrap());
    let events = EventMask::KEY_PRESS | EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE | EventMask::EXPOSURE;
    let aux = CreateWindowAux::new().event_mask(events).background_pixel(0x00c8_6432);
    let (width, height) = WINDOW_PX;
    let class = WindowClass::INPUT_OUTPUT;
    connection
        .create_window(24, window, screen.root, 0, 0, width, height, 0, class, 0, &aux)
        .unwrap();
    let text = AtomEnum::STRING;
    connection
        .change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, text, title.as_bytes())
        .unwrap();
    connection
        .change_property32(PropMode::REPLACE, window, protocols, AtomEnum::ATOM, &[delete])
        .unwrap();
    connection.create_gc(pen, window, &CreateGCAux::new()).unwrap();
    connection.map_window(window).unwrap();
    connection.flush().unwrap();

    let draw = |rgb: u32| {
        connection
            .change_gc(pen, &x11rb::protocol::xproto::ChangeGCAux::new().foreground(rgb))
            .unwrap();
        let patch = Rectangle {
            x: 0,
            y: 0,
            width: 10,
            height: 10,
        };
        connection.poly_fill_rectangle(window, pen, &[patch]).unwrap();
        connection.flush().unwrap();
    };
    loop {
        match connection.wait_for_event().expect("an event") {
            Event::Expose(_) => draw(0x0001_0203),
            Event::KeyPress(key) => {
                println!("> key {} {}", key.detail, u16::from(key.state));
                draw(0x0004_0506);
            }
            Event::ButtonPress(press) => println!("> button {} {} {}", press.detail, press.event_x, press.event_y),
            Event::ButtonRelease(release) if release.detail == 2 => {
                println!("> released {} {}", release.event_x, release.event_y);
            }
            Event::ClientMessage(message) if message.data.as_data32()[0] == delete => return,
            _ => {}
        }
    }
}
