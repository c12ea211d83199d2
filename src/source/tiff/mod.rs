//! TIFF files: plain ones, and those of ImageJ, OME and tifffile.
//!
//! [`open`] asks who knows what the pages are (`containers`): companions and sets of files (`ome`, `ome_files`),
//! folders (`stack`), the metadata of a file (`shaped`, `imagej`, `lsm`, `stk`, `micro_manager`), or else the pages
//! themselves (`plain`). It maps the stored axes to (t, c, z, y, x) (`axes`) and refuses what cannot be (`claims`).
//! Pages are found as they are asked for (`pages`, `chain`, `directory`, `page`) and kept a while (`page_cache`).
//!
//! Reading finds the pages of a region (`planes`), and the strips or tiles in them (`read`), unpacks those (`codec`)
//! and puts their samples in their places (`copy`); chunks of which a part was read are kept too (`chunk_cache`). What a file lacks is told without reading it (`damage`).

mod axes;
mod chain;
mod chunk_cache;
mod claims;
mod codec;
mod containers;
mod copy;
mod damage;
mod description;
mod directory;
mod display;
mod file;
mod imagej;
mod lsm;
mod micro_manager;
mod names;
mod ome;
mod ome_files;
mod ome_pixels;
mod packed;
mod page;
mod page_cache;
mod pages;
mod plain;
mod planes;
mod pyramid;
mod read;
mod series;
mod shaped;
mod stack;
mod stk;
mod time;
mod xml;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::source::{Source, SourceError};
use crate::volume::{Damage, Dataset, Region, SampleType, Shape};

use axes::{AxisMap, Role, Stored};
use chunk_cache::ChunkCache;
use names::check_readable;
use page::Page;
use page_cache::PageCache;
use pages::TiffFile;
use planes::Level;

/// What the user says about a file.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Letters for the stored axes, slowest first, instead of what the file says: `ZYXC`.
    pub axes: Option<String>,
    /// Which image of a file that has several, from 0.
    pub series: usize,
}

/// An opened TIFF file, or a set of them that make up one image.
#[derive(Debug)]
pub struct TiffSource {
    dataset: Dataset,
    files: Vec<TiffFile>,
    levels: Vec<Level>,
    map: AxisMap,
    pages: PageCache,
    /// Working memory of readers that are not reading now.
    idle: Mutex<Vec<read::Scratch>>,
    /// Regions that are being read now.
    readers: AtomicUsize,
    cache: ChunkCache,
}

/// Opens a TIFF file, a `.companion.ome`, or a folder or a pattern (`dir/*.tif`) of TIFF files with one plane each.
/// Reads metadata and what it takes to find the first plane, but no voxels.
///
/// # Errors
/// If it is not a TIFF file, contradicts itself, claims more than it can hold, has no plane that can be read, or has
/// something that is not read; or if `options` do not fit.
pub fn open(path: &Path, options: &OpenOptions) -> Result<TiffSource, SourceError> {
    let (mut files, mut warnings) = (Vec::new(), Vec::new());
    let mut series = containers::series(path, &mut files, options.series, &mut warnings)?;
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
    claims::check(&files, &series.levels[0], compression)?;

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
    let is_bigtiff = files.first().is_some_and(|file| file.is_bigtiff);
    let mut dataset = Dataset {
        path: path.display().to_string(),
        format: if is_bigtiff { "BigTIFF" } else { "TIFF" }.into(),
        axes,
        axes_from: axes_from.into(),
        stored_shape,
        sample_type,
        shape,
        levels,
        voxel_size: series.voxel_size,
        time_step_s: series.time_step_s,
        channels,
        is_subtractive: false,
        orientation: Default::default(),
        compression: compression.name().into(),
        file_bytes: files.iter().map(|file| file.file.len()).fold(0, u64::saturating_add),
        series: series.all,
        warnings,
    };
    let page = &series.levels[0].page;
    let is_pixel = shape.c == page.samples && (page.samples == 1 || map.target_of(Role::Samples) == Some(1));
    if let Some(file) = files.first() {
        // What is wrong with the tags was told when they were first read.
        display::apply(&file.description(&mut Vec::new())?, page, is_pixel, &mut dataset);
    }
    Ok(TiffSource {
        dataset,
        files,
        levels: series.levels,
        map,
        pages: PageCache::default(),
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

impl Source for TiffSource {
    fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    fn chunk_shape(&self, level: usize) -> [u64; 4] {
        let (page, shape) = (&self.levels[level].page, &self.dataset.levels[level]);
        let extents = [shape.t, shape.c, shape.z, shape.y, shape.x];
        let mut chunk = [1; 5];
        let parts = [
            (Role::Rows, page.unit_rows()),
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

    fn damage(&self) -> Vec<Damage> {
        self.find_damage()
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
