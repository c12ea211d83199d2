//! What the window does when it is left alone.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::common::outside::cpu_seconds;
use super::common::stage::Stage;
use super::common::xvfb::Display;

pub(super) fn measure(display: &Display, folder: &TempDir, seconds: u64) {
    println!("\nleft alone for {seconds} s");
    println!("{:24} {:>8} {:>18}", "", "frames", "CPU, % of a core");
    for (what, keys) in [
        ("the picture", [].as_slice()),
        ("statistics", &["s"]),
        ("line profile", &["l"]),
        ("command palette", &["ctrl+shift+p"]),
        ("help", &["h"]),
        ("typing a path", &["ctrl+shift+o"]),
    ] {
        let stage = Stage::open(display, folder, &[]);
        display.mouse_move(1279, 799);
        for key in keys {
            stage.after_a_frame(|| display.key(key));
        }
        report(&stage, what, seconds);
        // What is typed into has Ctrl+Q until it is gone.
        stage.after_a_frame(|| display.key("Escape"));
        stage.quit();
    }
    let broken = folder.path().join("broken");
    std::fs::create_dir_all(&broken).expect("a folder can be made");
    super::common::outside::write_stack(&broken.join("a.tif"), [4, 1, 64, 64], 1);
    std::fs::write(broken.join("b.tif"), "no image").expect("a file can be written");
    let path = broken.join("a.tif");
    let stage = Stage::open(display, folder, &[path.to_str().expect("in UTF-8")]);
    stage.after_a_frame(|| display.key("ctrl+Page_Down"));
    report(&stage, "an error notice", seconds);
    stage.quit();
}

fn report(stage: &Stage<'_>, what: &str, seconds: u64) {
    // Notices go by themselves, and a mouse that has come to rest brings up what there is to know.
    stage.rest(Duration::from_secs(2));
    let pid = stage.app.pid();
    let (frames, cpu, start) = (stage.frames(), cpu_seconds(pid), Instant::now());
    std::thread::sleep(Duration::from_secs(seconds));
    let (frames, cpu) = (stage.frames() - frames, cpu_seconds(pid) - cpu);
    let share = 100.0 * cpu / start.elapsed().as_secs_f64();
    println!("{what:24} {frames:>8} {share:>18.2}");
}
