use crate::volume::Box3;

use super::{Gpu, GpuError, Tile, TileGrid, VoxelFormat};

/// A box of voxels of every channel at one time, as 3D textures: an array of tiles per channel.
pub struct VolumeTextures {
    /// What the stored integers mean.
    pub format: VoxelFormat,
    /// Where the tiles lie.
    pub grid: TileGrid,
    channels: Vec<Vec<wgpu::Texture>>,
    views: Vec<Vec<wgpu::TextureView>>,
}

impl VolumeTextures {
    /// Allocates textures for `channels` channels of `extent`. Their contents are zero until uploaded.
    ///
    /// # Errors
    /// If that is more than the memory budget, or the driver has no more.
    pub fn new(gpu: &Gpu, format: VoxelFormat, channels: usize, extent: &Box3) -> Result<Self, GpuError> {
        let bytes_of = |voxels: u64| voxels.saturating_mul(format.bytes()).saturating_mul(channels as u64);
        let within_budget = |needed: u64| match needed > gpu.caps.memory_budget_bytes {
            false => Ok(needed),
            true => Err(GpuError::OverBudget {
                what: format!(
                    "a volume of {channels} channels of {:?} voxels (z, y, x)",
                    extent.size()
                ),
                needed,
                limit: gpu.caps.memory_budget_bytes,
            }),
        };
        // Before the grid, too: its length is what the file claims.
        within_budget(bytes_of(extent.voxels()))?;
        let grid = TileGrid::new(extent, format.bytes(), &gpu.caps)?;
        within_budget(bytes_of(grid.held_voxels()))?;
        Self::of_grid(gpu, format, channels, grid)
    }

    /// Allocates textures for `channels` channels of one tile. Whoever asks keeps account of the budget.
    ///
    /// # Errors
    /// If the driver has no more memory.
    pub fn of_tile(gpu: &Gpu, format: VoxelFormat, channels: usize, tile: Tile) -> Result<Self, GpuError> {
        let grid = TileGrid {
            extent: tile.held.clone(),
            tiles: vec![tile],
        };
        Self::of_grid(gpu, format, channels, grid)
    }

    fn of_grid(gpu: &Gpu, format: VoxelFormat, channels: usize, grid: TileGrid) -> Result<Self, GpuError> {
        let needed = grid.held_voxels() * format.bytes() * channels as u64;
        let create = |channel: usize, tile: usize, held: &Box3| {
            let [depth, height, width] = held.size().map(|n| n as u32);
            gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some(&format!("channel {channel} tile {tile}")),
                size: wgpu::Extent3d {
                    width,
                    height,
                    depth_or_array_layers: depth,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D3,
                format: format.texture_format(),
                usage: wgpu::TextureUsages::TEXTURE_BINDING
                    | wgpu::TextureUsages::COPY_DST
                    | wgpu::TextureUsages::COPY_SRC,
                view_formats: &[],
            })
        };
        let channels: Vec<Vec<_>> = gpu.allocate("volume textures", needed, || {
            (0..channels)
                .map(|c| {
                    grid.tiles
                        .iter()
                        .enumerate()
                        .map(|(i, tile)| create(c, i, &tile.held))
                        .collect()
                })
                .collect()
        })?;
        let views = channels
            .iter()
            .map(|tiles: &Vec<wgpu::Texture>| tiles.iter().map(|tile| tile.create_view(&Default::default())).collect())
            .collect();
        Ok(Self {
            format,
            grid,
            channels,
            views,
        })
    }

    /// Number of channels.
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// Bytes of all textures.
    pub fn bytes(&self) -> u64 {
        self.grid.held_voxels() * self.format.bytes() * self.channels.len() as u64
    }

    /// Lets the textures hold another tile of the same size. Their contents are those of the old one until uploaded.
    ///
    /// # Panics
    /// If the size is another: a bug of the caller.
    pub fn set_tile(&mut self, tile: Tile) {
        assert_eq!(tile.held.size(), self.grid.extent.size(), "a tile of another size");
        self.grid = TileGrid {
            extent: tile.held.clone(),
            tiles: vec![tile],
        };
    }

    /// The texture of a tile of a channel.
    pub fn texture(&self, channel: usize, tile: usize) -> &wgpu::Texture {
        &self.channels[channel][tile]
    }

    /// Its view.
    pub fn view(&self, channel: usize, tile: usize) -> &wgpu::TextureView {
        &self.views[channel][tile]
    }
}
