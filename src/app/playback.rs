//! The clock of playback: which plane is due when, and what became of those that were.
//!
//! It is told the time and never asks for it.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::view::ViewState;

/// Planes per second that playback starts with.
pub(crate) const DEFAULT_RATE: f64 = 8.0;

/// Rates that can be chosen, in planes per second.
pub(crate) const RATES: RangeInclusive<f64> = 0.5..=120.0;

/// Those that keys go through.
const COMMON_RATES: [f64; 16] = [
    0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 60.0, 90.0, 120.0,
];

/// The rate is measured over this time, or over three planes where those take longer.
const MEASURED: Duration = Duration::from_secs(1);

/// What is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Along {
    /// Planes along the normal.
    Planes,
    /// Time points.
    Times,
}

/// What comes after the last plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Repeat {
    /// The first.
    Loop,
    /// The one before it: back and forth.
    PingPong,
    /// Nothing.
    Once,
}

/// What happens when planes come slower than they are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Pace {
    /// Every plane is shown, if late.
    EveryPlane,
    /// The plane that is due is shown, and those before it are dropped.
    KeepRate,
}

/// What is played, how fast, and how it went.
#[derive(Clone, Debug)]
pub(crate) struct Playback {
    /// Planes per second.
    pub(crate) rate: f64,
    /// What comes after the last plane.
    pub(crate) repeat: Repeat,
    /// What is done about planes that are late.
    pub(crate) pace: Pace,
    /// From the last to the first.
    pub(crate) is_backward: bool,
    /// What is gone through, where there are both.
    pub(crate) along: Along,
    /// First and last of what is played along z, y, x and t, where that is not all.
    ranges: [Option<[u64; 2]>; 4],
    run: Option<Run>,
    report: Option<Report>,
}

/// While it plays.
#[derive(Clone, Debug)]
struct Run {
    /// When the present plane was due; the next one is a period later.
    since: Instant,
    /// On the way back of a ping-pong.
    is_returning: bool,
    /// The plane that was asked for and has not been seen yet.
    pending: Option<u64>,
    /// Those that were asked for before it and given up: one of them may still come.
    late: VecDeque<u64>,
}

/// How it went since it was started.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Report {
    /// Planes per second that were asked for.
    pub(crate) rate: f64,
    /// Planes handed to the display.
    pub(crate) shown: u64,
    /// Planes that were due and not shown.
    pub(crate) dropped: u64,
    /// When the latest of them were shown.
    times: VecDeque<Instant>,
}

impl Along {
    /// The number of what is shown.
    pub(crate) fn at(self, view: &ViewState) -> u64 {
        match self {
            Along::Planes => view.plane(),
            Along::Times => view.t,
        }
    }

    /// How many there are.
    pub(crate) fn count(self, view: &ViewState) -> u64 {
        match self {
            Along::Planes => view.plane_count(),
            Along::Times => view.t_count,
        }
    }

    /// Goes to one, as near as there is.
    pub(crate) fn go(self, view: &mut ViewState, to: u64) {
        match self {
            Along::Planes => view.set_plane(to),
            Along::Times => {
                view.set_time(to);
            }
        }
    }

    fn place(self, view: &ViewState) -> usize {
        match self {
            Along::Planes => view.normal.index(),
            Along::Times => 3,
        }
    }
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            rate: DEFAULT_RATE,
            repeat: Repeat::Loop,
            pace: Pace::EveryPlane,
            is_backward: false,
            along: Along::Planes,
            ranges: [None; 4],
            run: None,
            report: None,
        }
    }
}

impl Playback {
    /// What can be gone through in a view: what was chosen, or else what there is more than one of.
    pub(crate) fn playable(&self, view: &ViewState) -> Option<Along> {
        [self.along, Along::Planes, Along::Times]
            .into_iter()
            .find(|along| along.count(view) > 1)
    }

    /// The first and the last that are played.
    pub(crate) fn range(&self, view: &ViewState, along: Along) -> [u64; 2] {
        let last = along.count(view).saturating_sub(1);
        let [from, to] = self.ranges[along.place(view)].unwrap_or([0, last]);
        let from = from.min(last);
        [from, to.clamp(from, last)]
    }

    /// Plays a part only.
    pub(crate) fn set_range(&mut self, view: &ViewState, along: Along, [from, to]: [u64; 2]) {
        let last = along.count(view).saturating_sub(1);
        let is_all = from == 0 && to >= last;
        self.ranges[along.place(view)] = (!is_all).then_some([from.min(to), to]);
    }

    /// Whether it plays.
    pub(crate) fn is_playing(&self) -> bool {
        self.run.is_some()
    }

    /// Starts, the first step being one period away, or pauses.
    pub(crate) fn toggle(&mut self, now: Instant) {
        if self.run.take().is_some() {
            return;
        }
        self.run = Some(Run {
            since: now,
            is_returning: false,
            pending: None,
            late: VecDeque::new(),
        });
        self.report = Some(Report {
            rate: self.rate,
            shown: 0,
            dropped: 0,
            times: VecDeque::new(),
        });
    }

    /// Goes to the next rate of [`COMMON_RATES`], or to the one before.
    pub(crate) fn change_rate(&mut self, steps: i32) {
        let rate = self.rate;
        let next = match steps > 0 {
            true => COMMON_RATES.into_iter().find(|&other| other > rate),
            false => COMMON_RATES.into_iter().rev().find(|&other| other < rate),
        };
        self.rate = next.unwrap_or(rate);
    }

    /// Pauses, and forgets what belongs to one file.
    pub(crate) fn forget(&mut self) {
        (self.run, self.report, self.ranges) = (None, None, [None; 4]);
    }

    /// Goes on from now: nothing was due while nobody could see it.
    pub(crate) fn rest(&mut self, now: Instant) {
        if let Some(run) = &mut self.run {
            run.since = run.since.max(now);
        }
    }

    /// How the present run goes, or how the last one went.
    pub(crate) fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// When the next step is due; none while it waits for a plane to be shown.
    pub(crate) fn due(&self) -> Option<Instant> {
        let run = self.run.as_ref()?;
        let is_waiting = self.pace == Pace::EveryPlane && run.pending.is_some();
        (!is_waiting).then(|| run.since + self.period())
    }

    /// What to go to, if that is due. Pauses where there is nothing more to play.
    pub(crate) fn step(&mut self, now: Instant, view: &ViewState) -> Option<(Along, u64)> {
        let due = self.due().filter(|&due| due <= now)?;
        let next = self.playable(view).and_then(|along| {
            let at = along.at(view);
            let range = self.range(view, along);
            self.advance(now, due, at, range).map(|to| (along, to))
        });
        if next.is_none() {
            self.run = None;
        }
        next
    }

    fn advance(&mut self, now: Instant, due: Instant, at: u64, range: [u64; 2]) -> Option<u64> {
        let period = self.period();
        let (run, report) = (self.run.as_mut()?, self.report.as_mut()?);
        let late = run.pending.take();
        let is_late = late.is_some();
        run.late.retain(|&other| Some(other) != late);
        run.late.extend(late);
        let periods = match self.pace {
            Pace::EveryPlane => 1,
            Pace::KeepRate => 1 + ((now - due).as_secs_f64() / period.as_secs_f64()) as u32,
        };
        run.since = match self.pace {
            // Late once is made up for, late for long is not.
            Pace::EveryPlane => due.max(now.checked_sub(period).unwrap_or(now)),
            Pace::KeepRate => due + period * (periods - 1),
        };
        let mut track = Track {
            range,
            repeat: self.repeat,
            is_backward: self.is_backward != run.is_returning,
        };
        // What is to be played once, and stands at its end, starts over.
        let is_start = report.shown + report.dropped == 0 && !is_late;
        let (to, steps) = match track.advance(at, periods.into()) {
            None if is_start && range[0] < range[1] => (if self.is_backward { range[1] } else { range[0] }, 1),
            other => other?,
        };
        run.is_returning = track.is_backward != self.is_backward;
        run.pending = Some(to);
        report.rate = self.rate;
        report.dropped += steps - 1 + u64::from(is_late);
        Some(to)
    }

    /// A frame was handed to the display, with this plane in it.
    pub(crate) fn presented(&mut self, now: Instant, at: u64) {
        let Some(run) = &mut self.run else { return };
        run.late.clear();
        // Where it is another one, someone went elsewhere meanwhile.
        if run.pending.take() == Some(at) {
            self.count_shown(now);
        }
    }

    /// A frame was handed to the display with another plane in it than the one that is due, which is still to come:
    /// perhaps one that was given up and counted as dropped.
    pub(crate) fn presented_late(&mut self, now: Instant, at: u64) {
        let (Some(run), Some(report)) = (&mut self.run, &mut self.report) else {
            return;
        };
        if let Some(place) = run.late.iter().position(|&late| late == at) {
            run.late.drain(..=place);
            report.dropped -= 1;
            self.count_shown(now);
        }
    }

    /// What is waited for never comes: goes on without it.
    pub(crate) fn give_up(&mut self) {
        if let (Some(run), Some(report)) = (&mut self.run, &mut self.report)
            && run.pending.take().is_some()
        {
            report.dropped += 1;
        }
    }

    fn count_shown(&mut self, now: Instant) {
        let span = MEASURED.max(self.period() * 3);
        let Some(report) = &mut self.report else { return };
        report.shown += 1;
        report.times.push_back(now);
        while report.times.front().is_some_and(|&then| now - then > span) {
            report.times.pop_front();
        }
    }

    fn period(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate.clamp(*RATES.start(), *RATES.end()))
    }
}

impl Report {
    /// Planes shown per second, over the last second; none before there were two.
    pub(crate) fn measured(&self) -> Option<f64> {
        let (first, last) = (self.times.front()?, self.times.back()?);
        let seconds = (*last - *first).as_secs_f64();
        (seconds > 0.0).then(|| (self.times.len() - 1) as f64 / seconds)
    }
}

/// The order in which planes are gone through.
#[derive(Clone, Copy, Debug)]
struct Track {
    /// The first and the last.
    range: [u64; 2],
    repeat: Repeat,
    is_backward: bool,
}

impl Track {
    /// Where one is some steps later, and how many of them there were to make; none at the end of the way.
    fn advance(&mut self, at: u64, steps: u64) -> Option<(u64, u64)> {
        let [first, last] = self.range;
        let long = last - first;
        if long == 0 {
            return None;
        }
        // Counted from where it starts, in the direction in which it goes.
        let turn = |place: u64, is_backward: bool| if is_backward { long - place } else { place };
        let place = turn(at.clamp(first, last) - first, self.is_backward);
        let (place, steps) = match self.repeat {
            Repeat::Loop => ((place + steps) % (long + 1), steps),
            Repeat::Once if place == long => return None,
            Repeat::Once => ((place + steps).min(long), steps.min(long - place)),
            Repeat::PingPong => {
                let phase = (place + steps) % (2 * long);
                if phase > long {
                    self.is_backward = !self.is_backward;
                    (phase - long, steps)
                } else {
                    (phase, steps)
                }
            }
        };
        Some((first + turn(place, self.is_backward), steps))
    }
}

#[cfg(test)]
mod tests;
