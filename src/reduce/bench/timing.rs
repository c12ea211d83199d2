use std::time::{Duration, Instant};

use crate::gpu::{Gpu, GpuError, Readback};

/// How long one run took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// By the wall clock: from the start of encoding until the result is there.
    pub wall: Duration,
    /// By the GPU's own timestamps, where they can be trusted.
    pub gpu: Option<Duration>,
}

/// How long the runs took, ascending; at least one.
#[derive(Clone, Debug)]
pub struct Samples(Vec<Duration>);

impl Samples {
    fn new(mut runs: Vec<Duration>) -> Self {
        runs.sort_unstable();
        Self(runs)
    }

    /// The middle run.
    pub fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// The fastest run.
    pub fn min(&self) -> Duration {
        self.0[0]
    }

    /// From the run at the first quarter to that at the third, as a share of the median.
    pub fn spread(&self) -> f64 {
        let last = self.0.len() - 1;
        let quarters = self.0[last - last / 4] - self.0[last / 4];
        quarters.as_secs_f64() / self.median().as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Number of runs.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// The runs of a case.
#[derive(Clone, Debug)]
pub struct Timings {
    /// By the wall clock.
    pub wall: Samples,
    /// By the GPU's timestamps, if they could be trusted in every run.
    pub gpu: Option<Samples>,
}

impl Timings {
    /// The GPU's own where there are any.
    pub fn best_clock(&self) -> &Samples {
        self.gpu.as_ref().unwrap_or(&self.wall)
    }
}

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Time per case, and the most that warming up takes; a run under way is finished.
    pub time: Duration,
    /// Runs that count, at least, as long as there is patience.
    pub runs: usize,
    /// Time after which no run is begun any more; one that takes as long is the only one.
    pub patience: Duration,
}

impl Effort {
    /// For figures to quote.
    pub const FULL: Self = Self {
        time: Duration::from_millis(300),
        runs: 7,
        patience: Duration::from_secs(3),
    };
    /// For a first look.
    pub const QUICK: Self = Self {
        time: Duration::from_millis(20),
        runs: 3,
        patience: Duration::from_millis(200),
    };

    /// Runs until the clock is stable, then until time is up.
    ///
    /// # Errors
    /// Those of `run`.
    pub fn measure<E>(&self, mut run: impl FnMut() -> Result<Took, E>) -> Result<Timings, E> {
        let first = run()?;
        let mut runs = vec![first];
        if first.wall < self.patience {
            self.warm_up(first, &mut run)?;
            let started = Instant::now();
            runs = vec![run()?];
            while (runs.len() < self.runs && started.elapsed() < self.patience) || started.elapsed() < self.time {
                runs.push(run()?);
            }
        }
        let gpu: Option<Vec<_>> = runs.iter().map(|took| took.gpu).collect();
        Ok(Timings {
            wall: Samples::new(runs.iter().map(|took| took.wall).collect()),
            gpu: gpu.map(Samples::new),
        })
    }

    /// Clocks rise and caches fill: runs until three in a row are within 3 % of each other, or time is up. What a driver
    /// puts off until a pipeline is first used was paid for by the check of its result.
    fn warm_up<E>(&self, first: Took, run: &mut impl FnMut() -> Result<Took, E>) -> Result<(), E> {
        let started = Instant::now();
        let mut last = [Duration::MAX, Duration::ZERO, first.wall];
        while started.elapsed() < self.time {
            last = [last[1], last[2], run()?.wall];
            let (low, high) = (last.iter().min(), last.iter().max());
            if low.zip(high).is_some_and(|(low, high)| *high <= low.mul_f64(1.03)) {
                break;
            }
        }
        Ok(())
    }
}

/// Takes the time of work on the GPU and on the CPU.
pub struct Stopwatch<'a> {
    /// The device.
    pub gpu: &'a Gpu,
    timestamps: Option<Timestamps>,
    verdict: String,
}

/// Marks of the GPU's own clock around submitted work.
struct Timestamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    ns_per_tick: f64,
}

/// Bytes of two timestamps.
const MARKS_BYTES: u64 = 16;

/// How far GPU timestamps may be from the wall clock, as a ratio, to be trusted.
const TRUSTED_RATIO: std::ops::RangeInclusive<f64> = 0.8..=1.25;

impl<'a> Stopwatch<'a> {
    /// Finds out whether the GPU's timestamps can be trusted: copies that take longer must take as much longer by both
    /// clocks.
    ///
    /// # Errors
    /// If the adapter fails.
    pub fn new(gpu: &'a Gpu) -> Result<Self, GpuError> {
        let mut stopwatch = Self {
            gpu,
            timestamps: Timestamps::new(gpu),
            verdict: String::new(),
        };
        stopwatch.verdict = match stopwatch.timestamps {
            None => "the wall clock; this adapter has no timestamps".into(),
            Some(_) => match stopwatch.ratio_of_clocks()? {
                Some(ratio) if TRUSTED_RATIO.contains(&ratio) => {
                    format!(
                        "GPU timestamps, which show {ratio:.2} of the time that the wall clock does; and the wall clock"
                    )
                }
                ratio => {
                    stopwatch.timestamps = None;
                    let shown = ratio.map_or("nothing".into(), |ratio| format!("{ratio:.2} of the time"));
                    format!("the wall clock; of it GPU timestamps show {shown}: not trusted")
                }
            },
        };
        Ok(stopwatch)
    }

    /// Which clocks are used, and why, in words.
    pub fn verdict(&self) -> &str {
        &self.verdict
    }

    /// Whether GPU timestamps are trusted.
    pub fn has_gpu_clock(&self) -> bool {
        self.timestamps.is_some()
    }

    /// How much more time the GPU's clock shows for many copies than for one, as a share of what the wall clock shows.
    fn ratio_of_clocks(&self) -> Result<Option<f64>, GpuError> {
        const BYTES: u64 = 8 << 20;
        const MOST_COPIES: u32 = 4096;
        let buffer = |usage| {
            self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("comparison of clocks"),
                size: BYTES,
                usage,
                mapped_at_creation: false,
            })
        };
        let (source, target) = self.gpu.allocate("buffers to compare clocks with", 2 * BYTES, || {
            (
                buffer(wgpu::BufferUsages::COPY_SRC),
                buffer(wgpu::BufferUsages::COPY_DST),
            )
        })?;
        // The fastest of a few runs: what else is at work on the machine is not to be blamed on a clock.
        let effort = Effort {
            runs: 5,
            ..Effort::QUICK
        };
        let timings_of = |copies: u32| {
            effort.measure(|| {
                self.gpu_run(|encoder| {
                    (0..copies).for_each(|_| encoder.copy_buffer_to_buffer(&source, 0, &target, 0, BYTES));
                    Ok(())
                })
            })
        };
        let one = timings_of(1)?;
        let mut copies = 8;
        loop {
            let many = timings_of(copies)?;
            let longer = many.wall.min().saturating_sub(one.wall.min());
            // What submitting costs, and varies by, is much less than a millisecond.
            if longer < Duration::from_millis(2) && copies < MOST_COPIES {
                copies *= 4;
                continue;
            }
            let clocks = one.gpu.as_ref().zip(many.gpu.as_ref());
            return Ok(clocks.map(|(one, many)| {
                many.min().saturating_sub(one.min()).as_secs_f64() / longer.as_secs_f64().max(1e-9)
            }));
        }
    }

    /// Submits what `encode` encodes, and waits for it.
    ///
    /// # Errors
    /// Those of `encode`, or if the adapter fails.
    pub fn gpu_run(
        &self,
        encode: impl FnOnce(&mut wgpu::CommandEncoder) -> Result<(), GpuError>,
    ) -> Result<Took, GpuError> {
        let started = Instant::now();
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        if let Some(timestamps) = &self.timestamps {
            timestamps.mark(&mut encoder, 0);
        }
        encode(&mut encoder)?;
        let readback = self.timestamps.as_ref().map(|timestamps| {
            timestamps.mark(&mut encoder, 1);
            timestamps.read_back(self.gpu, &mut encoder)
        });
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.wait();
        let wall = started.elapsed();
        self.gpu.check()?;
        let gpu = match (&self.timestamps, readback) {
            (Some(timestamps), Some(readback)) => {
                readback.map();
                timestamps.between(&readback.wait(self.gpu)?)
            }
            _ => None,
        };
        Ok(Took {
            wall,
            // No part takes longer than the whole.
            gpu: gpu.filter(|&gpu| gpu <= wall),
        })
    }

    /// Does work that ends when `work` does, on the CPU or by its own submits.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn wall_run<T, E>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<Took, E> {
        let started = Instant::now();
        std::hint::black_box(work()?);
        Ok(Took {
            wall: started.elapsed(),
            gpu: None,
        })
    }
}

impl Timestamps {
    fn new(gpu: &Gpu) -> Option<Self> {
        let ns_per_tick = f64::from(gpu.queue.get_timestamp_period());
        let is_there = gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) && ns_per_tick > 0.0;
        is_there.then(|| Self {
            queries: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: MARKS_BYTES,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            ns_per_tick,
        })
    }

    /// Notes the time when all work before is done: only passes have timestamps everywhere, and an empty one will do.
    fn mark(&self, encoder: &mut wgpu::CommandEncoder, index: u32) {
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("timestamp"),
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.queries,
                beginning_of_pass_write_index: None,
                end_of_pass_write_index: Some(index),
            }),
        });
    }

    fn read_back(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> Readback {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        Readback::of_buffer(gpu, encoder, &self.resolved)
    }

    /// The time between both marks; `None` where the clock stood still or ran backwards.
    fn between(&self, bytes: &[u8]) -> Option<Duration> {
        let marks = bytemuck::pod_collect_to_vec::<u8, u64>(bytes);
        let ticks = marks.get(1)?.checked_sub(*marks.first()?).filter(|&ticks| ticks > 0)?;
        Some(Duration::from_secs_f64(ticks as f64 * self.ns_per_tick * 1e-9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(ms: u64) -> Result<Took, ()> {
        Ok(Took {
            wall: Duration::from_millis(ms),
            gpu: (ms != 5).then(|| Duration::from_millis(ms)),
        })
    }

    const PATIENT: Effort = Effort {
        time: Duration::ZERO,
        runs: 5,
        patience: Duration::from_secs(3600),
    };

    #[test]
    fn warm_up_ends_when_three_runs_are_alike_and_does_not_count() {
        let effort = Effort {
            time: Duration::from_secs(3600),
            ..PATIENT
        };
        let mut times = [30, 20, 20, 20].into_iter();
        let first = took(40).expect("a time");
        assert_eq!(effort.warm_up(first, &mut || took(times.next().ok_or(())?)), Ok(()));
        assert_eq!(times.next(), None, "warmed up before the clock was stable");

        let mut times = [900, 4, 1, 3, 2, 8].into_iter();
        let timings = PATIENT.measure(|| took(times.next().ok_or(())?)).expect("enough runs");
        assert_eq!(timings.wall.count(), 5);
        assert_eq!(timings.wall.median(), Duration::from_millis(3));
        assert_eq!(timings.wall.min(), Duration::from_millis(1));
        assert!(
            (timings.wall.spread() - 2.0 / 3.0).abs() < 1e-6,
            "{}",
            timings.wall.spread()
        );
        assert!(timings.gpu.is_some());
    }

    #[test]
    fn a_run_that_takes_all_patience_is_the_only_one() {
        let mut times = [3_600_000].into_iter();
        let timings = PATIENT.measure(|| took(times.next().ok_or(())?)).expect("one run");
        assert_eq!(timings.wall.count(), 1);
        assert_eq!(timings.wall.median(), Duration::from_secs(3600));
        assert_eq!(timings.wall.spread(), 0.0);
    }

    #[test]
    fn one_run_without_a_trusted_timestamp_leaves_the_wall_clock() {
        let mut times = [7, 7, 7, 5, 7, 7].into_iter();
        let timings = PATIENT.measure(|| took(times.next().ok_or(())?)).expect("enough runs");
        assert!(timings.gpu.is_none());
        assert_eq!(timings.best_clock().median(), Duration::from_millis(7));
    }
}
