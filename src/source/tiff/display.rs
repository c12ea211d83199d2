//! What the first page says about how it is shown: photometric interpretation, colour map, extra samples, orientation.
//! None of it touches a number.

use crate::source::SourceError;
use crate::volume::{ChannelInfo, Dataset, Lut, LutTable, Orientation, SampleType, Window};

use super::description::Description;
use super::directory::{DirectoryReader, Entry};
use super::page::Page;

/// Tags that only say how a picture is shown.
#[derive(Debug, Default)]
pub(super) struct DisplayTags {
    orientation: Option<u64>,
    /// What the last samples of a pixel are: 1 and 2 are alpha.
    extra_samples: Vec<u64>,
    /// 1 for cyan, magenta, yellow and black.
    ink_set: Option<u64>,
}

impl DisplayTags {
    /// Takes an entry if it is one of these.
    pub(super) fn read(&mut self, entry: &Entry, reader: &mut DirectoryReader<'_>) -> Result<(), SourceError> {
        match entry.tag {
            274 => self.orientation = Some(reader.first_uint(entry)?),
            332 => self.ink_set = Some(reader.first_uint(entry)?),
            338 => self.extra_samples = reader.uints(entry)?,
            _ => {}
        }
        Ok(())
    }

    fn is_alpha(&self, sample: usize, samples: usize) -> bool {
        let kind = (sample + self.extra_samples.len())
            .checked_sub(samples)
            .and_then(|place| self.extra_samples.get(place));
        matches!(kind, Some(1 | 2))
    }
}

const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];

/// Names and colours of the first samples of a pixel.
const LIGHTS: [(&str, [u8; 3]); 3] = [("red", [255, 0, 0]), ("green", [0, 255, 0]), ("blue", [0, 0, 255])];
const INKS: [(&str, [u8; 3]); 4] = [
    ("cyan", [0, 255, 255]),
    ("magenta", [255, 0, 255]),
    ("yellow", [255, 255, 0]),
    ("black", BLACK),
];

/// Sets how a dataset is shown from what its first page says, as far as other metadata left it open.
///
/// `is_pixel` tells whether the channels are the samples of a pixel and nothing else.
pub(super) fn apply(description: &Description, page: &Page, is_pixel: bool, dataset: &mut Dataset) {
    let tags = &description.display;
    match tags.orientation.map(|value| (value, Orientation::from_value(value))) {
        Some((_, Some(orientation))) => dataset.orientation = orientation,
        Some((value, None)) => dataset
            .warnings
            .push(format!("orientation {value} is none of 1 to 8 and is ignored")),
        None => {}
    }
    let is_byte = dataset.sample_type == SampleType::U8;
    // Colours that other metadata gave to channels stand.
    let is_open = dataset.channels.iter().all(|channel| channel.lut.is_none());
    if is_pixel {
        find_alpha(tags, is_byte, &mut dataset.channels);
    }
    let warning = if is_open {
        apply_photometric(description, page, is_pixel, dataset)
    } else {
        None
    };
    dataset.warnings.extend(warning);
    // Beside what is hidden, one channel is grey, and not the first of several colours.
    let is_single = dataset.channels.len() > 1 && dataset.channels.iter().skip(1).all(|channel| channel.is_hidden);
    for (index, channel) in dataset.channels.iter_mut().enumerate() {
        if channel.is_hidden || (index == 0 && is_single) {
            channel.lut.get_or_insert(Lut::Solid(WHITE));
        }
    }
}

/// Names the samples that are alpha. In pictures of 8 bits, where they are no measurement, they are not shown.
fn find_alpha(tags: &DisplayTags, is_byte: bool, channels: &mut [ChannelInfo]) {
    let samples = channels.len();
    for (sample, channel) in channels.iter_mut().enumerate().skip(1) {
        if tags.is_alpha(sample, samples) {
            channel.name.get_or_insert_with(|| "alpha".into());
            channel.is_hidden = is_byte;
        }
    }
}

/// Sets colours and windows; returns what is to be known about them.
fn apply_photometric(description: &Description, page: &Page, is_pixel: bool, dataset: &mut Dataset) -> Option<String> {
    let is_single = dataset.channels.iter().skip(1).all(|channel| channel.is_hidden);
    let sample_type = dataset.sample_type;
    let channels = dataset.channels.as_mut_slice();
    let warning = match page.photometric? {
        0 if is_single => {
            let channel = channels.first_mut()?;
            channel.lut = Some(Lut::between(WHITE, BLACK));
            // Of two values each has its colour, even where there is only one of them.
            channel.window = full_range(page).filter(|_| page.bits == 1);
            "low values are shown white (MinIsWhite); numbers are as stored".into()
        }
        0 => "MinIsWhite is not applied to several channels".into(),
        // ImageJ writes the LUT of a channel as a colour map, and may show it with any window.
        3 if description.is_imagej() => return None,
        3 if !is_single => "values are indices, the palette is not applied to several channels".into(),
        3 => match palette(page, description.color_map.as_deref()) {
            Ok(lut) => {
                let channel = channels.first_mut()?;
                (channel.lut, channel.window) = (Some(lut), full_range(page));
                let part = if page.bits > 8 {
                    ", 256 of its colours are shown"
                } else {
                    ""
                };
                format!("values are indices: the palette colours the picture, not the numbers{part}")
            }
            Err(reason) => format!("values are indices, the palette is not applied: {reason}"),
        },
        2 => {
            if is_pixel && sample_type == SampleType::U8 && page.samples >= 3 {
                show_colors(channels, LIGHTS.map(|(name, color)| (name, Lut::Solid(color))), page);
            }
            return None;
        }
        5 if is_pixel && is_cmyk(&description.display, page, sample_type) => {
            show_colors(
                channels,
                INKS.map(|(name, color)| (name, Lut::between(WHITE, color))),
                page,
            );
            dataset.is_subtractive = true;
            "inks are shown multiplied on white, without a colour profile; numbers are as stored".into()
        }
        code @ (5 | 6 | 8..=10 | 32844 | 32845) => {
            let name = match code {
                5 => "inks",
                6 => "YCbCr",
                8..=10 => "L*a*b*",
                _ => "LogLuv",
            };
            format!("samples of {name} are shown as channels, not converted to colours")
        }
        _ => return None,
    };
    Some(warning)
}

/// The range of unsigned integers of a page.
fn full_range(page: &Page) -> Option<Window> {
    let is_unsigned = matches!(page.sample_format, 1 | 4) && (1..=16).contains(&page.bits);
    is_unsigned.then(|| Window::new(0.0, f64::from((1u32 << page.bits) - 1)))
}

fn is_cmyk(tags: &DisplayTags, page: &Page, sample_type: SampleType) -> bool {
    page.samples >= 4 && tags.ink_set.unwrap_or(1) == 1 && matches!(sample_type, SampleType::U8 | SampleType::U16)
}

/// Gives the first channels colours with which they are one picture, and hides the others.
fn show_colors<const N: usize>(channels: &mut [ChannelInfo], colors: [(&str, Lut); N], page: &Page) {
    let mut colors = colors.into_iter();
    for channel in channels {
        match colors.next() {
            Some((name, lut)) => {
                channel.name.get_or_insert_with(|| name.into());
                channel.lut = Some(lut);
                channel.window = full_range(page);
            }
            None => channel.is_hidden = true,
        }
    }
}

/// The colour map of a page as a LUT for the range of its values.
fn palette(page: &Page, map: Option<&[u64]>) -> Result<Lut, String> {
    let map = map.ok_or("there is no ColorMap")?;
    let range = full_range(page).ok_or_else(|| format!("indices of {} bits", page.bits))?;
    let count = range.hi as usize + 1;
    if map.len() != 3 * count {
        return Err(format!("its ColorMap has {} entries, not {}", map.len(), 3 * count));
    }
    Ok(Lut::Table(Box::new(palette_table(map, count))))
}

/// A table of `count` colours, red, green and blue of all, 16 bits each.
///
/// Up to 8 bits every index finds its colour where a window of all indices looks for it; of more, evenly spaced ones.
fn palette_table(map: &[u64], count: usize) -> LutTable {
    // Some writers fill it with 8 bits.
    let shift = if map.iter().all(|&part| part < 256) { 0 } else { 8 };
    std::array::from_fn(|i| {
        let index = (i * (count - 1) + 127) / 255;
        [0, 1, 2].map(|color| {
            let part = map.get(color * count + index).copied().unwrap_or(0);
            (part >> shift).min(255) as u8
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_finds_its_colour() {
        for bits in 1..=8 {
            let count = 1usize << bits;
            let last = (count - 1) as f32;
            // Of each index another colour.
            let part = |i: usize| ((i * 37 + 11) % 256) as u64;
            let map: Vec<u64> = (0..3 * count).map(|i| part(i) << 8 | 7).collect();
            let table = palette_table(&map, count);
            for index in 0..count {
                let place = (index as f32 / last * 255.0).round() as usize;
                let color = [0, 1, 2].map(|color| part(color * count + index) as u8);
                assert_eq!(table[place], color, "index {index} of {bits} bits");
            }
        }
    }

    #[test]
    fn the_last_samples_are_the_extra_ones() {
        let tags = DisplayTags {
            extra_samples: vec![0, 2],
            ..DisplayTags::default()
        };
        let alphas: Vec<_> = (0..5).filter(|&sample| tags.is_alpha(sample, 5)).collect();
        assert_eq!(alphas, [4]);
        // More are claimed than there are samples.
        assert!(tags.is_alpha(0, 1));
    }
}
