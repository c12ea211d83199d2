//! A window that is left alone draws nothing, whatever is open in it, and keeps nothing of the files before.
#![cfg(target_os = "linux")]

mod common;

use std::time::Duration;

use common::outside::{Shelf, write_stack};
use common::stage::{Stage, folder};
use common::xvfb::Display;

#[test]
fn a_window_that_is_left_alone_draws_nothing() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let path = folder.path().join("a.tif");
    write_stack(&path, [4, 2, 64, 80], 1);
    std::fs::write(folder.path().join("b.tif"), "no image").expect("a file can be written");
    let stage = Stage::open(&display, &folder, &[path.to_str().expect("in UTF-8")]);
    display.mouse_move(1279, 799);
    // Each beside what was opened before, but for the sheets over the picture.
    for (what, keys) in [
        ("statistics", "s"),
        ("a line profile", "l"),
        ("the palette", "ctrl+shift+p"),
        ("a path to be typed", "Escape ctrl+shift+o"),
        ("help", "Escape F1"),
        ("an error", "Escape ctrl+Page_Down"),
    ] {
        for key in keys.split(' ') {
            stage.after_a_frame(|| display.key(key));
        }
        // Something may still come to rest: a mouse that stands still brings up what there is to know. A window that goes
        // on drawing never rests.
        println!("{what}");
        stage.rest(Duration::from_millis(4500));
    }
    stage.quit();
}

#[test]
fn twenty_files_leave_nothing_behind() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let mib = Shelf::new(20, 2).go_through(&display);
    let most = |mib: &[f64]| mib.iter().copied().fold(0.0, f64::max);
    let (first_round, second_round) = (most(&mib[..10]), most(&mib[10..20]));
    // All of them together take 90 MB: if they stayed, that would be half of the process.
    assert!(second_round <= 1.1 * first_round, "{mib:.0?}");
    // The first one again: more than that is not its own.
    assert!(mib[20] <= 1.2 * mib[0], "{mib:.0?}");
}
