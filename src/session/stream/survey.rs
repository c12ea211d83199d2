use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::reduce::CpuRange;
use crate::session::background::Background;
use crate::session::block::per_channel;
use crate::session::plan::plan;
use crate::session::salvage::Salvage;
use crate::source::{Loader, Source, SourceError, Voxels, Wake};
use crate::volume::{BinCounts, Box3, ChannelStats, Damage, Region};

use super::tallies::Tallies;

/// Regions that are measured before all others, spread over the whole: an estimate that deserves the name.
const SAMPLES: usize = 32;

/// Measures the channels of a box of voxels in the background, on one thread that steps back while `is_urgent`:
/// an estimate that becomes exact when all voxels were seen.
pub(super) struct Survey {
    source: Arc<dyn Source>,
    wake: Wake,
    is_urgent: Arc<AtomicBool>,
    loader: Option<Loader<(Region, Vec<CpuRange>)>>,
    regions: Vec<Region>,
    ranges: Vec<CpuRange>,
    salvage: Salvage,
    /// What the histograms come from, until everything was seen.
    tallies: Option<Tallies>,
    /// Per channel, once everything was seen.
    histograms: Vec<Option<BinCounts>>,
    is_any_seen: bool,
    done: u64,
    total: u64,
}

impl Survey {
    /// Starts measuring the whole of time `t`, histograms included.
    pub(super) fn of_volume(source: &Arc<dyn Source>, t: u64, wake: &Wake, is_urgent: &Arc<AtomicBool>) -> Self {
        let dataset = source.dataset();
        let tallies = Tallies::new(dataset.sample_type, dataset.shape.c as usize);
        Self::new(source, t, &dataset.shape.volume_box(), tallies, wake, is_urgent)
    }

    /// Starts measuring `extent` at time `t`.
    pub(super) fn start(
        source: &Arc<dyn Source>,
        t: u64,
        extent: &Box3,
        wake: &Wake,
        is_urgent: &Arc<AtomicBool>,
    ) -> Self {
        Self::new(source, t, extent, None, wake, is_urgent)
    }

    fn new(
        source: &Arc<dyn Source>,
        t: u64,
        extent: &Box3,
        tallies: Option<Tallies>,
        wake: &Wake,
        is_urgent: &Arc<AtomicBool>,
    ) -> Self {
        let count = source.dataset().shape.c as usize;
        let channels: Vec<usize> = (0..count).collect();
        let regions = samples_first(plan(source.as_ref(), 0, t, extent, &channels));
        let mut survey = Self {
            source: source.clone(),
            wake: wake.clone(),
            is_urgent: is_urgent.clone(),
            loader: None,
            total: regions.len() as u64,
            regions: Vec::new(),
            ranges: vec![CpuRange::default(); count],
            salvage: Salvage::default(),
            tallies,
            histograms: Vec::new(),
            is_any_seen: false,
            done: 0,
        };
        survey.read(regions);
        survey
    }

    fn read(&mut self, regions: Vec<Region>) {
        let sample_type = self.source.dataset().sample_type;
        // The samples are as urgent as the picture, which has no contrast without them.
        let samples = SAMPLES.saturating_sub(self.done as usize);
        let background: Arc<dyn Source> = Arc::new(Background::new(&self.source, &self.is_urgent, samples));
        let tallies = self.tallies.clone();
        let work = move |region: Region, voxels: Voxels| {
            if let Some(tallies) = &tallies {
                tallies.add(&region, &voxels);
            }
            let ranges = per_channel(&region, &voxels)
                .map(|channel| CpuRange::of(channel, sample_type))
                .collect();
            (region, ranges)
        };
        self.regions = regions.clone();
        self.loader = Some(Loader::start_on(1, background, regions, self.wake.clone(), work));
    }

    /// Takes what was measured. Returns whether there is anything new.
    pub(super) fn pump(&mut self) -> bool {
        let mut is_new = false;
        while let Some(loader) = &self.loader {
            match loader.try_next() {
                Ok((_, Ok((region, ranges)))) => {
                    for (channel, range) in region.c.zip(ranges) {
                        let total = &mut self.ranges[channel as usize];
                        *total = total.join(range);
                    }
                    self.is_any_seen = true;
                    self.done += 1;
                }
                Ok((index, Err(error))) => {
                    self.total += self.salvage.failed(&self.regions[index], error) as u64;
                    self.done += 1;
                }
                Err(false) => break,
                Err(true) => self.read_again(),
            }
            is_new = true;
        }
        if self.is_exact()
            && let Some(tallies) = self.tallies.take()
        {
            self.histograms = tallies.histograms(&self.stats());
        }
        is_new
    }

    fn read_again(&mut self) {
        (self.loader, self.regions) = (None, Vec::new());
        let again = self.salvage.take_again();
        if !again.is_empty() {
            self.read(again);
        }
    }

    /// Why, once, if nothing can be read.
    pub(super) fn take_reason_of_nothing(&mut self) -> Option<SourceError> {
        match self.is_exact() && !self.is_any_seen {
            true => self.salvage.take_first_error(),
            false => None,
        }
    }

    /// Stops; the estimate stays one.
    pub(super) fn cancel(&mut self) {
        self.loader = None;
    }

    /// Whether every voxel that can be read was seen.
    pub(super) fn is_exact(&self) -> bool {
        self.done == self.total
    }

    /// Regions measured, and all.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.done, self.total)
    }

    /// Numbers of what was seen so far, per channel; none before the first region.
    pub(super) fn ranges(&self) -> &[CpuRange] {
        match self.is_any_seen {
            true => &self.ranges,
            false => &[],
        }
    }

    /// As values.
    pub(super) fn stats(&self) -> Vec<ChannelStats> {
        let sample_type = self.source.dataset().sample_type;
        self.ranges().iter().map(|range| range.stats(sample_type)).collect()
    }

    /// Histograms per channel, once every voxel that can be read was seen; none before, and `None` where there is none.
    pub(super) fn histograms(&self) -> &[Option<BinCounts>] {
        &self.histograms
    }

    /// The planes that cannot be read, as far as is known.
    pub(super) fn lost(&self) -> &[Damage] {
        self.salvage.lost()
    }
}

/// Some regions from everywhere, then the rest in order.
fn samples_first(regions: Vec<Region>) -> Vec<Region> {
    let step = (regions.len() / SAMPLES).max(1);
    let (samples, rest): (Vec<_>, Vec<_>) = regions.into_iter().enumerate().partition(|(i, _)| i % step == step / 2);
    samples.into_iter().chain(rest).map(|(_, region)| region).collect()
}
