//! MicroManager's index of pages, for files whose OME-XML is of no use.

use serde::Deserialize;

use crate::source::SourceError;
use crate::volume::{ChannelInfo, SeriesInfo, VoxelSize};

use super::axes::Stored;
use super::description::Description;
use super::file::uint;
use super::pages::TiffFile;
use super::planes::{Level, MAX_PLANES, MISSING_PER_PLANE, PageRef, Planes};
use super::series::{Series, channel_name, is_distance};

/// Numbers that stand before the parts of the header, and before the index.
const INDEX_HEADER: u64 = 54_773_648;
const INDEX: u64 = 3_453_623;
const SUMMARY: u64 = 2_355_492;
/// Channel, slice, frame, position, and where the directory is.
const ENTRY_BYTES: u64 = 20;
/// Bytes of the summary that are read.
const MAX_SUMMARY_BYTES: u64 = 1 << 24;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    #[serde(rename = "ChNames")]
    channel_names: Vec<String>,
    #[serde(rename = "PixelSize_um")]
    pixel_size: f64,
    #[serde(rename = "z-step_um")]
    z_step: f64,
}

/// The position of this number that the index tells of, or `None` if there is no index that can be used.
pub(super) fn series(
    file: &TiffFile,
    description: &Description,
    wanted: usize,
    warnings: &mut Vec<String>,
) -> Option<Result<Series, SourceError>> {
    if !description.has_micro_manager {
        return None;
    }
    let Some(index) = index(file) else {
        warnings.push("MicroManager's index of pages is not there, or damaged, and is ignored".into());
        return None;
    };
    Some(read(file, &index, wanted))
}

/// Channel, slice, frame, position and offset of each page.
fn index(file: &TiffFile) -> Option<Vec<[u64; 5]>> {
    let mut reader = file.reader();
    let mut number = |at: u64| Some(uint(reader.bytes_at(at, 4).ok()?, file.is_big_endian));
    let at = (number(8)? == INDEX_HEADER).then(|| number(12)).flatten()?;
    let count = (number(at)? == INDEX).then(|| number(at + 4)).flatten()?;
    let entries = reader.bytes_at(at + 8, count.checked_mul(ENTRY_BYTES)?).ok()?;
    let entries: Vec<[u64; 5]> = entries
        .chunks_exact(ENTRY_BYTES as usize)
        .map(|entry| std::array::from_fn(|i| uint(&entry[4 * i..4 * i + 4], file.is_big_endian)))
        .collect();
    // A file that was not finished has entries without an offset.
    let entries: Vec<_> = entries.into_iter().take_while(|entry| entry[4] != 0).collect();
    let is_first = entries.first()?[4] == file.directory(0, &mut reader).ok()?.offset;
    is_first.then_some(entries)
}

fn read(file: &TiffFile, index: &[[u64; 5]], wanted: usize) -> Result<Series, SourceError> {
    let extent = |axis: usize| index.iter().map(|entry| entry[axis] + 1).max().unwrap_or(1);
    let [channels, slices, frames, positions] = [0, 1, 2, 3].map(extent);
    let count = channels.checked_mul(slices).and_then(|n| n.checked_mul(frames));
    let count = count
        .filter(|&count| count / MISSING_PER_PLANE <= index.len() as u64 && count <= MAX_PLANES)
        .ok_or_else(|| {
            SourceError::TooLarge(format!(
                "MicroManager's index of {} pages tells of {frames} frames of {slices} slices of {channels} channels",
                index.len()
            ))
        })?;
    let positions = usize::try_from(positions.min(index.len() as u64)).unwrap_or(1);
    Series::check_wanted(wanted, positions)?;
    file.seed(index.iter().map(|entry| entry[4]).collect());
    let mut planes = vec![None; count as usize];
    for (page, &[c, z, t, position, _]) in index.iter().enumerate() {
        if position == wanted as u64 {
            planes[((t * slices + z) * channels + c) as usize] = Some(PageRef {
                file: 0,
                page: page as u32,
            });
        }
    }
    let first = planes.iter().flatten().next();
    let first = first.ok_or_else(|| SourceError::Damaged(format!("no page is of position {wanted}")))?;
    let page = file.page(first.page.into())?;
    let stored = Stored::new(&[('T', frames), ('Z', slices), ('C', channels)], &page);
    let (axes, shape) = stored.reported();
    let summary = summary(file).unwrap_or_default();
    let present = planes.iter().flatten().count() as u64;
    let mut series = Series::new(
        stored,
        Level::new(page, Planes::Listed(planes)),
        "MicroManager metadata",
    );
    if present < count {
        series
            .warnings
            .push(format!("{} of {count} planes are missing", count - present));
    }
    if positions > 1 {
        series
            .warnings
            .push(format!("position {wanted} of {positions} is read (--series)"));
        series.all = (0..positions)
            .map(|position| SeriesInfo {
                name: Some(format!("position {position}")),
                axes: axes.clone(),
                shape: shape.clone(),
            })
            .collect();
    }
    series.voxel_size = is_distance(summary.pixel_size).then(|| VoxelSize {
        z: Some(summary.z_step.abs()).filter(|&size| is_distance(size)),
        y: summary.pixel_size,
        x: summary.pixel_size,
        unit: Some("µm".into()),
    });
    let names = summary.channel_names.into_iter().take(channels as usize);
    series.channels = names
        .map(|name| ChannelInfo {
            name: channel_name(&name),
            ..Default::default()
        })
        .collect();
    Ok(series)
}

/// What the header says of the whole file.
fn summary(file: &TiffFile) -> Option<Summary> {
    let mut reader = file.reader();
    let mut number = |at: u64| Some(uint(reader.bytes_at(at, 4).ok()?, file.is_big_endian));
    let length = (number(32)? == SUMMARY).then(|| number(36)).flatten()?;
    let text = reader.bytes_at(40, length.min(MAX_SUMMARY_BYTES)).ok()?;
    serde_json::from_slice(text).ok()
}
