use std::time::{Duration, Instant};

/// How long after a frame nobody is expected to look for the next one.
const CALM: Duration = Duration::from_millis(100);
/// While frames follow each other, the time between two steps.
const PERIOD: Duration = Duration::from_millis(250);

/// When the GPU may be given work that nobody is waiting for: at once while no frames are drawn, and now and then while
/// they are.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last_frame: Option<Instant>,
    last_step: Option<Instant>,
}

impl Pace {
    /// A frame is drawn.
    pub(super) fn note_frame(&mut self) {
        self.last_frame = Some(Instant::now());
    }

    /// Whether a step may be taken now; then it is assumed to be.
    pub(super) fn may_step(&mut self) -> bool {
        let is_over = |since: Option<Instant>, time| since.is_none_or(|since| since.elapsed() >= time);
        let may = is_over(self.last_frame, CALM) || is_over(self.last_step, PERIOD);
        if may {
            self.last_step = Some(Instant::now());
        }
        may
    }
}
