//! Views that one can go back to.

use std::time::{Duration, Instant};

use crate::view::{ChannelView, ViewState};
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
    /// How many planes are shown at once.
    Slab,
    /// Window, rule or gamma of a channel.
    Contrast(usize),
    /// Colours of a channel.
    Colors(usize),
    Other,
}

impl Kind {
    fn of(before: &ViewState, after: &ViewState) -> Self {
        let is_all = |take: &dyn Fn(&mut ViewState)| {
            let mut rest = before.clone();
            take(&mut rest);
            rest == *after
        };
        if is_all(&|rest| (rest.t, rest.index) = (after.t, after.index)) {
            return Kind::Place;
        }
        if is_all(&|rest| rest.camera = after.camera) {
            return Kind::Camera;
        }
        if is_all(&|rest| rest.slab = after.slab) {
            return Kind::Slab;
        }
        let mut pairs = before.channels.iter().zip(&after.channels);
        let Some(changed) = pairs.position(|(old, new)| old != new) else {
            return Kind::Other;
        };
        // What is edited becomes the active channel; others may be linked with it.
        let is_all_of_channels = |take: &dyn Fn(&mut ChannelView, &ChannelView)| {
            is_all(&|rest| {
                rest.active_channel = after.active_channel;
                for (old, new) in rest.channels.iter_mut().zip(&after.channels) {
                    take(old, new);
                }
            })
        };
        if is_all_of_channels(&|old, new| {
            (old.window, old.contrast, old.gamma) = (new.window, new.contrast, new.gamma);
        }) {
            return Kind::Contrast(changed);
        }
        match is_all_of_channels(&|old, new| old.lut.clone_from(&new.lut)) {
            true => Kind::Colors(changed),
            false => Kind::Other,
        }
    }
}

/// What was shown before, and before that; and what was gone back from.
#[derive(Debug, Default)]
pub(crate) struct History {
    past: Vec<ViewState>,
    future: Vec<ViewState>,
    last: Option<Edit>,
    /// How often a button of the mouse went down.
    presses: u64,
    is_held: bool,
}

/// The newest edit.
#[derive(Debug)]
struct Edit {
    kind: Kind,
    at: Instant,
    /// The press of a button that it came with, or after.
    press: u64,
}

impl History {
    /// A view is going to be replaced by another, because a person wanted it.
    pub(crate) fn record(&mut self, before: &ViewState, after: &ViewState, now: Instant) {
        let kind = Kind::of(before, after);
        let goes_on = |last: &Edit| {
            let is_same_drag = self.is_held && last.press == self.presses;
            let is_soon = now.saturating_duration_since(last.at) < TOGETHER;
            last.kind == kind && kind != Kind::Other && (is_same_drag || is_soon)
        };
        if !self.last.as_ref().is_some_and(goes_on) {
            self.past.push(before.clone());
            let surplus = self.past.len().saturating_sub(MOST);
            self.past.drain(..surplus);
        }
        self.future.clear();
        self.last = Some(Edit {
            kind,
            at: now,
            press: self.presses,
        });
    }

    /// A button of the mouse goes down. What it drags until it goes up is one step back, however slowly.
    pub(crate) fn press(&mut self) {
        self.presses += 1;
        self.is_held = true;
    }

    /// It goes up.
    pub(crate) fn release(&mut self) {
        self.is_held = false;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Dataset, Lut, SampleType, Shape};

    #[test]
    fn one_drag_is_one_step_back() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let shape = Shape {
            t: 1,
            c: 3,
            z: 16,
            y: 40,
            x: 60,
        };
        let first = ViewState::new(&Dataset::new(shape, SampleType::U16));
        let colored = |red: u8| {
            let mut view = first.clone();
            view.channels[1].lut = Lut::Solid([red, 0, 0]);
            view.active_channel = 1;
            view
        };
        let mut history = History::default();
        history.record(&first, &colored(1), at(0));
        (1..200).for_each(|red| history.record(&colored(red), &colored(red + 1), at(10 * u64::from(red))));
        assert_eq!(
            history.undo(&colored(200)),
            Some(first.clone()),
            "a colour is dragged to"
        );

        let slab = |planes: u64| ViewState {
            slab: planes,
            ..first.clone()
        };
        let mut history = History::default();
        history.record(&first, &slab(2), at(0));
        history.record(&slab(2), &slab(3), at(300));
        assert_eq!(history.undo(&slab(3)), Some(first.clone()), "a slab is thickened");

        // Held still for a while, it is still the same drag; let go and pressed again, it is another one.
        let mut history = History::default();
        history.press();
        history.record(&first, &colored(1), at(0));
        history.record(&colored(1), &colored(2), at(5000));
        history.release();
        history.press();
        history.record(&colored(2), &colored(3), at(9000));
        assert_eq!(history.undo(&colored(3)), Some(colored(2)));
        assert_eq!(history.undo(&colored(2)), Some(first));
    }
}
