use std::sync::Arc;

use crate::gpu::{Gpu, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::{CpuRange, MinMax, MinMaxGrid};
use crate::source::{Loader, Source, SourceError, Wake};
use crate::volume::{Axis, ChannelStats, Damage, Region, SampleType};

use super::SessionError;
use super::block::Block;
use super::contrast::stats_from_keys;
use super::ingest::{Counters, Ingest};
use super::salvage::Salvage;

/// One time point on its way to the GPU, or there: its textures fill and its numbers become exact as blocks arrive.
pub(super) struct TimePoint {
    pub(super) t: u64,
    format: VoxelFormat,
    sample_type: SampleType,
    source: Arc<dyn Source>,
    wake: Wake,
    loader: Option<Loader<Block>>,
    /// What the loader reads.
    regions: Vec<Region>,
    salvage: Salvage,
    is_any_here: bool,
    /// A block that did not fit when it came.
    waiting: Option<Block>,
    /// Time was up before all blocks that had come were taken: nobody is woken for those again.
    is_behind: bool,
    ingest: Ingest,
    /// Regions of each plane that are still to come.
    missing_of_plane: Vec<u32>,
    left: usize,
    ranges: Vec<ChannelStats>,
    grid: Option<MinMaxGrid>,
    wide: Option<Vec<CpuRange>>,
    reading_back: Option<Readback>,
    is_range_stale: bool,
}

/// What the reader threads were asked for; they start before there is a GPU.
pub(super) struct Reading {
    pub(super) t: u64,
    pub(super) regions: Vec<Region>,
    pub(super) loader: Loader<Block>,
    pub(super) wake: Wake,
}

impl Reading {
    /// Starts reading regions of a time point in about their order.
    pub(super) fn start(source: &Arc<dyn Source>, t: u64, regions: Vec<Region>, wake: &Wake) -> Self {
        let sample_type = source.dataset().sample_type;
        let work = move |region, voxels| Block::new(region, voxels, sample_type);
        let loader = Loader::start(source.clone(), regions.clone(), wake.clone(), work);
        Self {
            t,
            regions,
            loader,
            wake: wake.clone(),
        }
    }
}

impl TimePoint {
    /// Allocates textures for the whole time point.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub(super) fn new(gpu: &Gpu, source: &Arc<dyn Source>, reading: Reading) -> Result<Self, SessionError> {
        let dataset = source.dataset();
        let format = VoxelFormat::of(dataset.sample_type);
        let channel_count = dataset.shape.c as usize;
        let textures = VolumeTextures::new(gpu, format, channel_count, &dataset.shape.volume_box())?;
        let counters = Counters {
            minmax: Some(MinMax::with_grid(gpu, format, channel_count, &textures.grid.extent)?),
            histogram: None,
            sums: None,
        };
        let ingest = Ingest::new(gpu, format, &reading.regions, Some(textures), counters)?;
        let mut missing_of_plane = vec![0; dataset.shape.z as usize];
        for region in &reading.regions {
            planes_of(region, &mut missing_of_plane).for_each(|missing| *missing += 1);
        }
        Ok(Self {
            t: reading.t,
            format,
            sample_type: dataset.sample_type,
            left: reading.regions.len(),
            source: source.clone(),
            wake: reading.wake,
            loader: Some(reading.loader),
            regions: reading.regions,
            salvage: Salvage::default(),
            is_any_here: false,
            waiting: None,
            is_behind: false,
            ingest,
            missing_of_plane,
            ranges: Vec::new(),
            grid: None,
            wide: dataset
                .sample_type
                .is_wide()
                .then(|| vec![CpuRange::default(); channel_count]),
            reading_back: None,
            is_range_stale: false,
        })
    }

    /// Moves on without waiting: takes blocks while there is room and time, collects numbers.
    /// Returns whether there is something new to show.
    ///
    /// # Errors
    /// If the adapter fails.
    pub(super) fn pump(&mut self, gpu: &Gpu, is_in_time: impl Fn() -> bool) -> Result<bool, SessionError> {
        let mut is_new = false;
        self.is_behind = false;
        while let Some(loader) = &self.loader {
            let block = match self.waiting.take() {
                Some(block) => block,
                None if !is_in_time() => {
                    self.is_behind = true;
                    break;
                }
                None => match loader.try_next() {
                    Ok((_, Ok(block))) => block,
                    Ok((index, Err(error))) => {
                        self.note_failure(index, error);
                        is_new = true;
                        continue;
                    }
                    Err(false) => break,
                    Err(true) => {
                        self.read_again();
                        continue;
                    }
                },
            };
            if !self.ingest.has_room(&block) {
                self.ingest.flush(gpu)?;
                gpu.poll();
            }
            if !self.ingest.has_room(&block) {
                self.waiting = Some(block);
                break;
            }
            self.ingest.push(&block);
            self.note(&block);
            is_new = true;
        }
        self.ingest.flush(gpu)?;
        self.collect_ranges(gpu);
        if self.is_exact() {
            self.ingest.finish();
        }
        Ok(is_new)
    }

    fn note_failure(&mut self, index: usize, error: SourceError) {
        let region = self.regions[index].clone();
        match self.salvage.failed(&region, error) {
            // Lost planes are not waited for: the window shows that they are missing.
            0 => planes_of(&region, &mut self.missing_of_plane).for_each(|missing| *missing -= 1),
            parts => self.left += parts,
        }
        self.left -= 1;
    }

    /// Reads what is worth another try, now that the rest is there; or else is done.
    fn read_again(&mut self) {
        let regions = self.salvage.take_again();
        self.loader = None;
        if !regions.is_empty() {
            let again = Reading::start(&self.source, self.t, regions, &self.wake);
            (self.loader, self.regions) = (Some(again.loader), again.regions);
        }
    }

    /// Why, once, if nothing of it can be read.
    pub(super) fn take_reason_of_nothing(&mut self) -> Option<SourceError> {
        match self.is_complete() && !self.is_any_here {
            true => self.salvage.take_first_error(),
            false => None,
        }
    }

    /// The planes that cannot be read, as far as is known.
    pub(super) fn lost(&self) -> &[Damage] {
        self.salvage.lost()
    }

    fn note(&mut self, block: &Block) {
        self.is_any_here = true;
        self.left -= 1;
        planes_of(&block.region, &mut self.missing_of_plane).for_each(|missing| *missing -= 1);
        self.is_range_stale = true;
        if let (Some(totals), Some(new)) = (&mut self.wide, &block.wide) {
            for (channel, range) in block.region.c.clone().zip(new) {
                totals[channel as usize] = totals[channel as usize].join(*range);
            }
        }
    }

    fn collect_ranges(&mut self, gpu: &Gpu) {
        if let Some(bytes) = self.reading_back.as_ref().and_then(Readback::take) {
            self.reading_back = None;
            self.take_cells(&bytes);
        }
        if !self.is_range_stale || self.reading_back.is_some() {
            return;
        }
        self.is_range_stale = false;
        if let Some(wide) = &self.wide {
            self.ranges = wide.iter().map(|range| range.stats(self.sample_type)).collect();
        }
        if let Some(minmax) = &self.ingest.counters.minmax {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            let readback = minmax.read_back(gpu, &mut encoder);
            gpu.queue.submit([encoder.finish()]);
            readback.map();
            self.reading_back = Some(readback);
        }
    }

    fn take_cells(&mut self, bytes: &[u8]) {
        let minmax = self.ingest.counters.minmax.as_ref();
        let Some(grid) = minmax.and_then(|minmax| minmax.cells(bytes)) else {
            return;
        };
        if self.wide.is_none() {
            let ranges = grid.ranges();
            self.ranges = ranges.map(|range| stats_from_keys(&range, self.format)).collect();
        }
        self.grid = Some(grid);
    }

    /// Smallest and largest key of every cell of 32³ voxels, of what was measured so far; for 64-bit types, of the 32-bit
    /// floats that are drawn.
    pub(super) fn grid(&self) -> Option<&MinMaxGrid> {
        self.grid.as_ref()
    }

    /// Stops reading; what has arrived stays.
    pub(super) fn cancel(&mut self) {
        self.loader = None;
        self.waiting = None;
        self.is_behind = false;
    }

    /// Whether blocks are still to come.
    pub(super) fn is_reading(&self) -> bool {
        self.loader.is_some()
    }

    /// Whether every block has arrived.
    pub(super) fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// Whether every block was measured and the numbers have come back.
    pub(super) fn is_exact(&self) -> bool {
        self.is_complete() && !self.is_range_stale && self.reading_back.is_none()
    }

    /// Whether something is under way that nobody wakes the window for.
    pub(super) fn is_busy(&self) -> bool {
        self.is_behind || self.waiting.is_some() || self.reading_back.is_some() || self.is_range_stale
    }

    /// Planes that have arrived, and all.
    pub(super) fn progress(&self) -> (u64, u64) {
        let done = self.missing_of_plane.iter().filter(|&&missing| missing == 0).count();
        (done as u64, self.missing_of_plane.len() as u64)
    }

    /// Whether the plane along z has arrived.
    pub(super) fn is_plane_here(&self, z: u64) -> bool {
        self.missing_of_plane.get(z as usize) == Some(&0)
    }

    /// Whether every voxel of a plane along any axis has arrived.
    pub(super) fn is_whole(&self, normal: Axis, index: u64) -> bool {
        self.is_complete() || (normal == Axis::Z && self.is_plane_here(index))
    }

    /// The type of its voxels in the file.
    pub(super) fn sample_type(&self) -> SampleType {
        self.sample_type
    }

    /// Numbers of what was measured so far.
    pub(super) fn ranges(&self) -> &[ChannelStats] {
        &self.ranges
    }

    /// The voxels.
    pub(super) fn textures(&self) -> Option<&VolumeTextures> {
        self.ingest.textures.as_ref()
    }
}

/// The entries of the planes that a region has a part of.
fn planes_of<'a>(region: &Region, planes: &'a mut [u32]) -> impl Iterator<Item = &'a mut u32> {
    planes[region.zyx.z.start as usize..region.zyx.z.end as usize].iter_mut()
}
