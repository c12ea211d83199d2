//! Views that one can go back to.

use std::time::{Duration, Instant};

use crate::view::ViewState;
use crate::volume::Dataset;

/// Changes of one kind that follow each other within this time are one step back: a drag, a few steps through planes.
const TOGETHER: Duration = Duration::from_millis(700);
/// Steps that are remembered.
const MOST: usize = 100;

/// What of a view was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Place,
    Camera,
    /// Window, rule or gamma of a channel.
    Contrast(usize),
    Other,
}

impl Kind {
    fn of(before: &ViewState, after: &ViewState) -> Self {
        let mut rest = before.clone();
        (rest.t, rest.index) = (after.t, after.index);
        if rest == *after {
            return Kind::Place;
        }
        let mut rest = before.clone();
        rest.camera = after.camera;
        if rest == *after {
            return Kind::Camera;
        }
        let mut rest = before.clone();
        let mut changed = None;
        for (index, (old, new)) in rest.channels.iter_mut().zip(&after.channels).enumerate() {
            if old != new {
                changed.get_or_insert(index);
                (old.window, old.contrast, old.gamma) = (new.window, new.contrast, new.gamma);
            }
        }
        rest.active_channel = after.active_channel;
        match changed {
            Some(channel) if rest == *after => Kind::Contrast(channel),
            _ => Kind::Other,
        }
    }
}

/// What was shown before, and before that; and what was gone back from.
#[derive(Debug, Default)]
pub(crate) struct History {
    past: Vec<ViewState>,
    future: Vec<ViewState>,
    last: Option<(Kind, Instant)>,
}

impl History {
    /// A view is going to be replaced by another, because a person wanted it.
    pub(crate) fn record(&mut self, before: &ViewState, after: &ViewState, now: Instant) {
        let kind = Kind::of(before, after);
        let goes_on = |&(last, then): &(Kind, Instant)| {
            last == kind && kind != Kind::Other && now.saturating_duration_since(then) < TOGETHER
        };
        if !self.last.as_ref().is_some_and(goes_on) {
            self.past.push(before.clone());
            let surplus = self.past.len().saturating_sub(MOST);
            self.past.drain(..surplus);
        }
        self.future.clear();
        self.last = Some((kind, now));
    }

    /// The view before this one.
    pub(crate) fn undo(&mut self, current: &ViewState) -> Option<ViewState> {
        let view = self.past.pop()?;
        self.future.push(current.clone());
        self.last = None;
        Some(view)
    }

    /// The view that was gone back from.
    pub(crate) fn redo(&mut self, current: &ViewState) -> Option<ViewState> {
        let view = self.future.pop()?;
        self.past.push(current.clone());
        self.last = None;
        Some(view)
    }

    /// The file was read again: its views go on as views of what it is now.
    pub(crate) fn refit(&mut self, before: &Dataset, now: &Dataset) {
        for view in self.past.iter_mut().chain(&mut self.future) {
            *view = view.refitted(before, now);
        }
        self.last = None;
    }

    /// Forgets everything: another image is shown.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
