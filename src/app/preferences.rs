//! What a person likes, kept where a system keeps such things.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::actions::{Guide, KeymapChoice};
use super::playback::{DEFAULT_RATE, Pace, Playback, RATES, Repeat};
use crate::view::{ContrastRule, Filter, Overlay, Palette, ViewOptions, ViewState};
use crate::volume::Dataset;

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
    /// Colours of files that bring none of their own.
    pub(crate) palette: Palette,
    /// How voxels are read between their centres.
    pub(crate) filter: Filter,
    /// Whether the bars of histograms grow with the count, not with its logarithm.
    pub(crate) has_linear_histograms: bool,
    /// Planes per second that are played.
    pub(crate) rate: f64,
    /// What comes after the last plane that is played.
    pub(crate) repeat: Repeat,
    /// What is done about planes that are late.
    pub(crate) pace: Pace,
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
            palette: Palette::Auto,
            filter: Filter::Nearest,
            has_linear_histograms: false,
            rate: DEFAULT_RATE,
            repeat: Repeat::Loop,
            pace: Pace::EveryPlane,
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
        if !RATES.contains(&kept.rate) {
            kept.rate = DEFAULT_RATE;
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

    /// Shows another file in the colours and with the filter that were chosen last, where neither the command line nor
    /// the file itself says otherwise.
    pub(crate) fn apply(&self, view: &mut ViewState, options: &ViewOptions, dataset: &Dataset) {
        if options.saved.is_some() {
            return;
        }
        let has_own = dataset.channels.iter().any(|channel| channel.lut.is_some()) || dataset.is_subtractive;
        if options.palette.is_none() && options.luts.is_empty() && !has_own {
            view.set_palette(self.palette, dataset);
        }
        if options.filter.is_none() {
            view.filter = self.filter;
        }
    }

    /// Takes up what a person chose for a view. Returns whether that is another choice.
    pub(crate) fn take_up(&mut self, before: &ViewState, after: &ViewState) -> bool {
        // One that was not touched may be the file's own.
        let is_palette_chosen = before.palette != after.palette;
        let is_filter_chosen = before.filter != after.filter;
        if is_palette_chosen {
            self.palette = after.palette;
        }
        if is_filter_chosen {
            self.filter = after.filter;
        }
        is_palette_chosen || is_filter_chosen
    }

    /// How things are played, in the manner chosen last.
    pub(crate) fn playback(&self) -> Playback {
        let mut playback = Playback::default();
        (playback.rate, playback.repeat, playback.pace) = (self.rate, self.repeat, self.pace);
        playback
    }

    /// Takes up how things are played. Returns whether that is another choice.
    pub(crate) fn take_up_playback(&mut self, playback: &Playback) -> bool {
        let now = (playback.rate, playback.repeat, playback.pace);
        let is_chosen = now != (self.rate, self.repeat, self.pace);
        (self.rate, self.repeat, self.pace) = now;
        is_chosen
    }

    /// A file was opened.
    pub(crate) fn remember(&mut self, path: &str) {
        self.recent.retain(|other| other != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(MOST_RECENT);
    }

    /// What is written into pictures.
    pub(crate) fn overlay(&self) -> Overlay {
        Overlay {
            scale_bar: self.has_scale_bar,
            labels: self.has_labels,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::dataset;
    use crate::volume::Lut;

    #[test]
    fn what_was_chosen_last_is_for_other_files_too() {
        let plain = dataset([1, 2, 3, 4, 5]);
        let mut preferences = Preferences::default();
        let before = ViewState::new(&plain);
        let mut after = before.clone();
        assert!(!preferences.take_up(&before, &after));
        after.set_palette(Palette::Gray, &plain);
        after.filter = Filter::Linear;
        assert!(preferences.take_up(&before, &after));

        let text = serde_json::to_string(&preferences).expect("it can be written");
        let kept: Preferences = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(kept, preferences);
        let shown = |dataset: &Dataset, options: &ViewOptions| {
            let mut view = options.view_of(dataset).expect("a view");
            kept.apply(&mut view, options, dataset);
            (view.palette, view.filter)
        };
        let none = ViewOptions::default();
        assert_eq!(shown(&plain, &none), (Palette::Gray, Filter::Linear));
        let told = ViewOptions {
            palette: Some(Palette::Safe),
            filter: Some(Filter::Nearest),
            ..Default::default()
        };
        assert_eq!(shown(&plain, &told), (Palette::Safe, Filter::Nearest));
        let mut colored = plain.clone();
        colored.channels[1].lut = Some(Lut::Solid([1, 2, 3]));
        assert_eq!(shown(&colored, &none), (Palette::Auto, Filter::Linear));
    }

    #[test]
    fn playback_stays_as_it_was_chosen() {
        let mut preferences = Preferences::default();
        let mut playback = preferences.playback();
        assert!(!preferences.take_up_playback(&playback));
        (playback.rate, playback.pace) = (25.0, Pace::KeepRate);
        assert!(preferences.take_up_playback(&playback));
        let again = preferences.playback();
        assert_eq!(
            (again.rate, again.repeat, again.pace),
            (25.0, Repeat::Loop, Pace::KeepRate)
        );
    }
}
