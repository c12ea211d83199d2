//! A view as a small readable file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::volume::{Axis, Dataset, Lut, LutTable, Window};

use super::words::finite;
use super::{
    Blend, Camera, ChannelView, ContrastRule, Filter, Layout, Overlay, Palette, ViewState, lut_by_name, name_of_lut,
};

/// The form of the file that is written and read.
const VERSION: u32 = 1;
/// What stands for the file's own colours of a channel.
const FILE_LUT: &str = "file";

/// A view that was saved, and what it is a view of; as text, one JSON object.
///
/// It fits any image: one with fewer channels or planes takes what it has a place for, and
/// [`SavedView::misfit`] says what it has not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    microtome_view: u32,
    /// The image as it was opened: below the folder of the file, or absolute; see [`SavedView::path_from`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Letters for its stored axes, if they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axes: Option<String>,
    /// Which image of a file that has several, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub series: usize,
    /// Width and height of the picture in pixels: what is drawn without a window is as large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[u32; 2]>,
    t: u64,
    normal: Axis,
    /// Along z, y, x.
    index: [u64; 3],
    /// A number of planes, or `all`.
    slab: Value,
    /// `fit`, or a place.
    camera: Value,
    blend: Blend,
    layout: Layout,
    filter: Filter,
    palette: Palette,
    scale_bar: bool,
    labels: bool,
    active_channel: usize,
    channels: Vec<SavedChannel>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedChannel {
    visible: bool,
    rule: String,
    window: [f64; 2],
    gamma: f64,
    /// A name, `#rrggbb`, `file`, or 256 colours.
    lut: Value,
    marks_clipping: bool,
    linked: bool,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A place to look at, as the command line has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    zoom: f64,
    center: [f64; 2],
}

impl SavedView {
    /// A view of a dataset, in a picture of `size` (width, height) pixels. Where the image is, is not said yet.
    pub fn new(view: &ViewState, dataset: &Dataset, size: Option<[u32; 2]>, overlay: Overlay) -> Self {
        let channel = |(index, channel): (usize, &ChannelView)| {
            let is_of_file = dataset.channels.get(index).and_then(|info| info.lut.as_ref()) == Some(&channel.lut);
            SavedChannel {
                visible: channel.is_visible,
                rule: channel.contrast.to_string(),
                window: [channel.window.lo, channel.window.hi].map(finite),
                gamma: channel.gamma,
                lut: match (&channel.lut, name_of_lut(&channel.lut)) {
                    (_, Some(name)) => name.into(),
                    (Lut::Table(table), None) if !is_of_file => json!(table.as_slice()),
                    _ => FILE_LUT.into(),
                },
                marks_clipping: channel.marks_clipping,
                linked: channel.is_linked,
            }
        };
        Self {
            microtome_view: VERSION,
            path: None,
            axes: None,
            series: 0,
            size,
            t: view.t,
            normal: view.normal,
            index: view.index,
            slab: match view.slab {
                slab if slab > 1 && slab >= view.plane_count() => "all".into(),
                slab => slab.into(),
            },
            camera: match view.camera {
                Camera::At { center, zoom, .. } => json!({ "zoom": zoom, "center": view.stored_from_uv(center) }),
                _ => "fit".into(),
            },
            blend: view.blend,
            layout: view.layout,
            filter: view.filter,
            palette: view.palette,
            scale_bar: overlay.scale_bar,
            labels: overlay.labels,
            active_channel: view.active_channel,
            channels: view.channels.iter().enumerate().map(channel).collect(),
        }
    }

    /// Reads what [`SavedView::to_text`] wrote.
    ///
    /// # Errors
    /// One line about what is wrong.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let saved: Self = serde_json::from_str(text).map_err(|error| format!("no saved view: {error}"))?;
        saved.check().map_err(|error| format!("no saved view: {error}"))?;
        Ok(saved)
    }

    /// The whole file.
    pub fn to_text(&self) -> String {
        let pretty = serde_json::to_string_pretty(self).unwrap_or_default();
        with_short_lists(&pretty) + "\n"
    }

    fn check(&self) -> Result<(), String> {
        if self.microtome_view != VERSION {
            return Err(format!("microtome_view is {}, not {VERSION}", self.microtome_view));
        }
        if self.size.is_some_and(|size| size.contains(&0)) {
            return Err("a size of 0 pixels".into());
        }
        self.slab()?;
        self.place()?;
        for (index, channel) in self.channels.iter().enumerate() {
            let check = || -> Result<(), String> {
                channel.rule()?;
                channel.lut(None)?;
                if !(channel.gamma.is_normal() && channel.gamma > 0.0) {
                    return Err(format!("gamma {} is not above 0", channel.gamma));
                }
                Ok(())
            };
            check().map_err(|error| format!("channel {index}: {error}"))?;
        }
        Ok(())
    }

    fn slab(&self) -> Result<u64, String> {
        match (&self.slab, self.slab.as_u64()) {
            (_, Some(planes)) if planes > 0 => Ok(planes),
            (Value::String(text), _) if text == "all" => Ok(u64::MAX),
            (other, _) => Err(format!("slab {other} is neither a number of planes nor \"all\"")),
        }
    }

    /// `None` for a view that shows the whole plane.
    fn place(&self) -> Result<Option<Place>, String> {
        if self.camera.as_str() == Some("fit") {
            return Ok(None);
        }
        let place = Place::deserialize(&self.camera).map_err(|error| format!("camera: {error}"))?;
        if !(place.zoom.is_normal() && place.zoom > 0.0) {
            return Err(format!("zoom {} is not above 0", place.zoom));
        }
        Ok(Some(place))
    }

    /// Whether scale bar and labels were shown.
    pub fn overlay(&self) -> Overlay {
        Overlay {
            scale_bar: self.scale_bar,
            labels: self.labels,
        }
    }

    /// Changes a view of a dataset to this one, as far as the dataset has what it shows.
    ///
    /// # Errors
    /// One line about what is wrong with it; none for one that was read by [`SavedView::from_text`].
    pub fn apply(&self, view: &mut ViewState, dataset: &Dataset) -> Result<(), String> {
        self.check()?;
        view.normal = self.normal;
        view.set_time(self.t);
        for (index, (saved, extent)) in self.index.into_iter().zip(view.extent).enumerate() {
            view.index[index] = saved.min(extent.saturating_sub(1));
        }
        view.slab = self.slab()?;
        view.camera = match self.place()? {
            None => Camera::Fit,
            Some(Place { zoom, center }) => Camera::At {
                center: view.uv_from_stored(center),
                zoom,
                is_square: false,
            },
        };
        view.blend = self.blend;
        view.layout = self.layout;
        view.filter = self.filter;
        view.palette = self.palette;
        view.active_channel = self.active_channel.min(view.channels.len().saturating_sub(1));
        for (index, (channel, saved)) in view.channels.iter_mut().zip(&self.channels).enumerate() {
            let own = dataset.channels.get(index).and_then(|info| info.lut.as_ref());
            let lut = saved.lut(own)?;
            *channel = ChannelView {
                is_visible: saved.visible,
                contrast: saved.rule()?,
                window: Window::new(saved.window[0], saved.window[1]),
                gamma: saved.gamma,
                lut: lut.unwrap_or_else(|| channel.lut.clone()),
                marks_clipping: saved.marks_clipping,
                is_linked: saved.linked,
            };
        }
        Ok(())
    }

    /// What a dataset has no place for, in one line.
    pub fn misfit(&self, dataset: &Dataset) -> Option<String> {
        let shape = dataset.shape;
        let mut parts = Vec::new();
        if self.channels.len() as u64 != shape.c {
            parts.push(format!(
                "it has {} channels and the image {}",
                self.channels.len(),
                shape.c
            ));
        }
        let mut beyond = |what: &str, index: u64, count: u64| {
            if index >= count {
                parts.push(format!("it shows {what} {index} and the image has {count}"));
            }
        };
        beyond("time point", self.t, shape.t);
        beyond(
            &format!("plane {}", self.normal),
            self.index[self.normal.index()],
            shape.along(self.normal),
        );
        (!parts.is_empty()).then(|| format!("the saved view is of another image: {}", parts.join("; ")))
    }

    // ------------------------------------------------------------ where the image is

    /// Notes the image at `path`, for a view that is written to `view_file`; both absolute, but for what is no file.
    /// One that is no text cannot be noted.
    pub fn set_path(&mut self, path: impl AsRef<Path>, view_file: &Path) {
        let path = path.as_ref();
        let folder = view_file.parent().unwrap_or(view_file);
        let below = path.strip_prefix(folder).ok();
        let below = below.filter(|below| !below.as_os_str().is_empty());
        self.path = below.unwrap_or(path).to_str().map(str::to_owned);
    }

    /// Where the image is, for a view that was read from `view_file`.
    pub fn path_from(&self, view_file: &Path) -> Option<PathBuf> {
        let path = self.path.as_deref()?;
        let folder = view_file.parent().filter(|_| !path.starts_with("sample:"));
        Some(folder.map_or(PathBuf::from(path), |folder| folder.join(path)))
    }
}

impl SavedChannel {
    fn rule(&self) -> Result<ContrastRule, String> {
        match self.rule.as_str() {
            "given" => Ok(ContrastRule::Given),
            other => other.parse().map_err(|error| format!("rule: {error}, given")),
        }
    }

    /// `None` for the colours of a file that has none.
    fn lut(&self, of_file: Option<&Lut>) -> Result<Option<Lut>, String> {
        let unknown = || format!("lut {} is no colour map", self.lut);
        if let Some(name) = self.lut.as_str() {
            return match name {
                FILE_LUT => Ok(of_file.cloned()),
                name => lut_by_name(name).map(Some).ok_or_else(unknown),
            };
        }
        let colors = Vec::<[u8; 3]>::deserialize(&self.lut).map_err(|error| format!("lut: {error}"))?;
        let count = colors.len();
        let table: LutTable = colors
            .try_into()
            .map_err(|_| format!("lut has {count} colours, not 256"))?;
        Ok(Some(Lut::Table(Box::new(table))))
    }
}

/// Lists of numbers on one line each: a window is no column.
fn with_short_lists(pretty: &str) -> String {
    let mut text = String::with_capacity(pretty.len());
    let mut rest = pretty;
    while let Some(start) = rest.find('[') {
        let (before, list) = rest.split_at(start);
        text.push_str(before);
        // Innermost lists of numbers only: no text can hold a bracket there.
        let end = list.find(']').map_or(list.len(), |end| end + 1);
        let is_numbers = list[1..end].chars().all(|letter| !matches!(letter, '[' | '{' | '"'));
        let end = if is_numbers { end } else { 1 };
        match is_numbers {
            true => text.push_str(&list[..end].split_whitespace().collect::<Vec<_>>().join(" ")),
            false => text.push('['),
        }
        rest = &list[end..];
    }
    (text + rest).replace("[ ", "[").replace(" ]", "]")
}
