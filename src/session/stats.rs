use std::ops::Range;
use std::sync::Arc;

use crate::gpu::{Gpu, VolumeTextures, VoxelFormat};
use crate::reduce::{
    CpuRange, DIGIT_BINS, DigitSums, Histogram, KeyBins, MAX_PREFIXES, MinMax, Moments, RankSearch, key_bits,
    percentile_from_neighbours, ranks_of_percentile, value_from_key,
};
use crate::source::{Source, SourceError};
use crate::volume::{BinCounts, Box3, ChannelStats, Damage, Percentile, Region, SampleType, bit_depth};

use super::SessionError;
use super::ingest::Counters;
use super::passes::{cpu_later_pass, cpu_pass, cpu_range_pass, gpu_pass, second_pass};
use super::plan::plan;

/// Every number of one channel that is reported. All are exact; the mean and the standard deviation are rounded once.
#[derive(Clone, Debug, PartialEq)]
pub struct FullStats {
    /// Range and non-finite count.
    pub stats: ChannelStats,
    /// Finite voxels; this and all but the percentiles only if asked for.
    pub count: u64,
    /// Voxels equal to the minimum.
    pub at_min: u64,
    /// Voxels equal to the maximum.
    pub at_max: u64,
    /// Mean of the finite voxels: `None` without one.
    pub mean: Option<f64>,
    /// Their standard deviation, as of a population (`ddof` 0).
    pub std: Option<f64>,
    /// Bits that integers need, as [`bit_depth`] says.
    pub bit_depth: Option<u32>,
    /// Their histogram.
    pub histogram: BinCounts,
    /// The percentiles asked for, in the order asked; none without a finite voxel.
    pub percentiles: Vec<Percentile>,
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
    /// Whether to find everything else that there is in [`FullStats`] too.
    pub is_full: bool,
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
            is_full: true,
        }
    }

    fn needs_counts(&self) -> bool {
        self.is_full || !self.percentiles.is_empty()
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
    let per_reading = match textures {
        Some(_) => usize::MAX,
        None => channels_per_reading(request, source.dataset().sample_type),
    };
    if request.channels.len() <= per_reading {
        return measure_together(measurer, source, request, textures, progress);
    }
    let mut found: Option<FileStats> = None;
    let readings = request.channels.len().div_ceil(per_reading);
    for (reading, channels) in request.channels.chunks(per_reading).enumerate() {
        let part = MeasureRequest {
            channels: channels.to_vec(),
            ..request.clone()
        };
        let share = |share: f64| progress((reading as f64 + share) / readings as f64);
        let new = measure_together(measurer, source, &part, &mut None, &share)?;
        let all = found.get_or_insert_with(|| new.clone());
        for &channel in channels {
            all.channels[channel] = new.channels[channel].clone();
        }
        for damage in new.lost {
            if !all.lost.contains(&damage) {
                all.lost.push(damage);
            }
        }
    }
    found.ok_or_else(|| SessionError::Options("no channel to measure".into()))
}

/// Bytes that counting takes at most; where there are so many channels that they take more, the file is read again.
const COUNTING_BYTES: usize = 512 << 20;

fn channels_per_reading(request: &MeasureRequest, sample_type: SampleType) -> usize {
    if !request.needs_counts() {
        return usize::MAX;
    }
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    let bins = DIGIT_BINS * size_of::<u64>();
    // Of each reader thread, and of all together.
    let (each, all) = if key_bits(sample_type) > 16 {
        (
            MAX_PREFIXES * bins,
            (2 * request.percentiles.len() + MAX_PREFIXES) * bins,
        )
    } else {
        (2 * bins, bins)
    };
    (COUNTING_BYTES / (threads * each + all)).max(1)
}

fn measure_together(
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
        Measurer::Gpu(gpu) => {
            let (t, channels) = (request.times.start, &request.channels);
            fill(gpu, source, 0, t, channels, textures, &|_| ())?;
            None
        }
        Measurer::Cpu => None,
    };
    let first = match on_gpu {
        Some(gpu) => {
            let format = VoxelFormat::of(sample_type);
            let counters = Counters {
                minmax: Some(MinMax::new(gpu, format, channel_count)),
                histogram: match request.needs_counts() {
                    true => Some(Histogram::first_digit(gpu, format, channel_count)?),
                    false => None,
                },
                sums: match request.needs_counts() {
                    true => DigitSums::new(gpu, format, channel_count)?,
                    false => None,
                },
            };
            gpu_pass(gpu, source, &regions, textures, counters, &progress_of(0))?
        }
        None if request.needs_counts() => cpu_pass(source, &regions, &request.channels, &progress_of(0))?,
        None => cpu_range_pass(source, &regions, &request.channels, &progress_of(0))?,
    };

    let mut refining: Vec<Refining> = (0..channel_count)
        .map(
            |channel| match first.counts.get(channel).and_then(|counts| counts.first()) {
                Some(counts) if request.channels.contains(&channel) => Refining::new(request, sample_type, counts),
                _ => Refining::default(),
            },
        )
        .collect();
    for digit in 1..passes {
        let prefixes: Vec<Vec<u64>> = refining.iter().map(Refining::prefixes).collect();
        let counts = match on_gpu {
            Some(gpu) => second_pass(gpu, source, &regions, &prefixes, &progress_of(digit))?,
            None => cpu_later_pass(source, &regions, digit, &prefixes, &progress_of(digit))?,
        };
        for ((channel, prefixes), counts) in refining.iter_mut().zip(&prefixes).zip(counts) {
            if !channel.advance(prefixes, counts) {
                let what = "what can be read of it changed while it was measured".to_owned();
                return Err(SourceError::Damaged(what).into());
            }
        }
    }
    let channels = refining.iter().enumerate().map(|(channel, refined)| {
        let range = first.ranges.get(channel).copied().unwrap_or_default();
        let moments = first.moments.get(channel).filter(|_| request.is_full);
        full_stats(range, moments, refined, request, sample_type)
    });
    Ok(FileStats {
        channels: channels.collect(),
        lost: first.lost,
    })
}

/// What is sought of one channel, a digit of its keys at a time.
#[derive(Default)]
pub(super) struct Refining {
    /// The keys at [`ranks`].
    pub(super) search: Option<RankSearch>,
    /// The histogram, where it is wanted.
    pub(super) bins: Option<KeyBins>,
}

impl Refining {
    fn new(request: &MeasureRequest, sample_type: SampleType, counts: &[u64]) -> Self {
        let ranks = ranks(request, counts.iter().sum());
        Self {
            search: ranks.map(|ranks| RankSearch::new(key_bits(sample_type), counts, &ranks)),
            bins: KeyBins::new(sample_type, counts).filter(|_| request.is_full),
        }
    }

    /// The prefixes below which the next digit is to be counted, ascending.
    fn prefixes(&self) -> Vec<u64> {
        let mut prefixes = self.search.as_ref().map(RankSearch::prefixes).unwrap_or_default();
        prefixes.extend(self.bins.iter().flat_map(KeyBins::prefixes));
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    }

    /// Takes the counts below each of `prefixes`. Returns whether they can be those of the same voxels as before.
    fn advance(&mut self, prefixes: &[u64], mut counts: Vec<Vec<u64>>) -> bool {
        if prefixes.len() != counts.len() {
            return false;
        }
        let place = |prefix: &u64| prefixes.binary_search(prefix).ok();
        let places = |prefixes: Vec<u64>| prefixes.iter().filter_map(place).collect::<Vec<usize>>();
        if let Some(bins) = self.bins.take() {
            let wanted = places(bins.prefixes());
            self.bins = bins.refined(wanted.into_iter().map(|place| &counts[place]));
        }
        let Some(search) = &mut self.search else {
            return true;
        };
        let wanted = places(search.prefixes());
        let counts: Vec<Vec<u64>> = wanted
            .into_iter()
            .map(|place| std::mem::take(&mut counts[place]))
            .collect();
        search.advance(&counts)
    }
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

/// The numbers of a channel from what was found of it.
pub(super) fn full_stats(
    range: CpuRange,
    moments: Option<&Moments>,
    refined: &Refining,
    request: &MeasureRequest,
    sample_type: SampleType,
) -> FullStats {
    let value = |key: u64| value_from_key(sample_type, key);
    let search = refined.search.as_ref();
    let keys = search.map(RankSearch::keys).unwrap_or_default();
    let count = search.map_or(0, RankSearch::total);
    let neighbours = keys.get(2..).unwrap_or_default().chunks_exact(2);
    let percentiles = request.percentiles.iter().zip(neighbours).map(|(&percent, pair)| {
        let (_, _, fraction) = ranks_of_percentile(percent, count);
        let [below, above] = [pair[0].0, pair[1].0].map(value);
        Percentile {
            percent,
            value: percentile_from_neighbours(below.as_f64(), above.as_f64(), fraction),
            lower: below,
            higher: if fraction > 0.0 { above } else { below },
        }
    });
    let stats = range.stats(sample_type);
    let at_end = |place: usize| {
        keys.get(place)
            .filter(|_| request.is_full)
            .map_or(0, |&(_, count)| count)
    };
    FullStats {
        count: moments.map_or(0, |moments| moments.count),
        at_min: at_end(0),
        at_max: at_end(1),
        mean: moments.and_then(Moments::mean),
        std: moments.and_then(Moments::std),
        bit_depth: match stats.range {
            Some((low, high)) if request.is_full => bit_depth(sample_type, low, high),
            _ => None,
        },
        histogram: match (&refined.bins, stats.range) {
            (Some(bins), Some((low, high))) => bins.bins(low, high),
            _ => BinCounts::default(),
        },
        percentiles: percentiles.collect(),
        stats,
    }
}
