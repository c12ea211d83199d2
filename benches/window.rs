//! How quick the window is, measured from outside, on a display in memory: start to first picture; every gesture, from
//! the event to changed pixels on the X screen and by the program's own clock, beside the same steps in napari; what
//! playback shows; what the window does when it is left alone; and what a hundred files leave behind.
//!
//!     cargo bench --bench window                          # everything
//!     cargo bench --bench window -- starts steps          # some of: starts, steps, playback, idle, files
//!     cargo bench --bench window -- short                 # few steps, to see whether it works
//!
//! With `MICROTOME_NAPARI_PYTHON=/path/to/python`, of an environment with `pip install "napari[pyqt6]"`, the steps are
//! made in napari too, in turn, on the same display: `benches/napari_window.py`.

#[path = "../tests/common/mod.rs"]
mod common;

#[cfg(target_os = "linux")]
#[path = "window/files.rs"]
mod files;
#[cfg(target_os = "linux")]
#[path = "window/idle.rs"]
mod idle;
#[cfg(target_os = "linux")]
#[path = "window/playback.rs"]
mod playback;
#[cfg(target_os = "linux")]
#[path = "window/starts.rs"]
mod starts;
#[cfg(target_os = "linux")]
#[path = "window/steps.rs"]
mod steps;
#[cfg(target_os = "linux")]
#[path = "window/times.rs"]
mod times;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("not measured: it takes Xvfb");
}

#[cfg(target_os = "linux")]
fn main() {
    use std::process::Command;

    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_short = words.iter().any(|word| word == "short");
    let parts: Vec<&String> = words.iter().filter(|word| *word != "short").collect();
    let is_wanted = |part: &str| parts.is_empty() || parts.iter().any(|word| *word == part);

    let display = match common::xvfb::Display::start() {
        Ok(display) => display,
        Err(error) => {
            println!("not measured: {error}");
            return;
        }
    };
    let adapters = Command::new(common::stage::PROGRAM).arg("adapters").output();
    print!(
        "{}",
        String::from_utf8_lossy(&adapters.expect("the program runs").stdout)
    );
    let folder = common::stage::folder();
    if is_wanted("starts") {
        starts::measure(&display, &folder, if is_short { 2 } else { 7 });
    }
    if is_wanted("steps") {
        steps::measure(&display, &folder, if is_short { 20 } else { 200 });
    }
    if is_wanted("playback") {
        playback::measure(&display, &folder, if is_short { 2 } else { 10 });
    }
    if is_wanted("idle") {
        idle::measure(&display, &folder, if is_short { 5 } else { 60 });
    }
    if is_wanted("files") {
        files::measure(&display, if is_short { 20 } else { 100 });
    }
}
