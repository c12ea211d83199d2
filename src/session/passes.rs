use std::sync::Arc;

use crate::gpu::{Gpu, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::{CpuCounts, CpuRange, CpuTally, GroupSums, Histogram, KeyRange, MAX_PREFIXES, MinMax, Moments};
use crate::source::{Source, Voxels};
use crate::volume::{Damage, Region, SampleType};

use super::SessionError;
use super::block::Block;
use super::ingest::{Counters, Ingest};
use super::partials::Partials;
use super::salvage::read_all;
use super::stats::Progress;

/// Voxels of a channel after which 32-bit counters on the GPU are read back and cleared.
pub(super) const COUNTER_SPAN: u64 = 1 << 31;

/// What a pass over the voxels found.
#[derive(Default)]
pub(super) struct Found {
    /// Per channel.
    pub(super) ranges: Vec<CpuRange>,
    /// Per channel and prefix.
    pub(super) counts: Vec<Vec<Vec<u64>>>,
    /// Per channel and group: of a 32-bit type, in a first pass that counts.
    pub(super) sums: Vec<Vec<GroupSums>>,
    /// Per channel, of a first pass that counts.
    pub(super) moments: Vec<Moments>,
    /// Planes that cannot be read, and were left out.
    pub(super) lost: Vec<Damage>,
}

pub(super) fn gpu_pass(
    gpu: &Gpu,
    source: &Arc<dyn Source>,
    regions: &[Region],
    textures: &mut Option<VolumeTextures>,
    counters: Counters,
    progress: Progress<'_>,
) -> Result<Found, SessionError> {
    let sample_type = source.dataset().sample_type;
    let is_first = counters.minmax.is_some() && counters.histogram.is_some();
    let mut ingest = Ingest::new(gpu, VoxelFormat::of(sample_type), regions, textures.take(), counters)?;
    let mut found = Found::default();
    let mut counted = 0;
    let take = |block: Block| {
        let voxels = block.region.zyx.voxels();
        if counted + voxels > COUNTER_SPAN {
            found.add(gpu, &mut ingest)?;
            counted = 0;
        }
        ingest.push_blocking(gpu, &block)?;
        counted += voxels;
        Ok(())
    };
    let work = move |region, voxels| Block::new(region, voxels, sample_type);
    let lost = read_all(source, regions, work, take, progress)?;
    found.lost = lost;
    found.add(gpu, &mut ingest)?;
    if is_first {
        found.moments = found.moments(sample_type);
    }
    *textures = ingest.textures.take();
    Ok(found)
}

/// Counts of the lower digit of 32-bit keys per prefix, over as many readings as a shader's prefixes make necessary:
/// one, for all that is usually asked for.
pub(super) fn second_pass(
    gpu: &Gpu,
    source: &Arc<dyn Source>,
    regions: &[Region],
    prefixes: &[Vec<u64>],
    progress: Progress<'_>,
) -> Result<Vec<Vec<Vec<u64>>>, SessionError> {
    let format = VoxelFormat::of(source.dataset().sample_type);
    in_readings(prefixes, progress, |parts, progress| {
        // Every channel has bins, those without a prefix left too.
        let narrow = parts.iter().map(|part| match part[..] {
            [] => vec![0],
            _ => part.iter().map(|&prefix| prefix as u32).collect(),
        });
        let counters = Counters {
            minmax: None,
            histogram: Some(Histogram::second_digit(gpu, format, narrow.collect())?),
            sums: None,
        };
        Ok(gpu_pass(gpu, source, regions, &mut None, counters, progress)?.counts)
    })
}

impl Found {
    /// From the counts of the first digit, and the sums where a type has more than that.
    fn moments(&self, sample_type: SampleType) -> Vec<Moments> {
        let counts = self.counts.iter().filter_map(|counts| counts.first());
        if sample_type.bytes() == 4 {
            let both = counts.zip(&self.sums);
            return both
                .map(|(counts, sums)| Moments::from_digit_sums(sample_type, counts, sums))
                .collect();
        }
        counts.map(|counts| Moments::from_counts(sample_type, counts)).collect()
    }

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
        let sums = ingest.counters.sums.as_ref();
        let sums = sums.map(|sums| (sums, sums.read_back_and_clear(gpu, &mut encoder)));
        gpu.queue.submit([encoder.finish()]);
        ranges.iter().chain(&counts).for_each(Readback::map);
        if let Some((sums, readback)) = &sums {
            readback.map();
            let new = sums.decode(&readback.wait(gpu)?);
            self.sums.resize(new.len(), Vec::new());
            for (old, new) in self.sums.iter_mut().zip(new) {
                old.resize(new.len(), GroupSums::default());
                old.iter_mut().zip(&new).for_each(|(old, new)| old.join(new));
            }
        }
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

/// The first pass on the reader threads themselves: everything that one reading tells of the channels that are wanted.
pub(super) fn cpu_pass(
    source: &Arc<dyn Source>,
    regions: &[Region],
    channels: &[usize],
    progress: Progress<'_>,
) -> Result<Found, SessionError> {
    let sample_type = source.dataset().sample_type;
    let tallies = Partials::new(source.dataset().shape.c as usize, channels);
    let shared = tallies.clone();
    let work = move |region: Region, voxels: Voxels| {
        shared.add(&region, &voxels, |_| CpuTally::new(sample_type), CpuTally::add);
    };
    let lost = read_all(source, regions, work, Ok, progress)?;
    let mut found = Found {
        lost,
        ..Found::default()
    };
    for tally in tallies.join(|| CpuTally::new(sample_type), CpuTally::joined) {
        let numbers = tally.finish();
        found.ranges.push(numbers.range);
        found.counts.push(vec![numbers.counts]);
        found.moments.push(numbers.moments);
    }
    Ok(found)
}

/// Minimum and maximum alone, on the reader threads.
pub(super) fn cpu_range_pass(
    source: &Arc<dyn Source>,
    regions: &[Region],
    channels: &[usize],
    progress: Progress<'_>,
) -> Result<Found, SessionError> {
    let sample_type = source.dataset().sample_type;
    let ranges = Partials::new(source.dataset().shape.c as usize, channels);
    let shared = ranges.clone();
    let work = move |region: Region, voxels: Voxels| {
        let add = |range: &mut CpuRange, voxels: &[u8]| *range = range.join(CpuRange::of(voxels, sample_type));
        shared.add(&region, &voxels, |_| CpuRange::default(), add);
    };
    let lost = read_all(source, regions, work, Ok, progress)?;
    Ok(Found {
        ranges: ranges.join(CpuRange::default, CpuRange::join),
        lost,
        ..Found::default()
    })
}

/// Counts of a later digit per prefix, on the reader threads; as many readings as the number of prefixes makes necessary.
pub(super) fn cpu_later_pass(
    source: &Arc<dyn Source>,
    regions: &[Region],
    digit: u32,
    prefixes: &[Vec<u64>],
    progress: Progress<'_>,
) -> Result<Vec<Vec<Vec<u64>>>, SessionError> {
    let sample_type = source.dataset().sample_type;
    in_readings(prefixes, progress, |parts, progress| {
        let wanted: Vec<usize> = (0..parts.len()).filter(|&channel| !parts[channel].is_empty()).collect();
        let counts = Partials::new(parts.len(), &wanted);
        let (shared, prefixes) = (counts.clone(), Arc::new(parts.to_vec()));
        let work = move |region: Region, voxels: Voxels| {
            let fresh = |channel: usize| CpuCounts::new(sample_type, digit, prefixes[channel].clone());
            shared.add(&region, &voxels, fresh, CpuCounts::count);
        };
        read_all(source, regions, work, Ok, progress)?;
        let joined = counts.join(
            || CpuCounts::new(sample_type, digit, Vec::new()),
            |mut all, part| {
                all.join(&part);
                all
            },
        );
        Ok(joined.into_iter().map(CpuCounts::into_counts).collect())
    })
}

/// Counts per channel and prefix, over readings of no more than [`MAX_PREFIXES`] prefixes of a channel each.
fn in_readings(
    prefixes: &[Vec<u64>],
    progress: Progress<'_>,
    read: impl Fn(&[Vec<u64>], Progress<'_>) -> Result<Vec<Vec<Vec<u64>>>, SessionError>,
) -> Result<Vec<Vec<Vec<u64>>>, SessionError> {
    let most = prefixes.iter().map(Vec::len).max().unwrap_or(0);
    let readings = most.div_ceil(MAX_PREFIXES);
    let mut counts = vec![Vec::new(); prefixes.len()];
    for reading in 0..readings {
        let part = |list: &Vec<u64>| list.chunks(MAX_PREFIXES).nth(reading).unwrap_or_default().to_vec();
        let parts: Vec<Vec<u64>> = prefixes.iter().map(part).collect();
        let share = |share: f64| progress((reading as f64 + share) / readings as f64);
        for ((all, part), new) in counts.iter_mut().zip(&parts).zip(read(&parts, &share)?) {
            all.extend(new.into_iter().take(part.len()));
        }
    }
    Ok(counts)
}
