//! What keys and buttons do to a view.

use crate::view::{Camera, ContrastRule, Filter, Layout, Rect, ViewState};
use crate::volume::{Axis, Dataset};

/// Something a person asked for.
#[derive(Clone, Copy, Debug, PartialEq)]

pub(crate) enum Action {
    Nothing,
    /// Planes along the normal, negative to go back.
    Step(i64),
    FirstPlane,
    LastPlane,
    StepTime(i64),
    TogglePlay,
    /// Notches, positive to come closer.
    Zoom(i32),
    Fit,
    OneToOne,
    ToggleChannel(usize),
    ShowOnly(usize),
    ShowAll,
    ContrastVolume,
    ContrastPercentile {
        is_for_all: bool,
    },
    NextPalette,
    ToggleLayout,
    ToggleFilter,
    LookAlong(Axis),
    Save,
    ToggleStatistics,
    CopyStatistics,
    CopyCommand,
    /// Closes what lies over the picture, takes the box away, else stops loading.
    Cancel,
    ToggleHelp,
    Quit,
}

/// How much closer one notch of `+` comes.
const ZOOM_PER_NOTCH: f64 = std::f64::consts::SQRT_2;

impl Action {
    /// Whether holding the key down does it again and again.
    pub(crate) fn repeats(self) -> bool {
        matches!(self, Action::Step(_) | Action::StepTime(_) | Action::Zoom(_))
    }

    /// Edits the view, if it is the view that is meant. Returns whether it is. `panel` is what the camera looks
    /// through.
    pub(crate) fn edit(self, view: &mut ViewState, dataset: &Dataset, panel: Rect) -> bool {
        match self {
            Action::Step(n) => {
                view.step(n);
            }
            Action::FirstPlane => view.set_plane(0),
            Action::LastPlane => view.set_plane(u64::MAX),
            Action::StepTime(n) => {
                view.set_time(view.t.saturating_add_signed(n));
            }
            Action::Zoom(notches) => {
                let middle = [
                    f64::from(panel.x) + f64::from(panel.width) / 2.0,
                    f64::from(panel.y) + f64::from(panel.height) / 2.0,
                ];
                view.zoom_at(panel, middle, ZOOM_PER_NOTCH.powi(notches));
            }
            Action::Fit => view.camera = Camera::Fit,
            Action::OneToOne => view.zoom_one_to_one(panel),
            Action::ToggleChannel(channel) => view.toggle_channel(channel),
            Action::ShowOnly(channel) => view.show_only(channel),
            Action::ShowAll => view.show_all(),
            Action::ContrastVolume => view.set_contrast(None, ContrastRule::Volume),
            Action::ContrastPercentile { is_for_all } => {
                let channel = (!is_for_all).then_some(view.active_channel);
                view.set_contrast(channel, ContrastRule::DEFAULT_PERCENTILE);
            }
            Action::NextPalette => view.set_palette(view.palette.next(), dataset),
            Action::ToggleLayout => {
                view.layout = match view.layout {
                    Layout::Composite => Layout::Montage,
                    Layout::Montage => Layout::Composite,
                }
            }
            Action::ToggleFilter => {
                view.filter = match view.filter {
                    Filter::Nearest => Filter::Linear,
                    Filter::Linear => Filter::Nearest,
                }
            }
            Action::LookAlong(axis) => view.set_normal(axis),
            Action::Nothing
            | Action::TogglePlay
            | Action::Save
            | Action::ToggleStatistics
            | Action::CopyStatistics
            | Action::CopyCommand
            | Action::Cancel
            | Action::ToggleHelp
            | Action::Quit => return false,
        }
        true
    }
}
