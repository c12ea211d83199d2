use crate::volume::{Axis, Dataset, Window};

use super::{Blend, Camera, ContrastRule, Filter, Layout, Overlay, Palette, ViewState, name_of_lut};

const PALETTES: [Palette; 4] = [Palette::Auto, Palette::Rgb, Palette::Safe, Palette::Gray];

impl ViewState {
    /// The options that make this picture, `size` pixels (width, height) large, of this dataset: what stands behind
    /// `microtome render PATH -o OUT.png`, word by word, not quoted for any shell.
    ///
    /// What is the default is left out, and so is what hidden channels would look like. Windows are given as numbers;
    /// but those of the exact range of the whole volume are left to be measured again where they are that (`is_exact`).
    /// Colours from a table that neither a palette nor a name gives become the table's last one.
    pub fn words(&self, dataset: &Dataset, size: [u32; 2], overlay: Overlay, is_exact: bool) -> Vec<String> {
        let mut words = Words::default();
        let palette = self.palette_to_name(dataset);
        let mut base = ViewState::new(dataset);
        if palette != base.palette {
            base.set_palette(palette, dataset);
            words.pair("--palette", palette.name());
        }
        self.place_words(&base, &mut words);
        let visible = self.visible_channels();
        if visible != base.visible_channels() {
            let list: Vec<String> = visible.iter().map(usize::to_string).collect();
            words.pair(
                "--channels",
                if list.is_empty() { "none".into() } else { list.join(",") },
            );
        }
        self.channel_words(&base, &visible, is_exact, &mut words);
        if self.blend != base.blend {
            words.pair("--blend", blend_name(self.blend));
        }
        if self.layout == Layout::Montage {
            words.pair("--layout", "montage");
        }
        if self.filter == Filter::Linear {
            words.pair("--filter", "linear");
        }
        words.pair("--size", format!("{}x{}", size[0], size[1]));
        let (center, zoom) = match self.camera {
            Camera::Fit => (None, 1.0),
            Camera::OnePixelPerVoxel => (Some(self.plane_size().map(|n| n as f64 / 2.0)), 1.0),
            Camera::At { center, zoom, .. } => (Some(center), zoom),
        };
        if let Some(center) = center {
            let [column, row] = self.stored_from_uv(center).map(number);
            words.pair("--zoom", number(zoom));
            words.pair("--center", format!("{column},{row}"));
        }
        words.flag("--scale-bar", overlay.scale_bar);
        words.flag("--labels", overlay.labels);
        words.0
    }

    /// Plane, time and slab.
    fn place_words(&self, base: &ViewState, words: &mut Words) {
        if self.normal != Axis::Z {
            words.pair("--normal", self.normal.to_string());
        }
        if self.plane() != base.index[self.normal.index()] {
            words.pair("--z", self.plane().to_string());
        }
        if self.t != 0 {
            words.pair("--t", self.t.to_string());
        }
        if self.slab >= self.plane_count() && self.slab > 1 {
            words.pair("--slab", "all");
        } else if self.slab > 1 {
            words.pair("--slab", self.slab.to_string());
        }
    }

    /// How the visible channels are drawn.
    fn channel_words(&self, base: &ViewState, visible: &[usize], is_exact: bool, words: &mut Words) {
        let is_measured = |channel: &usize| is_exact && self.channels[*channel].contrast == ContrastRule::Volume;
        // Where the file gives windows, whole volumes are measured only when that is said.
        let is_said = visible
            .iter()
            .any(|channel| is_measured(channel) && base.channels[*channel].contrast != ContrastRule::Volume);
        if is_said {
            words.pair("--contrast", "volume");
        }
        for &channel in visible {
            let (own, default) = (&self.channels[channel], &base.channels[channel]);
            let is_default = !is_said && default.contrast == ContrastRule::Given && own.window == default.window;
            if !is_measured(&channel) && !is_default {
                let Window { lo, hi } = own.window;
                words.pair("--range", format!("{channel}:{},{}", number(lo), number(hi)));
            }
            if own.gamma != default.gamma {
                words.pair("--gamma", format!("{channel}:{}", number(own.gamma)));
            }
            if own.lut != default.lut {
                let [red, green, blue] = own.lut.top();
                let top = || format!("#{red:02x}{green:02x}{blue:02x}");
                let name = name_of_lut(&own.lut).unwrap_or_else(top);
                words.pair("--lut", format!("{channel}:{name}"));
            }
        }
        let marked = |channel: &usize| self.channels[*channel].marks_clipping;
        let list: Vec<String> = visible.iter().copied().filter(marked).map(|c| c.to_string()).collect();
        if list.len() == self.channels.len() && !list.is_empty() {
            words.pair("--mark-clipping", "all");
        } else if !list.is_empty() {
            words.pair("--mark-clipping", list.join(","));
        }
    }

    /// The palette that gives the most of the visible channels' colours, of those that no name gives above all.
    fn palette_to_name(&self, dataset: &Dataset) -> Palette {
        let count = self.channels.len();
        let cost = |palette: Palette| -> usize {
            let visible = self.visible_channels().into_iter();
            let others = visible.filter(|&channel| {
                palette.lut(channel, count, dataset.channels.get(channel)) != self.channels[channel].lut
            });
            others
                .map(|channel| match name_of_lut(&self.channels[channel].lut) {
                    Some(_) => 1,
                    None => count + 1,
                })
                .sum()
        };
        PALETTES
            .into_iter()
            .min_by_key(|&palette| cost(palette))
            .unwrap_or(self.palette)
    }
}

#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn pair(&mut self, option: &str, value: impl Into<String>) {
        self.0.extend([option.to_owned(), value.into()]);
    }

    fn flag(&mut self, option: &str, is_said: bool) {
        self.0.extend(is_said.then(|| option.to_owned()));
    }
}

fn blend_name(blend: Blend) -> &'static str {
    match blend {
        Blend::Add => "add",
        Blend::Max => "max",
        Blend::Multiply => "multiply",
    }
}

/// The shortest text that is read as the same number; a number that is not finite, as the nearest that is.
pub(super) fn number(value: f64) -> String {
    let text = format!("{:?}", finite(value));
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The nearest finite number; 0 for none.
pub(super) fn finite(value: f64) -> f64 {
    if value.is_nan() {
        return 0.0;
    }
    value.clamp(f64::MIN, f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back() {
        for (value, text) in [
            (10.0, "10"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "1.7976931348623157e308"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(number(value), text);
            assert_eq!(text.parse(), Ok(finite(value)));
        }
    }
}
