use std::num::NonZeroU64;

use bytemuck::{Pod, Zeroable};
use wgpu::util::DeviceExt;

use crate::gpu::{Gpu, GpuError, Readback, UniformBatch, VoxelFormat, VoxelKind, shaders};
use crate::volume::{Axis, Value};

/// Points that one workgroup looks at.
const LANES: u32 = 64;

/// Mirror of `Probe` in `shaders/reduce/points.wgsl`.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub struct ProbeUniform {
    /// The box of voxels that is looked at, (x, y, z, 0).
    pub lo: [u32; 4],
    /// Its end.
    pub hi: [u32; 4],
    /// First voxel of the texture.
    pub held: [u32; 4],
    /// 1 along the normal; then the place of the first point's result.
    pub normal: [u32; 4],
}

/// A box of a texture in which points are looked at, through its whole depth along the normal.
#[derive(Clone, Copy)]
pub struct PointJob<'a> {
    /// The texture.
    pub view: &'a wgpu::TextureView,
    /// First voxel (z, y, x) of the texture in the volume.
    pub held: [u64; 3],
    /// First voxel (z, y, x) of the box in the volume.
    pub lo: [u64; 3],
    /// Its end.
    pub hi: [u64; 3],
    /// Place among the channels that are asked for.
    pub channel: usize,
}

/// Finds the largest voxel along a normal at points of a plane: the kernel.
pub struct PointKernel {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    format: VoxelFormat,
}

/// Points of a plane, and the largest keys at them of what was looked at so far.
pub struct PointMaxima {
    points: wgpu::Buffer,
    keys: wgpu::Buffer,
    count: usize,
    normal: Axis,
}

impl PointKernel {
    /// Compiles it.
    pub fn new(gpu: &Gpu, format: VoxelFormat) -> Self {
        let storage = |binding, read_only, least| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only },
                has_dynamic_offset: false,
                min_binding_size: NonZeroU64::new(least),
            },
            count: None,
        };
        let layout = gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("points"),
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
                UniformBatch::<ProbeUniform>::layout_entry(1, wgpu::ShaderStages::COMPUTE),
                storage(2, false, 4),
                storage(3, true, 16),
            ],
        });
        let pipeline_layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(shaders::POINTS.name),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(shaders::POINTS.name),
            layout: Some(&pipeline_layout),
            module: &shaders::POINTS.module(&gpu.device),
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &format.shader_constants(),
                ..Default::default()
            },
            cache: None,
        });
        Self {
            pipeline,
            layout,
            format,
        }
    }

    /// Encodes a look at boxes, none of which has a voxel of another.
    pub fn encode(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, to: &PointMaxima, jobs: &[PointJob<'_>]) {
        let mut uniforms = UniformBatch::<ProbeUniform>::new(&gpu.device);
        let offsets: Vec<u32> = jobs.iter().map(|job| uniforms.push(&to.uniform(job))).collect();
        let Some(uniforms) = uniforms.finish(&gpu.device, "boxes of points") else {
            return;
        };
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("points"),
            timestamp_writes: None,
        });
        pass.set_pipeline(&self.pipeline);
        for (job, offset) in jobs.iter().zip(offsets) {
            let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
            let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("points"),
                layout: &self.layout,
                entries: &[
                    entry(0, wgpu::BindingResource::TextureView(job.view)),
                    entry(1, UniformBatch::<ProbeUniform>::binding(&uniforms)),
                    entry(2, to.keys.as_entire_binding()),
                    entry(3, to.points.as_entire_binding()),
                ],
            });
            pass.set_bind_group(0, &bind_group, &[offset]);
            pass.dispatch_workgroups((to.count as u32).div_ceil(LANES), 1, 1);
        }
    }

    /// The largest value at every point, per channel, from the bytes read back. NaN is left out where there is anything
    /// else, infinities are the largest and the smallest there are. Where no voxel was looked at, that is the smallest
    /// value of the type.
    pub fn decode(&self, points: usize, bytes: &[u8]) -> Vec<Vec<Value>> {
        let value = |&key: &u32| match self.format.kind {
            // No number has this key.
            VoxelKind::Float if key == 0 => Value::Float(f64::NAN),
            _ => self.format.value_from_key(key),
        };
        let keys = bytemuck::pod_collect_to_vec::<u8, u32>(bytes);
        let channels = keys.chunks_exact(points.max(1));
        channels.map(|channel| channel.iter().map(value).collect()).collect()
    }
}

impl PointMaxima {
    /// For points (z, y, x) of a plane, at least one, in so many channels; nothing was looked at yet.
    ///
    /// # Errors
    /// If there is no memory for the results.
    pub fn new(gpu: &Gpu, points: &[[u64; 3]], normal: Axis, channel_count: usize) -> Result<Self, GpuError> {
        let places: Vec<[u32; 4]> = points
            .iter()
            .map(|point| {
                let mut point = *point;
                point[normal.index()] = 0;
                xyz(point)
            })
            .collect();
        let bytes = (size_of::<u32>() * points.len() * channel_count.max(1)) as u64;
        gpu.allocate("points of a profile", bytes + 16 * points.len() as u64, || Self {
            points: gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("points"),
                contents: bytemuck::cast_slice(&places),
                usage: wgpu::BufferUsages::STORAGE,
            }),
            keys: gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("keys at points"),
                size: bytes,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            count: points.len(),
            normal,
        })
    }

    /// Encodes a copy of the results; call [`Readback::map`] after the submit.
    pub fn read_back(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> Readback {
        Readback::of_buffer(gpu, encoder, &self.keys)
    }

    fn uniform(&self, job: &PointJob<'_>) -> ProbeUniform {
        let mut normal = [0; 3];
        normal[self.normal.index()] = 1;
        let mut normal = xyz(normal);
        normal[3] = (job.channel * self.count) as u32;
        ProbeUniform {
            lo: xyz(job.lo),
            hi: xyz(job.hi),
            held: xyz(job.held),
            normal,
        }
    }
}

/// (z, y, x) as a `vec4` of x, y, z.
fn xyz([z, y, x]: [u64; 3]) -> [u32; 4] {
    [x as u32, y as u32, z as u32, 0]
}
