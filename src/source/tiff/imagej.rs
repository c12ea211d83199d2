//! The description and the tags that ImageJ writes.

use std::collections::HashMap;

use crate::source::SourceError;
use crate::volume::{ChannelInfo, Lut, LutTable, VoxelSize};

use super::axes::{Role, Stored};
use super::file::uint;
use super::page::Page;
use super::pages::{Description, TiffFile};
use super::series::{Level, PageRef, Planes, Series, brief, is_distance, sub_levels, unit_name};

/// Planes that may be missing for each one that is there, before a count is taken for nonsense.
pub(super) const MISSING_PER_PLANE: u64 = 64;

/// The series that an ImageJ description tells of, or `None` if there is none.
pub(super) fn series(file: &TiffFile) -> Option<Result<Series, SourceError>> {
    let text = file.description.texts.iter().find(|text| text.starts_with("ImageJ="))?;
    let fields: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    Some(read(file, &fields))
}

fn read(file: &TiffFile, fields: &HashMap<&str, &str>) -> Result<Series, SourceError> {
    let mut warnings = Vec::new();
    let page = file.first()?;
    let mut count = |key: &str| match fields.get(key).map(|text| text.parse::<u64>()) {
        None => 1,
        Some(Ok(value)) if value > 0 => value,
        Some(_) => {
            warnings.push(format!(
                "ImageJ's {key}={} is not a count",
                fields.get(key).unwrap_or(&"")
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
    let mut images = if channels == 1 || is_planar_channels {
        depth
    } else if !page.is_planar && page.samples == channels && (told == depth || file.chain as u64 == depth) {
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
    let bytes = page.bytes();
    let data = page.chunks.first().map_or(0, |&(offset, _)| offset);
    // One strip, or one per sample behind the other, after it was read.
    let is_contiguous = page.is_raw()
        && !page.is_tiled
        && page.chunk_height == page.height
        && page
            .chunks
            .windows(2)
            .all(|pair| pair[0].0.checked_add(pair[0].1) == Some(pair[1].0));
    // Planes behind the first may not reach into a second directory.
    let end = match file.pages.get(1) {
        Some(Ok(second)) if file.chain > 1 && second.ifd_offset > data => second.ifd_offset,
        Some(_) if file.chain > 1 => 0,
        _ => file.file.len(),
    };
    let there = if is_contiguous && bytes > 0 {
        end.saturating_sub(data) / bytes
    } else {
        0
    };
    if images == 1 {
        // A stack of which only the number of images is told.
        images = if file.chain > 1 {
            file.chain as u64
        } else if told > 1 && there >= told {
            told
        } else {
            1
        };
        if images > 1 {
            outer.insert(0, ('I', images));
        }
    }

    let chain = (file.chain as u64).min(images);
    let (planes, present) = if chain < images && is_contiguous && there > chain {
        // More than 4 GB, as ImageJ writes it: one directory, and the planes behind its pixels.
        (Planes::Contiguous { stride: bytes }, there.min(images))
    } else {
        if images / MISSING_PER_PLANE > chain {
            return Err(SourceError::TooLarge(format!(
                "ImageJ's description tells of {images} planes, the file has {chain} pages and {} bytes",
                file.file.len()
            )));
        }
        let listed = (0..images).map(|i| {
            (i < chain).then_some(PageRef {
                file: 0,
                page: i as u32,
            })
        });
        (Planes::Listed(listed.collect()), chain)
    };
    if images / MISSING_PER_PLANE > present {
        return Err(SourceError::TooLarge(format!(
            "ImageJ's description tells of {images} planes of {bytes} bytes, the file has {} bytes",
            file.file.len()
        )));
    }
    if present < images {
        warnings.push(format!("{} of {images} planes are missing", images - present));
    }
    let mut stored = Stored::new(&outer, page);
    if is_planar_channels {
        for axis in stored.axes.iter_mut().filter(|axis| axis.role == Role::Samples) {
            axis.letter = 'C';
        }
    }
    let mut levels = vec![Level {
        page: page.clone(),
        planes,
    }];
    levels.extend(sub_levels(std::slice::from_ref(file), &levels[0]));
    let channel_count = channels.max(page.samples);
    Ok(Series {
        voxel_size: voxel_size(&file.description, fields, &mut warnings),
        channels: channel_infos(file, fields, channel_count, images, &mut warnings),
        stored,
        levels,
        axes_from: "ImageJ metadata",
        warnings,
    })
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

fn channel_infos(
    file: &TiffFile,
    fields: &HashMap<&str, &str>,
    channels: u64,
    images: u64,
    warnings: &mut Vec<String>,
) -> Vec<ChannelInfo> {
    let mut luts = Vec::new();
    let mut labels = Vec::new();
    if let Some((sizes, bytes)) = &file.description.imagej {
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
        luts.extend(
            file.first()
                .ok()
                .and_then(|page| palette(page, file.description.color_map.as_deref()?)),
        );
    }
    // Labels are those of planes: of channels only where every channel has one plane.
    if labels.len() as u64 != channels || images != channels {
        labels.clear();
    }
    (0..luts.len().max(labels.len()))
        .map(|i| ChannelInfo {
            name: labels.get(i).filter(|label| !label.trim().is_empty()).cloned(),
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
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
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
