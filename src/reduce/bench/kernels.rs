use rayon::prelude::*;

use crate::gpu::{Gpu, GpuError, Load};
use crate::volume::SampleType;

use super::naive::Naive;
use super::{Found, Stopwatch, Subject, Took};
use crate::reduce::{BoxJob, CpuRange, CpuTally, DigitSums, Histogram, MinMax};

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
    is_for: fn(SampleType) -> bool,
    prepare: Prepare,
}

impl Kernel {
    /// Whether it measures voxels of a type.
    pub fn is_for(&self, sample_type: SampleType) -> bool {
        (self.is_for)(sample_type)
    }

    /// The same for some sample types only.
    fn only(mut self, is_for: fn(SampleType) -> bool) -> Self {
        self.is_for = is_for;
        self
    }

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
        is_for: |_| true,
        prepare: Box::new(move |gpu, subject| Ok(Box::new(prepare(gpu, subject)?))),
    }
}

/// A kernel that runs on the processor: `find` in plain Rust.
pub fn on_cpu(name: &str, find: fn(&Subject) -> Vec<Found>) -> Kernel {
    Kernel {
        name: name.to_owned(),
        device: Device::Cpu,
        is_for: |_| true,
        prepare: Box::new(move |_, _| Ok(Box::new(PlainRust(find)))),
    }
}

/// The simplest kernel for minimum and maximum, which the others are to be compared with: of 16-bit voxels, because it is
/// slow enough to keep people waiting.
pub fn naive() -> Kernel {
    on_gpu("minmax, naive", |gpu, subject| Ok(Naive::new(gpu, subject))).only(|kind| kind == SampleType::U16)
}

/// Every kernel that the program uses on what is there already, in the shape that it uses on this adapter, and plain Rust.
/// Voxels lie packed in a buffer, as they do when they arrive, where no texture is named.
pub fn kernels() -> Vec<Kernel> {
    let minmax = |name: &str, load| {
        on_gpu(name, move |gpu, subject| {
            Ok(OnGpu(load, MinMax::new(gpu, subject.textures.format, 1)))
        })
    };
    let histogram = |name: &str, load| {
        on_gpu(name, move |gpu, subject| {
            Ok(OnGpu(load, Histogram::first_digit(gpu, subject.textures.format, 1)?))
        })
    };
    vec![
        minmax("minmax", Load::Packed),
        minmax("minmax of a texture", Load::Texture),
        on_gpu("minmax of cells", |gpu, subject| {
            let format = subject.textures.format;
            Ok(OnGpu(Load::Packed, MinMax::with_grid(gpu, format, 1, &subject.extent)?))
        }),
        histogram("histogram", Load::Packed),
        histogram("histogram of a texture", Load::Texture),
        on_gpu("sums", |gpu, subject| {
            let sums = DigitSums::new(gpu, subject.textures.format, 1)?;
            let sums = sums.ok_or_else(|| GpuError::Limit {
                what: "the width of voxels to sum up, in bits,".into(),
                needed: subject.textures.format.bits.into(),
                limit: 32,
            })?;
            Ok(OnGpu(Load::Packed, sums))
        })
        .only(|sample_type| sample_type.bytes() == 4),
        on_cpu("minmax on the CPU", cpu_range),
        on_cpu("all numbers on the CPU", cpu_numbers),
    ]
}

/// What accumulates numbers of one channel over boxes of voxels.
pub(crate) trait Accumulating {
    /// Forgets everything seen.
    fn clear(&self, gpu: &Gpu) -> Result<(), GpuError>;
    /// Encodes the reduction of boxes.
    fn add(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError>;
    /// What was found since; waits for it.
    fn found(&self, gpu: &Gpu) -> Result<Found, GpuError>;
}

/// It, and where it finds its voxels.
pub(super) struct OnGpu<A>(pub(super) Load, pub(super) A);

impl<A: Accumulating> Contender for OnGpu<A> {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError> {
        let jobs = subject.jobs(self.0);
        stopwatch.gpu_run(|encoder| self.1.add(stopwatch.gpu, encoder, &jobs))
    }

    fn find(&mut self, gpu: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        self.1.clear(gpu)?;
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.1.add(gpu, &mut encoder, &subject.jobs(self.0))?;
        gpu.queue.submit([encoder.finish()]);
        Ok(vec![self.1.found(gpu)?])
    }
}

impl Accumulating for MinMax {
    fn clear(&self, gpu: &Gpu) -> Result<(), GpuError> {
        self.reset(gpu);
        Ok(())
    }

    fn add(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        self.encode(gpu, encoder, jobs)
    }

    fn found(&self, gpu: &Gpu) -> Result<Found, GpuError> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let readback = self.read_back(gpu, &mut encoder);
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        Ok(Found::of_range(self.ranges(&readback.wait(gpu)?)[0]))
    }
}

impl Accumulating for Histogram {
    fn clear(&self, gpu: &Gpu) -> Result<(), GpuError> {
        self.found(gpu).map(drop)
    }

    fn add(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        self.encode(gpu, encoder, jobs)
    }

    fn found(&self, gpu: &Gpu) -> Result<Found, GpuError> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let readback = &self.read_back_and_clear(gpu, &mut encoder)[0];
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        let counts = &Histogram::decode(&readback.wait(gpu)?)[0];
        Ok(Found::Counts(counts.iter().map(|&count| count.into()).collect()))
    }
}

impl Accumulating for DigitSums {
    fn clear(&self, gpu: &Gpu) -> Result<(), GpuError> {
        self.found(gpu).map(drop)
    }

    fn add(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        self.encode(gpu, encoder, jobs)
    }

    fn found(&self, gpu: &Gpu) -> Result<Found, GpuError> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let readback = self.read_back_and_clear(gpu, &mut encoder);
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        Ok(Found::Sums(self.decode(&readback.wait(gpu)?).swap_remove(0)))
    }
}

struct PlainRust(fn(&Subject) -> Vec<Found>);

impl Contender for PlainRust {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, subject: &Subject) -> Result<Took, GpuError> {
        stopwatch.wall_run(|| Ok((self.0)(subject)))
    }

    fn find(&mut self, _: &Gpu, subject: &Subject) -> Result<Vec<Found>, GpuError> {
        Ok((self.0)(subject))
    }
}

/// Bytes that a core takes at a time.
const PART_BYTES: usize = 8 << 20;

fn cpu_range(subject: &Subject) -> Vec<Found> {
    let parts = subject.voxels.par_chunks(PART_BYTES);
    vec![Found::Range(
        parts
            .map(|part| CpuRange::of(part, subject.sample_type))
            .reduce(CpuRange::default, CpuRange::join),
    )]
}

fn cpu_numbers(subject: &Subject) -> Vec<Found> {
    let nothing = || CpuTally::new(subject.sample_type);
    let count = |mut tally: CpuTally, part: &[u8]| {
        tally.add(part);
        tally
    };
    // A tally takes as much memory as a cache: one per core.
    let share = subject.voxels.len().div_ceil(rayon::current_num_threads());
    let parts = subject.voxels.par_chunks(share.next_multiple_of(8));
    let tally = parts
        .map(|part| count(nothing(), part))
        .reduce(nothing, CpuTally::joined);
    let numbers = tally.finish();
    vec![
        Found::Range(numbers.range),
        Found::Counts(numbers.counts),
        Found::Moments(numbers.moments),
    ]
}
