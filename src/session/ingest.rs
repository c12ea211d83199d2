use crate::gpu::{Gpu, GpuError, Staged, StagingRing, VolumeTextures, VoxelFormat};
use crate::reduce::{BoxJob, DigitSums, Histogram, Input, MinMax};
use crate::volume::{Box3, Region};

use super::block::{Block, per_channel};

/// Bytes of one staging buffer, where blocks are not larger.
const SLOT_BYTES: u64 = 4 << 20;
/// Staging buffers: one is filled while the other is copied from.
const SLOTS: usize = 2;

/// What is counted on the way in.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) minmax: Option<MinMax>,
    pub(super) histogram: Option<Histogram>,
    pub(super) sums: Option<DigitSums>,
}

impl Counters {
    fn is_empty(&self) -> bool {
        self.minmax.is_none() && self.histogram.is_none() && self.sums.is_none()
    }
}

/// Takes blocks of voxels to the GPU: into textures that stay, through counters, or both; in bounded memory.
///
/// They are measured in staging memory, where they are packed, on their way. Only where a grid of cells begins elsewhere
/// than a row's 16 bytes do, they are measured in the textures.
pub(super) struct Ingest {
    format: VoxelFormat,
    /// None once everything has been taken.
    ring: Option<StagingRing>,
    pub(super) textures: Option<VolumeTextures>,
    pub(super) counters: Counters,
    copies: Vec<Copy>,
    jobs: Vec<Job>,
}

/// A copy from staging memory to a texture, to be submitted.
pub(super) struct Copy {
    staged: wgpu::Buffer,
    layout: wgpu::TexelCopyBufferLayout,
    texture: wgpu::Texture,
    origin: wgpu::Origin3d,
    size: wgpu::Extent3d,
}

impl Copy {
    pub(super) fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: &self.staged,
                layout: self.layout,
            },
            wgpu::TexelCopyTextureInfo {
                texture: &self.texture,
                mip_level: 0,
                origin: self.origin,
                aspect: wgpu::TextureAspect::All,
            },
            self.size,
        );
    }
}

/// A box to be measured, once what was staged is submitted.
struct Job {
    voxels: JobVoxels,
    size: [u32; 3],
    channel: usize,
    at: [u32; 3],
}

enum JobVoxels {
    Texture { view: wgpu::TextureView, origin: [u32; 3] },
    Staged { staged: Staged, rows_per_plane: u32 },
}

impl Job {
    fn as_box(&self) -> BoxJob<'_> {
        let input = match &self.voxels {
            JobVoxels::Texture { view, origin } => Input::Texture { view, origin: *origin },
            JobVoxels::Staged { staged, rows_per_plane } => Input::Packed {
                buffer: &staged.buffer,
                offset: staged.offset,
                row_pitch: staged.row_pitch,
                rows_per_plane: *rows_per_plane,
            },
        };
        BoxJob {
            input,
            size: self.size,
            channel: self.channel,
            at: self.at,
        }
    }
}

impl Ingest {
    /// Prepares for blocks of these regions.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub(super) fn new(
        gpu: &Gpu,
        format: VoxelFormat,
        regions: &[Region],
        textures: Option<VolumeTextures>,
        counters: Counters,
    ) -> Result<Self, GpuError> {
        let largest = regions
            .iter()
            .map(|region| Block::staging_bytes(region, format))
            .max()
            .unwrap_or(0);
        let total: u64 = regions.iter().map(|region| Block::staging_bytes(region, format)).sum();
        let slot_bytes = SLOT_BYTES.min(total).max(largest);
        let ring = match counters.is_empty() {
            true => StagingRing::new(gpu, SLOTS, slot_bytes)?,
            false => StagingRing::readable(gpu, SLOTS, slot_bytes)?,
        };
        Ok(Self {
            format,
            ring: Some(ring),
            textures,
            counters,
            copies: Vec::new(),
            jobs: Vec::new(),
        })
    }

    /// Whether this block can be taken now; if not, [`Ingest::flush`] and let callbacks run.
    pub(super) fn has_room(&self, block: &Block) -> bool {
        let needed = Block::staging_bytes(&block.region, self.format);
        self.ring.as_ref().is_some_and(|ring| ring.has_room(needed))
    }

    /// Gives up what only taking blocks needs: no more of them come.
    pub(super) fn finish(&mut self) {
        self.ring = None;
        self.counters = Counters::default();
    }

    /// Takes a block, waiting for room where there is none. For the command line, tests and benches only.
    ///
    /// # Errors
    /// If a reduction does not fit the adapter's limits, or the device is lost.
    pub(super) fn push_blocking(&mut self, gpu: &Gpu, block: &Block) -> Result<(), GpuError> {
        if !self.has_room(block) {
            self.flush(gpu)?;
            self.ring.iter().for_each(|ring| ring.wait(gpu));
            gpu.check()?;
            if !self.has_room(block) {
                return Err(GpuError::Lost("staging memory did not come back".into()));
            }
        }
        self.push(block);
        Ok(())
    }

    /// Stages a block. Only when [`Ingest::has_room`].
    pub(super) fn push(&mut self, block: &Block) {
        let zyx = &block.region.zyx;
        let row_bytes = zyx.size()[2] * self.format.bytes();
        for (channel, texels) in block.region.c.clone().zip(per_channel(&block.region, &block.texels)) {
            let ring = self.ring.as_mut();
            let Some(staged) = ring.and_then(|ring| ring.stage(texels, row_bytes, self.format.bytes())) else {
                debug_assert!(false, "pushed without room");
                return;
            };
            self.keep(channel as usize, zyx, &staged);
            if !self.counters.is_empty() {
                self.measure(channel as usize, zyx, staged);
            }
        }
    }

    /// Copies to the textures that stay.
    fn keep(&mut self, channel: usize, zyx: &Box3, staged: &Staged) {
        let Some(textures) = &self.textures else { return };
        for (index, tile) in textures.grid.tiles.iter().enumerate() {
            let held = tile.held.intersect(zyx);
            if !held.is_empty() {
                let origin = place_in(&held, &tile.held);
                self.copies.push(copy(
                    textures.texture(channel, index),
                    origin,
                    staged,
                    zyx,
                    &held,
                    self.format,
                ));
            }
        }
    }

    fn measure(&mut self, channel: usize, zyx: &Box3, staged: Staged) {
        let grid = self.counters.minmax.as_ref().and_then(MinMax::grid);
        let at = |part: &Box3| grid.map_or([0; 3], |grid| place_in(part, grid));
        let voxels_per_chunk = u64::from(128 / self.format.bits);
        if let Some(textures) = &self.textures
            && !u64::from(at(zyx)[0]).is_multiple_of(voxels_per_chunk)
        {
            for (index, tile) in textures.grid.tiles.iter().enumerate() {
                let core = tile.core.intersect(zyx);
                if !core.is_empty() {
                    self.jobs.push(Job {
                        voxels: JobVoxels::Texture {
                            view: textures.view(channel, index).clone(),
                            origin: place_in(&core, &tile.held),
                        },
                        size: xyz(core.size()),
                        channel,
                        at: at(&core),
                    });
                }
            }
            return;
        }
        self.jobs.push(Job {
            voxels: JobVoxels::Staged {
                staged,
                rows_per_plane: zyx.size()[1] as u32,
            },
            size: xyz(zyx.size()),
            channel,
            at: at(zyx),
        });
    }

    /// Submits what was staged: copies, then reductions of it.
    ///
    /// # Errors
    /// If a reduction does not fit the adapter's limits.
    pub(super) fn flush(&mut self, gpu: &Gpu) -> Result<(), GpuError> {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.is_dirty()) else {
            return Ok(());
        };
        let mut encoder = gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("upload") });
        ring.land(&mut encoder);
        self.copies.drain(..).for_each(|copy| copy.encode(&mut encoder));
        let jobs: Vec<BoxJob<'_>> = self.jobs.iter().map(Job::as_box).collect();
        if let Some(minmax) = &self.counters.minmax {
            minmax.encode(gpu, &mut encoder, &jobs)?;
        }
        if let Some(histogram) = &self.counters.histogram {
            histogram.encode(gpu, &mut encoder, &jobs)?;
        }
        if let Some(sums) = &self.counters.sums {
            sums.encode(gpu, &mut encoder, &jobs)?;
        }
        self.jobs.clear();
        let slot = ring.before_submit();
        let submission = gpu.queue.submit([encoder.finish()]);
        ring.after_submit(slot, submission);
        Ok(())
    }
}

fn xyz([z, y, x]: [u64; 3]) -> [u32; 3] {
    [x as u32, y as u32, z as u32]
}

/// First voxel (x, y, z) of `part` in a texture that holds `held`.
fn place_in(part: &Box3, held: &Box3) -> [u32; 3] {
    let (part, held) = (part.origin(), held.origin());
    xyz([0, 1, 2].map(|i| part[i] - held[i]))
}

/// A copy of a staged box to a texture that holds just that.
pub(super) fn copy_whole(texture: &wgpu::Texture, staged: &Staged, held: &Box3, format: VoxelFormat) -> Copy {
    copy(texture, [0; 3], staged, held, held, format)
}

/// A copy of `part` of a staged box to a place (x, y, z) in a texture.
fn copy(
    texture: &wgpu::Texture,
    [x, y, z]: [u32; 3],
    staged: &Staged,
    whole: &Box3,
    part: &Box3,
    format: VoxelFormat,
) -> Copy {
    let [skip_z, skip_y, skip_x] = [0, 1, 2].map(|i| part.origin()[i] - whole.origin()[i]);
    let [depth, height, width] = part.size();
    let rows = whole.size()[1];
    let offset = staged.offset + (skip_z * rows + skip_y) * u64::from(staged.row_pitch) + skip_x * format.bytes();
    Copy {
        staged: staged.buffer.clone(),
        layout: wgpu::TexelCopyBufferLayout {
            offset,
            bytes_per_row: Some(staged.row_pitch),
            rows_per_image: Some(rows as u32),
        },
        texture: texture.clone(),
        origin: wgpu::Origin3d { x, y, z },
        size: wgpu::Extent3d {
            width: width as u32,
            height: height as u32,
            depth_or_array_layers: depth as u32,
        },
    }
}
