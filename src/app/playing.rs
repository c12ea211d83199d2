//! Playback in the window: steps when they are due, counts what was shown.

use std::time::Instant;

use super::playback::Along;
use super::program::Program;

impl Program {
    /// Steps if that is due, and tells when the next step is.
    pub(super) fn play(&mut self, now: Instant) -> Option<Instant> {
        if self.is_occluded || !self.playback.is_playing() {
            return None;
        }
        let step = self.viewer.view().and_then(|view| self.playback.step(now, view));
        if let Some((along, to)) = step {
            self.go_on(along, to);
        } else if !self.playback.is_playing() {
            self.report_playback();
            self.redraw();
        }
        self.playback.due()
    }

    /// Shows a plane. Nobody goes back through what was played.
    fn go_on(&mut self, along: Along, to: u64) {
        let Some(mut view) = self.viewer.view().cloned() else {
            return;
        };
        along.go(&mut view, to);
        self.replace_view(view);
        self.redraw();
    }

    /// Plays or pauses.
    pub(super) fn toggle_playback(&mut self) {
        self.playback.toggle(Instant::now());
        if !self.playback.is_playing() {
            self.report_playback();
        }
    }

    /// A frame was handed to the display.
    pub(super) fn follow_playback(&mut self) {
        let Some(view) = self.viewer.view().filter(|_| self.viewer.is_plane_ready()) else {
            return;
        };
        if let Some(along) = self.playback.playable(view) {
            self.playback.presented(Instant::now(), along.at(view));
        }
    }

    fn report_playback(&self) {
        if let Some(report) = self.playback.report() {
            self.trace.playback(report, self.playback.pace);
        }
    }
}
