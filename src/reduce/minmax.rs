use bytemuck::{Pod, Zeroable};

use crate::gpu::{Gpu, GpuError, Join, Lanes, Readback, VoxelFormat, shaders};
use crate::volume::Box3;

use super::reduction::Reduction;
use super::{BoxJob, MinMaxGrid};

/// What was found in a cell so far, as `shaders/reduce/minmax.wgsl` accumulates it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct Cell {
    pub min_key: u32,
    pub max_key: u32,
    pub non_finite: u32,
}

const NOTHING: Cell = Cell {
    min_key: u32::MAX,
    max_key: 0,
    non_finite: 0,
};

/// Smallest and largest key of a channel or a cell, and how many voxels had none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// Smallest and largest key; `None` without a finite voxel.
    pub keys: Option<(u32, u32)>,
    /// NaN and infinite voxels, modulo 2³²: read it back before more voxels than that are measured.
    pub non_finite: u32,
}

impl KeyRange {
    fn of(cell: Cell) -> Self {
        Self {
            keys: (cell.min_key <= cell.max_key).then_some((cell.min_key, cell.max_key)),
            non_finite: cell.non_finite,
        }
    }

    /// The range of both.
    pub fn join(self, other: Self) -> Self {
        let keys = match (self.keys, other.keys) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        Self {
            keys,
            non_finite: self.non_finite.wrapping_add(other.non_finite),
        }
    }
}

/// Exact minimum and maximum of every channel, accumulated over boxes as they arrive; of every cell of a grid too, if
/// there is one.
pub struct MinMax {
    reduction: Reduction,
    cells: wgpu::Buffer,
    channel_count: usize,
    grid: Option<Box3>,
}

impl MinMax {
    /// Starts with nothing seen.
    pub fn new(gpu: &Gpu, format: VoxelFormat, channel_count: usize) -> Self {
        Self::in_shape(gpu, format, channel_count, gpu.tuning.join, gpu.tuning.minmax_lanes)
    }

    /// The same in a shape of one's own choice: for measuring which is the fastest.
    pub fn in_shape(gpu: &Gpu, format: VoxelFormat, channel_count: usize, join: Join, lanes: Lanes) -> Self {
        let shaders = [0, 1].map(|load| &shaders::MINMAX[load][join as usize]);
        Self::build(gpu, Reduction::new(shaders, format, lanes), channel_count, None)
    }

    /// With a grid over a box; jobs say where in it they are.
    ///
    /// # Errors
    /// If there is no memory for the cells.
    pub fn with_grid(gpu: &Gpu, format: VoxelFormat, channel_count: usize, extent: &Box3) -> Result<Self, GpuError> {
        let tuning = gpu.tuning;
        let shaders = [0, 1].map(|load| &shaders::MINMAX[load][tuning.join as usize]);
        let reduction = Reduction::new(shaders, format, tuning.minmax_lanes);
        let bytes = cells_of(Some(extent)) * channel_count as u64 * size_of::<Cell>() as u64;
        if bytes > gpu.caps.max_binding_bytes {
            return Err(GpuError::Limit {
                what: "a grid of minima and maxima, in bytes,".into(),
                needed: bytes,
                limit: gpu.caps.max_binding_bytes,
            });
        }
        gpu.allocate("a grid of minima and maxima", bytes, || {
            Self::build(gpu, reduction, channel_count, Some(extent.clone()))
        })
    }

    fn build(gpu: &Gpu, reduction: Reduction, channel_count: usize, grid: Option<Box3>) -> Self {
        let count = cells_of(grid.as_ref()) * channel_count as u64;
        let cells = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("min/max cells"),
            size: size_of::<Cell>() as u64 * count,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let minmax = Self {
            reduction,
            cells,
            channel_count,
            grid,
        };
        minmax.reset(gpu);
        minmax
    }

    /// Forgets everything seen, from the next submit on.
    pub fn reset(&self, gpu: &Gpu) {
        let nothing = vec![NOTHING; self.cells.size() as usize / size_of::<Cell>()];
        gpu.queue.write_buffer(&self.cells, 0, bytemuck::cast_slice(&nothing));
    }

    /// The box that the grid covers, if there is one.
    pub fn grid(&self) -> Option<&Box3> {
        self.grid.as_ref()
    }

    /// Encodes the reduction of boxes.
    ///
    /// # Errors
    /// If a row of packed voxels is larger than a shader can be given.
    pub fn encode(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, jobs: &[BoxJob<'_>]) -> Result<(), GpuError> {
        let per_channel = cells_of(self.grid.as_ref()) as u32;
        // Without a grid all cells are one.
        let [_, y, x] = self.grid.as_ref().map(MinMaxGrid::shape_of).unwrap_or_default();
        let strides = [u32::from(self.grid.is_some()), x as u32, (x * y) as u32];
        self.reduction.encode(gpu, encoder, jobs, |job, uniform| {
            let [x, y, z] = strides;
            uniform.results = [job.channel as u32 * per_channel, x, y, z];
            &self.cells
        })
    }

    /// Encodes a copy of the results; call [`Readback::map`] after the submit.
    pub fn read_back(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) -> Readback {
        Readback::of_buffer(gpu, encoder, &self.cells)
    }

    /// The results where there is no grid, one per channel, from the bytes read back.
    pub fn decode(bytes: &[u8]) -> Vec<KeyRange> {
        bytemuck::pod_collect_to_vec::<u8, Cell>(bytes)
            .into_iter()
            .map(KeyRange::of)
            .collect()
    }

    /// The results, one per channel, from the bytes read back.
    pub fn ranges(&self, bytes: &[u8]) -> Vec<KeyRange> {
        self.cells_of_channels(bytes)
            .into_iter()
            .map(|cells| cells.into_iter().fold(KeyRange::default(), KeyRange::join))
            .collect()
    }

    /// The grid, from the bytes read back; `None` if there is none.
    pub fn cells(&self, bytes: &[u8]) -> Option<MinMaxGrid> {
        let extent = self.grid.clone()?;
        Some(MinMaxGrid {
            shape: MinMaxGrid::shape_of(&extent),
            extent,
            cells: self.cells_of_channels(bytes),
        })
    }

    fn cells_of_channels(&self, bytes: &[u8]) -> Vec<Vec<KeyRange>> {
        let cells = Self::decode(bytes);
        let per_channel = (cells.len() / self.channel_count.max(1)).max(1);
        cells.chunks(per_channel).map(<[KeyRange]>::to_vec).collect()
    }
}

/// Cells per channel.
fn cells_of(grid: Option<&Box3>) -> u64 {
    grid.map_or(1, |extent| MinMaxGrid::shape_of(extent).iter().product())
}
