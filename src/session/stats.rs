use std::ops::Range;
use std::sync::Arc;

use crate::gpu::{Gpu, VolumeTextures, VoxelFormat};
use crate::reduce::{
    CpuRange, Histogram, MinMax, RankSearch, key_bits, percentile_from_neighbours, ranks_of_percentile, value_from_key,
};
use crate::source::{Source, SourceError};
use crate::volume::{Box3, ChannelStats, Damage, Region, SampleType, Value};

use super::SessionError;
use super::ingest::Counters;
use super::passes::{cpu_pass, gpu_pass, second_pass};
use super::plan::plan;

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

/// Numbers of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileStats {
    /// One entry per channel, in order.
    pub channels: Vec<FullStats>,
    /// Planes that cannot be read: the numbers are of all others.
    pub lost: Vec<Damage>,
}

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
    /// The box of voxels, the same in every time point and channel.
    pub extent: Box3,
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
            extent: shape.volume_box(),
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
/// With `textures` the same pass fills them: they hold a box of the one time point that is asked for.
///
/// Planes that cannot be read are left out, and told.
///
/// # Errors
/// If no plane can be read, or the adapter fails.
pub fn measure(
    measurer: Measurer<'_>,
    source: &Arc<dyn Source>,
    request: &MeasureRequest,
    textures: &mut Option<VolumeTextures>,
    progress: Progress<'_>,
) -> Result<FileStats, SessionError> {
    let dataset = source.dataset();
    let sample_type = dataset.sample_type;
    let regions: Vec<Region> = request
        .times
        .clone()
        .flat_map(|t| plan(source.as_ref(), 0, t, &request.extent, &request.channels))
        .collect();
    let channel_count = dataset.shape.c as usize;
    let passes = if request.needs_counts() {
        key_bits(sample_type).div_ceil(16)
    } else {
        1
    };
    let progress_of = |pass: u32| move |share: f64| progress((f64::from(pass) + share) / f64::from(passes));

    let on_gpu = match measurer {
        Measurer::Gpu(gpu) if !sample_type.is_wide() => Some(gpu),
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
            if let Measurer::Gpu(gpu) = measurer {
                fill(
                    gpu,
                    source,
                    0,
                    request.times.start,
                    &request.channels,
                    textures,
                    &|_| (),
                )?;
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
            if search.as_mut().is_some_and(|search| !search.advance(counts)) {
                let what = "what can be read of it changed while it was measured".to_owned();
                return Err(SourceError::Damaged(what).into());
            }
        }
    }
    let numbers = first.ranges.iter().zip(&searches);
    Ok(FileStats {
        channels: numbers
            .map(|(range, search)| full_stats(range, search.as_ref(), request, sample_type))
            .collect(),
        lost: first.lost,
    })
}

/// Fills textures with voxels of a level, without measuring anything. Returns the planes that cannot be read.
///
/// # Errors
/// If no plane can be read, or the adapter fails.
pub(super) fn fill(
    gpu: &Gpu,
    source: &Arc<dyn Source>,
    level: usize,
    t: u64,
    channels: &[usize],
    textures: &mut Option<VolumeTextures>,
    progress: Progress<'_>,
) -> Result<Vec<Damage>, SessionError> {
    let Some(held) = textures else { return Ok(Vec::new()) };
    let regions = plan(source.as_ref(), level, t, &held.grid.extent, channels);
    gpu_pass(gpu, source, &regions, textures, Counters::default(), progress).map(|found| found.lost)
}

/// Ranks whose keys are needed: first, last, then two per percentile; `None` without a finite voxel.
pub(super) fn ranks(request: &MeasureRequest, count: u64) -> Option<Vec<u64>> {
    let last = count.checked_sub(1)?;
    let neighbours = request.percentiles.iter().flat_map(|&percent| {
        let (below, above, _) = ranks_of_percentile(percent, count);
        [below, above]
    });
    Some([0, last].into_iter().chain(neighbours).collect())
}

/// The numbers of a channel from its range and the keys at [`ranks`].
pub(super) fn full_stats(
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
        Value::Integer(percentile as i128)
    } else {
        Value::Float(percentile)
    }
}
