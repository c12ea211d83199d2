use std::sync::{Arc, Mutex};

use crate::gpu::{Gpu, Readback, VolumeTextures, VoxelFormat};
use crate::reduce::{CpuCounts, CpuRange, Histogram, KeyRange, MAX_PREFIXES, MinMax};
use crate::source::{Source, Voxels};
use crate::volume::{Damage, Region};

use super::SessionError;
use super::block::{Block, per_channel};
use super::ingest::{Counters, Ingest};
use super::salvage::read_all;
use super::stats::Progress;

/// Voxels of a channel after which 32-bit counters on the GPU are read back and cleared.
const COUNTER_SPAN: u64 = 1 << 31;

/// What a pass over the voxels found.
#[derive(Default)]
pub(super) struct Found {
    /// Per channel.
    pub(super) ranges: Vec<CpuRange>,
    /// Per channel and prefix.
    pub(super) counts: Vec<Vec<Vec<u64>>>,
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
            sums: None,
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
pub(super) fn cpu_pass(
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
    let prefixes = Arc::new(prefixes);
    let work = move |region: Region, voxels: Voxels| {
        for (channel, voxels) in region.c.clone().zip(per_channel(&region, &voxels)) {
            let channel = channel as usize;
            let range = CpuRange::of(voxels, sample_type);
            let counts = prefixes.as_ref().as_ref().map(|prefixes| {
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
    };
    let lost = read_all(source, regions, work, Ok, progress)?;
    let (ranges, counts) = match totals.lock() {
        Ok(mut totals) => std::mem::take(&mut *totals),
        Err(_) => Default::default(),
    };
    Ok(Found {
        ranges,
        counts: counts.into_iter().map(CpuCounts::into_counts).collect(),
        lost,
    })
}
