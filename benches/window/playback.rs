//! What playback shows, by its own count and counted from outside.

use std::time::Duration;

use tempfile::TempDir;

use super::common::outside::Planes;
use super::common::stage::Stage;
use super::common::xvfb::Display;

pub(super) fn measure(display: &Display, folder: &TempDir, seconds: u64) {
    let stage = Stage::open(display, folder, &["--z", "0"]);
    stage.app.resize(1280, 800);
    stage.rest(Duration::from_millis(500));
    let planes = Planes::learn(&stage, 16);
    println!("\nplayback for {seconds} s: what the program says, and what came to the screen");
    println!(
        "{:16} {:>6}  {:>6} {:>7} {:>8}  {:>6} {:>7} {:>8}  looks, and what they may have missed",
        "", "rate", "shown", "dropped", "measured", "seen", "skipped", "measured"
    );
    let mut pauses = 0;
    for pace in ["every plane", "keep the rate"] {
        if pauses > 0 {
            stage.keep_the_rate();
        }
        for rate in [8, 30, 60] {
            stage.set_rate(rate);
            let seen = planes.watch(&stage, Duration::from_secs(seconds));
            pauses += 1;
            let told = stage.told_of_playback(pauses);
            assert_eq!((told.rate, told.pace.as_str()), (f64::from(rate), pace));
            stage.rest(Duration::from_millis(200));
            println!(
                "{pace:16} {rate:>6}  {:>6} {:>7} {:>8.1}  {:>6} {:>7} {:>8.1}  {}, {}, {} unknown",
                told.shown,
                told.dropped,
                told.measured,
                seen.shown,
                seen.skipped,
                seen.rate,
                seen.looks,
                seen.missed,
                seen.unknown
            );
        }
    }
    stage.quit();
}
