//! The panels around the picture, and the sheets over it. They edit a copy of the view and ask for actions.

mod channels;
mod dimensions;
mod guides;
mod image;
mod menus;
mod messages;
mod outline;
mod overlay;
pub(crate) mod parts;
mod profile;
mod slide;
mod statistics;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use channels::{follow_links, link_all};
#[cfg(test)]
pub(crate) use parts::number;

pub(crate) use overlay::OverlayCache;

use std::time::Duration;

use egui::{Frame, Margin, Panel, Ui};

use super::actions::{Action, Sheet};
use super::drawing::Drawing;
use super::exporting::Running;
use super::keymap::Keymap;
use super::notices::Notices;
use super::opening::Coming;
use super::playback::Playback;
use super::preferences::Preferences;
use super::profile::ProfileTool;
use super::sheets::{self, Forms, Request};
use super::statistics::Statistics;
use super::theme;
use crate::session::{OpenRequest, Viewer};
use crate::view::{self, Overlay, ViewState};

/// Width of the channels' panel, in points.
pub(crate) const SIDE_PT: f32 = 320.0;
/// Height of the menus, in points.
const MENUS_PT: f32 = 26.0;
/// Height of the status line, in points.
const STATUS_PT: f32 = 26.0;

/// What the panels show and edit.
pub(crate) struct Panels<'a> {
    /// Read only.
    pub(crate) viewer: &'a Viewer,
    /// The viewer's view, to edit; none before the file is open.
    pub(crate) view: Option<ViewState>,
    /// What was opened.
    pub(crate) name: &'a str,
    /// The voxel (z, y, x) under the mouse.
    pub(crate) hover: Option<[u64; 3]>,
    /// Name of the graphics adapter.
    pub(crate) adapter: &'a str,
    /// Playback, its rate to edit.
    pub(crate) playback: &'a mut Playback,
    /// Messages, to close.
    pub(crate) notices: &'a mut Notices,
    /// Pictures and movies that are being made.
    pub(crate) exports: &'a [Running],
    /// The next file, while the last one is shown.
    pub(crate) coming: Option<&'a Coming>,
    /// What was opened.
    pub(crate) request: &'a OpenRequest,
    /// Whether statistics are shown, and the box they are of.
    pub(crate) statistics: &'a Statistics,
    /// What lies over the picture, and what was typed there.
    pub(crate) sheet: Option<Sheet>,
    pub(crate) forms: &'a mut Forms,
    /// Which keys do what.
    pub(crate) keymap: &'static Keymap,
    /// What a person likes.
    pub(crate) preferences: &'a Preferences,
    /// What is written into the picture.
    pub(crate) overlay: Overlay,
    pub(crate) overlay_cache: &'a mut OverlayCache,
    /// What is being drawn over the picture.
    pub(crate) drawing: Option<&'a Drawing>,
    /// The line whose profile is shown.
    pub(crate) profile: &'a ProfileTool,
    /// A voxel of the line that is pointed at in its profile.
    pub(crate) marked_voxel: Option<[u64; 3]>,
    /// Whether loading has taken long enough to be told.
    pub(crate) is_slow: bool,
    /// How long loading or measuring still takes, about, once that can be told.
    pub(crate) left: Option<Duration>,
    /// Bytes of textures and staging memory that may be used.
    pub(crate) budget_bytes: u64,
    /// What was asked for.
    pub(crate) actions: Vec<Action>,
    pub(crate) requests: Vec<Request>,
    /// Pixels per voxel, across.
    pub(crate) zoom: Option<f64>,
}

/// Lays everything out, and returns what is left for the picture, in points.
pub(crate) fn show(ui: &mut Ui, panels: &mut Panels<'_>) -> egui::Rect {
    // Their background is not egui's work: see `backdrop`.
    let frame = |x, y| Frame::new().inner_margin(Margin::symmetric(x, y));
    Panel::top("menus")
        .exact_size(MENUS_PT)
        .frame(frame(6, 2))
        .show(ui, |ui| menus::show(ui, panels));
    Panel::bottom("status")
        .exact_size(STATUS_PT)
        .frame(frame(10, 3))
        .show(ui, |ui| status::show(ui, panels));
    Panel::right("side")
        .exact_size(SIDE_PT)
        .resizable(false)
        .frame(frame(0, 0))
        .show(ui, |ui| {
            image::show(ui, panels);
            profile::show(ui, panels);
            statistics::show(ui, panels);
            channels::show(ui, panels);
        });
    if let Some(height) = panels
        .view
        .as_ref()
        .map(dimensions::height)
        .filter(|&height| height > 0.0)
    {
        Panel::bottom("dimensions")
            .exact_size(height)
            .frame(frame(10, 4))
            .show(ui, |ui| dimensions::show(ui, panels));
    }
    let canvas = ui.available_rect_before_wrap();
    overlay::show(ui.ctx(), panels, canvas);
    guides::show(ui.ctx(), panels, canvas);
    outline::show(ui.ctx(), panels, canvas);
    profile::show_line(ui.ctx(), panels, canvas);
    messages::show(ui.ctx(), panels, canvas);
    sheets::show(ui.ctx(), panels, canvas);
    canvas
}

/// A rectangle of the window in whole pixels, from points.
pub(crate) fn px_from_pt(rect: egui::Rect, px_per_pt: f32) -> view::Rect {
    let [left, top, right, bottom] =
        [rect.left(), rect.top(), rect.right(), rect.bottom()].map(|pt| (pt * px_per_pt).round().max(0.0) as u32);
    view::Rect {
        x: left,
        y: top,
        width: right.saturating_sub(left),
        height: bottom.saturating_sub(top),
    }
}
