//! What the window can say about its own speed, to stderr: with `MICROTOME_TRACE=1` in the environment. And a device
//! that is lost, for tests: `MICROTOME_LOSE_DEVICE=9,12` then destroys it after these frames.

use std::time::{Duration, Instant};

use super::notices::Notices;
use super::playback::{Pace, Report};
use crate::view::Rect;

/// Counts frames and takes times.
pub(crate) struct Trace {
    started: Instant,
    is_on: bool,
    frames: u64,
    input_at: Option<Instant>,
    canvas: Option<Rect>,
    has_picture: bool,
    is_complete: bool,
    /// The messages that are shown.
    notices: String,
    /// Frames after which the device is lost.
    losses: Vec<u64>,
}

impl Trace {
    /// A trace since the start of the program.
    pub(crate) fn new(started: Instant) -> Self {
        let is_on = std::env::var_os("MICROTOME_TRACE").is_some_and(|value| value == "1");
        let losses = std::env::var("MICROTOME_LOSE_DEVICE").ok().filter(|_| is_on);
        Self {
            started,
            is_on,
            frames: 0,
            input_at: None,
            canvas: None,
            has_picture: false,
            is_complete: false,
            notices: String::new(),
            losses: losses
                .iter()
                .flat_map(|list| list.split(','))
                .flat_map(str::parse)
                .collect(),
        }
    }

    /// Says something with the time since the start, if tracing.
    pub(crate) fn milestone(&self, what: &str) {
        if self.is_on {
            eprintln!("{what}: {:.1} ms since start", ms(self.started.elapsed()));
        }
    }

    /// Another file is opened: its pictures are told as those of the first one.
    pub(crate) fn begin_file(&mut self) {
        (self.has_picture, self.is_complete) = (false, false);
    }

    /// A person did something, just now.
    pub(crate) fn input(&mut self) {
        self.input_at.get_or_insert_with(Instant::now);
    }

    /// A frame was handed to the display.
    pub(crate) fn presented(&mut self, canvas: Rect, has_picture: bool, is_complete: bool, gui: Duration) {
        self.frames += 1;
        if self.canvas.replace(canvas) != Some(canvas) && self.is_on {
            let Rect { x, y, width, height } = canvas;
            eprintln!("canvas: {x} {y} {width} {height}");
        }
        if has_picture && !std::mem::replace(&mut self.has_picture, true) {
            self.milestone("first picture");
        }
        if is_complete && !std::mem::replace(&mut self.is_complete, true) {
            self.milestone("complete picture");
        }
        let input_at = self.input_at.take();
        if self.is_on {
            let frame = self.frames;
            let gui = ms(gui);
            // The last picture, or a coarse one, while the one that is looked at is on its way.
            let kind = if has_picture { "" } else { ", for now" };
            match input_at {
                Some(then) => eprintln!(
                    "frame {frame}: {:.2} ms after input, {gui:.2} ms gui{kind}",
                    ms(then.elapsed())
                ),
                None => eprintln!("frame {frame}: {gui:.2} ms gui{kind}"),
            }
        }
    }

    /// How playback went, once it has ended.
    pub(crate) fn playback(&self, report: &Report, pace: Pace) {
        if self.is_on {
            let Report {
                rate, shown, dropped, ..
            } = report;
            let measured = report.measured().unwrap_or(0.0);
            let pace = match pace {
                Pace::EveryPlane => "every plane",
                Pace::KeepRate => "keep the rate",
            };
            eprintln!("playback: rate {rate:.1}, measured {measured:.1}, shown {shown}, dropped {dropped}, {pace}");
        }
    }

    /// Says which messages are shown, where they are others than before.
    pub(crate) fn notices(&mut self, notices: &Notices) {
        if !self.is_on {
            return;
        }
        let texts: Vec<&str> = notices.iter().map(|notice| notice.text.as_str()).collect();
        let text = format!("notices: {} | {} |", texts.len(), texts.join(" | "));
        if self.notices != text {
            eprintln!("{text}");
            self.notices = text;
        }
    }

    /// Whether the device is to be lost now.
    pub(crate) fn is_loss_due(&self) -> bool {
        self.losses.contains(&self.frames)
    }

    /// Frames handed to the display so far.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// Whether to say them at the end.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
