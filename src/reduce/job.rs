use bytemuck::{Pod, Zeroable};

use crate::gpu::{Caps, Lanes, Load, VoxelFormat, align_up};

use super::MAX_PREFIXES;

/// Side of a cell of the grid of minima and maxima, in voxels; reductions walk in bands of as many rows and planes.
pub const CELL: u32 = 32;

/// Bindings begin at multiples of it, in bytes, on every adapter.
const ALIGNMENT: u32 = 256;

/// A box, what its results are, and where they go, as `shaders/reduce/walk.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[allow(missing_docs)] // explained in the shader
pub struct JobUniform {
    pub origin: [u32; 4],
    pub size: [u32; 4],
    pub at: [u32; 4],
    pub results: [u32; 4],
    pub shift: u32,
    pub prefix_count: u32,
    pub _pad0: u32,
    pub _pad1: u32,
    pub prefixes: [u32; MAX_PREFIXES],
}

/// Where the voxels of a box are.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// In a texture, from a voxel (x, y, z) on.
    Texture {
        /// The texture.
        view: &'a wgpu::TextureView,
        /// First voxel (x, y, z) in the texture.
        origin: [u32; 3],
    },
    /// In a storage buffer, row after row, plane after plane.
    Packed {
        /// The buffer.
        buffer: &'a wgpu::Buffer,
        /// First byte, a multiple of 256.
        offset: u64,
        /// Bytes from one row to the next, a multiple of 256; what a row leaves of its last 16 bytes repeats a voxel of it.
        row_pitch: u32,
        /// Rows from one plane to the next.
        rows_per_plane: u32,
    },
}

impl Input<'_> {
    pub(super) fn load(&self) -> Load {
        match self {
            Input::Texture { .. } => Load::Texture,
            Input::Packed { .. } => Load::Packed,
        }
    }

    /// The same from a voxel (x, y, z) on.
    fn from(self, first: [u32; 3], format: VoxelFormat) -> Self {
        match self {
            Input::Texture { view, origin } => Input::Texture {
                view,
                origin: sum(origin, first),
            },
            Input::Packed {
                buffer,
                offset,
                row_pitch,
                rows_per_plane,
            } => {
                let [x, y, z] = first.map(u64::from);
                let row = z * u64::from(rows_per_plane) + y;
                Input::Packed {
                    buffer,
                    offset: offset + row * u64::from(row_pitch) + x * format.bytes(),
                    row_pitch,
                    rows_per_plane,
                }
            }
        }
    }
}

/// A box of voxels to be reduced into the numbers of a channel.
#[derive(Clone, Copy)]
pub struct BoxJob<'a> {
    /// Its voxels.
    pub input: Input<'a>,
    /// Extents (x, y, z).
    pub size: [u32; 3],
    /// Channel whose numbers it counts for.
    pub channel: usize,
    /// Place (x, y, z) of the first voxel in the grid of cells; of no matter where there is none. Of packed voxels, x is a
    /// multiple of the voxels in 16 bytes.
    pub at: [u32; 3],
}

impl<'a> BoxJob<'a> {
    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.size.iter().map(|&n| u64::from(n)).product()
    }

    /// The voxels that one lane loads at once, along x.
    fn chunk_width(&self, format: VoxelFormat) -> u32 {
        match self.input.load() {
            Load::Texture => 1,
            Load::Packed => 128 / format.bits,
        }
    }

    /// Voxels (x, y, z) that one dispatch can take, in whole cells.
    fn most(&self, caps: &Caps, format: VoxelFormat, lanes: Lanes) -> [u32; 3] {
        let groups = caps.max_workgroups;
        // A band more for a box that does not begin where a cell does.
        let bands = groups.saturating_sub(1).max(1).saturating_mul(CELL);
        let mut columns = groups
            .saturating_mul(lanes[0] * lanes[2])
            .saturating_mul(self.chunk_width(format));
        let (mut rows, mut planes) = (bands, bands);
        if let Input::Packed {
            row_pitch,
            rows_per_plane,
            ..
        } = self.input
        {
            let bindable = |bytes: u64| (caps.max_binding_bytes / bytes.max(1)).min(u32::MAX.into()) as u32;
            let aligned = ALIGNMENT / format.bytes() as u32;
            columns = (columns / aligned * aligned).max(aligned);
            rows = rows.min((bindable(row_pitch.into()) / CELL * CELL).max(1));
            let plane_bytes = u64::from(row_pitch) * u64::from(rows_per_plane);
            planes = planes.min((bindable(plane_bytes) / CELL * CELL).max(1));
        }
        [columns, rows, planes]
    }

    /// The box in as many parts as one dispatch each can take: one, but for the very largest.
    pub(super) fn parts(&self, caps: &Caps, format: VoxelFormat, lanes: Lanes) -> Vec<BoxJob<'a>> {
        let most = self.most(caps, format, lanes);
        let starts = |axis: usize| (0..self.size[axis]).step_by(most[axis] as usize);
        let places = starts(2).flat_map(|z| starts(1).flat_map(move |y| starts(0).map(move |x| [x, y, z])));
        places
            .map(|first| BoxJob {
                input: self.input.from(first, format),
                size: [0, 1, 2].map(|axis| most[axis].min(self.size[axis] - first[axis])),
                channel: self.channel,
                at: sum(self.at, first),
            })
            .collect()
    }

    /// The box in layers along z, or in bands of rows where it is one layer deep, of about `voxels` each at most.
    pub fn steps(self, format: VoxelFormat, voxels: u64) -> impl Iterator<Item = BoxJob<'a>> {
        let axis = if self.size[2] > 1 { 2 } else { 1 };
        let count = self.size[axis];
        let per_layer = (self.voxels() / u64::from(count.max(1))).max(1);
        let layers = (voxels / per_layer).clamp(1, u64::from(count.max(1))) as u32;
        (0..count).step_by(layers as usize).map(move |start| {
            let (mut first, mut size) = ([0; 3], self.size);
            (first[axis], size[axis]) = (start, layers.min(count - start));
            BoxJob {
                input: self.input.from(first, format),
                size,
                at: sum(self.at, first),
                ..self
            }
        })
    }

    /// The bytes of a buffer that a packed box is in, from its first voxel on.
    pub(super) fn packed_bytes(&self, format: VoxelFormat) -> u64 {
        let Input::Packed {
            row_pitch,
            rows_per_plane,
            ..
        } = self.input
        else {
            return 0;
        };
        let [x, y, z] = self.size.map(u64::from);
        let rows = z.saturating_sub(1) * u64::from(rows_per_plane) + y.saturating_sub(1);
        rows * u64::from(row_pitch) + align_up(x * format.bytes(), 16)
    }

    /// Workgroups per dimension.
    pub(super) fn workgroups(&self, format: VoxelFormat, lanes: Lanes) -> [u32; 3] {
        let bands = |axis: usize| (self.at[axis] % CELL + self.size[axis]).div_ceil(CELL);
        [
            self.size[0]
                .div_ceil(self.chunk_width(format))
                .div_ceil(lanes[0] * lanes[2]),
            bands(1),
            bands(2),
        ]
    }

    /// The uniform, but for what the kernel wants besides.
    pub(super) fn uniform(&self) -> JobUniform {
        let origin = match self.input {
            Input::Texture { origin, .. } => padded(origin),
            Input::Packed {
                row_pitch,
                rows_per_plane,
                ..
            } => [0, row_pitch / 16, row_pitch / 16 * rows_per_plane, 0],
        };
        JobUniform {
            origin,
            size: padded(self.size),
            at: padded(self.at),
            ..JobUniform::default()
        }
    }
}

fn sum(a: [u32; 3], b: [u32; 3]) -> [u32; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// (x, y, z) as a `vec4`.
fn padded([x, y, z]: [u32; 3]) -> [u32; 4] {
    [x, y, z, 0]
}
