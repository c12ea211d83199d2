//! How fast the reductions are on this machine, and whether they are right: what `microtome bench` and `cargo bench` run.
//!
//! A [`Subject`] is a volume to be measured, a [`Kernel`] is something that measures it, and [`measure`] makes a [`Row`] of
//! both, after comparing what the kernel found with what plain Rust finds. [`Ceilings`] are what no kernel can exceed.

mod ceilings;
mod data;
mod kernels;
mod naive;
mod shapes;
mod subject;
mod timing;

use std::time::Duration;

use thiserror::Error;

use crate::gpu::GpuError;
use crate::volume::SampleType;

pub use ceilings::{Ceilings, measure_ceilings};
pub use data::Pattern;
pub(crate) use kernels::Accumulating;
pub use kernels::{Contender, Device, Kernel, kernels, naive, on_cpu, on_gpu};
pub use shapes::{tune, variants};
pub use subject::{Found, Subject};
pub use timing::{Effort, Samples, Stopwatch, Timings, Took};

/// Sample types that are measured: one per width, and what a kernel does more for signs and floats.
pub const SAMPLE_TYPES: [SampleType; 6] = [
    SampleType::U8,
    SampleType::U16,
    SampleType::I16,
    SampleType::F16,
    SampleType::U32,
    SampleType::F32,
];

/// A measured case. Its result was compared with the CPU's.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub kernel: String,
    /// Where it ran.
    pub device: Device,
    /// On what.
    pub sample_type: SampleType,
    /// What the voxels look like.
    pub pattern: Pattern,
    /// Number of voxels.
    pub voxels: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How long each run took.
    pub timings: Timings,
}

impl Row {
    /// Voxel bytes per second of the median run, in GB/s, by the GPU's own clock where that is trusted.
    pub fn gb_per_s(&self) -> f64 {
        gb_per_s(self.bytes, self.timings.best_clock().median())
    }

    /// [`Row::gb_per_s`] as a share of what this device reads when it does nothing else.
    pub fn share_of_read(&self, ceilings: &Ceilings) -> f64 {
        self.gb_per_s()
            / match self.device {
                Device::Gpu => ceilings.gpu_read,
                Device::Cpu => ceilings.cpu_read,
            }
    }
}

fn gb_per_s(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64().max(1e-9) / 1e9
}

/// Measures a kernel on a volume, after checking what it finds.
///
/// # Errors
/// If the adapter fails, or the kernel is wrong: its speed is worth nothing.
pub fn measure(
    stopwatch: &Stopwatch<'_>,
    subject: &Subject,
    kernel: &Kernel,
    effort: Effort,
) -> Result<Row, BenchError> {
    let mut contender = kernel.prepare(stopwatch.gpu, subject)?;
    subject.check(&kernel.name, &contender.find(stopwatch.gpu, subject)?)?;
    let timings = effort.measure(|| contender.run(stopwatch, subject))?;
    // Once more: one that was right by luck would not be twice.
    subject.check(&kernel.name, &contender.find(stopwatch.gpu, subject)?)?;
    Ok(Row {
        kernel: kernel.name.clone(),
        device: kernel.device,
        sample_type: subject.sample_type,
        pattern: subject.pattern,
        voxels: subject.voxel_count(),
        bytes: subject.voxels.len() as u64,
        timings,
    })
}

/// Why a case has no figure.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The adapter cannot do it.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A kernel found something else than the CPU.
    #[error("{kernel} of {sample_type} ({pattern}) is wrong: it found {found}, the CPU says {expected}")]
    Wrong {
        /// Which kernel.
        kernel: String,
        /// On what.
        sample_type: SampleType,
        /// What the voxels look like.
        pattern: Pattern,
        /// Its result.
        found: String,
        /// The right one.
        expected: String,
    },
}

impl BenchError {
    fn wrong(
        kernel: &str,
        sample_type: SampleType,
        pattern: Pattern,
        found: impl ToString,
        expected: impl ToString,
    ) -> Self {
        Self::Wrong {
            kernel: kernel.to_owned(),
            sample_type,
            pattern,
            found: found.to_string(),
            expected: expected.to_string(),
        }
    }
}
