use crate::gpu::VoxelFormat;
use crate::source::Source;
use crate::volume::{Axis, Box3, Dataset, Region, Shape};

/// Bytes of voxels read at a time: large enough to keep a reader busy, small enough that many are on the way.
pub(super) const BLOCK_BYTES: u64 = 2 << 20;

/// Bytes of planes that are read together where one has less: every region costs a few dispatches, whatever its size.
pub(super) const SMALL_BYTES: u64 = 256 << 10;

/// What loading takes besides textures: staging memory, and blocks in the hands of the reader threads.
pub(super) const LOAD_OVERHEAD_BYTES: u64 = 32 << 20;

/// Whether one time point of an image fits a memory budget as a whole; if not, it is loaded as it is looked at.
pub(super) fn is_fitting(dataset: &Dataset, budget_bytes: u64) -> bool {
    let one = Shape { t: 1, ..dataset.shape };
    let texel_bytes = VoxelFormat::of(dataset.sample_type).bytes();
    one.voxels()
        .and_then(|voxels| voxels.checked_mul(texel_bytes))
        // The borders of tiles take up to an eighth.
        .and_then(|bytes| bytes.checked_add(bytes / 8 + LOAD_OVERHEAD_BYTES))
        .is_some_and(|bytes| bytes <= budget_bytes)
}

/// Cuts a box of some channels into regions that are each read at once, along the file's own chunks: one plane, a band
/// of rows of it, or several small ones, of all channels that are stored together (from the first to the last of them that
/// is asked for). z slowest, then channels, then rows.
/// The box is in voxels of `level`.
pub(super) fn plan(source: &dyn Source, level: usize, t: u64, extent: &Box3, channels: &[usize]) -> Vec<Region> {
    let dataset = source.dataset();
    let [chunk_c, _, chunk_y, _] = source.chunk_shape(level).map(|n| n.max(1));
    let group = chunk_c.min(dataset.shape.c).max(1);
    let row_bytes = group * extent.size()[2] * dataset.sample_type.bytes() as u64;
    let fitting = (BLOCK_BYTES / row_bytes.max(1)).max(1);
    let rows = if fitting >= extent.size()[1] {
        extent.size()[1]
    } else {
        (fitting / chunk_y).max(1) * chunk_y
    };
    let planes = (SMALL_BYTES / row_bytes.saturating_mul(extent.size()[1]).max(1)).max(1);

    let mut regions = Vec::new();
    let mut z = extent.z.start;
    while z < extent.z.end {
        let z_end = (z + planes).min(extent.z.end);
        for first in (0..dataset.shape.c).step_by(group as usize) {
            let group = first..(first + group).min(dataset.shape.c);
            let wanted = channels.iter().map(|&channel| channel as u64);
            let wanted = wanted.filter(|channel| group.contains(channel));
            let Some((low, high)) = wanted.clone().min().zip(wanted.max()) else {
                continue;
            };
            let c = low..high + 1;
            let mut y = extent.y.start;
            while y < extent.y.end {
                // Bands end where chunks end, wherever the box begins.
                let end = ((y / chunk_y) * chunk_y + rows).clamp(y + 1, extent.y.end);
                let zyx = Box3 {
                    z: z..z_end,
                    y: y..end,
                    x: extent.x.clone(),
                };
                regions.push(Region {
                    level,
                    t,
                    c: c.clone(),
                    zyx,
                });
                y = end;
            }
        }
        z = z_end;
    }
    regions
}

/// Orders regions so that the shown plane comes first, then its neighbours, outward.
pub(super) fn outward(regions: &mut [Region], normal: Axis, plane: u64) {
    if normal == Axis::Z {
        regions.sort_by_key(|region| {
            let z = &region.zyx.z;
            plane.clamp(z.start, z.end - 1).abs_diff(plane)
        });
    }
}
