//! Playback in the real window, counted from outside: what the program says it showed and dropped is what came to the
//! screen. How fast that was is not asked.
#![cfg(target_os = "linux")]

mod common;

use std::time::Duration;

use common::outside::Planes;
use common::stage::{Stage, folder};
use common::xvfb::Display;

/// Of the sample.
const PLANES: u64 = 16;

#[test]
fn what_playback_reports_is_what_was_on_the_screen() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &["--z", "0"]);
    let planes = Planes::learn(&stage, PLANES as usize);
    let mut pauses = 0;
    for pace in ["every plane", "keep the rate"] {
        if pauses > 0 {
            stage.keep_the_rate();
        }
        for rate in [8, 30, 60] {
            stage.set_rate(rate);
            let seen = planes.watch(&stage, Duration::from_secs(3));
            pauses += 1;
            let told = stage.told_of_playback(pauses);
            stage.rest(Duration::from_millis(100));
            let what = format!(
                "{pace}, {rate}/s: {} shown, {} dropped, {:.1}/s; seen {} and {} skipped, {:.1}/s; {} may be missed",
                told.shown, told.dropped, told.measured, seen.shown, seen.skipped, seen.rate, seen.missed
            );
            println!("{what}");
            assert_eq!((told.rate, told.pace.as_str()), (f64::from(rate), pace));
            assert!(told.shown > 3, "{what}");
            // A plane that is on its way when it is paused is seen, and not counted; whole rounds that were skipped at
            // once are counted, and not seen.
            let (all_seen, all_told) = (seen.shown + seen.skipped, told.shown + told.dropped);
            let is_one_more = all_seen > all_told;
            let all_seen = all_seen - u64::from(is_one_more);
            assert!(
                all_seen <= all_told && (all_told - all_seen).is_multiple_of(PLANES),
                "{what}"
            );
            let rounds = (all_told - all_seen) / PLANES;
            assert!(told.dropped >= rounds * (PLANES - 1), "{what}");
            assert!(seen.shown <= told.shown + 1, "{what}");
            assert!(seen.shown + seen.missed >= told.shown, "{what}");
            if pace == "every plane" {
                assert_eq!(told.dropped, 0, "{what}");
            } else {
                // What was due was shown or dropped, however slow the machine is.
                let due = f64::from(rate) * seen.seconds;
                assert!(
                    (all_told as f64 - due).abs() <= 3.0 + 0.1 * due,
                    "{what}; {due:.1} were due"
                );
            }
        }
    }
    stage.quit();
}
