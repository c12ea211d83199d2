use std::sync::{Arc, Mutex, PoisonError};

use crate::reduce::{CpuCounts, KeyBins};
use crate::session::block::per_channel;
use crate::source::Voxels;
use crate::volume::{BinCounts, ChannelStats, Region, SampleType};

/// Channels whose voxels are counted, 768 KiB each: of images with more, none is.
const MAX_CHANNELS: usize = 64;

/// Counts of the voxels of every channel by the upper 16 bits of their keys, for histograms: shared by the threads that read.
#[derive(Clone)]
pub(super) struct Tallies {
    sample_type: SampleType,
    channels: Arc<Vec<Mutex<CpuCounts>>>,
}

impl Tallies {
    /// Nothing counted yet; `None` for more channels than are counted.
    pub(super) fn new(sample_type: SampleType, channel_count: usize) -> Option<Self> {
        let none = || Mutex::new(CpuCounts::new(sample_type, 0, vec![0]));
        (channel_count <= MAX_CHANNELS).then(|| Self {
            sample_type,
            channels: Arc::new((0..channel_count).map(|_| none()).collect()),
        })
    }

    /// Counts the voxels of a region.
    pub(super) fn add(&self, region: &Region, voxels: &Voxels) {
        for (channel, voxels) in region.c.clone().zip(per_channel(region, voxels)) {
            let counts = self.channels[channel as usize].lock();
            counts.unwrap_or_else(PoisonError::into_inner).count(voxels);
        }
    }

    /// The histograms, per channel, of voxels with these statistics. `None` where the range is so narrow that the upper 16
    /// bits of 32 or 64 tell too little: they are exact, or not there.
    pub(super) fn histograms(&self, stats: &[ChannelStats]) -> Vec<Option<BinCounts>> {
        let histogram = |(counts, stats): (&Mutex<CpuCounts>, &ChannelStats)| {
            let counts = counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let bins = KeyBins::new(self.sample_type, counts.into_counts().first()?);
            match (bins, stats.range) {
                (Some(bins), Some((low, high))) => bins.prefixes().is_empty().then(|| bins.bins(low, high)),
                _ => Some(BinCounts::default()),
            }
        };
        self.channels.iter().zip(stats).map(histogram).collect()
    }
}
