use std::sync::OnceLock;

use crate::gpu::{Gpu, GpuError, Lanes, Load, Shader, UniformBatch, VoxelFormat};

use super::BoxJob;
use super::job::{Input, JobUniform};

/// A kernel for a voxel format, compiled when it is first needed: for voxels of a texture, and for packed ones.
pub(super) struct Reduction {
    shaders: [&'static Shader; 2],
    format: VoxelFormat,
    lanes: Lanes,
    compiled: [OnceLock<Compiled>; 2],
}

struct Compiled {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

impl Reduction {
    /// `shaders`: for textures, then for packed voxels.
    pub(super) fn new(shaders: [&'static Shader; 2], format: VoxelFormat, lanes: Lanes) -> Self {
        Self {
            shaders,
            format,
            lanes,
            compiled: Default::default(),
        }
    }

    /// Dispatches boxes; `target` completes a job's uniform and gives the buffer of its results.
    ///
    /// # Errors
    /// If a row of packed voxels is larger than a shader can be given.
    pub(super) fn encode<'a>(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        jobs: &[BoxJob<'_>],
        target: impl Fn(&BoxJob<'_>, &mut JobUniform) -> &'a wgpu::Buffer,
    ) -> Result<(), GpuError> {
        let mut uniforms = UniformBatch::<JobUniform>::new(&gpu.device);
        let mut planned = Vec::with_capacity(jobs.len());
        for job in jobs.iter().filter(|job| job.voxels() > 0) {
            for part in job.parts(&gpu.caps, self.format, self.lanes) {
                let bytes = part.packed_bytes(self.format);
                if bytes > gpu.caps.max_binding_bytes {
                    return Err(GpuError::Limit {
                        what: "a row of voxels to measure, in bytes,".into(),
                        needed: bytes,
                        limit: gpu.caps.max_binding_bytes,
                    });
                }
                let mut uniform = part.uniform();
                let results = target(&part, &mut uniform);
                planned.push((part, uniforms.push(&uniform), results));
            }
        }
        let Some(uniforms) = uniforms.finish(&gpu.device, "reduction boxes") else {
            return Ok(());
        };
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for (part, offset, results) in planned {
            let kernel = self.compiled(gpu, part.input.load());
            let voxels = match part.input {
                Input::Texture { view, .. } => wgpu::BindingResource::TextureView(view),
                Input::Packed { buffer, offset, .. } => wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset,
                    size: wgpu::BufferSize::new(part.packed_bytes(self.format)),
                }),
            };
            let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("reduction"),
                layout: &kernel.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: voxels,
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: UniformBatch::<JobUniform>::binding(&uniforms),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: results.as_entire_binding(),
                    },
                ],
            });
            let [x, y, z] = part.workgroups(self.format, self.lanes);
            pass.set_pipeline(&kernel.pipeline);
            pass.set_bind_group(0, &bind_group, &[offset]);
            pass.dispatch_workgroups(x, y, z);
        }
        Ok(())
    }

    fn compiled(&self, gpu: &Gpu, load: Load) -> &Compiled {
        self.compiled[load as usize].get_or_init(|| {
            let layout = layout(gpu, load);
            let pipeline = pipeline(gpu, self.shaders[load as usize], &layout, self.format, self.lanes);
            Compiled { pipeline, layout }
        })
    }
}

/// Voxels, uniform with dynamic offset, results: what every reduction binds.
fn layout(gpu: &Gpu, load: Load) -> wgpu::BindGroupLayout {
    let storage = |read_only| wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Storage { read_only },
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty,
        count: None,
    };
    let voxels = match load {
        Load::Texture => wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Uint,
            view_dimension: wgpu::TextureViewDimension::D3,
            multisampled: false,
        },
        Load::Packed => storage(true),
    };
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("reduction"),
        entries: &[
            entry(0, voxels),
            UniformBatch::<JobUniform>::layout_entry(1, wgpu::ShaderStages::COMPUTE),
            entry(2, storage(false)),
        ],
    })
}

/// Bounds checks stay: they cost nothing that could be measured (`benches/README.md`), and a wrong index then reads a
/// wrong voxel instead of the memory of others. So does the clearing of workgroup memory: the kernels that use it rely
/// on zeros in it.
fn pipeline(
    gpu: &Gpu,
    shader: &Shader,
    layout: &wgpu::BindGroupLayout,
    format: VoxelFormat,
    lanes: Lanes,
) -> wgpu::ComputePipeline {
    let pipeline_layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(shader.name),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let [kind, bits] = format.shader_constants();
    let constants = [
        kind,
        bits,
        ("lanes_x", f64::from(lanes[0])),
        ("lanes_y", f64::from(lanes[1])),
        ("columns", f64::from(lanes[2])),
    ];
    gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(shader.name),
        layout: Some(&pipeline_layout),
        module: &shader.module(&gpu.device),
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &constants,
            ..Default::default()
        },
        cache: None,
    })
}
