use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::view::{Blend, Camera, Filter, Layout, ViewState, name_of_lut};
use crate::volume::{Dataset, Orientation};

/// What a picture shows, as ordered pairs of keyword and text that are written into its file.
///
/// Texts are for people and for scripts: plain values, `key=value` pairs, and one JSON object per channel. The path of
/// the file is left out but for its last part: pictures are passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    entries: Vec<(String, String)>,
}

/// How a channel was drawn.
#[derive(Serialize)]
struct ChannelText {
    name: String,
    visible: bool,
    window: [Value; 2],
    gamma: Value,
    lut: String,
    contrast: String,
    /// What clipping marks draw is not what the voxels are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    marks_clipping: bool,
}

impl Provenance {
    /// What a picture of this view of this dataset shows.
    pub fn new(dataset: &Dataset, view: &ViewState) -> Self {
        let source = Path::new(&dataset.path).file_name();
        let source = source.map_or(dataset.path.clone(), |name| name.to_string_lossy().into_owned());
        let mut these = Self::default();
        these.push("Software", concat!("microtome ", env!("CARGO_PKG_VERSION")));
        these.push("Source", source);
        if dataset.file_bytes > 0 {
            these.push("microtome:file_bytes", dataset.file_bytes.to_string());
        }
        these.push("microtome:shape", tuple(&dataset.stored_shape));
        these.push("microtome:axes", &*dataset.axes);
        these.push("microtome:dtype", dataset.sample_type.dtype());
        these.push("microtome:voxel_size", voxel_size(dataset));
        these.push("microtome:plane", format!("{}={}", view.normal, view.plane()));
        let slab = view.slab_range();
        if slab.end - slab.start > 1 {
            let range = format!("maximum of {}={}..{}", view.normal, slab.start, slab.end);
            these.push("microtome:slab", range);
        }
        these.push("microtome:time", view.t.to_string());
        let layout = match view.layout {
            Layout::Composite => "composite",
            Layout::Montage => "montage",
        };
        these.push("microtome:layout", layout);
        let blend = match view.blend {
            Blend::Add => "add",
            Blend::Max => "max",
            Blend::Multiply => "multiply",
        };
        these.push("microtome:blend", blend);
        let filter = match view.filter {
            Filter::Nearest => "nearest",
            Filter::Linear => "linear",
        };
        these.push("microtome:filter", filter);
        if view.orientation != Orientation::default() {
            these.push("microtome:orientation", view.orientation.value().to_string());
        }
        these.push("microtome:camera", camera(view));
        for (index, channel) in view.channels.iter().enumerate() {
            let text = ChannelText {
                name: dataset.channel_name(index),
                visible: channel.is_visible,
                window: [channel.window.lo, channel.window.hi].map(number),
                gamma: number(channel.gamma),
                lut: name_of_lut(&channel.lut).unwrap_or_else(|| "table of the file".to_owned()),
                marks_clipping: channel.marks_clipping,
                contrast: channel.contrast.to_string(),
            };
            let text = serde_json::to_string(&text).unwrap_or_default();
            these.push(&format!("microtome:channel {index}"), text);
        }
        these
    }

    /// Pairs of keyword (ASCII, up to 79 characters, as PNG asks for) and text, in the order they are written.
    pub fn entries(&self) -> &[(String, String)] {
        &self.entries
    }

    /// The text of a keyword.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|(known, _)| known == keyword);
        entry.map(|(_, text)| text.as_str())
    }

    /// Adds an entry at the end. `keyword` must be ASCII, of 1 to 79 characters.
    pub fn push(&mut self, keyword: &str, text: impl Into<String>) {
        debug_assert!((1..=79).contains(&keyword.len()) && keyword.is_ascii());
        // File names and names of channels may hold anything; a NUL would end a text chunk.
        let text = text.into().replace(char::is_control, " ");
        self.entries.push((keyword.to_owned(), text));
    }

    /// All entries as lines `keyword: text`.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        for (keyword, text) in &self.entries {
            let _ = writeln!(lines, "{keyword}: {text}");
        }
        lines
    }
}

/// As NumPy prints a shape.
fn tuple(shape: &[u64]) -> String {
    let numbers: Vec<String> = shape.iter().map(u64::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("({}{comma})", numbers.join(", "))
}

fn voxel_size(dataset: &Dataset) -> String {
    let Some(size) = &dataset.voxel_size else {
        return "unknown".into();
    };
    let z = size.z.map_or(String::new(), |z| format!("z={z} "));
    let unit = size.unit.as_ref().map_or(String::new(), |unit| format!(" unit={unit}"));
    format!("{z}y={} x={}{unit}", size.y, size.x)
}

fn camera(view: &ViewState) -> String {
    match view.camera {
        Camera::Fit => "fit".into(),
        Camera::OnePixelPerVoxel => "zoom=1 square".into(),
        Camera::At {
            center,
            zoom,
            is_square,
        } => {
            // As the command line takes it.
            let [column, row] = view.stored_from_uv(center);
            format!(
                "zoom={zoom}{} center={column},{row}",
                if is_square { " square" } else { "" }
            )
        }
    }
}

/// Integers as integers; what JSON has no number for is null.
fn number(value: f64) -> Value {
    const EXACT: f64 = (1u64 << 53) as f64;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        (value as i64).into()
    } else {
        value.into()
    }
}
