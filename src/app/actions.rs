//! What keys, buttons and menus do.

use super::panels::link_all;
use super::playback::{Pace, Repeat};
use crate::view::{Blend, Camera, ContrastRule, Filter, Layout, Palette, Rect, ViewState};
use crate::volume::{Axis, Dataset};

/// A panel or sheet that lies over the picture: one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sheet {
    /// All keys.
    Help,
    /// All commands, to be found by name.
    Palette,
    /// A path to be typed.
    OpenPath,
    /// A picture of any size.
    Picture,
    /// A movie.
    Movie,
}

impl Sheet {
    /// Whether a key goes to it from the moment it is asked for: Enter to forms, and any to what is typed into.
    pub(crate) fn hears(self, is_enter: bool) -> bool {
        match self {
            Sheet::Palette | Sheet::OpenPath => true,
            Sheet::Picture | Sheet::Movie => is_enter,
            Sheet::Help => false,
        }
    }
}

/// What is drawn over the picture to guide the eye, and is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guide {
    /// Lines through the place under the mouse.
    Crosshair,
    /// Lines between voxels that are large enough.
    PixelGrid,
    /// Arrows along the axes of the picture.
    Axes,
}

/// Which keys do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeymapChoice {
    /// The program's own.
    #[default]
    Default,
    /// Those of people who come from Fiji and ImageJ.
    Fiji,
    /// Those of people who come from napari.
    Napari,
}

/// What is changed about playback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PlayAction {
    /// Rates further up the list, negative to go down.
    ChangeRate(i32),
    ToggleDirection,
    SetRepeat(Repeat),
    SetPace(Pace),
    /// What is shown becomes the first of what is played.
    FromHere,
    /// What is shown becomes the last of what is played.
    ToHere,
    All,
}

/// Something a person asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Action {
    /// Planes along the normal, negative to go back.
    Step(i64),
    FirstPlane,
    LastPlane,
    StepTime(i64),
    TogglePlay,
    Play(PlayAction),
    /// The maximum of all planes, or the plane again.
    ToggleProjection,
    /// Planes more in the slab, negative for less.
    ThickenSlab(i64),
    /// Notches, positive to come closer.
    Zoom(i32),
    /// Looks further right and down by so many eighths of what is seen.
    Pan([i32; 2]),
    Fit,
    FitWidth,
    OneToOne,
    ToggleChannel(usize),
    ShowOnly(usize),
    ShowAll,
    /// The next channel becomes the active one, or, if negative, the one before.
    StepChannel(i64),
    ToggleActiveChannel,
    ShowOnlyActive,
    ContrastVolume {
        is_for_all: bool,
    },
    ContrastPercentile {
        is_for_all: bool,
    },
    /// What percentiles mean from now on, in percent.
    SetPercentiles([f64; 2]),
    ToggleClipping,
    ToggleLinks,
    ToggleContrastLock,
    SetLinearHistograms(bool),
    NextPalette,
    SetPalette(Palette),
    ToggleLayout,
    SetBlend(Blend),
    ToggleFilter,
    LookAlong(Axis),
    /// The next of z, y and x.
    NextNormal,
    ToggleScaleBar,
    ToggleLabels,
    ToggleGuide(Guide),
    ToggleTheme,
    SetKeymap(KeymapChoice),
    ToggleFullScreen,
    Undo,
    Redo,
    Open,
    OpenFolder,
    /// Files in the folder, negative to go back.
    StepFile(i64),
    Reload,
    OpenView,
    SaveView,
    /// Saves the picture as it is shown, under a name of its own.
    Save,
    CopyPicture,
    CopyCommand,
    CopyVoxel,
    ToggleStatistics,
    /// Statistics of a box of what is seen of the plane.
    MeasureSeen,
    CopyStatistics,
    CopyStatisticsCommand,
    /// The next drag draws a line; or the line goes.
    ToggleProfile,
    /// A line from left to right, through the place under the mouse or the middle.
    ProfileAcross,
    CopyProfile,
    Show(Sheet),
    /// Closes what lies over the picture, takes the box away, else stops loading.
    Cancel,
    Quit,
}

/// How much closer one notch of `+` comes.
const ZOOM_PER_NOTCH: f64 = std::f64::consts::SQRT_2;

impl Action {
    /// Whether holding the key down does it again and again.
    pub(crate) fn repeats(self) -> bool {
        matches!(
            self,
            Action::Step(_)
                | Action::StepTime(_)
                | Action::Zoom(_)
                | Action::Pan(_)
                | Action::Play(PlayAction::ChangeRate(_))
                | Action::ThickenSlab(_)
                | Action::StepChannel(_)
                | Action::Undo
                | Action::Redo
        )
    }

    /// The action for the key of a digit, of one that stands for all of them.
    pub(crate) fn with_digit(self, digit: usize) -> Self {
        match self {
            Action::ToggleChannel(_) => Action::ToggleChannel(digit - 1),
            Action::ShowOnly(_) => Action::ShowOnly(digit - 1),
            other => other,
        }
    }

    /// Edits the view, if it is the view that is meant. Returns whether it is. `panel` is what the camera looks
    /// through, `auto` the rule of automatic contrast.
    pub(crate) fn edit(self, view: &mut ViewState, dataset: &Dataset, panel: Rect, auto: ContrastRule) -> bool {
        let active_of = |view: &ViewState, is_for_all: bool| (!is_for_all).then_some(view.active_channel);
        match self {
            Action::Step(n) => {
                view.step(n);
            }
            Action::FirstPlane => view.set_plane(0),
            Action::LastPlane => view.set_plane(u64::MAX),
            Action::StepTime(n) => {
                view.set_time(view.t.saturating_add_signed(n));
            }
            Action::ToggleProjection => view.slab = if view.slab > 1 { 1 } else { view.plane_count() },
            Action::ThickenSlab(n) => {
                let count = view.plane_count().max(1);
                view.slab = view.slab.min(count).saturating_add_signed(n).clamp(1, count);
            }
            Action::Zoom(notches) => {
                let middle = [
                    f64::from(panel.x) + f64::from(panel.width) / 2.0,
                    f64::from(panel.y) + f64::from(panel.height) / 2.0,
                ];
                view.zoom_at(panel, middle, ZOOM_PER_NOTCH.powi(notches));
            }
            Action::Pan(eighths) => {
                let size = [panel.width, panel.height].map(f64::from);
                view.pan(panel, [0, 1].map(|i| -f64::from(eighths[i]) * size[i] / 8.0));
            }
            Action::Fit => view.camera = Camera::Fit,
            Action::FitWidth => view.fit_width(panel),
            Action::OneToOne => view.zoom_one_to_one(panel),
            Action::ToggleChannel(channel) => view.toggle_channel(channel),
            Action::ShowOnly(channel) => view.show_only(channel),
            Action::ShowAll => view.show_all(),
            Action::StepChannel(n) => {
                let last = view.channels.len().saturating_sub(1);
                view.active_channel = view.active_channel.saturating_add_signed(n as isize).min(last);
            }
            Action::ToggleActiveChannel => view.toggle_channel(view.active_channel),
            Action::ShowOnlyActive => view.show_only(view.active_channel),
            Action::ContrastVolume { is_for_all } => {
                view.set_contrast(active_of(view, is_for_all), ContrastRule::Volume);
            }
            Action::ContrastPercentile { is_for_all } => view.set_contrast(active_of(view, is_for_all), auto),
            Action::ToggleClipping => {
                let is_on = !view.channels.iter().any(|channel| channel.marks_clipping);
                view.channels
                    .iter_mut()
                    .for_each(|channel| channel.marks_clipping = is_on);
            }
            Action::ToggleLinks => {
                let is_on = !view.channels.iter().any(|channel| channel.is_linked);
                link_all(view, is_on);
            }
            Action::NextPalette => view.set_palette(view.palette.next(), dataset),
            Action::SetPalette(palette) => view.set_palette(palette, dataset),
            Action::ToggleLayout => {
                view.layout = match view.layout {
                    Layout::Composite => Layout::Montage,
                    Layout::Montage => Layout::Composite,
                }
            }
            Action::SetBlend(blend) => view.blend = blend,
            Action::ToggleFilter => {
                view.filter = match view.filter {
                    Filter::Nearest => Filter::Linear,
                    Filter::Linear => Filter::Nearest,
                }
            }
            Action::LookAlong(axis) => view.set_normal(axis),
            Action::NextNormal => view.set_normal(match view.normal {
                Axis::Z => Axis::Y,
                Axis::Y => Axis::X,
                Axis::X => Axis::Z,
            }),
            _ => return false,
        }
        true
    }
}
