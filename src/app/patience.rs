//! When waiting is worth a word: what is over at once would only flicker.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_millis(300);

/// How long something has been awaited.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    since: Option<Instant>,
    is_over: bool,
}

impl Patience {
    /// Something is awaited, or no longer. Returns whether there is something else to tell now.
    pub(crate) fn follow(&mut self, is_waiting: bool, now: Instant) -> bool {
        self.since = is_waiting.then(|| self.since.unwrap_or(now));
        let was_over = self.is_over;
        self.is_over = self.since.is_some_and(|since| since + PATIENCE <= now);
        self.is_over != was_over
    }

    /// Whether it has taken long.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// When it will have taken long.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.since.filter(|_| !self.is_over).map(|since| since + PATIENCE)
    }
}
