//! The description and the tags that ImageJ writes.

use std::collections::HashMap;

use crate::source::SourceError;
use crate::volume::{ChannelInfo, Lut, LutTable, VoxelSize};

use super::axes::{Role, Stored};
use super::description::Description;
use super::file::uint;
use super::page::Page;
use super::pages::TiffFile;
use super::planes::{Level, Planes};
use super::pyramid::sub_levels;
use super::series::{Series, brief, channel_name, is_distance, unit_name};
use super::time::interval_s;

/// Whether a description is ImageJ's.
pub(super) fn is_imagej(text: &str) -> bool {
    text.starts_with("ImageJ=")
}

/// The series that an ImageJ description tells of, or `None` if there is none.
pub(super) fn series(file: &TiffFile, description: &Description) -> Option<Result<Series, SourceError>> {
    let text = description.text(is_imagej)?;
    let fields: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    Some(read(file, description, &fields))
}

fn read(file: &TiffFile, description: &Description, fields: &HashMap<&str, &str>) -> Result<Series, SourceError> {
    let mut warnings = Vec::new();
    let (_, page) = file.first_usable()?;
    let mut count = |key: &str| match fields.get(key).map(|text| text.parse::<u64>()) {
        None => 1,
        Some(Ok(value)) if value > 0 => value,
        Some(_) => {
            warnings.push(format!(
                "ImageJ's {key}={} is not a count",
                brief(fields.get(key).unwrap_or(&""))
            ));
            1
        }
    };
    let (frames, slices, mut channels) = (count("frames"), count("slices"), count("channels"));
    let told = count("images");
    let is_planar_channels = page.is_planar && page.samples == channels;
    let product = |a: u64, b: u64| {
        a.checked_mul(b).ok_or_else(|| {
            SourceError::TooLarge(format!(
                "ImageJ's {frames} frames of {slices} slices of {channels} channels"
            ))
        })
    };
    let depth = product(frames, slices)?;
    let is_rgb = || told == depth || (!file.has(depth) && file.count() == depth);
    let mut images = if channels == 1 || is_planar_channels {
        depth
    } else if !page.is_planar && page.samples == channels && is_rgb() {
        // RGB, its samples told as channels.
        channels = 1;
        depth
    } else {
        product(depth, channels)?
    };
    let mut outer = match fields.get("order").map(|order| order.to_ascii_lowercase()).as_deref() {
        Some("ctz") => vec![('Z', slices), ('T', frames), ('C', channels)],
        Some("zct") => vec![('T', frames), ('C', channels), ('Z', slices)],
        Some("ztc") => vec![('C', channels), ('T', frames), ('Z', slices)],
        Some("tcz") => vec![('Z', slices), ('C', channels), ('T', frames)],
        Some("tzc") => vec![('C', channels), ('Z', slices), ('T', frames)],
        _ => vec![('T', frames), ('Z', slices), ('C', channels)],
    };
    if is_planar_channels {
        outer.retain(|&(letter, _)| letter != 'C');
    }
    if images == 1 && (told > 1 || file.has(1)) {
        // A stack of which at most the number of images is told: pages are believed more.
        images = if file.has(1) { file.count() } else { told };
        let is_there = file.has(images - 1) || page.is_contiguous() && room(file, &page) >= images;
        if is_there && images > 1 {
            outer.insert(0, ('I', images));
        } else {
            images = 1;
        }
    }

    let planes = Planes::told(file, &page, images, "ImageJ's description", &mut warnings)?;
    let mut stored = Stored::new(&outer, &page);
    if is_planar_channels {
        for axis in stored.axes.iter_mut().filter(|axis| axis.role == Role::Samples) {
            axis.letter = 'C';
        }
    }
    let channel_count = channels.max(page.samples);
    let channels = channel_infos(file, description, &page, fields, [channel_count, images], &mut warnings);
    let mut series = Series::new(stored, Level::new(page, planes), "ImageJ metadata");
    series
        .levels
        .extend(sub_levels(std::slice::from_ref(file), &series.levels[0]));
    series.voxel_size = voxel_size(description, fields, &mut warnings);
    series.time_step_s = time_step_s(fields);
    series.channels = channels;
    series.warnings = warnings;
    Ok(series)
}

/// Pages of which the file has the bytes, if they stand behind each other from the first on.
fn room(file: &TiffFile, page: &Page) -> u64 {
    let data = page.chunks.first().map_or(0, |&(offset, _)| offset);
    file.file.len().saturating_sub(data) / page.bytes().max(1)
}

fn voxel_size(
    description: &Description,
    fields: &HashMap<&str, &str>,
    warnings: &mut Vec<String>,
) -> Option<VoxelSize> {
    let distance = |ratio: Option<(u64, u64)>| {
        ratio
            .map(|(pixels, units)| units as f64 / pixels as f64)
            .filter(|&size| is_distance(size))
    };
    let x = distance(description.x_resolution);
    let y = distance(description.y_resolution);
    let z = fields.get("spacing").and_then(|spacing| match spacing.parse::<f64>() {
        // Fiji writes negative spacings for stacks from top to bottom.
        Ok(size) if is_distance(size.abs()) => Some(size.abs()),
        _ => {
            warnings.push(format!("ImageJ's spacing={} is not a distance", brief(spacing)));
            None
        }
    });
    let unit = fields.get("unit").and_then(|unit| unit_name(unit));
    if matches!(unit.as_deref(), Some("pixel" | "pixels")) && z.is_none() {
        return None;
    }
    (x.is_some() || y.is_some() || z.is_some()).then(|| VoxelSize {
        z,
        y: y.or(x).unwrap_or(1.0),
        x: x.or(y).unwrap_or(1.0),
        unit,
    })
}

/// The frame interval. ImageJ writes 0 where it knows of none, and leaves out the unit of seconds.
fn time_step_s(fields: &HashMap<&str, &str>) -> Option<f64> {
    let interval = fields.get("finterval")?.parse::<f64>().ok()?;
    interval_s(interval, fields.get("tunit").copied().unwrap_or("sec"))
}

fn channel_infos(
    file: &TiffFile,
    description: &Description,
    page: &Page,
    fields: &HashMap<&str, &str>,
    [channels, images]: [u64; 2],
    warnings: &mut Vec<String>,
) -> Vec<ChannelInfo> {
    let mut luts = Vec::new();
    let mut labels = Vec::new();
    if let Some((sizes, bytes)) = &description.imagej {
        match blocks(sizes, bytes, file.is_big_endian) {
            Some(blocks) => {
                for (kind, block) in blocks {
                    match &kind {
                        b"luts" => luts.extend(lut(block)),
                        b"labl" => labels.push(utf16(block, file.is_big_endian)),
                        _ => {}
                    }
                }
            }
            None => warnings.push("ImageJ's own metadata (tag 50839) are damaged and ignored".into()),
        }
    }
    // Colours are kept in the file while the channels are shown in grey.
    if fields.get("mode") == Some(&"grayscale") {
        luts.clear();
    } else if luts.is_empty() && channels == 1 {
        luts.extend(description.color_map.as_deref().and_then(|map| palette(page, map)));
    }
    // Labels are those of planes: of channels only where every channel has one plane.
    if labels.len() as u64 != channels || images != channels {
        labels.clear();
    }
    (0..luts.len().max(labels.len()))
        .map(|i| ChannelInfo {
            name: labels.get(i).and_then(|label| channel_name(label)),
            lut: luts.get(i).cloned(),
            ..Default::default()
        })
        .collect()
}

/// The colour map of an 8-bit page, which ImageJ writes for the LUT of a single channel.
fn palette(page: &Page, map: &[u64]) -> Option<Lut> {
    if page.bits != 8 || map.len() != 768 {
        return None;
    }
    let mut table: LutTable = [[0; 3]; 256];
    for (i, entry) in table.iter_mut().enumerate() {
        *entry = [0, 256, 512].map(|plane| (map[plane + i] >> 8) as u8);
    }
    Some(Lut::from_table(&table))
}

fn lut(block: &[u8]) -> Option<Lut> {
    if block.len() != 768 {
        return None;
    }
    let mut table: LutTable = [[0; 3]; 256];
    for (i, entry) in table.iter_mut().enumerate() {
        *entry = [block[i], block[256 + i], block[512 + i]];
    }
    Some(Lut::from_table(&table))
}

fn utf16(block: &[u8], is_big_endian: bool) -> String {
    let units: Vec<u16> = block
        .chunks_exact(2)
        .map(|unit| uint(unit, is_big_endian) as u16)
        .collect();
    String::from_utf16_lossy(&units)
}

/// The blocks of tag 50839, with their kinds: the first size in tag 50838 is that of a header, which has a magic
/// number, then a kind and a count of blocks, repeated (ij.io.TiffEncoder).
fn blocks<'a>(sizes: &[u64], bytes: &'a [u8], is_big_endian: bool) -> Option<Vec<([u8; 4], &'a [u8])>> {
    let (&header_size, sizes) = sizes.split_first()?;
    let (header, mut rest) = bytes.split_at_checked(usize::try_from(header_size).ok()?)?;
    let mut sizes = sizes.iter();
    let mut blocks = Vec::new();
    let header = header.strip_prefix(if is_big_endian { b"IJIJ" } else { b"JIJI" })?;
    for entry in header.chunks_exact(8) {
        let mut kind: [u8; 4] = entry[..4].try_into().ok()?;
        if !is_big_endian {
            kind.reverse();
        }
        for _ in 0..uint(&entry[4..], is_big_endian) {
            // The sizes run out before a wrong count becomes a long loop.
            let (block, after) = rest.split_at_checked(usize::try_from(*sizes.next()?).ok()?)?;
            blocks.push((kind, block));
            rest = after;
        }
    }
    Some(blocks)
}
