use crate::gpu::{Caps, GpuError};

/// Columns that a workgroup of the reduction shaders covers.
pub const WORKGROUP_COLUMNS: u32 = 64;
/// Rows that it walks down.
pub const WORKGROUP_ROWS: u32 = 64;

/// A box of a voxel texture to be reduced into the numbers of a channel.
#[derive(Clone, Copy)]
pub struct BoxJob<'a> {
    /// The texture.
    pub view: &'a wgpu::TextureView,
    /// First voxel (x, y, z) in the texture.
    pub origin: [u32; 3],
    /// Extents (x, y, z).
    pub size: [u32; 3],
    /// Channel whose numbers it counts for.
    pub channel: usize,
}

impl BoxJob<'_> {
    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.size.iter().map(|&n| u64::from(n)).product()
    }

    /// Workgroups per dimension.
    ///
    /// # Errors
    /// If the adapter does not allow that many; a texture within its own limits never needs that.
    pub fn workgroups(&self, caps: &Caps) -> Result<[u32; 3], GpuError> {
        let groups = [
            self.size[0].div_ceil(WORKGROUP_COLUMNS),
            self.size[1].div_ceil(WORKGROUP_ROWS),
            self.size[2],
        ];
        match groups.iter().max() {
            Some(&most) if most > caps.max_workgroups => Err(GpuError::Limit {
                what: "the number of workgroups of a reduction".into(),
                needed: most.into(),
                limit: caps.max_workgroups.into(),
            }),
            _ => Ok(groups),
        }
    }
}
