use rayon::prelude::*;

use crate::gpu::{Gpu, GpuError};

use super::{Found, Stopwatch, Subject, Took};
use crate::reduce::{CpuCounts, CpuRange, Histogram, MinMax};

/// Where a kernel runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// On the adapter.
    Gpu,
    /// On all cores of the processor.
    Cpu,
}

impl Device {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Device::Gpu => "gpu",
            Device::Cpu => "cpu",
        }
    }
}

/// Something that measures a volume, prepared for one.
pub trait Contender {
    /// Runs once.
    ///
    /// # Errors
    /// If the adapter fails.
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError>;

    /// Runs once from nothing; all that it found.
    ///
    /// # Errors
    /// If the adapter fails.
    fn find(&mut self, gpu: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError>;
}

type Prepare = Box<dyn Fn(&Gpu, &Subject) -> Result<Box<dyn Contender>, GpuError>>;

/// A kernel that can be measured: a row of the table.
pub struct Kernel {
    /// Its name in tables.
    pub name: String,
    /// Where it runs.
    pub device: Device,
    prepare: Prepare,
}

impl Kernel {
    /// Prepares it for a volume.
    ///
    /// # Errors
    /// If the adapter cannot run it.
    pub fn prepare(&self, gpu: &Gpu, subject: &Subject) -> Result<Box<dyn Contender>, GpuError> {
        (self.prepare)(gpu, subject)
    }
}

/// A kernel that runs on the adapter.
pub fn on_gpu<C: Contender + 'static>(
    name: &str,
    prepare: impl Fn(&Gpu, &Subject) -> Result<C, GpuError> + 'static,
) -> Kernel {
    Kernel {
        name: name.to_owned(),
        device: Device::Gpu,
        prepare: Box::new(move |gpu, subject| Ok(Box::new(prepare(gpu, subject)?))),
    }
}

/// A kernel that runs on the processor: `find` in plain Rust.
pub fn on_cpu(name: &str, find: fn(&Subject) -> Found) -> Kernel {
    Kernel {
        name: name.to_owned(),
        device: Device::Cpu,
        prepare: Box::new(move |_, _| Ok(Box::new(PlainRust(find)))),
    }
}

/// Every kernel that measures what is there already.
pub fn kernels() -> Vec<Kernel> {
    vec![
        on_gpu("minmax", |gpu, subject| {
            Ok(MinMax::new(gpu, subject.textures.format, 1))
        }),
        on_gpu("histogram", |gpu, subject| {
            Histogram::first_digit(gpu, subject.textures.format, 1)
        }),
        on_cpu("minmax on the CPU", cpu_range),
        on_cpu("histogram on the CPU", cpu_counts),
    ]
}

impl Contender for MinMax {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError> {
        let jobs = subject.jobs(&subject.textures);
        stopwatch.gpu_run(|encoder| self.encode(stopwatch.gpu, encoder, &jobs))
    }

    fn find(&mut self, gpu: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        self.reset(gpu);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.encode(gpu, &mut encoder, &subject.jobs(&subject.textures))?;
        gpu.queue.submit([encoder.finish()]);
        Ok(vec![range_found(gpu, self)?])
    }
}

impl Contender for Histogram {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError> {
        let jobs = subject.jobs(&subject.textures);
        stopwatch.gpu_run(|encoder| self.encode(stopwatch.gpu, encoder, &jobs))
    }

    fn find(&mut self, gpu: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        counts_found(gpu, self)?;
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.encode(gpu, &mut encoder, &subject.jobs(&subject.textures))?;
        gpu.queue.submit([encoder.finish()]);
        Ok(vec![counts_found(gpu, self)?])
    }
}

/// What a channel's accumulator holds.
pub(crate) fn range_found(gpu: &Gpu, minmax: &MinMax) -> Result<Found, GpuError> {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let readback = minmax.read_back(gpu, &mut encoder);
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    let found = MinMax::decode(&readback.wait(gpu)?)[0];
    Ok(Found::Range(CpuRange {
        keys: found.keys.map(|(low, high)| (low.into(), high.into())),
        non_finite: found.non_finite.into(),
    }))
}

/// What a channel's bins hold; they are empty afterwards.
pub(crate) fn counts_found(gpu: &Gpu, histogram: &Histogram) -> Result<Found, GpuError> {
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let readback = &histogram.read_back_and_clear(gpu, &mut encoder)[0];
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    let counts = &Histogram::decode(&readback.wait(gpu)?)[0];
    Ok(Found::Counts(counts.iter().map(|&count| count.into()).collect()))
}

struct PlainRust(fn(&Subject) -> Found);

impl Contender for PlainRust {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError> {
        stopwatch.wall_run(|| Ok((self.0)(subject)))
    }

    fn find(&mut self, _: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        Ok(vec![(self.0)(subject)])
    }
}

/// Bytes that a core takes at a time.
const PART_BYTES: usize = 8 << 20;

fn cpu_range(subject: &Subject) -> Found {
    let parts = subject.voxels.par_chunks(PART_BYTES);
    Found::Range(
        parts
            .map(|part| CpuRange::of(part, subject.sample_type))
            .reduce(CpuRange::default, CpuRange::join),
    )
}

fn cpu_counts(subject: &Subject) -> Found {
    let nothing = || CpuCounts::new(subject.sample_type, 0, vec![0]);
    let of_part = |part: &[u8]| {
        let mut counts = nothing();
        counts.count(part);
        counts
    };
    let counts = subject
        .voxels
        .par_chunks(PART_BYTES)
        .map(of_part)
        .reduce(nothing, |mut a, b| {
            a.join(&b);
            a
        });
    Found::Counts(counts.into_counts().swap_remove(0))
}
