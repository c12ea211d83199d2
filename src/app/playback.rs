//! The clock of playback.

use std::time::{Duration, Instant};

/// Planes per second that playback starts with.
pub(crate) const DEFAULT_RATE: f64 = 8.0;

/// Rates that can be chosen, in planes per second.
pub(crate) const RATES: std::ops::RangeInclusive<f64> = 0.5..=120.0;

/// Whether, how fast, and when next. It never skips a plane: what cannot be shown in time is shown late.
#[derive(Clone, Debug)]
pub(crate) struct Playback {
    /// Planes per second.
    pub(crate) rate: f64,
    next: Option<Instant>,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            rate: DEFAULT_RATE,
            next: None,
        }
    }
}

impl Playback {
    /// Whether it plays.
    pub(crate) fn is_playing(&self) -> bool {
        self.next.is_some()
    }

    /// Starts, the first step being one period away, or pauses.
    pub(crate) fn toggle(&mut self, now: Instant) {
        self.next = match self.next {
            Some(_) => None,
            None => Some(now + self.period()),
        };
    }

    /// Pauses.
    pub(crate) fn pause(&mut self) {
        self.next = None;
    }

    /// When the next step is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.next
    }

    /// Whether a step is due now. The one after it is due a period after this one was, not after it was noticed, so
    /// that the rate is kept; unless more than a period was lost.
    pub(crate) fn take_step(&mut self, now: Instant) -> bool {
        let Some(due) = self.next.filter(|&due| due <= now) else {
            return false;
        };
        let next = due + self.period();
        self.next = Some(if next < now { now + self.period() } else { next });
        true
    }

    fn period(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate.clamp(*RATES.start(), *RATES.end()))
    }
}
