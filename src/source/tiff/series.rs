//! Which pages make up the image, in what order.

use crate::source::SourceError;
use crate::volume::{ChannelInfo, SeriesInfo, VoxelSize};

use super::axes::Stored;
use super::planes::Level;

/// What metadata make of the pages: the stored array, and the pages of each of its levels.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) stored: Stored,
    /// Full resolution first.
    pub(super) levels: Vec<Level>,
    pub(super) axes_from: &'static str,
    pub(super) voxel_size: Option<VoxelSize>,
    /// From one time point to the next, in seconds.
    pub(super) time_step_s: Option<f64>,
    /// As many as the metadata tell of.
    pub(super) channels: Vec<ChannelInfo>,
    pub(super) warnings: Vec<String>,
    /// All images of the file, if it has several.
    pub(super) all: Vec<SeriesInfo>,
}

impl Series {
    /// An image without levels below it, of which nothing but the axes is known.
    pub(super) fn new(stored: Stored, full: Level, axes_from: &'static str) -> Self {
        Self {
            stored,
            levels: vec![full],
            axes_from,
            voxel_size: None,
            time_step_s: None,
            channels: Vec::new(),
            warnings: Vec::new(),
            all: Vec::new(),
        }
    }

    /// Refuses a number that no image has.
    pub(super) fn check_wanted(wanted: usize, count: usize) -> Result<(), SourceError> {
        if wanted < count {
            return Ok(());
        }
        Err(SourceError::Series { wanted, count })
    }
}

/// `micron`, `um`, `\u00B5m` and the two ways to write µ, as `µm`; others as they are.
pub(super) fn unit_name(unit: &str) -> Option<String> {
    let unit = unit.trim();
    match unit {
        "" => None,
        "micron" | "microns" | "micrometer" | "micrometre" | "um" | "\u{b5}m" | "\u{3bc}m" | "\\u00B5m"
        | "\\u00b5m" => Some("µm".into()),
        other => Some(other.chars().filter(|c| !c.is_control()).take(64).collect()),
    }
}

/// The name of a channel, fit to be shown; `None` if nothing is left of it.
pub(super) fn channel_name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The beginning of a text from a file, fit for one line of a message.
pub(super) fn brief(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect()
}

/// A distance that can be one.
pub(super) fn is_distance(value: f64) -> bool {
    (1e-30..=1e30).contains(&value)
}
