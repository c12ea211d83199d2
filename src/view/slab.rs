use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use crate::gpu::{Gpu, GpuError, Tile, TileGrid, UniformBatch, VolumeTextures, VoxelFormat, shaders};
use crate::volume::{Axis, Box3};

use super::Patch;

/// One dispatch, as `shaders/view/project.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct ProjectUniform {
    pub from_at: [i32; 4],
    pub to_at: [i32; 4],
    pub u_axis: [i32; 4],
    pub v_axis: [i32; 4],
    pub n_axis: [i32; 4],
    pub size: [u32; 4],
}

/// Voxels along u and v that a workgroup projects.
const WORKGROUP: [u64; 2] = [64, 4];
/// Whatever the voxels, storage textures of this format can be read and written everywhere.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R32Uint;
const BYTES: u64 = 4;

/// Projects voxels of one format: the maximum along the normal.
pub struct SlabProjector {
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::ComputePipeline,
    /// Bound where nothing is read.
    unused: wgpu::TextureView,
}

impl SlabProjector {
    /// Compiles the pipeline.
    pub fn new(gpu: &Gpu, format: VoxelFormat) -> Self {
        let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty,
            count: None,
        };
        let view_dimension = wgpu::TextureViewDimension::D3;
        let voxels = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Uint,
            view_dimension,
            multisampled: false,
        };
        let maxima = wgpu::BindingType::StorageTexture {
            access: wgpu::StorageTextureAccess::ReadWrite,
            format: FORMAT,
            view_dimension,
        };
        let layout = gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("slab"),
            entries: &[
                UniformBatch::<ProjectUniform>::layout_entry(0, wgpu::ShaderStages::COMPUTE),
                entry(1, voxels),
                entry(2, maxima),
            ],
        });
        let pipeline_layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("slab"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("slab"),
            layout: Some(&pipeline_layout),
            module: &shaders::PROJECT.module(&gpu.device),
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &format.shader_constants(),
                ..Default::default()
            },
            cache: None,
        });
        let unused = texture(gpu, "nothing to project", [1; 3]).create_view(&Default::default());
        Self {
            layout,
            pipeline,
            unused,
        }
    }
}

fn texture(gpu: &Gpu, label: &str, [depth, height, width]: [u64; 3]) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d {
            width: width as u32,
            height: height as u32,
            depth_or_array_layers: depth as u32,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D3,
        format: FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::STORAGE_BINDING
            | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

/// Maxima along an axis of some channels, as textures of 32-bit stored integers that are one voxel deep: a plane that
/// is drawn as any other.
pub struct Slab {
    normal: Axis,
    tiles: Vec<SlabTile>,
}

struct SlabTile {
    tile: Tile,
    /// One per channel of the dataset.
    channels: Vec<Option<Maxima>>,
}

struct Maxima {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    is_begun: bool,
}

impl Slab {
    /// Allocates a plane of `channels`, of `channel_count` of the dataset, cut as `grid` is across the normal.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn new(
        gpu: &Gpu,
        grid: &TileGrid,
        normal: Axis,
        channels: &[usize],
        channel_count: usize,
    ) -> Result<Self, GpuError> {
        let first = grid.extent.along(normal).start;
        let is_first = |tile: &&Tile| tile.core.along(normal).contains(&first);
        let flat = |tile: &Tile| Tile {
            core: tile.core.layer(normal, first),
            held: tile.held.layer(normal, first),
        };
        let tiles: Vec<Tile> = grid.tiles.iter().filter(is_first).map(flat).collect();
        let voxels: u64 = tiles.iter().map(|tile| tile.held.voxels()).sum();
        let needed = voxels.saturating_mul(BYTES).saturating_mul(channels.len() as u64);
        if needed > gpu.caps.memory_budget_bytes {
            return Err(GpuError::OverBudget {
                what: format!("a slab of {} channels", channels.len()),
                needed,
                limit: gpu.caps.memory_budget_bytes,
            });
        }
        let tiles = gpu.allocate("a slab", needed, || {
            let maxima = |tile: &Tile| {
                let texture = texture(gpu, "slab", tile.held.size());
                Maxima {
                    view: texture.create_view(&Default::default()),
                    texture,
                    is_begun: false,
                }
            };
            let with_channels = |tile: Tile| SlabTile {
                channels: (0..channel_count)
                    .map(|channel| channels.contains(&channel).then(|| maxima(&tile)))
                    .collect(),
                tile,
            };
            tiles.into_iter().map(with_channels).collect()
        })?;
        Ok(Self { normal, tiles })
    }

    /// Forgets what was projected.
    pub fn clear(&mut self) {
        let maxima = self.tiles.iter_mut().flat_map(|tile| &mut tile.channels).flatten();
        maxima.for_each(|maxima| maxima.is_begun = false);
    }

    /// Voxels of one plane of one channel.
    pub fn plane_voxels(&self) -> u64 {
        self.tiles.iter().map(|tile| tile.tile.held.voxels()).sum()
    }

    /// Takes more planes of a channel in, as far as `volume` has them. The channel must be one of its own.
    pub fn project(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        projector: &SlabProjector,
        volume: &VolumeTextures,
        channel: usize,
        planes: Range<u64>,
    ) {
        let normal = self.normal;
        let mut jobs = UniformBatch::<ProjectUniform>::new(&gpu.device);
        let mut planned: Vec<(u32, Option<usize>, &Maxima, [u64; 2])> = Vec::new();
        for SlabTile { tile, channels } in &mut self.tiles {
            let Some(maxima) = channels.get_mut(channel).and_then(Option::as_mut) else {
                continue;
            };
            let is_new = !std::mem::replace(&mut maxima.is_begun, true);
            let maxima = &*maxima;
            if is_new {
                let whole = job(normal, &tile.held, &tile.held, &tile.held, 0);
                let size = [whole.size[0], whole.size[1]].map(u64::from);
                planned.push((jobs.push(&whole), None, maxima, size));
            }
            for (index, source) in sources(volume, normal, tile) {
                let part = part_along(&tile.held.intersect_across(&source.held, normal), normal, {
                    let core = source.core.along(normal);
                    planes.start.max(core.start)..planes.end.min(core.end)
                });
                if part.is_empty() {
                    continue;
                }
                let depth = part.size()[normal.index()];
                let uniform = job(normal, &part, &source.held, &tile.held, depth);
                let size = [uniform.size[0], uniform.size[1]].map(u64::from);
                planned.push((jobs.push(&uniform), Some(index), maxima, size));
            }
        }
        let Some(uniforms) = jobs.finish(&gpu.device, "slab") else {
            return;
        };
        for (offset, source, maxima, size) in planned {
            let voxels = source.map_or(&projector.unused, |index| volume.view(channel, index));
            let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("slab"),
                layout: &projector.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: UniformBatch::<ProjectUniform>::binding(&uniforms),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::TextureView(voxels),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: wgpu::BindingResource::TextureView(&maxima.view),
                    },
                ],
            });
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("slab"),
                timestamp_writes: None,
            });
            pass.set_pipeline(&projector.pipeline);
            pass.set_bind_group(0, &bind_group, &[offset]);
            let [x, y] = [0, 1].map(|i| size[i].div_ceil(WORKGROUP[i]) as u32);
            pass.dispatch_workgroups(x, y, 1);
        }
    }

    /// Lets the slab be drawn as the plane at `index`.
    pub fn set_plane(&mut self, index: u64) {
        for SlabTile { tile, .. } in &mut self.tiles {
            tile.core = tile.core.layer(self.normal, index);
            tile.held = tile.held.layer(self.normal, index);
        }
    }

    /// Its tiles, to be drawn at the plane that was set, in a level of these extents (z, y, x).
    pub fn patches(&self, level_extent: [u64; 3]) -> Vec<Patch<'_>> {
        let mut patches = Vec::with_capacity(self.tiles.len());
        for SlabTile { tile, channels } in &self.tiles {
            let views = channels.iter().map(|maxima| Some(&maxima.as_ref()?.view));
            patches.push(Patch {
                tile,
                level_extent,
                channels: views.collect(),
            });
        }
        patches
    }

    /// The texture of a channel, where one tile is all there is.
    pub fn only_texture(&self, channel: usize) -> Option<&wgpu::Texture> {
        let tile = self.tiles.first().filter(|_| self.tiles.len() == 1)?;
        tile.channels.get(channel)?.as_ref().map(|maxima| &maxima.texture)
    }
}

/// The tiles of a volume that hold voxels of a tile of the slab: those that hold all of it across the normal, else all
/// that hold some.
fn sources<'a>(volume: &'a VolumeTextures, normal: Axis, tile: &Tile) -> Vec<(usize, &'a Tile)> {
    let across = |source: &Tile| tile.held.intersect_across(&source.held, normal);
    let all = || volume.grid.tiles.iter().enumerate();
    let is_whole = |source: &Tile| across(source) == tile.held;
    let whole: Vec<_> = all().filter(|(_, source)| is_whole(source)).collect();
    match whole.is_empty() {
        true => all().filter(|(_, source)| !across(source).is_empty()).collect(),
        false => whole,
    }
}

/// The same box across an axis, with this range along it.
fn part_along(part: &Box3, axis: Axis, range: Range<u64>) -> Box3 {
    let range = range.start..range.end.max(range.start);
    let mut part = part.clone();
    *match axis {
        Axis::Z => &mut part.z,
        Axis::Y => &mut part.y,
        Axis::X => &mut part.x,
    } = range;
    part
}

/// Takes `part`, of textures that hold `from`, to one that holds `to`.
fn job(normal: Axis, part: &Box3, from: &Box3, to: &Box3, depth: u64) -> ProjectUniform {
    let (v_axis, u_axis) = normal.plane_axes();
    let step = |axis: Axis| {
        let mut step = [0; 4];
        step[2 - axis.index()] = 1;
        step
    };
    let place = |held: &Box3| {
        let (at, held) = (part.origin(), held.origin());
        let along = |axis: Axis| (at[axis.index()] - held[axis.index()]) as i32;
        [along(Axis::X), along(Axis::Y), along(Axis::Z), 0]
    };
    let mut to_at = [0; 4];
    for axis in [u_axis, v_axis] {
        let i = axis.index();
        to_at[2 - i] = (part.origin()[i] - to.origin()[i]) as i32;
    }
    let size = part.size();
    ProjectUniform {
        from_at: place(from),
        to_at,
        u_axis: step(u_axis),
        v_axis: step(v_axis),
        n_axis: step(normal),
        size: [
            size[u_axis.index()] as u32,
            size[v_axis.index()] as u32,
            depth as u32,
            u32::from(depth == 0),
        ],
    }
}
