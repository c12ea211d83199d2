use std::collections::{BTreeMap, BTreeSet};

use super::axis::Axis;
use super::histogram::Drag;
use crate::view::ViewState;

/// From so many channels on they can be filtered by name.
pub(super) const FILTERED: usize = 9;

/// What the panel keeps between frames beside the view.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Whether histograms count in proportion, not in powers of ten: in proportion the background hides the rest.
    pub(super) is_linear: bool,
    /// Part of the names of the rows to show.
    pub(super) filter: String,
    /// Rows that show their histograms although they need not.
    pub(super) unfolded: BTreeSet<usize>,
    /// What is being dragged.
    pub(super) drag: Option<Drag>,
    /// Parts of the axes that histograms show, of those that do not show all.
    pub(super) zooms: BTreeMap<usize, Axis>,
    /// The file of the last frame, and which of its images.
    image: (String, usize),
    /// The active channel of the last frame.
    pub(super) active: usize,
    /// Which channels were visible before one was shown alone.
    solo: Option<Vec<bool>>,
}

impl Memory {
    /// Another image has other values: its histograms are shown whole.
    pub(super) fn follow(&mut self, path: &str, series: usize) {
        if (self.image.0.as_str(), self.image.1) != (path, series) {
            self.image = (path.to_owned(), series);
            self.zooms.clear();
        }
    }

    /// Whether a channel of this name is listed, of so many.
    pub(super) fn lets_through(&self, name: &str, count: usize) -> bool {
        let wanted = self.filter.trim();
        count < FILTERED || wanted.is_empty() || name.to_lowercase().contains(&wanted.to_lowercase())
    }

    /// Shows one channel only; if that is so already, those again that were visible before, or all.
    pub(super) fn solo(&mut self, view: &mut ViewState, channel: usize) {
        let visible = view.visible_channels();
        let before = self.solo.take().filter(|before| before.len() == view.channels.len());
        if visible != [channel] {
            let now = view.channels.iter().map(|channel| channel.is_visible).collect();
            // From one alone to another: what was before the first is to come back.
            self.solo = before.filter(|_| visible.len() == 1).or(Some(now));
            view.show_only(channel);
        } else if let Some(before) = before {
            for (channel, was_visible) in view.channels.iter_mut().zip(before) {
                channel.is_visible = was_visible;
            }
        } else {
            view.show_all();
        }
    }
}
