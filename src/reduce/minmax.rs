use bytemuck::{Pod, Zeroable};

use crate::gpu::{Gpu, GpuError, Readback, UniformBatch, VoxelFormat, shaders};

use super::BoxJob;

/// A box and where its result goes, as `shaders/reduce/minmax.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct BoxUniform {
    pub origin: [u32; 4],
    pub size: [u32; 4],
    pub slot: [u32; 4],
}

/// What was found so far, as the shader accumulates it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct Accumulator {
    pub min_key: u32,
    pub max_key: u32,
    pub non_finite: u32,
    pub is_finite_found: u32,
}

const NOTHING: Accumulator = Accumulator {
    min_key: u32::MAX,
    max_key: 0,
    non_finite: 0,
    is_finite_found: 0,
};

/// Smallest and largest key of a channel, and how many voxels had none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// Smallest and largest key; `None` without a finite voxel.
    pub keys: Option<(u32, u32)>,
    /// NaN and infinite voxels, modulo 2³²: read it back before more voxels than that are measured.
    pub non_finite: u32,
}

/// Exact minimum and maximum of every channel, accumulated over boxes as they arrive.
pub struct MinMax {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    accumulators: wgpu::Buffer,
    channel_count: usize,
}

impl MinMax {
    /// Compiles the shader for a voxel format and starts with nothing seen.
    pub fn new(gpu: &Gpu, format: VoxelFormat, channel_count: usize) -> Self {
        let layout = reduction_layout::<BoxUniform>(gpu, size_of::<Accumulator>() as u64);
        let pipeline = reduction_pipeline(gpu, &shaders::MINMAX, &layout, format);
        let accumulators = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("min/max accumulators"),
            size: (size_of::<Accumulator>() * channel_count) as u64,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let minmax = Self {
            pipeline,
            layout,
            accumulators,
            channel_count,
        };
        minmax.reset(gpu);
        minmax
    }

    /// Forgets everything seen, from the next submit on.
    pub fn reset(&self, gpu: &Gpu) {
        let nothing = vec![NOTHING; self.channel_count];
        gpu.queue
            .write_buffer(&self.accumulators, 0, bytemuck::cast_slice(&nothing));
    }

    /// Encodes the reduction of boxes.
    ///
    /// # Errors
    /// If a box needs more workgroups than the adapter allows.
    pub fn encode(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        encode_reduction(gpu, encoder, &self.pipeline, &self.layout, jobs, |job| {
            let uniform = BoxUniform {
                origin: padded(job.origin),
                size: padded(job.size),
                slot: [job.channel as u32, 0, 0, 0],
            };
            (uniform, &self.accumulators)
        })
    }

    /// Encodes a copy of the results; call [`Readback::map`] after the submit.
    pub fn read_back(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> Readback {
        Readback::of_buffer(gpu, encoder, &self.accumulators)
    }

    /// The results, one per channel, from the bytes read back.
    pub fn decode(bytes: &[u8]) -> Vec<KeyRange> {
        bytemuck::pod_collect_to_vec::<u8, Accumulator>(bytes)
            .into_iter()
            .map(|found| KeyRange {
                keys: (found.is_finite_found != 0).then_some((found.min_key, found.max_key)),
                non_finite: found.non_finite,
            })
            .collect()
    }
}

/// (x, y, z) as a `vec4`.
pub(super) fn padded([x, y, z]: [u32; 3]) -> [u32; 4] {
    [x, y, z, 0]
}

/// Texture, uniform with dynamic offset, storage buffer: what every reduction binds.
pub(super) fn reduction_layout<U: Pod>(gpu: &Gpu, min_result_bytes: u64) -> wgpu::BindGroupLayout {
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("reduction"),
        entries: &[
            wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Uint,
                    view_dimension: wgpu::TextureViewDimension::D3,
                    multisampled: false,
                },
                count: None,
            },
            UniformBatch::<U>::layout_entry(1, wgpu::ShaderStages::COMPUTE),
            wgpu::BindGroupLayoutEntry {
                binding: 2,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Storage { read_only: false },
                    has_dynamic_offset: false,
                    min_binding_size: wgpu::BufferSize::new(min_result_bytes),
                },
                count: None,
            },
        ],
    })
}

pub(super) fn reduction_pipeline(
    gpu: &Gpu,
    shader: &crate::gpu::Shader,
    layout: &wgpu::BindGroupLayout,
    format: VoxelFormat,
) -> wgpu::ComputePipeline {
    let pipeline_layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(shader.name),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(shader.name),
        layout: Some(&pipeline_layout),
        module: &shader.module(&gpu.device),
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &format.shader_constants(),
            ..Default::default()
        },
        cache: None,
    })
}

/// Dispatches a reduction over boxes; `uniform_of` gives a job's uniform and the buffer of its results.
pub(super) fn encode_reduction<'a, U: Pod>(
    gpu: &Gpu,
    encoder: &mut wgpu::CommandEncoder,
    pipeline: &wgpu::ComputePipeline,
    layout: &wgpu::BindGroupLayout,
    jobs: &[BoxJob<'_>],
    uniform_of: impl Fn(&BoxJob<'_>) -> (U, &'a wgpu::Buffer),
) -> Result<(), GpuError> {
    let mut uniforms = UniformBatch::<U>::new(&gpu.device);
    let mut planned = Vec::with_capacity(jobs.len());
    for job in jobs.iter().filter(|job| job.voxels() > 0) {
        let (uniform, result) = uniform_of(job);
        planned.push((job, uniforms.push(&uniform), result, job.workgroups(&gpu.caps)?));
    }
    let Some(uniforms) = uniforms.finish(&gpu.device, "reduction boxes") else {
        return Ok(());
    };
    let mut pass = encoder.begin_compute_pass(&Default::default());
    pass.set_pipeline(pipeline);
    for (job, offset, result, [x, y, z]) in planned {
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("reduction"),
            layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(job.view),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: UniformBatch::<U>::binding(&uniforms),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: result.as_entire_binding(),
                },
            ],
        });
        pass.set_bind_group(0, &bind_group, &[offset]);
        pass.dispatch_workgroups(x, y, z);
    }
    Ok(())
}
