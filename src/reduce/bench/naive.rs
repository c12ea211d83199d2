use crate::gpu::{Gpu, GpuError, Load, Readback, shaders};

use super::{Contender, Found, Stopwatch, Subject, Took};
use crate::reduce::job::{Input, JobUniform};
use crate::reduce::{BoxJob, Cell, MinMax};

/// The kernel that the others are measured against, `shaders/reduce/naive.wgsl`: a voxel of a texture per invocation,
/// joined by a tree in workgroup memory.
pub(super) struct Naive {
    pipeline: wgpu::ComputePipeline,
    cell: wgpu::Buffer,
    parts: Vec<Part>,
}

/// A tile.
struct Part {
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

/// Invocations of a workgroup, along x.
const WIDTH: u32 = 64;

const NOTHING: Cell = Cell {
    min_key: u32::MAX,
    max_key: 0,
    non_finite: 0,
};

impl Naive {
    pub(super) fn new(gpu: &Gpu, subject: &Subject) -> Self {
        let shader = &shaders::NAIVE;
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(shader.name),
            layout: None,
            module: &shader.module(&gpu.device),
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &subject.textures.format.shader_constants(),
                ..Default::default()
            },
            cache: None,
        });
        let buffer = |label, size: usize, usage| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: size as u64,
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let cell = buffer(
            "naive min/max",
            size_of::<Cell>(),
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
        );
        let part = |job: BoxJob<'_>| {
            let Input::Texture { view, .. } = job.input else {
                return None;
            };
            let uniform = buffer("a tile", size_of::<JobUniform>(), wgpu::BufferUsages::UNIFORM);
            gpu.queue.write_buffer(&uniform, 0, bytemuck::bytes_of(&job.uniform()));
            let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(shader.name),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(view),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: uniform.as_entire_binding(),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: cell.as_entire_binding(),
                    },
                ],
            });
            let [x, y, z] = job.size;
            Some(Part {
                bind_group,
                workgroups: [x.div_ceil(WIDTH), y, z],
            })
        };
        let parts = subject.jobs(Load::Texture).into_iter().filter_map(part).collect();
        Self { pipeline, cell, parts }
    }

    fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        for part in &self.parts {
            pass.set_bind_group(0, &part.bind_group, &[]);
            let [x, y, z] = part.workgroups;
            pass.dispatch_workgroups(x, y, z);
        }
    }
}

impl Contender for Naive {
    fn run(&mut self, stopwatch: &Stopwatch<'_>, _: &Subject) -> Result<Took, GpuError> {
        stopwatch.gpu_run(|encoder| {
            self.encode(encoder);
            Ok(())
        })
    }

    fn find(&mut self, gpu: &Gpu, _: &Subject) -> Result<Vec<Found>, GpuError> {
        gpu.queue.write_buffer(&self.cell, 0, bytemuck::bytes_of(&NOTHING));
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.encode(&mut encoder);
        let readback = Readback::of_buffer(gpu, &mut encoder, &self.cell);
        gpu.queue.submit([encoder.finish()]);
        readback.map();
        Ok(vec![Found::of_range(MinMax::decode(&readback.wait(gpu)?)[0])])
    }
}
