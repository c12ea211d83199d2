use std::ops::Range;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use crate::gpu::{Gpu, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::{
    CpuCounts, CpuRange, Histogram, KeyRange, MAX_PREFIXES, MinMax, RankSearch, key_bits, percentile_from_neighbours,
    ranks_of_percentile, value_from_key,
};
use crate::source::{Loader, Source};
use crate::volume::{ChannelStats, Region, SampleType, Value};

use super::SessionError;
use super::block::{Block, per_channel};
use super::ingest::{Counters, Ingest};
use super::plan::plan;

/// Voxels of a channel after which 32-bit counters on the GPU are read back and cleared.
const COUNTER_SPAN: u64 = 1 << 31;

/// Every number of one channel that is reported.
#[derive(Clone, Debug, PartialEq)]
pub struct FullStats {
    /// Range and non-finite count.
    pub stats: ChannelStats,
    /// Voxels equal to the minimum; only if asked for.
    pub at_min: u64,
    /// Voxels equal to the maximum; only if asked for.
    pub at_max: u64,
    /// The percentiles asked for, in the order asked.
    pub percentiles: Vec<f64>,
}

/// Numbers of the channels of a file, in order.
pub type FileStats = Vec<FullStats>;

/// What computes.
#[derive(Clone, Copy)]
pub enum Measurer<'a> {
    /// The shaders. 64-bit types, which no texture holds, are measured by the CPU all the same.
    Gpu(&'a Gpu),
    /// Plain Rust.
    Cpu,
}

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct MeasureRequest {
    /// Time points.
    pub times: Range<u64>,
    /// Channels; the others' numbers are left empty.
    pub channels: Vec<usize>,
    /// Percentiles, in percent.
    pub percentiles: Vec<f64>,
    /// Whether to count voxels at the minimum and the maximum.
    pub count_extremes: bool,
}

impl MeasureRequest {
    /// Everything that `stats` reports: all times, all channels.
    pub fn whole_file(source: &dyn Source) -> Self {
        let shape = source.dataset().shape;
        Self {
            times: 0..shape.t,
            channels: (0..shape.c as usize).collect(),
            percentiles: crate::volume::PERCENTILES.to_vec(),
            count_extremes: true,
        }
    }

    fn needs_counts(&self) -> bool {
        self.count_extremes || !self.percentiles.is_empty()
    }
}

/// Called with the share done, from 0 to 1.
pub type Progress<'a> = &'a dyn Fn(f64);

/// Measures voxels of a file exactly, in memory that does not depend on its size. Blocks until done.
///
/// With `textures` the same pass fills them: they hold a box of the first time point.
///
/// # Errors
/// If a voxel cannot be read, or the adapter fails.
pub fn measure(
    measurer: Measurer<'_>,
    source: &Arc<dyn Source>,
    request: &MeasureRequest,
    textures: &mut Option<VolumeTextures>,
    progress: Progress<'_>,
) -> Result<FileStats, SessionError> {
    let dataset = source.dataset();
    let sample_type = dataset.sample_type;
    let extent = dataset.shape.volume_box();
    let regions: Vec<Region> = request
        .times
        .clone()
        .flat_map(|t| plan(source.as_ref(), t, &extent, &request.channels))
        .collect();
    let channel_count = dataset.shape.c as usize;
    let passes = if request.needs_counts() {
        key_bits(sample_type).div_ceil(16)
    } else {
        1
    };
    let progress_of = |pass: u32| move |share: f64| progress((f64::from(pass) + share) / f64::from(passes));

    let on_gpu = match measurer {
        Measurer::Gpu(gpu) if sample_type != SampleType::F64 => Some(gpu),
        _ => None,
    };
    let first = match (on_gpu, measurer) {
        (Some(gpu), _) => {
            let format = VoxelFormat::of(sample_type);
            let counters = Counters {
                minmax: Some(MinMax::new(gpu, format, channel_count)),
                histogram: match request.needs_counts() {
                    true => Some(Histogram::first_digit(gpu, format, channel_count)?),
                    false => None,
                },
            };
            gpu_pass(gpu, source, &regions, textures, counters, &progress_of(0))?
        }
        (None, measurer) => {
            if let (Measurer::Gpu(gpu), Some(_)) = (measurer, &textures) {
                let needed: Vec<Region> = regions_of_textures(source, textures, request);
                gpu_pass(gpu, source, &needed, textures, Counters::default(), &|_| ())?;
            }
            let prefixes = request.needs_counts().then(|| vec![vec![0]; channel_count]);
            cpu_pass(source, &regions, 0, prefixes, &progress_of(0))?
        }
    };

    let mut searches: Vec<Option<RankSearch>> = (0..channel_count)
        .map(|channel| {
            let counts = first.counts.get(channel)?.first()?;
            let ranks = ranks(request, counts.iter().sum())?;
            Some(RankSearch::new(key_bits(sample_type), counts, &ranks))
        })
        .collect();
    for digit in 1..passes {
        let prefixes: Vec<Vec<u64>> = searches
            .iter()
            .map(|search| search.as_ref().map_or(vec![0], RankSearch::prefixes))
            .collect();
        let counts = match on_gpu {
            Some(gpu) => second_pass(gpu, source, &regions, &prefixes, &progress_of(digit))?,
            None => cpu_pass(source, &regions, digit, Some(prefixes), &progress_of(digit))?.counts,
        };
        for (search, counts) in searches.iter_mut().zip(&counts) {
            if let Some(search) = search {
                search.advance(counts);
            }
        }
    }
    Ok(first
        .ranges
        .iter()
        .zip(&searches)
        .map(|(range, search)| full_stats(range, search.as_ref(), request, sample_type))
        .collect())
}

/// Fills textures without measuring anything.
///
/// # Errors
/// If a voxel cannot be read, or the adapter fails.
pub(super) fn fill(
    gpu: &Gpu,
    source: &Arc<dyn Source>,
    t: u64,
    channels: &[usize],
    textures: &mut Option<VolumeTextures>,
    progress: Progress<'_>,
) -> Result<(), SessionError> {
    let request = MeasureRequest {
        times: t..t + 1,
        channels: channels.to_vec(),
        percentiles: Vec::new(),
        count_extremes: false,
    };
    let regions = regions_of_textures(source, textures, &request);
    gpu_pass(gpu, source, &regions, textures, Counters::default(), progress).map(drop)
}

fn regions_of_textures(
    source: &Arc<dyn Source>,
    textures: &Option<VolumeTextures>,
    request: &MeasureRequest,
) -> Vec<Region> {
    textures
        .iter()
        .flat_map(|textures| {
            plan(
                source.as_ref(),
                request.times.start,
                &textures.grid.extent,
                &request.channels,
            )
        })
        .collect()
}

/// What a pass over the voxels found, per channel.
struct Found {
    ranges: Vec<CpuRange>,
    /// Counts per prefix.
    counts: Vec<Vec<Vec<u64>>>,
}

fn gpu_pass(
    gpu: &Gpu,
    source: &Arc<dyn Source>,
    regions: &[Region],
    textures: &mut Option<VolumeTextures>,
    counters: Counters,
    progress: Progress<'_>,
) -> Result<Found, SessionError> {
    let sample_type = source.dataset().sample_type;
    let mut ingest = Ingest::new(gpu, VoxelFormat::of(sample_type), regions, textures.take(), counters)?;
    let mut found = Found {
        ranges: Vec::new(),
        counts: Vec::new(),
    };
    let loader = Loader::start(
        source.clone(),
        regions.to_vec(),
        Arc::new(|| ()),
        move |region, voxels| Block::new(region, voxels, sample_type),
    );
    let (mut done, mut counted) = (0, 0);
    while let Some((_, block)) = loader.next_blocking() {
        let block = block?;
        let voxels = block.region.zyx.voxels();
        if counted + voxels > COUNTER_SPAN {
            found.add(gpu, &mut ingest)?;
            counted = 0;
        }
        ingest.push_blocking(gpu, &block)?;
        counted += voxels;
        done += 1;
        progress(done as f64 / regions.len() as f64);
    }
    found.add(gpu, &mut ingest)?;
    *textures = ingest.textures.take();
    Ok(found)
}

/// Counts of the lower digit of 32-bit keys per prefix, over as many readings as a shader's prefixes make necessary:
/// one, for all that is usually asked for.
fn second_pass(
    gpu: &Gpu,
    source: &Arc<dyn Source>,
    regions: &[Region],
    prefixes: &[Vec<u64>],
    progress: Progress<'_>,
) -> Result<Vec<Vec<Vec<u64>>>, SessionError> {
    let format = VoxelFormat::of(source.dataset().sample_type);
    let most = prefixes.iter().map(Vec::len).max().unwrap_or(0);
    let readings = most.div_ceil(MAX_PREFIXES);
    let mut counts = vec![Vec::new(); prefixes.len()];
    for reading in 0..readings {
        let parts: Vec<&[u64]> = prefixes
            .iter()
            .map(|list| list.chunks(MAX_PREFIXES).nth(reading).unwrap_or_default())
            .collect();
        // Every channel has bins, those without a prefix left too.
        let narrow = parts.iter().map(|part| match part {
            [] => vec![0],
            part => part.iter().map(|&prefix| prefix as u32).collect(),
        });
        let counters = Counters {
            minmax: None,
            histogram: Some(Histogram::second_digit(gpu, format, narrow.collect())?),
        };
        let share = |share: f64| progress((reading as f64 + share) / readings as f64);
        let found = gpu_pass(gpu, source, regions, &mut None, counters, &share)?;
        for ((all, part), new) in counts.iter_mut().zip(&parts).zip(found.counts) {
            all.extend(new.into_iter().take(part.len()));
        }
    }
    Ok(counts)
}

impl Found {
    /// Reads the counters back, adds them to what was found, and clears them.
    fn add(&mut self, gpu: &Gpu, ingest: &mut Ingest) -> Result<(), SessionError> {
        ingest.flush(gpu)?;
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let ranges = ingest
            .counters
            .minmax
            .as_ref()
            .map(|minmax| minmax.read_back(gpu, &mut encoder));
        let counts: Vec<Readback> = ingest
            .counters
            .histogram
            .iter()
            .flat_map(|h| h.read_back_and_clear(gpu, &mut encoder))
            .collect();
        gpu.queue.submit([encoder.finish()]);
        ranges.iter().chain(&counts).for_each(Readback::map);
        if let Some(readback) = ranges {
            let new = MinMax::decode(&readback.wait(gpu)?)
                .into_iter()
                .map(cpu_range_from_keys);
            self.ranges = match self.ranges.is_empty() {
                true => new.collect(),
                false => self.ranges.iter().zip(new).map(|(old, new)| old.join(new)).collect(),
            };
            if let Some(minmax) = &ingest.counters.minmax {
                minmax.reset(gpu);
            }
        }
        for (channel, readback) in counts.iter().enumerate() {
            let new = Histogram::decode(&readback.wait(gpu)?);
            if self.counts.len() <= channel {
                self.counts.push(vec![vec![0; crate::reduce::DIGIT_BINS]; new.len()]);
            }
            for (old, new) in self.counts[channel].iter_mut().flatten().zip(new.into_iter().flatten()) {
                *old += u64::from(new);
            }
        }
        Ok(())
    }
}

fn cpu_range_from_keys(range: KeyRange) -> CpuRange {
    CpuRange {
        keys: range.keys.map(|(low, high)| (low.into(), high.into())),
        non_finite: range.non_finite.into(),
    }
}

/// A pass on the reader threads themselves.
fn cpu_pass(
    source: &Arc<dyn Source>,
    regions: &[Region],
    digit: u32,
    prefixes: Option<Vec<Vec<u64>>>,
    progress: Progress<'_>,
) -> Result<Found, SessionError> {
    let sample_type = source.dataset().sample_type;
    let channel_count = source.dataset().shape.c as usize;
    let fresh = |list: &Vec<u64>| CpuCounts::new(sample_type, digit, list.clone());
    let totals = Arc::new(Mutex::new((
        vec![CpuRange::default(); channel_count],
        prefixes.iter().flatten().map(fresh).collect::<Vec<_>>(),
    )));
    let shared = totals.clone();
    let loader = Loader::start(
        source.clone(),
        regions.to_vec(),
        Arc::new(|| ()),
        move |region, voxels| {
            for (channel, voxels) in region.c.clone().zip(per_channel(&region, &voxels)) {
                let channel = channel as usize;
                let range = CpuRange::of(voxels, sample_type);
                let counts = prefixes.as_ref().map(|prefixes| {
                    let mut counts = CpuCounts::new(sample_type, digit, prefixes[channel].clone());
                    counts.count(voxels);
                    counts
                });
                let Ok(mut totals) = shared.lock() else { return };
                totals.0[channel] = totals.0[channel].join(range);
                if let Some(counts) = counts {
                    totals.1[channel].join(&counts);
                }
            }
        },
    );
    let mut done = 0;
    while let Some((_, result)) = loader.next_blocking() {
        result?;
        done += 1;
        progress(done as f64 / regions.len() as f64);
    }
    drop(loader);
    let (ranges, counts) = match totals.lock() {
        Ok(mut totals) => std::mem::take(&mut *totals),
        Err(_) => Default::default(),
    };
    Ok(Found {
        ranges,
        counts: counts.into_iter().map(CpuCounts::into_counts).collect(),
    })
}

/// Ranks whose keys are needed: first, last, then two per percentile; `None` without a finite voxel.
fn ranks(request: &MeasureRequest, count: u64) -> Option<Vec<u64>> {
    let last = count.checked_sub(1)?;
    let neighbours = request.percentiles.iter().flat_map(|&percent| {
        let (below, above, _) = ranks_of_percentile(percent, count);
        [below, above]
    });
    Some([0, last].into_iter().chain(neighbours).collect())
}

fn full_stats(
    range: &CpuRange,
    search: Option<&RankSearch>,
    request: &MeasureRequest,
    sample_type: SampleType,
) -> FullStats {
    let value = |key: u64| value_from_key(sample_type, key);
    let keys = search.map(RankSearch::keys).unwrap_or_default();
    let count = search.map_or(0, RankSearch::total);
    let neighbours = keys.get(2..).unwrap_or_default().chunks_exact(2);
    let percentiles = request
        .percentiles
        .iter()
        .zip(neighbours)
        .map(|(&percent, pair)| {
            let (_, _, fraction) = ranks_of_percentile(percent, count);
            let [below, above] = [pair[0].0, pair[1].0].map(|key| value(key).as_f64());
            percentile_from_neighbours(below, above, fraction)
        })
        .collect();
    FullStats {
        stats: range.stats(sample_type),
        at_min: keys.first().map_or(0, |&(_, count)| count),
        at_max: keys.get(1).map_or(0, |&(_, count)| count),
        percentiles,
    }
}

/// A percentile as a value: an integer where the type is one and nothing was interpolated.
pub fn percentile_value(percentile: f64, sample_type: SampleType) -> Value {
    if !sample_type.is_float() && percentile.fract() == 0.0 {
        Value::Integer(percentile as i64)
    } else {
        Value::Float(percentile)
    }
}

/// SHA-256 of all voxels in (t, c, z, y, x) order, C order, little-endian, stored type: proof that a file was read
/// right. In lower-case hexadecimal digits.
///
/// # Errors
/// If a voxel cannot be read.
pub fn hash(source: &Arc<dyn Source>, progress: Progress<'_>) -> Result<String, SessionError> {
    let dataset = source.dataset();
    let extent = dataset.shape.volume_box();
    let mut regions = Vec::new();
    for t in 0..dataset.shape.t {
        for channel in 0..dataset.shape.c {
            let of_group = plan(source.as_ref(), t, &extent, &[channel as usize]);
            regions.extend(of_group.into_iter().map(|region| Region {
                c: channel..channel + 1,
                ..region
            }));
        }
    }
    let total = regions.len();
    let swapped = cfg!(target_endian = "big").then_some(dataset.sample_type.bytes());
    let loader = Loader::start(
        source.clone(),
        regions,
        Arc::new(|| ()),
        move |_, mut voxels: Vec<u8>| {
            if let Some(bytes) = swapped {
                voxels.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
            }
            voxels
        },
    );
    let mut hasher = Sha256::new();
    let mut early = std::collections::BTreeMap::new();
    let mut next = 0;
    while let Some((index, voxels)) = loader.next_blocking() {
        early.insert(index, voxels?);
        while let Some(voxels) = early.remove(&next) {
            hasher.update(&voxels);
            next += 1;
            progress(next as f64 / total as f64);
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
