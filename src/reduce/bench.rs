//! How fast the reductions are on this machine, and whether they are right: the cases of `microtome bench` and of
//! `cargo bench`.

use std::time::{Duration, Instant};

use thiserror::Error;

use crate::gpu::{Gpu, GpuError, Readback, VolumeTextures, VoxelFormat, shaders};
use crate::volume::{Box3, SampleType};

use super::{BoxJob, CpuCounts, CpuRange, Histogram, Input, MinMax};

/// Sides of a plane of the measured volumes.
const SIDE: u64 = 512;
/// Runs before the first that counts: the first use of a pipeline compiles it, clocks rise.
const WARM_UP: usize = 2;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Kernel {
    MinMax,
    Histogram,
}

impl Kernel {
    /// All of them.
    pub const ALL: [Kernel; 2] = [Kernel::MinMax, Kernel::Histogram];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::MinMax => "minmax",
            Kernel::Histogram => "histogram",
        }
    }
}

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
pub struct Case {
    /// What was measured.
    pub kernel: Kernel,
    /// On what.
    pub sample_type: SampleType,
    /// Number of voxels.
    pub voxels: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How long each run took, wall clock from submit to done, ascending.
    pub runs: Vec<Duration>,
}

/// The fastest that this machine reads and copies memory, in GB/s (10⁹ bytes read per second).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the names say it
pub struct Ceilings {
    pub gpu_read: f64,
    pub gpu_copy: f64,
    pub cpu_read: f64,
}

/// Why a case has no figure.
#[derive(Debug, Error)]
pub enum BenchError {
    /// The adapter cannot do it.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The shader gave another result than the CPU: its speed is worth nothing.
    #[error("{kernel} of {sample_type} is wrong: the GPU says {gpu}, the CPU says {cpu}")]
    Wrong {
        /// Which kernel.
        kernel: &'static str,
        /// On what.
        sample_type: SampleType,
        /// Its result.
        gpu: String,
        /// The right one.
        cpu: String,
    },
}

impl Case {
    /// The median run.
    pub fn median(&self) -> Duration {
        self.runs[self.runs.len() / 2]
    }

    /// The fastest run.
    pub fn min(&self) -> Duration {
        self.runs[0]
    }

    /// Voxel bytes per second of the median run, in GB/s.
    pub fn gb_per_s(&self) -> f64 {
        gb_per_s(self.bytes, self.median())
    }
}

fn gb_per_s(bytes: u64, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e9
}

/// A volume of seeded voxels in a texture, ready to be reduced again and again.
pub struct Prepared {
    kernel: Kernel,
    sample_type: SampleType,
    voxels: Vec<u8>,
    textures: VolumeTextures,
    minmax: MinMax,
    histogram: Histogram,
}

impl Prepared {
    /// Makes and uploads about `bytes` of voxels.
    ///
    /// # Errors
    /// If they do not fit the adapter.
    pub fn new(gpu: &Gpu, kernel: Kernel, sample_type: SampleType, bytes: u64) -> Result<Self, GpuError> {
        let format = VoxelFormat::of(sample_type);
        let depth = (bytes / (SIDE * SIDE * format.bytes())).clamp(1, gpu.caps.max_texture_3d);
        let extent = Box3 {
            z: 0..depth,
            y: 0..SIDE,
            x: 0..SIDE,
        };
        let voxels = seeded_voxels(sample_type, extent.voxels());
        let textures = VolumeTextures::new(gpu, format, 1, &extent)?;
        for (index, tile) in textures.grid.tiles.iter().enumerate() {
            // Volumes of this size are one tile on every adapter that allows 512 voxels a side; refuse the others.
            if tile.held != extent {
                return Err(GpuError::Limit {
                    what: "the side of a volume to measure".into(),
                    needed: SIDE.max(depth),
                    limit: gpu.caps.max_texture_3d,
                });
            }
            gpu.queue.write_texture(
                textures.texture(0, index).as_image_copy(),
                &voxels,
                wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some((SIDE * format.bytes()) as u32),
                    rows_per_image: Some(SIDE as u32),
                },
                textures.texture(0, index).size(),
            );
        }
        let minmax = MinMax::new(gpu, format, 1);
        let histogram = Histogram::first_digit(gpu, format, 1)?;
        gpu.queue.submit([]);
        gpu.wait();
        Ok(Self {
            kernel,
            sample_type,
            voxels,
            textures,
            minmax,
            histogram,
        })
    }

    /// Number of voxels.
    pub fn voxel_count(&self) -> u64 {
        self.textures.grid.extent.voxels()
    }

    /// Bytes of voxels.
    pub fn bytes(&self) -> u64 {
        self.voxels.len() as u64
    }

    /// Reduces once and waits.
    ///
    /// # Errors
    /// If the adapter fails.
    pub fn run(&self, gpu: &Gpu) -> Result<Duration, GpuError> {
        let started = Instant::now();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let jobs = [self.job()];
        match self.kernel {
            Kernel::MinMax => self.minmax.encode(gpu, &mut encoder, &jobs)?,
            Kernel::Histogram => self.histogram.encode(gpu, &mut encoder, &jobs)?,
        }
        gpu.queue.submit([encoder.finish()]);
        gpu.wait();
        gpu.check()?;
        Ok(started.elapsed())
    }

    fn job(&self) -> BoxJob<'_> {
        let [z, y, x] = self.textures.grid.extent.size().map(|n| n as u32);
        BoxJob {
            input: Input::Texture {
                view: self.textures.view(0, 0),
                origin: [0; 3],
            },
            size: [x, y, z],
            channel: 0,
            at: [0; 3],
        }
    }

    /// Reduces once from nothing and compares with the CPU.
    ///
    /// # Errors
    /// [`BenchError::Wrong`] if they differ.
    pub fn check(&self, gpu: &Gpu) -> Result<(), BenchError> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let jobs = [self.job()];
        let (gpu_result, cpu_result) = match self.kernel {
            Kernel::MinMax => {
                self.minmax.reset(gpu);
                self.minmax.encode(gpu, &mut encoder, &jobs)?;
                let readback = self.minmax.read_back(gpu, &mut encoder);
                let found = MinMax::decode(&finish(gpu, encoder, &readback)?)[0];
                let expected = CpuRange::of(&self.voxels, self.sample_type);
                let keys = found.keys.map(|(low, high)| (u64::from(low), u64::from(high)));
                (
                    format!("{keys:?} and {} not finite", found.non_finite),
                    format!("{:?} and {} not finite", expected.keys, expected.non_finite),
                )
            }
            Kernel::Histogram => {
                drop(self.histogram.read_back_and_clear(gpu, &mut encoder));
                self.histogram.encode(gpu, &mut encoder, &jobs)?;
                let readback = self.histogram.read_back_and_clear(gpu, &mut encoder).remove(0);
                let found = Histogram::decode(&finish(gpu, encoder, &readback)?).remove(0);
                let mut expected = CpuCounts::new(self.sample_type, 0, vec![0]);
                expected.count(&self.voxels);
                let expected = expected.into_counts().remove(0);
                let differing = found.iter().zip(&expected).position(|(&a, &b)| u64::from(a) != b);
                match differing {
                    None => (String::new(), String::new()),
                    Some(bin) => (format!("{} in bin {bin}", found[bin]), format!("{}", expected[bin])),
                }
            }
        };
        if gpu_result == cpu_result {
            return Ok(());
        }
        Err(BenchError::Wrong {
            kernel: self.kernel.name(),
            sample_type: self.sample_type,
            gpu: gpu_result,
            cpu: cpu_result,
        })
    }
}

fn finish(gpu: &Gpu, encoder: wgpu::CommandEncoder, readback: &Readback) -> Result<Vec<u8>, GpuError> {
    gpu.queue.submit([encoder.finish()]);
    readback.map();
    readback.wait(gpu)
}

/// Measures a case for about `time`, after checking its result.
///
/// # Errors
/// If the adapter fails or the result is wrong.
pub fn measure_case(
    gpu: &Gpu,
    kernel: Kernel,
    sample_type: SampleType,
    bytes: u64,
    time: Duration,
) -> Result<Case, BenchError> {
    let prepared = Prepared::new(gpu, kernel, sample_type, bytes)?;
    prepared.check(gpu)?;
    let runs = repeat(time, || prepared.run(gpu))?;
    Ok(Case {
        kernel,
        sample_type,
        voxels: prepared.voxel_count(),
        bytes: prepared.bytes(),
        runs,
    })
}

/// Runs until `time` has passed, five times at least, after warming up; the runs ascending.
fn repeat(time: Duration, run: impl Fn() -> Result<Duration, GpuError>) -> Result<Vec<Duration>, GpuError> {
    for _ in 0..WARM_UP {
        run()?;
    }
    let started = Instant::now();
    let mut runs = Vec::new();
    while runs.len() < 5 || started.elapsed() < time {
        runs.push(run()?);
    }
    runs.sort_unstable();
    Ok(runs)
}

/// Measures how fast memory of this size is read and copied, by kernels that do nothing else.
///
/// # Errors
/// If the adapter fails.
pub fn measure_ceilings(gpu: &Gpu, bytes: u64, time: Duration) -> Result<Ceilings, GpuError> {
    let bytes = bytes
        .min(gpu.device.limits().max_storage_buffer_binding_size)
        .min(gpu.caps.max_buffer_bytes)
        & !15;
    let buffer = |label, usage| {
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage,
            mapped_at_creation: false,
        })
    };
    let (source, target) = gpu.allocate("buffers to read and copy", 2 * bytes, || {
        (
            buffer(
                "read ceiling",
                wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            ),
            buffer("copy ceiling", wgpu::BufferUsages::COPY_DST),
        )
    })?;
    let memory = seeded_voxels(SampleType::U8, bytes);
    gpu.queue.write_buffer(&source, 0, &memory);
    let result = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("read ceiling result"),
        size: 4,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    });
    let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(shaders::READ_CEILING.name),
        layout: None,
        module: &shaders::READ_CEILING.module(&gpu.device),
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    });
    let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(shaders::READ_CEILING.name),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: source.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: result.as_entire_binding(),
            },
        ],
    });
    // 64 invocations read 64 words of 16 bytes each.
    let groups = bytes.div_ceil(64 * 64 * 16) as u32;
    let columns = groups.min(gpu.caps.max_workgroups);
    let timed = |encode: &dyn Fn(&mut wgpu::CommandEncoder)| -> Result<Duration, GpuError> {
        let started = Instant::now();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encode(&mut encoder);
        gpu.queue.submit([encoder.finish()]);
        gpu.wait();
        gpu.check()?;
        Ok(started.elapsed())
    };
    let read = repeat(time, || {
        timed(&|encoder| {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &bind_group, &[]);
            pass.dispatch_workgroups(columns, groups.div_ceil(columns), 1);
        })
    })?;
    let copy = repeat(time, || {
        timed(&|encoder| encoder.copy_buffer_to_buffer(&source, 0, &target, 0, bytes))
    })?;
    let cpu = repeat(time, || {
        let started = Instant::now();
        std::hint::black_box(read_all_cores(&memory));
        Ok(started.elapsed())
    })?;
    let median = |runs: Vec<Duration>| gb_per_s(bytes, runs[runs.len() / 2]);
    Ok(Ceilings {
        gpu_read: median(read),
        gpu_copy: median(copy),
        cpu_read: median(cpu),
    })
}

/// Exclusive or of all words, on all cores.
fn read_all_cores(memory: &[u8]) -> u64 {
    use rayon::prelude::*;
    memory
        .par_chunks(1 << 20)
        .map(|part| {
            part.chunks_exact(8).fold(0, |all, word| {
                all ^ u64::from_ne_bytes(word.try_into().unwrap_or_default())
            })
        })
        .reduce(|| 0, |a, b| a ^ b)
}

/// Voxels of a seeded sequence: the same on every run. Floats lie in 0..4096, integers use their whole range.
fn seeded_voxels(sample_type: SampleType, count: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move || {
        // Marsaglia's xorshift64 ("Xorshift RNGs", 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity((count as usize * sample_type.bytes()).next_multiple_of(8));
    let size = count as usize * sample_type.bytes();
    while bytes.len() < size {
        let random = next();
        match sample_type {
            SampleType::F16 => bytes.extend(half::f16::from_f32((random >> 52) as f32).to_ne_bytes()),
            SampleType::F32 => bytes.extend(((random >> 40) as f32 / 4096.0).to_ne_bytes()),
            _ => bytes.extend(random.to_ne_bytes()),
        }
    }
    bytes.truncate(size);
    bytes
}
