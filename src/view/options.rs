use crate::volume::{Axis, Dataset, Lut, Window};

use super::layout::picture_size;
use super::{Blend, Camera, ContrastRule, Filter, Layout, Overlay, Palette, SavedView, ViewState};

/// What the command line may say about a view; what it leaves out stays as the saved view or [`ViewState::new`] has it.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // each is documented on the command line
pub struct ViewOptions {
    /// What to begin with; all other options go before it.
    pub saved: Option<Box<SavedView>>,
    /// Plane along the normal.
    pub plane: Option<u64>,
    pub t: Option<u64>,
    pub normal: Option<Axis>,
    /// Planes whose maximum is shown.
    pub slab: Option<u64>,
    pub channels: Option<Vec<usize>>,
    pub contrast: Option<ContrastRule>,
    /// For one channel, or all.
    pub ranges: Vec<(Option<usize>, Window)>,
    /// For one channel, or all.
    pub gammas: Vec<(Option<usize>, f64)>,
    /// For one channel, or all.
    pub luts: Vec<(Option<usize>, Lut)>,
    pub palette: Option<Palette>,
    /// One channel whose voxels at or beyond the window are marked, or all.
    pub marked: Vec<Option<usize>>,
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
        let gammas = self.gammas.iter().map(|&(_, gamma)| ("gamma", gamma));
        for (what, number) in self.zoom.map(|zoom| ("zoom", zoom)).into_iter().chain(gammas) {
            if !(number.is_normal() && number > 0.0) {
                return Err(format!("{what} {number} is not above 0"));
            }
        }
        if self.slab == Some(0) {
            return Err("a slab of 0 planes has none".into());
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
        if let Some(saved) = &self.saved {
            saved.apply(&mut view, dataset)?;
        }
        if let Some(normal) = self.normal {
            view.set_normal(normal);
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
            .chain(self.luts.iter().map(|(channel, _)| channel))
            .chain(self.gammas.iter().map(|(channel, _)| channel))
            .chain(&self.marked);
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
            let is_meant = |only: &Option<usize>| only.is_none_or(|only| only == index);
            for &(_, gamma) in self.gammas.iter().filter(|(only, _)| is_meant(only)) {
                channel.gamma = gamma;
            }
            channel.marks_clipping |= self.marked.iter().any(is_meant);
            for (_, lut) in self.luts.iter().filter(|(only, _)| is_meant(only)) {
                channel.lut = lut.clone();
            }
            for &(_, window) in self.ranges.iter().filter(|(only, _)| is_meant(only)) {
                channel.window = window;
                channel.contrast = ContrastRule::Given;
            }
        }
        view.slab = self.slab.unwrap_or(view.slab);
        view.blend = self.blend.unwrap_or(view.blend);
        view.layout = self.layout.unwrap_or(view.layout);
        view.filter = self.filter.unwrap_or(view.filter);
        if self.zoom.is_some() || self.center.is_some() {
            let (center, zoom) = match view.camera {
                Camera::At { center, zoom, .. } => (center, zoom),
                _ => (view.plane_size().map(|n| n as f64 / 2.0), 1.0),
            };
            view.camera = Camera::At {
                center: self.center.map_or(center, |stored| view.uv_from_stored(stored)),
                zoom: self.zoom.unwrap_or(zoom),
                is_square: false,
            };
        }
        Ok(view)
    }

    /// Size of the picture in pixels, and the view to draw in it: as given, or as saved; else one output pixel per voxel,
    /// or `zoom`, with square voxels.
    pub fn picture_of(&self, mut view: ViewState) -> ([u64; 2], ViewState) {
        let saved = self.saved.as_ref().and_then(|saved| saved.size);
        if let Some(size) = self.size.or(saved) {
            return (size.map(u64::from), view);
        }
        let zoom = match &mut view.camera {
            Camera::At { zoom, is_square, .. } => {
                *is_square = true;
                *zoom
            }
            camera => {
                *camera = Camera::OnePixelPerVoxel;
                1.0
            }
        };
        let panel = view.plane_size().map(|n| ((n as f64 * zoom).round() as u64).max(1));
        (picture_size(&view, panel), view)
    }

    /// What is to be written into the picture.
    pub fn overlay(&self) -> Overlay {
        let saved = self.saved.as_ref().map(|saved| saved.overlay()).unwrap_or_default();
        Overlay {
            scale_bar: self.has_scale_bar || saved.scale_bar,
            labels: self.has_labels || saved.labels,
        }
    }

    /// What of the saved view a dataset has no place for, in one line.
    pub fn misfit(&self, dataset: &Dataset) -> Option<String> {
        self.saved.as_ref()?.misfit(dataset)
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
