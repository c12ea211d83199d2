//! TIFF files: plain ones, and those of ImageJ, OME and tifffile.
//!
//! [`open`] walks the directories once (`pages`, `page`, `directory`), lets the metadata say what the pages are
//! (`ome`, `imagej`, `shaped`, else `series`), and maps the stored axes to (t, c, z, y, x) (`axes`). Reading finds
//! the pages of a region, and the strips or tiles in them (`read`), unpacks those (`codec`) and puts their samples in
//! their places (`copy`).

mod axes;
mod cache;
mod codec;
mod copy;
mod directory;
mod display;
mod file;
mod imagej;
mod names;
mod ome;
mod ome_files;
mod packed;
mod page;
mod pages;
mod read;
mod series;
mod shaped;
mod xml;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::source::{Source, SourceError};
use crate::volume::{Dataset, Region, SampleType, Shape};

use axes::{AxisMap, Role, Stored};
use cache::ChunkCache;
use codec::Chunk;
use file::RandomFile;
use names::{Compression, check_readable};
use page::Page;
use pages::TiffFile;
use series::{Level, Planes, Series};

/// What the user says about a file.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Letters for the stored axes, slowest first, instead of what the file says: `ZYXC`.
    pub axes: Option<String>,
}

/// An opened TIFF file, or a set of them that make up one image.
#[derive(Debug)]
pub struct TiffSource {
    dataset: Dataset,
    files: Vec<TiffFile>,
    levels: Vec<Level>,
    map: AxisMap,
    /// Working memory of readers that are not reading now.
    idle: Mutex<Vec<read::Scratch>>,
    /// Regions that are being read now.
    readers: AtomicUsize,
    cache: ChunkCache,
}

/// Opens a TIFF file: reads its directories and metadata, but no voxels.
///
/// # Errors
/// If it is not a TIFF file, contradicts itself, claims more than it can hold, or has something that is not read;
/// or if `options.axes` does not fit.
pub fn open(path: &Path, options: &OpenOptions) -> Result<TiffSource, SourceError> {
    let mut files = vec![TiffFile::open(path)?];
    let mut warnings = std::mem::take(&mut files[0].warnings);
    check_readable(files[0].first()?)?;

    let mut series = match shaped::series(&files[0], &mut warnings) {
        Some(series) => series?,
        None => match ome::series(path, &mut files, &mut warnings) {
            Some(series) => series?,
            None => match imagej::series(&files[0]) {
                Some(series) => series?,
                None => Series::plain(&files[0])?,
            },
        },
    };
    warnings.append(&mut series.warnings);
    let mut axes_from = series.axes_from;
    if let Some(axes) = &options.axes {
        let are_channels = |stored: &Stored| {
            stored
                .axes
                .iter()
                .map(|axis| matches!(axis.letter, 'C' | 'S'))
                .collect::<Vec<_>>()
        };
        let before = are_channels(&series.stored);
        series.stored.relabel(axes)?;
        axes_from = "--axes";
        if are_channels(&series.stored) != before {
            // What the file calls channels is something else now.
            series.channels.clear();
        }
    }
    let map = AxisMap::new(&series.stored)?;
    let (compression, sample_type) = check_readable(&series.levels[0].page)?;
    check_claims(&files, &series, compression, &mut warnings)?;

    let shape_of = |page: &Page| {
        let (letters, extents) = series.stored.reported();
        map.shape(page)
            .filter(|shape| is_addressable(shape, sample_type))
            .ok_or_else(|| SourceError::TooLarge(format!("an image of shape {letters} {extents:?}")))
    };
    let shape = shape_of(&series.levels[0].page)?;
    let levels = series
        .levels
        .iter()
        .map(|level| shape_of(&level.page))
        .collect::<Result<Vec<_>, _>>()?;
    let mut channels = series.channels;
    channels.truncate(shape.c as usize);
    channels.resize(shape.c.min(MAX_CHANNELS) as usize, Default::default());
    if shape.c > MAX_CHANNELS {
        return Err(SourceError::TooLarge(format!(
            "{} channels, more than {MAX_CHANNELS}",
            shape.c
        )));
    }
    if warnings.len() > MAX_WARNINGS {
        let more = warnings.len() - MAX_WARNINGS;
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("and {more} more"));
    }
    let (axes, stored_shape) = series.stored.reported();
    let mut dataset = Dataset {
        path: path.display().to_string(),
        format: if files[0].is_bigtiff { "BigTIFF" } else { "TIFF" }.into(),
        axes,
        axes_from: axes_from.into(),
        stored_shape,
        sample_type,
        shape,
        levels,
        voxel_size: series.voxel_size,
        channels,
        is_subtractive: false,
        orientation: Default::default(),
        compression: compression.name().into(),
        file_bytes: files[0].file.len(),
        warnings,
    };
    let page = &series.levels[0].page;
    let is_pixel = shape.c == page.samples && (page.samples == 1 || map.target_of(Role::Samples) == Some(1));
    display::apply(&files[0].description, page, is_pixel, &mut dataset);
    Ok(TiffSource {
        dataset,
        files,
        levels: series.levels,
        map,
        idle: Mutex::new(Vec::new()),
        readers: AtomicUsize::new(0),
        cache: ChunkCache::default(),
    })
}

/// More of them tell nobody anything.
const MAX_WARNINGS: usize = 20;
/// A pixel has at most 65,535 samples; channels of pages can be more, but not reasonably.
const MAX_CHANNELS: u64 = 1 << 16;

fn is_addressable(shape: &Shape, sample_type: SampleType) -> bool {
    let bytes = shape
        .voxels()
        .and_then(|voxels| voxels.checked_mul(sample_type.bytes() as u64));
    bytes.is_some_and(|bytes| bytes < 1 << 62)
}

/// Bytes of voxels that a page claims; whether the file cannot have them, and whether it lacks bytes of them.
fn page_claims(page: &Page, compression: Compression, file: &RandomFile) -> (u128, bool, bool) {
    let (mut claimed, mut is_lost, mut is_cut) = (0, false, false);
    for index in 0..page.chunks.len() {
        let chunk = Chunk::of(page, index);
        if !chunk.is_sparse() {
            claimed += u128::from(chunk.unpacked_bytes(page));
            is_lost |= !chunk.is_plausible(page, compression, file);
            is_cut |= !file.has(chunk.offset, chunk.count) && !page.is_raw();
        }
    }
    (claimed, is_lost, is_cut)
}

/// Refuses claims that the files cannot fulfil: a few bytes that are said to be a large image.
fn check_claims(
    files: &[TiffFile],
    series: &Series,
    compression: Compression,
    warnings: &mut Vec<String>,
) -> Result<(), SourceError> {
    let level = &series.levels[0];
    let Planes::Listed(planes) = &level.planes else {
        // Counted against the file's length by whoever found it.
        return Ok(());
    };
    let (mut claimed, mut lost, mut cut, mut first_cut) = (0u128, 0u64, 0u64, None);
    let (mut unlike, mut kind) = (0u64, None);
    let mut known = HashMap::new();
    for plane in planes.iter().flatten() {
        let file = &files[plane.file as usize];
        let page = match &file.pages[plane.page as usize] {
            Ok(page) if page.fits_with(&level.page) => page,
            Ok(page) => {
                unlike += 1;
                kind.get_or_insert_with(|| page.kind());
                continue;
            }
            Err(reason) => {
                unlike += 1;
                kind.get_or_insert_with(|| reason.clone());
                continue;
            }
        };
        // Many planes may be one page, which may have many strips: each page is looked at once.
        let (bytes, is_lost, is_cut) = *known
            .entry((plane.file, plane.page))
            .or_insert_with(|| page_claims(page, compression, &file.file));
        claimed += bytes;
        lost += u64::from(is_lost);
        if is_lost || is_cut {
            cut += 1;
            first_cut = first_cut.or(Some((plane, page)));
        }
    }
    let file_bytes: u64 = files.iter().map(|file| file.file.len()).sum();
    // Strips may be shared between pages, and a file may be cut: some room for both.
    let possible = u128::from(file_bytes) * u128::from(compression.max_ratio()) * 4 + (16 << 20);
    if claimed > possible {
        return Err(SourceError::TooLarge(format!(
            "{claimed} bytes of voxels are claimed, {file_bytes} bytes of {} data cannot hold them",
            match compression {
                Compression::None => "unpacked",
                _ => compression.name(),
            }
        )));
    }
    if let Some(kind) = kind {
        warnings.push(format!(
            "{unlike} of {} planes cannot be read: one is {kind}",
            planes.len()
        ));
    }
    let Some((place, page)) = first_cut else {
        return Ok(());
    };
    let file = &files[place.file as usize].file;
    let chunks = (0..page.chunks.len()).map(|index| Chunk::of(page, index));
    let (offset, count) = chunks
        .filter(|chunk| !file.has(chunk.offset, chunk.count) || !chunk.is_plausible(page, compression, file))
        .map(|chunk| (chunk.offset, chunk.count))
        .next()
        .unwrap_or_default();
    let story = format!(
        "page {} wants {count} bytes at offset {offset}, the file has {} bytes",
        place.page,
        file.len()
    );
    if lost == planes.iter().flatten().count() as u64 {
        return Err(SourceError::Damaged(format!("no plane is complete: {story}")));
    }
    warnings.push(format!("{cut} of {} planes are not complete: {story}", planes.len()));
    Ok(())
}

impl Source for TiffSource {
    fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        let (page, shape) = (&self.levels[level].page, &self.dataset.levels[level]);
        let extents = [shape.t, shape.c, shape.z, shape.y, shape.x];
        let mut chunk = [1; 5];
        let parts = [
            (Role::Rows, page.chunk_height),
            (Role::Columns, page.chunk_width),
            (Role::Samples, page.samples_per_chunk()),
        ];
        for (role, len) in parts {
            if let Some(target) = self.map.target_of(role) {
                chunk[target] = len.min(extents[target]);
            }
        }
        [chunk[1], chunk[2], chunk[3], chunk[4]]
    }

    fn read(&self, region: &Region, out: &mut [u8]) -> Result<(), SourceError> {
        let _reader = Reader::of(&self.readers);
        self.with_scratch(|scratch| self.read_region(region, out, scratch))
    }
}

impl TiffSource {
    /// Lends working memory that nobody else has.
    fn with_scratch<T>(&self, work: impl FnOnce(&mut read::Scratch) -> T) -> T {
        let mut scratch = self
            .idle
            .lock()
            .map(|mut idle| idle.pop())
            .unwrap_or_default()
            .unwrap_or_default();
        let result = work(&mut scratch);
        scratch.shrink();
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(scratch);
        }
        result
    }
}

/// Counts one region as being read, as long as it lives.
struct Reader<'a>(&'a AtomicUsize);

impl<'a> Reader<'a> {
    fn of(readers: &'a AtomicUsize) -> Self {
        readers.fetch_add(1, Ordering::Relaxed);
        Self(readers)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
