//! Playback in the window: steps when they are due, counts what was shown.

use std::time::Instant;

use super::actions::PlayAction;
use super::playback::Along;
use super::program::Program;

impl Program {
    /// Steps if that is due, and tells when the next step is.
    pub(super) fn play(&mut self, now: Instant) -> Option<Instant> {
        if self.is_occluded || !self.playback.is_playing() {
            return None;
        }
        let Some(view) = self.viewer.view() else {
            // Nothing is due before there is something to play.
            self.playback.rest(now);
            return None;
        };
        let step = self.playback.step(now, view);
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

    /// Changes how it is played.
    pub(super) fn act_on_playback(&mut self, action: PlayAction) {
        let Some(view) = self.viewer.view() else { return };
        let playback = &mut self.playback;
        let Some(along) = playback.playable(view) else { return };
        let (at, [from, to]) = (along.at(view), playback.range(view, along));
        match action {
            PlayAction::ChangeRate(steps) => playback.change_rate(steps),
            PlayAction::ToggleDirection => playback.is_backward = !playback.is_backward,
            PlayAction::SetRepeat(repeat) => playback.repeat = repeat,
            PlayAction::SetPace(pace) => playback.pace = pace,
            PlayAction::FromHere => playback.set_range(view, along, [at, to.max(at)]),
            PlayAction::ToHere => playback.set_range(view, along, [from.min(at), at]),
            PlayAction::All => playback.set_range(view, along, [0, u64::MAX]),
        }
    }

    /// A frame was handed to the display.
    pub(super) fn follow_playback(&mut self) {
        let (Some(view), Some(drawn)) = (self.viewer.view(), self.viewer.drawn()) else {
            return;
        };
        let Some(along) = self.playback.playable(view) else {
            return;
        };
        let at = match along {
            Along::Planes => drawn[0],
            Along::Times => drawn[1],
        };
        let now = Instant::now();
        let is_cut = self.viewer.shortage().is_some() && !self.viewer.is_plane_coming();
        if self.viewer.is_plane_ready() || is_cut {
            self.playback.presented(now, along.at(view));
        } else {
            self.playback.presented_late(now, at);
            if !self.viewer.is_plane_coming() {
                self.playback.give_up();
            }
        }
    }

    fn report_playback(&self) {
        if let Some(report) = self.playback.report() {
            self.trace.playback(report, self.playback.pace);
        }
    }
}
