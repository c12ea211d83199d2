use super::context::DEFAULT_BUDGET_BYTES;

/// What the adapter allows, in one place. Everything that depends on a limit asks here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Longest side of a 3D texture, in voxels.
    pub max_texture_3d: u64,
    /// Longest side of a tile of a volume: the same, or less where that was asked for.
    pub max_tile: u64,
    /// Longest side of a 2D texture, in pixels.
    pub max_texture_2d: u64,
    /// Largest single buffer, in bytes.
    pub max_buffer_bytes: u64,
    /// Largest single texture, in bytes: drivers cap one allocation, commonly at 2 GiB.
    pub max_texture_bytes: u64,
    /// Textures are not to be larger where that can be had by cutting stacks between planes: a texture is cleared as a
    /// whole when its first voxels come, which takes a software driver 2 ms a MiB, and the first picture waits for it.
    pub handy_texture_bytes: u64,
    /// Workgroups per dimension of a dispatch.
    pub max_workgroups: u32,
    /// Largest part of a buffer that a shader can be given, in bytes.
    pub max_binding_bytes: u64,
    /// Whether shaders read memory that the CPU writes as fast as any other: it is the same memory.
    pub shares_memory: bool,
    /// Whether lanes that run together can be joined in registers.
    pub has_subgroups: bool,
    /// Bytes of textures and staging together that may be used.
    pub memory_budget_bytes: u64,
    /// Whether the adapter is a software one that runs on the CPU.
    pub is_software: bool,
}

impl Caps {
    /// Reads them off an adapter. wgpu does not tell how much memory there is: the budget is generous and
    /// allocation failures are handled.
    pub fn of(adapter: &wgpu::Adapter) -> Self {
        let limits = adapter.limits();
        let is_software = adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let max_texture_bytes = (2 << 30) - (1 << 20);
        Self {
            max_texture_3d: limits.max_texture_dimension_3d.into(),
            max_tile: limits.max_texture_dimension_3d.into(),
            max_texture_2d: limits.max_texture_dimension_2d.into(),
            max_buffer_bytes: limits.max_buffer_size,
            max_texture_bytes,
            handy_texture_bytes: if is_software { 128 << 20 } else { max_texture_bytes },
            max_workgroups: limits.max_compute_workgroups_per_dimension,
            max_binding_bytes: limits.max_storage_buffer_binding_size,
            shares_memory: matches!(
                adapter.get_info().device_type,
                wgpu::DeviceType::Cpu | wgpu::DeviceType::IntegratedGpu
            ) && adapter.features().contains(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS),
            has_subgroups: adapter.features().contains(wgpu::Features::SUBGROUP),
            memory_budget_bytes: DEFAULT_BUDGET_BYTES,
            is_software,
        }
    }

    /// What the driver itself takes of the main memory that the budget is a share of: llvmpipe about so much, for its
    /// compiled shaders and its copy of the window; nothing worth counting where the adapter has its own memory.
    pub fn driver_memory_bytes(&self) -> u64 {
        if self.is_software { 96 << 20 } else { 0 }
    }
}
