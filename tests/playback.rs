//! Playback in the real window: what it says of itself, beside what was counted outside.
#![cfg(target_os = "linux")]

mod common;

use std::thread::sleep;
use std::time::{Duration, Instant};

use common::stage::{Stage, TIMEOUT, folder};
use common::xvfb::{Button, Display};

/// What the program says when it pauses.
#[derive(Debug)]
struct Said {
    rate: f64,
    measured: f64,
    shown: usize,
    dropped: usize,
}

impl Said {
    fn of(line: &str) -> Self {
        let number = |name: &str| {
            let rest = line.split_once(name).unwrap_or_else(|| panic!("{name} in {line:?}")).1;
            let digits: String = rest
                .trim()
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            digits
                .parse::<f64>()
                .unwrap_or_else(|_| panic!("a number after {name} in {line:?}"))
        };
        Self {
            rate: number("rate"),
            measured: number("measured"),
            shown: number("shown") as usize,
            dropped: number("dropped") as usize,
        }
    }
}

/// The lines that tell how playback went.
fn reports(stage: &Stage<'_>) -> Vec<String> {
    let output = stage.app.output();
    output
        .lines()
        .filter(|line| line.starts_with("playback: "))
        .map(str::to_owned)
        .collect()
}

/// Types a rate and plays for about two seconds. Returns what was said, the frames that were presented meanwhile, and
/// the time between the two key presses.
fn play(stage: &Stage<'_>, rate: u32) -> (Said, usize, f64) {
    let display = stage.display;
    let [_, y, _, height] = stage.canvas().map(|px| px as i16);
    display.mouse_move(60, y + height + 44);
    display.click(Button::Left);
    sleep(Duration::from_millis(400));
    display.type_text(&rate.to_string());
    display.key("Return");
    // Where nothing reacts to it.
    display.mouse_move(1279, 799);
    sleep(Duration::from_millis(900));
    let (frames, said) = (stage.frames(), reports(stage).len());
    let start = Instant::now();
    display.key("space");
    sleep(Duration::from_secs(2));
    display.key("space");
    let seconds = start.elapsed().as_secs_f64();
    while reports(stage).len() == said {
        assert!(start.elapsed() < TIMEOUT, "it never says how it went");
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(300));
    let line = reports(stage).pop().expect("a line");
    (Said::of(&line), stage.frames() - frames, seconds)
}

#[test]
fn what_playback_says_of_itself_is_what_is_counted_outside() {
    let Some(display) = Display::start_or_skip() else {
        return;
    };
    let folder = folder();
    let stage = Stage::open(&display, &folder, &[]);
    let agree = |(said, frames, seconds): (Said, usize, f64), rate: u32| {
        assert_eq!(said.rate, f64::from(rate));
        // Beside the planes there are the frames of starting and of pausing, and the button that lights up.
        assert!(
            said.shown <= frames && frames <= said.shown + 5,
            "{frames} frames: {said:?}"
        );
        assert!(said.shown > 0 && said.measured > 0.0, "{said:?}");
        // No rate beyond the one that was asked for, but for what is made up for.
        assert!(said.measured <= 1.5 * f64::from(rate), "{said:?}");
        (said, seconds)
    };
    for rate in [8, 30] {
        let (said, seconds) = agree(play(&stage, rate), rate);
        assert_eq!(said.dropped, 0, "every plane is shown");
        assert!(
            said.shown as f64 <= f64::from(rate) * seconds + 2.0,
            "{said:?} in {seconds} s"
        );
    }
    // The other pace: the second in its menu, which opens upwards.
    let [_, y, _, height] = stage.canvas().map(|px| px as i16);
    display.mouse_move(247, y + height + 44);
    display.click(Button::Left);
    sleep(Duration::from_millis(500));
    display.mouse_move(350, y + height + 18);
    display.click(Button::Left);
    sleep(Duration::from_millis(500));
    for rate in [8, 60] {
        let (said, seconds) = agree(play(&stage, rate), rate);
        // What was due was shown or dropped, however slow the machine is.
        let due = f64::from(rate) * seconds;
        let told = (said.shown + said.dropped) as f64;
        assert!((told - due).abs() <= 3.0 + 0.1 * due, "{said:?}, {due} were due");
    }
    stage.quit();
}
