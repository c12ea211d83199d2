//! From the start of the program to its window, and to the first picture.

use std::process::Command;

use tempfile::TempDir;

use super::common::stage::{PROGRAM, Stage};
use super::common::xvfb::Display;
use super::times::at;

pub(super) fn measure(display: &Display, folder: &TempDir, count: usize) {
    let file = folder.path().join("kidney.tif");
    let file = file.to_str().expect("in UTF-8");
    let made = Command::new(PROGRAM).args(["sample", file, "-q"]).status();
    assert!(made.expect("the program runs").success());
    println!("\nstart of the program to ..., p50 (max) of {count} starts, ms");
    println!(
        "{:24} {:>16} {:>16} {:>16}",
        "", "window", "first picture", "and measured"
    );
    for path in [file, "sample:kidney"] {
        let (mut window, mut first, mut complete) = (Vec::new(), Vec::new(), Vec::new());
        // The first one warms the system's cache.
        for start in 0..=count {
            let stage = Stage::open(display, folder, &[path]);
            if start > 0 {
                window.push(stage.app.window_after.as_secs_f64() * 1e3);
                first.push(milestone_ms(&stage, "first picture: "));
                complete.push(milestone_ms(&stage, "complete picture: "));
            }
            stage.quit();
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let of = |ms: &[f64]| format!("{:.0} ({:.0})", at(ms, 0.5), at(ms, 1.0));
        println!("{name:24} {:>16} {:>16} {:>16}", of(&window), of(&first), of(&complete));
    }
}

fn milestone_ms(stage: &Stage<'_>, what: &str) -> f64 {
    let output = stage.app.output();
    let line = output.lines().find_map(|line| line.strip_prefix(what));
    let number = line.and_then(|line| line.split(' ').next()?.parse().ok());
    number.expect("the program says when")
}
