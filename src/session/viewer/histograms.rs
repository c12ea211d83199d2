//! Histograms of the time point on the screen, counted a little at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::gpu::{Gpu, GpuError, Readback, VolumeTextures};
use crate::reduce::{BoxJob, DIGIT_BINS, Histogram, KeyBins};
use crate::session::contrast::jobs;
use crate::session::passes::COUNTER_SPAN;
use crate::session::timepoint::TimePoint;
use crate::volume::{BinCounts, SampleType, Value};

/// Voxels that are counted with one submit, one submit at a time: a frame that comes then waits a few milliseconds at most,
/// on a software adapter too.
const STEP_VOXELS: u64 = 1 << 20;

/// The histogram of every channel, between its minimum and its maximum: exact, or not there.
#[derive(Default)]
pub(super) struct Histograms {
    /// Per channel; those of the time point before until the next one's are there.
    found: Vec<Option<BinCounts>>,
    /// Channels whose histogram is of the time point on the screen.
    is_known: Vec<bool>,
    counting: Option<Counting>,
    /// What others share their pipeline with.
    compiled: Option<Histogram>,
}

/// One channel, while it is counted.
struct Counting {
    channel: usize,
    pass: Histogram,
    /// Steps of this pass that were submitted.
    submitted: usize,
    /// Voxels in the bins since they were cleared.
    counted: u64,
    is_last_submitted: bool,
    /// Whether the last submit is done.
    is_done: Arc<AtomicBool>,
    readback: Option<Readback>,
    /// Per prefix of this pass.
    counts: Vec<Vec<u64>>,
    /// What the pass before found.
    bins: Option<KeyBins>,
}

impl Histograms {
    /// Begins anew, for another time point; what was found stays until then.
    pub(super) fn restart(&mut self) {
        self.counting = None;
        self.is_known.clear();
    }

    /// Counts no more.
    pub(super) fn stop(&mut self) {
        self.counting = None;
    }

    /// The histogram of a channel.
    pub(super) fn found(&self, channel: usize) -> Option<&BinCounts> {
        self.found.get(channel)?.as_ref()
    }

    /// Whether there is something left to count.
    pub(super) fn is_busy(&self, shown: &TimePoint) -> bool {
        self.counting.is_some() || textures(shown).is_some_and(|textures| self.unknown(textures, &[]).is_some())
    }

    fn unknown(&self, textures: &VolumeTextures, first: &[usize]) -> Option<usize> {
        let is_unknown = |channel: &usize| !self.is_known.get(*channel).is_some_and(|&is_known| is_known);
        let mut channels = first.iter().copied().chain(0..textures.channel_count());
        channels.find(is_unknown)
    }

    /// Takes the counts that have come, and counts a little more if it may: of the channels that come `first`, then of the
    /// others. Returns whether there is another histogram.
    ///
    /// # Errors
    /// If the adapter fails.
    pub(super) fn follow(
        &mut self,
        gpu: &Gpu,
        shown: &TimePoint,
        first: &[usize],
        may_count: impl FnOnce() -> bool,
    ) -> Result<bool, GpuError> {
        let Some(textures) = textures(shown) else {
            return Ok(false);
        };
        let counting = match &mut self.counting {
            Some(counting) => counting,
            None => {
                let Some(channel) = self.unknown(textures, first) else {
                    return Ok(false);
                };
                let compiled = match &mut self.compiled {
                    Some(compiled) => compiled,
                    none => none.insert(Histogram::first_digit(gpu, textures.format, 1)?),
                };
                self.counting
                    .insert(Counting::new(compiled.with_prefixes(gpu, vec![Vec::new()])?, channel))
            }
        };
        if !counting.is_done.load(Ordering::Acquire) || !counting.readback.as_ref().is_none_or(Readback::is_ready) {
            return Ok(false);
        }
        counting.take_counts()?;
        let extent = &textures.grid.extent;
        if !counting.is_last_submitted {
            if may_count() {
                counting.submit(gpu, textures, &jobs(textures, [counting.channel], extent, shown.lost()))?;
            }
            return Ok(false);
        }
        let channel = counting.channel;
        let range = shown.ranges().get(channel).and_then(|stats| stats.range);
        if let Some(found) = counting.next_pass(gpu, shown.sample_type(), range)? {
            self.counting = None;
            self.found.resize(textures.channel_count(), None);
            self.is_known.resize(textures.channel_count(), false);
            self.found[channel] = Some(found);
            self.is_known[channel] = true;
            return Ok(true);
        }
        Ok(false)
    }
}

/// The voxels of a time point, if all are there, in their full type.
fn textures(shown: &TimePoint) -> Option<&VolumeTextures> {
    let is_countable = shown.is_exact() && !shown.sample_type().is_wide();
    shown.textures().filter(|_| is_countable)
}

impl Counting {
    fn new(pass: Histogram, channel: usize) -> Self {
        Self {
            channel,
            pass,
            submitted: 0,
            counted: 0,
            is_last_submitted: false,
            is_done: Arc::new(AtomicBool::new(true)),
            readback: None,
            counts: Vec::new(),
            bins: None,
        }
    }

    /// Counts one step more; at the end of the pass, or before a bin could overflow, they are read back.
    fn submit(&mut self, gpu: &Gpu, textures: &VolumeTextures, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        let format = textures.format;
        // Layers along z, and each in bands of rows where that is too much.
        let layers = jobs.iter().flat_map(|job| job.steps(format, STEP_VOXELS));
        let mut left = layers
            .flat_map(|layer| layer.steps(format, STEP_VOXELS))
            .skip(self.submitted)
            .peekable();
        let mut step = Vec::new();
        let mut room = STEP_VOXELS;
        while let Some(job) = left.next_if(|job| step.is_empty() || job.voxels() <= room) {
            room = room.saturating_sub(job.voxels());
            self.counted += job.voxels();
            step.push(BoxJob { channel: 0, ..job });
        }
        self.submitted += step.len();
        self.is_last_submitted = left.peek().is_none();
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
            label: Some("a histogram"),
        });
        self.pass.encode(gpu, &mut encoder, &step)?;
        if self.is_last_submitted || self.counted > COUNTER_SPAN {
            self.readback = self.pass.read_back_and_clear(gpu, &mut encoder).pop();
            self.counted = 0;
        }
        gpu.queue.submit([encoder.finish()]);
        self.readback.iter().for_each(Readback::map);
        let is_done = Arc::new(AtomicBool::new(false));
        self.is_done = is_done.clone();
        gpu.queue
            .on_submitted_work_done(move || is_done.store(true, Ordering::Release));
        Ok(())
    }

    /// Adds what was read back to the counts.
    fn take_counts(&mut self) -> Result<(), GpuError> {
        let Some(readback) = self.readback.take() else {
            return Ok(());
        };
        let bytes = readback
            .take()
            .ok_or_else(|| GpuError::Lost("counts of voxels did not come back".into()))?;
        let new = Histogram::decode(&bytes);
        self.counts.resize(new.len(), vec![0; DIGIT_BINS]);
        for (sum, new) in self.counts.iter_mut().flatten().zip(new.into_iter().flatten()) {
            *sum += u64::from(new);
        }
        Ok(())
    }

    /// The histogram, after a pass; `None` if the next one is to be counted, of a narrow range of 32-bit voxels.
    fn next_pass(
        &mut self,
        gpu: &Gpu,
        sample_type: SampleType,
        range: Option<(Value, Value)>,
    ) -> Result<Option<BinCounts>, GpuError> {
        let counts = std::mem::take(&mut self.counts);
        let bins = match self.bins.take() {
            None => counts.first().and_then(|counts| KeyBins::new(sample_type, counts)),
            Some(bins) => bins.refined(counts.iter()),
        };
        let (Some(bins), Some((low, high))) = (bins, range) else {
            return Ok(Some(BinCounts::default()));
        };
        let prefixes: Vec<u32> = bins.prefixes().into_iter().map(|prefix| prefix as u32).collect();
        if prefixes.is_empty() {
            return Ok(Some(bins.bins(low, high)));
        }
        let pass = self.pass.with_prefixes(gpu, vec![prefixes])?;
        *self = Self {
            bins: Some(bins),
            ..Self::new(pass, self.channel)
        };
        Ok(None)
    }
}
