use crate::volume::{Axis, Dataset, Lut, Window};

use super::layout::picture_size;
use super::{Blend, Camera, ContrastRule, Filter, Layout, Palette, ViewState};

/// What the command line may say about a view; what it leaves out stays as [`ViewState::new`] has it.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // each is documented on the command line
pub struct ViewOptions {
    /// Plane along the normal.
    pub plane: Option<u64>,
    pub t: Option<u64>,
    pub normal: Option<Axis>,
    pub channels: Option<Vec<usize>>,
    pub contrast: Option<ContrastRule>,
    /// For one channel, or all.
    pub ranges: Vec<(Option<usize>, Window)>,
    pub gamma: Option<f64>,
    /// For one channel, or all.
    pub luts: Vec<(Option<usize>, Lut)>,
    pub palette: Option<Palette>,
    pub blend: Option<Blend>,
    pub layout: Option<Layout>,
    pub filter: Option<Filter>,
    /// Width and height of the picture, in pixels.
    pub size: Option<[u32; 2]>,
    /// Output pixels per voxel.
    pub zoom: Option<f64>,
    /// Stored position in the plane (column, row), in voxels, in the middle of the picture.
    pub center: Option<[f64; 2]>,
    pub has_scale_bar: bool,
    pub has_labels: bool,
}

impl ViewOptions {
    /// The view of a dataset with these options.
    ///
    /// # Errors
    /// A sentence that names what the dataset does not have.
    pub fn view_of(&self, dataset: &Dataset) -> Result<ViewState, String> {
        for (what, number) in [("zoom", self.zoom), ("gamma", self.gamma)] {
            if let Some(number) = number.filter(|number| !(number.is_normal() && *number > 0.0)) {
                return Err(format!("{what} {number} is not above 0"));
            }
        }
        if let Some(center) = self
            .center
            .filter(|center| !center.iter().all(|place| place.is_finite()))
        {
            return Err(format!("there is no place {center:?} in a plane"));
        }
        if let Some([width, height]) = self.size.filter(|size| size.contains(&0)) {
            return Err(format!("a picture of {width}x{height} pixels has none"));
        }
        let mut view = ViewState::new(dataset);
        if let Some(normal) = self.normal {
            view.normal = normal;
        }
        if let Some(plane) = self.plane {
            within("plane", plane, view.plane_count())?;
            view.set_plane(plane);
        }
        if let Some(t) = self.t {
            within("time point", t, view.t_count)?;
            view.set_time(t);
        }
        let count = view.channels.len() as u64;
        let named = self
            .ranges
            .iter()
            .map(|(channel, _)| channel)
            .chain(self.luts.iter().map(|(channel, _)| channel));
        for &channel in named.flatten().chain(self.channels.iter().flatten()) {
            within("channel", channel as u64, count)?;
        }
        if let Some(shown) = &self.channels {
            for (index, channel) in view.channels.iter_mut().enumerate() {
                channel.is_visible = shown.contains(&index);
            }
            view.active_channel = shown.first().copied().unwrap_or(0);
        }
        if let Some(palette) = self.palette {
            view.set_palette(palette, dataset);
        }
        if let Some(rule) = self.contrast {
            view.set_contrast(None, rule);
        }
        for (index, channel) in view.channels.iter_mut().enumerate() {
            if let Some(gamma) = self.gamma {
                channel.gamma = gamma;
            }
            for (only, lut) in &self.luts {
                if only.is_none_or(|only| only == index) {
                    channel.lut = lut.clone();
                }
            }
            for &(only, window) in &self.ranges {
                if only.is_none_or(|only| only == index) {
                    channel.window = window;
                    channel.contrast = ContrastRule::Given;
                }
            }
        }
        view.blend = self.blend.unwrap_or(view.blend);
        view.layout = self.layout.unwrap_or(view.layout);
        view.filter = self.filter.unwrap_or(view.filter);
        if self.zoom.is_some() || self.center.is_some() {
            view.camera = Camera::At {
                center: match self.center {
                    Some(stored) => view.uv_from_stored(stored),
                    None => view.plane_size().map(|n| n as f64 / 2.0),
                },
                zoom: self.zoom.unwrap_or(1.0),
                is_square: self.size.is_none(),
            };
        }
        Ok(view)
    }

    /// Size of the picture in pixels, and the view to draw in it: as given; else one output pixel per voxel, or `zoom`.
    pub fn picture_of(&self, mut view: ViewState) -> ([u64; 2], ViewState) {
        if let Some(size) = self.size {
            return (size.map(u64::from), view);
        }
        if view.camera == Camera::Fit {
            view.camera = Camera::OnePixelPerVoxel;
        }
        let zoom = self.zoom.unwrap_or(1.0);
        let panel = view.plane_size().map(|n| ((n as f64 * zoom).round() as u64).max(1));
        (picture_size(&view, panel), view)
    }
}

fn within(what: &str, index: u64, count: u64) -> Result<(), String> {
    if index < count {
        Ok(())
    } else {
        Err(format!(
            "there is no {what} {index}: they count from 0 to {}",
            count - 1
        ))
    }
}
