use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::volume::{Axis, Dataset, Lut, Orientation, Window};

use super::{Camera, ContrastRule, Palette};

/// How channels are joined in a composite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub enum Blend {
    Add,
    Max,
    /// As inks or filters do, on white.
    Multiply,
}

/// Channels mixed in one picture, or one panel per channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub enum Layout {
    Composite,
    Montage,
}

/// How voxels are read between their centres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub enum Filter {
    Nearest,
    Linear,
}

/// How one channel is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelView {
    /// Whether it is drawn.
    pub is_visible: bool,
    /// Where its window comes from.
    pub contrast: ContrastRule,
    /// The values drawn black and in full colour, in data units: what `contrast` gave, or what was typed.
    pub window: Window,
    /// Exponent on brightness; 1 is straight.
    pub gamma: f64,
    /// Its colours.
    pub lut: Lut,
    /// Whether voxels at or beyond the window are marked: at `lo` or below, at `hi` or above.
    pub marks_clipping: bool,
    /// Whether its window and gamma follow those of the other linked channels.
    pub is_linked: bool,
}

impl ChannelView {
    /// Whether voxels are marked: a window of no width has nothing to be beyond.
    pub fn marks(&self) -> bool {
        self.marks_clipping && !self.window.is_empty()
    }
}

/// Everything that decides a picture, as plain data. A frame draws a copy of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewState {
    /// Time point.
    pub t: u64,
    /// Number of time points.
    pub t_count: u64,
    /// The axis that is stepped through.
    pub normal: Axis,
    /// Index of the shown plane along z, y, x; each is kept when the normal changes.
    pub index: [u64; 3],
    /// Planes whose maximum is shown, about the shown one: 1 is a plane, the plane count or more all of them.
    pub slab: u64,
    /// Extents of the volume in (z, y, x) order, in voxels.
    pub extent: [u64; 3],
    /// Distance between voxel centres in (z, y, x) order.
    pub spacing: [f64; 3],
    /// How the planes of the dataset are turned.
    pub orientation: Orientation,
    /// One per channel of the dataset.
    pub channels: Vec<ChannelView>,
    /// The channel that single-channel commands act on.
    pub active_channel: usize,
    /// How channels are joined in a composite.
    pub blend: Blend,
    /// Composite or montage.
    pub layout: Layout,
    /// Nearest or linear.
    pub filter: Filter,
    /// Where in the plane one looks, and how closely.
    pub camera: Camera,
    /// The palette that was chosen for all channels.
    pub palette: Palette,
}

impl ViewState {
    /// The view a dataset opens with: the middle plane along every axis, all channels that are part of the
    /// picture, windows and colours from the file or else exact whole-volume contrast and colours by number of
    /// channels, the whole plane in view.
    pub fn new(dataset: &Dataset) -> Self {
        let extent = [dataset.shape.z, dataset.shape.y, dataset.shape.x];
        let palette = Palette::Auto;
        let count = dataset.shape.c as usize;
        let channels = (0..count)
            .map(|index| {
                let info = dataset.channels.get(index);
                let window = info.and_then(|info| info.window);
                ChannelView {
                    is_visible: !info.is_some_and(|info| info.is_hidden),
                    contrast: window.map_or(ContrastRule::Volume, |_| ContrastRule::Given),
                    window: window.unwrap_or(Window::new(0.0, 0.0)),
                    gamma: 1.0,
                    lut: palette.lut(index, count, info),
                    marks_clipping: false,
                    is_linked: false,
                }
            })
            .collect();
        Self {
            t: 0,
            t_count: dataset.shape.t,
            normal: Axis::Z,
            index: extent.map(|n| n / 2),
            slab: 1,
            extent,
            spacing: dataset.spacing(),
            orientation: dataset.orientation,
            channels,
            active_channel: 0,
            blend: default_blend(palette, dataset),
            layout: Layout::Composite,
            filter: Filter::Nearest,
            camera: Camera::Fit,
            palette,
        }
    }

    /// Index of the shown plane along the normal.
    pub fn plane(&self) -> u64 {
        self.index[self.normal.index()]
    }

    /// Number of planes along the normal.
    pub fn plane_count(&self) -> u64 {
        self.extent[self.normal.index()]
    }

    /// The planes whose maximum is shown: as many as the slab has, or as there are; the shown one in their middle,
    /// except near the ends.
    pub fn slab_range(&self) -> Range<u64> {
        let count = self.plane_count();
        let thickness = self.slab.clamp(1, count.max(1));
        let start = self.plane().saturating_sub((thickness - 1) / 2);
        let start = start.min(count.saturating_sub(thickness));
        start..start + thickness
    }

    /// Goes to a plane, as near as there is.
    pub fn set_plane(&mut self, plane: u64) {
        self.index[self.normal.index()] = plane.min(self.plane_count().saturating_sub(1));
    }

    /// Steps `n` planes along the normal and stops at the ends. Returns whether the plane changed.
    pub fn step(&mut self, n: i64) -> bool {
        let before = self.plane();
        self.set_plane(before.saturating_add_signed(n));
        self.plane() != before
    }

    /// Goes to a time point, as near as there is. Returns whether it changed.
    pub fn set_time(&mut self, t: u64) -> bool {
        let before = std::mem::replace(&mut self.t, t.min(self.t_count.saturating_sub(1)));
        self.t != before
    }

    /// Looks along another axis, with the whole plane in view.
    pub fn set_normal(&mut self, normal: Axis) {
        if self.normal != normal {
            self.normal = normal;
            self.camera = Camera::Fit;
        }
    }

    /// Indices of the channels that are drawn.
    pub fn visible_channels(&self) -> Vec<usize> {
        (0..self.channels.len())
            .filter(|&index| self.channels[index].is_visible)
            .collect()
    }

    /// Shows or hides a channel; a number beyond the last does nothing.
    pub fn toggle_channel(&mut self, channel: usize) {
        if let Some(view) = self.channels.get_mut(channel) {
            view.is_visible = !view.is_visible;
            self.active_channel = channel;
        }
    }

    /// Shows one channel only; a number beyond the last does nothing.
    pub fn show_only(&mut self, channel: usize) {
        if channel < self.channels.len() {
            for (index, view) in self.channels.iter_mut().enumerate() {
                view.is_visible = index == channel;
            }
            self.active_channel = channel;
        }
    }

    /// Shows all channels.
    pub fn show_all(&mut self) {
        self.channels.iter_mut().for_each(|view| view.is_visible = true);
    }

    /// Gives every channel the colours of a palette. Inks are joined as inks while they have colours of inks.
    pub fn set_palette(&mut self, palette: Palette, dataset: &Dataset) {
        self.palette = palette;
        if dataset.is_subtractive {
            self.blend = default_blend(palette, dataset);
        }
        let count = self.channels.len();
        for (index, view) in self.channels.iter_mut().enumerate() {
            view.lut = palette.lut(index, count, dataset.channels.get(index));
        }
    }

    /// Sets a window by hand.
    pub fn set_window(&mut self, channel: usize, window: Window) {
        if let Some(view) = self.channels.get_mut(channel) {
            view.window = window;
            view.contrast = ContrastRule::Given;
        }
    }

    /// Sets the contrast rule of one channel, or of all.
    pub fn set_contrast(&mut self, channel: Option<usize>, rule: ContrastRule) {
        for (index, view) in self.channels.iter_mut().enumerate() {
            if channel.is_none_or(|only| only == index) {
                view.contrast = rule;
            }
        }
    }
}

fn default_blend(palette: Palette, dataset: &Dataset) -> Blend {
    if dataset.is_subtractive && palette == Palette::Auto {
        Blend::Multiply
    } else {
        Blend::Add
    }
}
