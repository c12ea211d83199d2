//! The profile along a line that is drawn over the picture.

use std::time::Instant;

use super::program::{PUMP_PERIOD, Program};
use crate::view::ProfileLine;
use crate::volume::Axis;

/// The line, as far as the window knows.
#[derive(Debug, Default)]
pub(crate) struct ProfileTool {
    /// Whether the next drag draws a line.
    pub(crate) is_armed: bool,
    /// The line, and the axis of the planes that it was drawn on.
    pub(crate) line: Option<(ProfileLine, Axis)>,
    /// Whether its values are to be copied when they have come.
    pub(crate) is_wanted: bool,
}

impl ProfileTool {
    /// Whether there is anything to be seen of it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_armed || self.line.is_some()
    }

    /// The line, where it lies on planes along this axis.
    pub(crate) fn line_on(&self, normal: Axis) -> Option<ProfileLine> {
        self.line.filter(|(_, drawn)| *drawn == normal).map(|(line, _)| line)
    }
}

impl Program {
    /// Makes the next drag draw a line; or takes the line away.
    pub(super) fn toggle_profile(&mut self) {
        let is_open = self.profile.is_open();
        self.profile = ProfileTool {
            is_armed: !is_open,
            ..ProfileTool::default()
        };
        self.follow_line();
    }

    /// Takes the line away. Returns whether there was anything to be seen of it.
    pub(super) fn clear_profile(&mut self) -> bool {
        let was_open = self.profile.is_open();
        if was_open {
            self.toggle_profile();
        }
        was_open
    }

    /// The line goes from here to there now.
    pub(super) fn stretch_line(&mut self, from_uv: [f64; 2], to_uv: [f64; 2]) {
        if let Some(view) = self.viewer.view() {
            self.profile.line = Some((ProfileLine { from_uv, to_uv }, view.normal));
            self.profile.is_armed = false;
            self.follow_line();
            self.redraw_for_input();
        }
    }

    /// Draws the line from left to right over what is seen of the plane: through the place under the mouse, or through
    /// the middle.
    pub(super) fn profile_across(&mut self) {
        let Some(view) = self.viewer.view() else { return };
        let Some([from_uv, to_uv]) = self.seen_uv(view) else {
            return;
        };
        let panel = self.panel_under_mouse(view);
        let at_px = self.pointer.at_px.filter(|_| self.hover.is_some());
        let v = at_px.map_or((from_uv[1] + to_uv[1]) / 2.0, |px| view.uv_from_px(panel, px)[1]);
        // Through the middles of voxels.
        let v = v.floor() + 0.5;
        self.stretch_line([from_uv[0], v], [to_uv[0], v]);
    }

    /// Asks for the values along the line where it can be seen.
    pub(super) fn follow_line(&mut self) {
        let Some(screen) = &self.screen else { return };
        let line = self.viewer.view().and_then(|view| self.profile.line_on(view.normal));
        self.profile.is_wanted &= line.is_some();
        self.viewer.profile(&screen.gpu, line);
        if self.viewer.is_busy() {
            self.pump_at.get_or_insert_with(|| Instant::now() + PUMP_PERIOD);
        }
    }

    /// Copies the values, as lines of fields between tabs, as soon as those of what is shown now are known.
    pub(super) fn copy_profile(&mut self) {
        let view = self.viewer.view();
        self.profile.is_wanted = view.is_some_and(|view| self.profile.line_on(view.normal).is_some());
        self.copy_wanted_profile();
    }

    /// Copies the values that were asked for, if they have come.
    pub(super) fn copy_wanted_profile(&mut self) {
        if !self.profile.is_wanted || !self.viewer.is_profile_current() {
            return;
        }
        self.profile.is_wanted = false;
        if let (Some(profile), Some(dataset)) = (self.viewer.profiled(), self.viewer.dataset()) {
            let unit = dataset.voxel_size.as_ref().and_then(|size| size.unit.as_deref());
            let text = profile.text(unit, |channel| dataset.channel_name(channel));
            self.copy(text, "the profile");
        }
    }
}
