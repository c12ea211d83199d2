use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::gpu::{Gpu, GpuError, Readback, VoxelFormat};
use crate::reduce::{BoxJob, CpuRange, DigitSums, Histogram, Moments, RankSearch};
use crate::volume::SampleType;

use super::stats::{FullStats, MeasureRequest, Refining, full_stats, ranks};

/// Voxels that are counted with one submit: frames are drawn between two of them, whatever the size of a plane. A
/// software adapter takes a few milliseconds for so many.
const STEP_VOXELS: u64 = 4 << 20;

/// What counts boxes of voxels: bins and their pipeline, kept from question to question.
pub(super) struct BoxCounter {
    sample_type: SampleType,
    first_digit: Histogram,
    /// Of 32-bit types.
    sums: Option<DigitSums>,
    channel_count: usize,
}

impl BoxCounter {
    /// For so many channels at once.
    ///
    /// # Errors
    /// If there is no memory for the bins.
    pub(super) fn new(gpu: &Gpu, sample_type: SampleType, channel_count: usize) -> Result<Self, GpuError> {
        let format = VoxelFormat::of(sample_type);
        Ok(Self {
            sample_type,
            first_digit: Histogram::first_digit(gpu, format, channel_count)?,
            sums: DigitSums::new(gpu, format, channel_count)?,
            channel_count,
        })
    }

    /// The same for another number of channels, if it is another.
    ///
    /// # Errors
    /// If there is no memory for the bins.
    pub(super) fn with_channels(self, gpu: &Gpu, channel_count: usize) -> Result<Self, GpuError> {
        if channel_count == self.channel_count {
            return Ok(self);
        }
        Ok(Self {
            sample_type: self.sample_type,
            first_digit: self.first_digit.with_prefixes(gpu, vec![Vec::new(); channel_count])?,
            sums: match &self.sums {
                Some(sums) => Some(sums.with_channels(gpu, channel_count)?),
                None => None,
            },
            channel_count,
        })
    }
}

/// Every number of the channels of boxes of textures, from counts of the digits of their keys; polled. One at a time
/// with a [`BoxCounter`].
pub(super) struct BoxQuery {
    /// Voxels that are counted, per channel.
    voxels: Vec<u64>,
    /// Jobs that were submitted in this pass.
    submitted: usize,
    /// Whether the last submit is done.
    is_done: Arc<AtomicBool>,
    /// One per channel, after the last submit of a pass.
    counts: Vec<Readback>,
    /// Of a first pass over a 32-bit type, after its last submit.
    sums: Option<Readback>,
    second_digit: Option<Histogram>,
    /// Per channel.
    searches: Vec<Option<RankSearch>>,
    /// Per channel.
    moments: Vec<Moments>,
}

/// Why a query has no answer yet, or the answer.
pub(super) enum Answer {
    /// It is under way.
    Later,
    /// What it counted is no longer there; the bins of the counter are of no use any more.
    Gone,
    /// One entry per channel.
    Numbers(Vec<FullStats>),
}

impl BoxQuery {
    /// Submits the first step for `jobs`, which count for channels below the counter's number of them.
    ///
    /// # Errors
    /// If a reduction does not fit the adapter's limits.
    pub(super) fn start(gpu: &Gpu, counter: &BoxCounter, jobs: &[BoxJob<'_>]) -> Result<Self, GpuError> {
        let mut query = Self {
            voxels: voxels(jobs, counter.channel_count),
            submitted: 0,
            is_done: Arc::default(),
            counts: Vec::new(),
            sums: None,
            second_digit: None,
            searches: Vec::new(),
            moments: Vec::new(),
        };
        query.submit(gpu, counter, jobs)?;
        Ok(query)
    }

    /// Moves on without waiting. `jobs` gives those it was started with; `None` if the textures hold other voxels now.
    ///
    /// # Errors
    /// If the adapter fails.
    pub(super) fn poll<'a>(
        &mut self,
        gpu: &Gpu,
        counter: &BoxCounter,
        jobs: impl FnOnce() -> Option<Vec<BoxJob<'a>>>,
        request: &MeasureRequest,
    ) -> Result<Answer, GpuError> {
        let is_last_step = !self.counts.is_empty();
        if !is_last_step && !self.is_done.load(Ordering::Acquire)
            || !self.counts.iter().chain(&self.sums).all(Readback::is_ready)
        {
            return Ok(Answer::Later);
        }
        if is_last_step {
            self.take_counts(counter, request)?;
            if self.searches.iter().flatten().all(RankSearch::is_done) {
                return Ok(Answer::Numbers(self.numbers(counter, request)));
            }
        }
        let Some(jobs) = jobs().filter(|jobs| voxels(jobs, counter.channel_count) == self.voxels) else {
            return Ok(Answer::Gone);
        };
        if is_last_step {
            let below = |search: &RankSearch| search.prefixes().iter().map(|&prefix| prefix as u32).collect();
            let prefixes = self.searches.iter();
            let prefixes = prefixes.map(|search| search.as_ref().map_or_else(|| vec![0], below));
            self.second_digit = Some(counter.first_digit.with_prefixes(gpu, prefixes.collect())?);
            self.submitted = 0;
        }
        self.submit(gpu, counter, &jobs)?;
        Ok(Answer::Later)
    }

    /// Counts as many jobs more as one step takes.
    fn submit(&mut self, gpu: &Gpu, counter: &BoxCounter, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        let format = VoxelFormat::of(counter.sample_type);
        let histogram = self.second_digit.as_ref().unwrap_or(&counter.first_digit);
        let steps: Vec<BoxJob<'_>> = jobs.iter().flat_map(|job| job.steps(format, STEP_VOXELS)).collect();
        let mut room = STEP_VOXELS;
        let fitting = steps[self.submitted..].iter().take_while(|job| {
            let is_fitting = room > 0;
            room = room.saturating_sub(job.voxels());
            is_fitting
        });
        let end = self.submitted + fitting.count();
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("a box") });
        let sums = counter.sums.as_ref().filter(|_| self.second_digit.is_none());
        histogram.encode(gpu, &mut encoder, &steps[self.submitted..end])?;
        if let Some(sums) = sums {
            sums.encode(gpu, &mut encoder, &steps[self.submitted..end])?;
        }
        self.submitted = end;
        if end == steps.len() {
            self.counts = histogram.read_back_and_clear(gpu, &mut encoder);
            self.sums = sums.map(|sums| sums.read_back_and_clear(gpu, &mut encoder));
        }
        gpu.queue.submit([encoder.finish()]);
        self.counts.iter().chain(&self.sums).for_each(Readback::map);
        self.is_done = Arc::default();
        let is_done = self.is_done.clone();
        gpu.queue
            .on_submitted_work_done(move || is_done.store(true, Ordering::Release));
        Ok(())
    }

    fn take_counts(&mut self, counter: &BoxCounter, request: &MeasureRequest) -> Result<(), GpuError> {
        let lost = |what: &str| GpuError::Lost(format!("counts of voxels {what}"));
        let is_first = self.second_digit.is_none();
        let sums = match (&counter.sums, self.sums.take()) {
            (Some(sums), Some(readback)) => sums.decode(&readback.take().ok_or_else(|| lost("did not come back"))?),
            _ => Vec::new(),
        };
        for (channel, readback) in std::mem::take(&mut self.counts).iter().enumerate() {
            let bytes = readback.take().ok_or_else(|| lost("did not come back"))?;
            let counts: Vec<Vec<u64>> = Histogram::decode(&bytes)
                .into_iter()
                .map(|bins| bins.into_iter().map(u64::from).collect())
                .collect();
            if let (true, Some(counts)) = (is_first, counts.first()) {
                let bits = VoxelFormat::of(counter.sample_type).bits;
                let ranks = ranks(request, counts.iter().sum());
                self.searches
                    .push(ranks.map(|ranks| RankSearch::new(bits, counts, &ranks)));
                self.moments.push(match sums.get(channel) {
                    Some(sums) => Moments::from_digit_sums(counter.sample_type, counts, sums),
                    None => Moments::from_counts(counter.sample_type, counts),
                });
            } else if let Some(search) = &mut self.searches[channel]
                && !search.advance(&counts)
            {
                return Err(lost("do not fit those before"));
            }
        }
        Ok(())
    }

    fn numbers(&mut self, counter: &BoxCounter, request: &MeasureRequest) -> Vec<FullStats> {
        let mut moments = self.moments.drain(..);
        let numbers = |(search, &voxels): (Option<RankSearch>, &u64)| {
            let keys = search.as_ref().map(RankSearch::keys);
            let count = search.as_ref().map_or(0, RankSearch::total);
            let range = CpuRange {
                // The first two ranks are those of the minimum and the maximum.
                keys: keys.map(|keys| (keys[0].0, keys[1].0)),
                non_finite: voxels - count,
            };
            let refined = Refining { search, bins: None };
            full_stats(range, moments.next().as_ref(), &refined, request, counter.sample_type)
        };
        self.searches.drain(..).zip(&self.voxels).map(numbers).collect()
    }
}

/// Voxels of jobs, per channel.
fn voxels(jobs: &[BoxJob<'_>], channel_count: usize) -> Vec<u64> {
    let mut voxels = vec![0; channel_count];
    for job in jobs {
        voxels[job.channel] += job.voxels();
    }
    voxels
}
