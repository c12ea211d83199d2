//! What a person likes, kept where a system keeps such things.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::actions::{Guide, KeymapChoice};
use crate::view::ContrastRule;

/// Files that are remembered.
const MOST_RECENT: usize = 12;
/// Sides of a window, in points, that a file may ask for: some systems end a program that wants a larger one.
const SIDES_PT: RangeInclusive<f32> = 100.0..=8192.0;

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub(crate) enum Look {
    #[default]
    Dark,
    Light,
}

/// All of it. What a file of an older version does not have is as in a new one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Preferences {
    /// Dark or light.
    pub(crate) look: Look,
    /// Which keys do what.
    pub(crate) keymap: KeymapChoice,
    /// Files that were opened, the newest first.
    pub(crate) recent: Vec<String>,
    /// Whether the next file keeps the windows and gammas of the one before.
    pub(crate) locks_contrast: bool,
    /// Percentiles of automatic contrast, in percent.
    pub(crate) percentiles: [f64; 2],
    /// A scale bar in the picture.
    pub(crate) has_scale_bar: bool,
    /// Names of channels, plane and time in the picture.
    pub(crate) has_labels: bool,
    /// Lines through the place under the mouse.
    pub(crate) has_crosshair: bool,
    /// Lines between voxels that are large enough.
    pub(crate) has_pixel_grid: bool,
    /// Arrows along the axes.
    pub(crate) has_axes: bool,
    /// Size of the window, in points.
    pub(crate) window: [f32; 2],
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            look: Look::Dark,
            keymap: KeymapChoice::Default,
            recent: Vec::new(),
            locks_contrast: false,
            percentiles: [0.1, 99.9],
            has_scale_bar: false,
            has_labels: false,
            has_crosshair: false,
            has_pixel_grid: true,
            has_axes: false,
            window: [1280.0, 800.0],
        }
    }
}

impl Preferences {
    /// Those that were kept, or those of a new user where there are none that can be read.
    pub(crate) fn load() -> Self {
        let text = file().and_then(|path| std::fs::read_to_string(path).ok());
        let kept: Option<Self> = text.and_then(|text| serde_json::from_str(&text).ok());
        let mut kept = kept.unwrap_or_default();
        if !kept.window.iter().all(|side| SIDES_PT.contains(side)) {
            kept.window = Self::default().window;
        }
        kept
    }

    /// Keeps them. A file that is half written is never left: another window may be reading it.
    ///
    /// # Errors
    /// One line that says why they cannot be kept.
    pub(crate) fn store(&self) -> Result<(), String> {
        let path = file().ok_or("this system has no folder for preferences")?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let part = path.with_extension(format!("{}.part", std::process::id()));
        let write = || {
            std::fs::create_dir_all(folder)?;
            std::fs::write(&part, serde_json::to_string_pretty(self)?)?;
            std::fs::rename(&part, &path)
        };
        write().map_err(|error| format!("preferences cannot be kept: {}: {error}", path.display()))
    }

    /// A file was opened.
    pub(crate) fn remember(&mut self, path: &str) {
        self.recent.retain(|other| other != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(MOST_RECENT);
    }

    /// Automatic contrast: by the percentiles that were typed last, if they are such.
    pub(crate) fn auto_contrast(&self) -> ContrastRule {
        let [lo, hi] = self.percentiles;
        ContrastRule::percentile(lo, hi).unwrap_or(ContrastRule::DEFAULT_PERCENTILE)
    }

    /// Whether something is drawn to guide the eye.
    pub(crate) fn guide(&mut self, guide: Guide) -> &mut bool {
        match guide {
            Guide::Crosshair => &mut self.has_crosshair,
            Guide::PixelGrid => &mut self.has_pixel_grid,
            Guide::Axes => &mut self.has_axes,
        }
    }
}

/// None where a system has no place for it.
fn file() -> Option<PathBuf> {
    if cfg!(test) {
        // Tests leave those of a person alone.
        let program = std::env::current_exe().ok()?;
        return Some(program.with_extension("config").join("preferences.json"));
    }
    let folders = directories::ProjectDirs::from("", "", "microtome")?;
    Some(folders.config_dir().join("preferences.json"))
}
