use crate::gpu::{StagingRing, VoxelFormat};
use crate::reduce::{CpuRange, narrowed};
use crate::source::Voxels;
use crate::volume::{Region, SampleType};

/// A region of voxels as it goes to the GPU.
pub(super) struct Block {
    /// Where it lies.
    pub(super) region: Region,
    /// Voxels in (c, z, y, x) order, as the texture stores them.
    pub(super) texels: Voxels,
    /// Range of every channel in the full type, where the texture has less than that.
    pub(super) wide: Option<Vec<CpuRange>>,
}

impl Block {
    /// Turns voxels as stored into texels. Runs on the reader threads.
    pub(super) fn new(region: Region, voxels: Voxels, sample_type: SampleType) -> Self {
        if !sample_type.is_wide() {
            return Self {
                region,
                texels: voxels,
                wide: None,
            };
        }
        let wide = per_channel(&region, &voxels)
            .map(|channel| CpuRange::of(channel, sample_type))
            .collect();
        Self {
            region,
            texels: narrowed(&voxels, sample_type).as_slice().into(),
            wide: Some(wide),
        }
    }

    /// Staging bytes it takes.
    pub(super) fn staging_bytes(region: &Region, format: VoxelFormat) -> u64 {
        let [z, y, x] = region.zyx.size();
        let rows = (region.c.end - region.c.start) * z * y;
        StagingRing::block_bytes(x * format.bytes(), rows)
    }
}

/// The voxels of each channel of a region.
pub(super) fn per_channel<'a>(region: &Region, voxels: &'a [u8]) -> std::slice::ChunksExact<'a, u8> {
    voxels.chunks_exact(voxels.len() / (region.c.end - region.c.start) as usize)
}
