//! A device that is lost is opened anew, and the file with it.

use std::time::{Duration, Instant};

use super::opening::Coming;
use super::program::Program;

/// How often a lost device is opened anew before giving up,
const MAX_REOPENS: u32 = 3;
/// where it is lost within this time again.
const REOPEN_PERIOD: Duration = Duration::from_secs(60);

/// How often, and when last, a lost device was opened anew.
#[derive(Debug, Default)]
pub(super) struct Reopens {
    count: u32,
    last: Option<Instant>,
}

impl Reopens {
    /// Whether it may be opened once more.
    fn count(&mut self, now: Instant) -> bool {
        if self.last.is_some_and(|last| now - last > REOPEN_PERIOD) {
            self.count = 0;
        }
        (self.count, self.last) = (self.count + 1, Some(now));
        self.count <= MAX_REOPENS
    }
}

impl Program {
    /// Opens the device anew if it was lost, and the file with it, at the same view. Returns whether it was.
    pub(super) fn recover(&mut self) -> bool {
        let Some(Err(error)) = self.screen.as_ref().map(|screen| screen.gpu.check()) else {
            return false;
        };
        let may_reopen = self.reopens.count(Instant::now());
        let Some(screen) = self.screen.take().filter(|_| may_reopen) else {
            self.fail(error.into());
            return true;
        };
        // Nothing that was on the lost device can be shown any more.
        match self.coming.take().and_then(Coming::into_other) {
            Some((request, watch)) => self.begin(request, Some(watch)),
            None => self.reload(),
        }
        self.arrive();
        match screen.reopen(&self.choice, self.preferences.look) {
            Ok(screen) => self.screen = Some(screen),
            Err(error) => self.fail(error),
        }
        self.notices.error(format!("{error}; it was opened again"));
        self.redraw();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_lost_again_and_again_is_given_up() {
        let (mut reopens, start) = (Reopens::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!([0, 1, 60].into_iter().all(|at| reopens.count(after(at))));
        assert!(!reopens.count(after(61)));
        assert!(
            reopens.count(after(122)),
            "and tried again when it went well for a while"
        );
    }
}
