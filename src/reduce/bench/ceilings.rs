use rayon::prelude::*;

use crate::gpu::{Gpu, GpuError, Readback, Shader, shaders};
use crate::volume::{Box3, SampleType};

use super::timing::{Effort, Samples, Stopwatch, Timings, Took};
use super::{BenchError, Pattern, gb_per_s};

/// The fastest that this machine reads and copies memory, in GB/s (10⁹ bytes read per second).
#[derive(Clone, Debug)]
pub struct Ceilings {
    /// Bytes that were read.
    pub bytes: u64,
    /// What the GPU reads, by its own clock where that is trusted, and how it reads them.
    pub gpu_read: f64,
    /// The kernel that reads so fast, in words.
    pub gpu_read_by: String,
    /// What the GPU copies from buffer to buffer, by the same clock.
    pub gpu_copy: f64,
    /// What the CPU reads on all cores.
    pub cpu_read: f64,
}

/// Sizes are multiples of this: of the share of every workgroup of every kernel here, and of a plane of texels.
const GRAIN_BYTES: u64 = 4 << 20;

/// Kernels that read a buffer: invocations of a workgroup, neighbours that read neighbouring words, rounds of eight words.
/// Software adapters run eight invocations at a time to their end, each of which should find its words side by side; on
/// others a workgroup's invocations run together.
const BUFFER_SHAPES: [[u32; 3]; 5] = [[64, 64, 4], [256, 256, 4], [64, 8, 32], [256, 8, 8], [256, 8, 32]];
/// Kernels that read a texture: invocations of a workgroup.
const TEXTURE_SHAPES: [u32; 2] = [64, 256];

/// Bytes of a word or a texel.
const WORD_BYTES: u64 = 16;
/// Words that an invocation of a kernel on a texture reads.
const TEXELS: u64 = 16;
/// Sides of the texture's planes.
const SIDE: u64 = 512;

/// Measures how fast about `bytes` are read and copied by kernels that do nothing else. All are checked.
///
/// # Errors
/// If the adapter fails or reads something else than what is there.
pub fn measure_ceilings(stopwatch: &Stopwatch<'_>, bytes: u64, effort: Effort) -> Result<Ceilings, BenchError> {
    let gpu = stopwatch.gpu;
    let bytes = (bytes.min(gpu.caps.max_buffer_bytes) / GRAIN_BYTES).max(1) * GRAIN_BYTES;
    let extent = Box3 {
        z: 0..bytes / (SIDE * SIDE * WORD_BYTES),
        y: 0..SIDE,
        x: 0..SIDE * WORD_BYTES,
    };
    let memory = Pattern::Uniform.voxels(SampleType::U8, &extent);
    let expected = fold(xor_on_all_cores(&memory));
    let check = |what: &str, found: u32| match found == expected {
        true => Ok(()),
        false => Err(BenchError::wrong(
            what,
            SampleType::U8,
            Pattern::Uniform,
            found,
            expected,
        )),
    };

    let cpu = effort.measure(|| stopwatch.wall_run(|| Ok::<_, GpuError>(xor_on_all_cores(&memory))))?;
    let source = buffer(
        gpu,
        "read ceiling",
        bytes,
        wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
    )?;
    gpu.queue.write_buffer(&source, 0, &memory);
    drop(memory);

    let mut reads = Vec::new();
    for shape in BUFFER_SHAPES {
        let reader = Reader::of_buffer(gpu, &source, shape)?;
        let name = format!("a buffer by {} invocations, {} abreast", shape[0], shape[1]);
        check(&format!("reading {name}"), reader.check(gpu)?)?;
        reads.push((effort.measure(|| reader.run(stopwatch))?, name));
    }
    let copy = {
        let target = buffer(
            gpu,
            "copy ceiling",
            bytes,
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        )?;
        let copy = |encoder: &mut wgpu::CommandEncoder| {
            encoder.copy_buffer_to_buffer(&source, 0, &target, 0, bytes);
            Ok(())
        };
        let timings = effort.measure(|| stopwatch.gpu_run(copy))?;
        check(
            "copying a buffer",
            Reader::of_buffer(gpu, &target, BUFFER_SHAPES[0])?.check(gpu)?,
        )?;
        timings
    };
    // Where the texture would be too deep, buffers have to do.
    if extent.z.end <= gpu.caps.max_texture_3d {
        let texture = texture_of(gpu, &source, extent.z.end as u32)?;
        drop(source);
        for lanes in TEXTURE_SHAPES {
            let reader = Reader::of_texture(gpu, &texture, lanes)?;
            let name = format!("a texture of 16-byte texels by {lanes} invocations");
            check(&format!("reading {name}"), reader.check(gpu)?)?;
            reads.push((effort.measure(|| reader.run(stopwatch))?, name));
        }
    }
    let rate = |clock: &Samples| gb_per_s(bytes, clock.median());
    let gpu_rate = |timings: &Timings| rate(timings.best_clock());
    let (gpu_read, gpu_read_by) = reads
        .into_iter()
        .map(|(timings, name)| (gpu_rate(&timings), name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or_default();
    Ok(Ceilings {
        bytes,
        gpu_read,
        gpu_read_by,
        gpu_copy: gpu_rate(&copy),
        cpu_read: rate(&cpu.wall),
    })
}

fn buffer(gpu: &Gpu, label: &str, size: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, GpuError> {
    gpu.allocate(&format!("a buffer: {label}"), size, || {
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage,
            mapped_at_creation: false,
        })
    })
}

/// A texture of 16-byte texels with the bytes of a buffer.
fn texture_of(gpu: &Gpu, source: &wgpu::Buffer, depth: u32) -> Result<wgpu::Texture, GpuError> {
    let texture = gpu.allocate("a texture: read ceiling", source.size(), || {
        gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("read ceiling"),
            size: wgpu::Extent3d {
                width: SIDE as u32,
                height: SIDE as u32,
                depth_or_array_layers: depth,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D3,
            format: wgpu::TextureFormat::Rgba32Uint,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        })
    })?;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    encoder.copy_buffer_to_texture(
        wgpu::TexelCopyBufferInfo {
            buffer: source,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some((SIDE * WORD_BYTES) as u32),
                rows_per_image: Some(SIDE as u32),
            },
        },
        texture.as_image_copy(),
        texture.size(),
    );
    gpu.queue.submit([encoder.finish()]);
    Ok(texture)
}

/// A kernel that only reads, ready to be run: one dispatch per part that can be bound at a time.
struct Reader {
    pipeline: wgpu::ComputePipeline,
    parts: Vec<Part>,
}

struct Part {
    bind_group: wgpu::BindGroup,
    found: wgpu::Buffer,
    workgroups: [u32; 2],
}

impl Reader {
    fn of_buffer(gpu: &Gpu, source: &wgpu::Buffer, [lanes, abreast, rounds]: [u32; 3]) -> Result<Self, GpuError> {
        let constants = [("lanes", lanes), ("abreast", abreast), ("rounds", rounds)];
        let pipeline = pipeline(gpu, &shaders::READ_CEILING, &constants);
        let most = gpu.device.limits().max_storage_buffer_binding_size / GRAIN_BYTES * GRAIN_BYTES;
        let words_each = u64::from(rounds) * 8;
        let parts = (0..source.size())
            .step_by(most.max(GRAIN_BYTES) as usize)
            .map(|offset| {
                let bytes = most.min(source.size() - offset);
                let resource = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: source,
                    offset,
                    size: wgpu::BufferSize::new(bytes),
                });
                Part::new(gpu, &pipeline, resource, bytes / WORD_BYTES / words_each, lanes)
            });
        Ok(Self {
            parts: parts.collect::<Result<_, _>>()?,
            pipeline,
        })
    }

    fn of_texture(gpu: &Gpu, texture: &wgpu::Texture, lanes: u32) -> Result<Self, GpuError> {
        let pipeline = pipeline(gpu, &shaders::TEXEL_CEILING, &[("lanes", lanes)]);
        let texels = SIDE * SIDE * u64::from(texture.depth_or_array_layers());
        let view = texture.create_view(&Default::default());
        let resource = wgpu::BindingResource::TextureView(&view);
        Ok(Self {
            parts: vec![Part::new(gpu, &pipeline, resource, texels / TEXELS, lanes)?],
            pipeline,
        })
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        for part in &self.parts {
            pass.set_bind_group(0, &part.bind_group, &[]);
            pass.dispatch_workgroups(part.workgroups[0], part.workgroups[1], 1);
        }
    }

    fn run(&self, stopwatch: &Stopwatch<'_>) -> Result<Took, GpuError> {
        stopwatch.gpu_run(|encoder| {
            self.encode(encoder);
            Ok(())
        })
    }

    /// Reads once; the exclusive or of all 32-bit words.
    fn check(&self, gpu: &Gpu) -> Result<u32, GpuError> {
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.encode(&mut encoder);
        let readbacks: Vec<Readback> = self
            .parts
            .iter()
            .map(|part| Readback::of_buffer(gpu, &mut encoder, &part.found))
            .collect();
        gpu.queue.submit([encoder.finish()]);
        let mut all = 0;
        for readback in &readbacks {
            readback.map();
            let words = bytemuck::pod_collect_to_vec::<u8, u32>(&readback.wait(gpu)?);
            all = words.into_iter().fold(all, |all, word| all ^ word);
        }
        Ok(all)
    }
}

impl Part {
    fn new(
        gpu: &Gpu,
        pipeline: &wgpu::ComputePipeline,
        words: wgpu::BindingResource<'_>,
        invocations: u64,
        lanes: u32,
    ) -> Result<Self, GpuError> {
        let found = buffer(
            gpu,
            "read ceiling result",
            invocations * 4,
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
        )?;
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("read ceiling"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: words,
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: found.as_entire_binding(),
                },
            ],
        });
        // A grain has many workgroups: they are divided into rows without a rest.
        let groups = (invocations / u64::from(lanes)) as u32;
        let rows = (1..=groups).find(|rows| groups.is_multiple_of(*rows) && groups / rows <= gpu.caps.max_workgroups);
        let rows = rows.unwrap_or(1);
        Ok(Self {
            bind_group,
            found,
            workgroups: [groups / rows, rows],
        })
    }
}

fn pipeline(gpu: &Gpu, shader: &Shader, constants: &[(&str, u32)]) -> wgpu::ComputePipeline {
    let constants: Vec<_> = constants
        .iter()
        .map(|&(name, value)| (name, f64::from(value)))
        .collect();
    gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(shader.name),
        layout: None,
        module: &shader.module(&gpu.device),
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &constants,
            ..Default::default()
        },
        cache: None,
    })
}

/// Exclusive or of all 64-bit words, on all cores.
fn xor_on_all_cores(memory: &[u8]) -> u64 {
    memory
        .par_chunks(1 << 20)
        .map(|part| {
            let words = part.as_chunks::<8>().0;
            words.iter().fold(0, |all, &word| all ^ u64::from_ne_bytes(word))
        })
        .reduce(|| 0, |a, b| a ^ b)
}

/// The exclusive or of both halves: that of all 32-bit words.
fn fold(word: u64) -> u32 {
    word as u32 ^ (word >> 32) as u32
}
