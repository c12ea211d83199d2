use crate::gpu::{Caps, Gpu, GpuError, StagingRing, VoxelFormat};
use crate::volume::Region;

/// Textures that blocks are measured in and forgotten: statistics of a file of any size take this much memory.
///
/// A layer of a texture holds one plane of one channel of a block, or a part of it where a plane is wider than a texture may be.
pub(super) struct Scratch {
    textures: Vec<(wgpu::Texture, wgpu::TextureView)>,
    width: u64,
    height: u64,
    /// Layers of each texture, and of all.
    depth: u64,
    layers: u64,
    used: u64,
}

/// A part of a block in a scratch texture.
pub(super) struct ScratchPiece {
    pub(super) texture: usize,
    /// The layer of its first plane.
    pub(super) layer: u32,
    /// Planes of the block that it holds, one behind the other: first, count.
    pub(super) z: (u64, u64),
    /// Columns of the block's row that it holds: first, count.
    pub(super) x: (u64, u64),
    /// Rows of the block that it holds: first, count.
    pub(super) y: (u64, u64),
}

impl Scratch {
    /// Room for at least one block of the largest of `regions`, and for about `bytes`.
    pub(super) fn new(gpu: &Gpu, format: VoxelFormat, regions: &[Region], bytes: u64) -> Result<Self, GpuError> {
        let caps: &Caps = &gpu.caps;
        let most = |f: &dyn Fn(&Region) -> u64| regions.iter().map(f).max().unwrap_or(1).max(1);
        let width = most(&|region| region.zyx.size()[2]).min(caps.max_tile);
        let height = most(&|region| region.zyx.size()[1]).min(caps.max_tile);
        let needed = most(&|region| {
            let [z, y, x] = region.zyx.size();
            (region.c.end - region.c.start) * z * y.div_ceil(height) * x.div_ceil(width)
        });
        // As many planes as so many bytes of staging memory hold, where rows are padded.
        let layers = (bytes / StagingRing::block_bytes(width * format.bytes(), height)).max(needed);
        let fitting = caps.max_texture_bytes / (width * height * format.bytes());
        let depth = layers.min(caps.max_texture_3d).min(fitting).max(1);
        let count = layers.div_ceil(depth);
        let create = |index: u64| {
            let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some(&format!("scratch {index}")),
                size: wgpu::Extent3d {
                    width: width as u32,
                    height: height as u32,
                    depth_or_array_layers: depth as u32,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D3,
                format: format.texture_format(),
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            });
            let view = texture.create_view(&Default::default());
            (texture, view)
        };
        let bytes = width * height * depth * count * format.bytes();
        let textures = gpu.allocate("textures to measure in", bytes, || (0..count).map(create).collect())?;
        Ok(Self {
            textures,
            width,
            height,
            depth,
            layers: depth * count,
            used: 0,
        })
    }

    /// Whether a block fits beside what is there.
    pub(super) fn has_room(&self, region: &Region) -> bool {
        let [z, y, x] = region.zyx.size();
        let needed = (region.c.end - region.c.start) * z * y.div_ceil(self.height) * x.div_ceil(self.width);
        self.used + needed <= self.layers
    }

    /// Takes layers for planes of `height` rows and `width` columns.
    pub(super) fn place(&mut self, [planes, height, width]: [u64; 3]) -> Vec<ScratchPiece> {
        let is_whole = height <= self.height && width <= self.width;
        let mut pieces = Vec::new();
        let mut z = 0;
        while z < planes {
            // Planes that fill a layer each are copied and measured at once, as many as the texture has left.
            let left = self.depth - self.used % self.depth;
            let count = if is_whole { left.min(planes - z) } else { 1 };
            for y in (0..height).step_by(self.height as usize) {
                for x in (0..width).step_by(self.width as usize) {
                    pieces.push(ScratchPiece {
                        texture: (self.used / self.depth) as usize,
                        layer: (self.used % self.depth) as u32,
                        z: (z, count),
                        x: (x, self.width.min(width - x)),
                        y: (y, self.height.min(height - y)),
                    });
                    self.used += count;
                }
            }
            z += count;
        }
        pieces
    }

    /// Makes all layers free; what was encoded before is done before what is encoded after.
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// A texture and its view.
    pub(super) fn texture(&self, index: usize) -> &(wgpu::Texture, wgpu::TextureView) {
        &self.textures[index]
    }
}
